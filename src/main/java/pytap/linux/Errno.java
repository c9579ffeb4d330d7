package pytap.linux;

/// Error numbers (Linux 6.6 include/uapi/asm-generic/errno-base.h and errno.h) and their texts.
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int E2BIG = 7;
  public static final int EBADF = 9;
  public static final int ECHILD = 10;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENODEV = 19;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int EMFILE = 24;
  public static final int ENOSPC = 28;
  public static final int EROFS = 30;
  public static final int EPIPE = 32;
  public static final int ENOSYS = 38;
  public static final int EOPNOTSUPP = 95;
  public static final int ENOTSUPP = 524;

  private Errno() {}

  /// The name and the usual words, `EPERM (operation not permitted)`.
  public static String text(int errno) {
    return switch (errno) {
      case EPERM -> "EPERM (operation not permitted)";
      case ENOENT -> "ENOENT (no such file or directory)";
      case ESRCH -> "ESRCH (no such process)";
      case EINTR -> "EINTR (interrupted)";
      case EIO -> "EIO (input/output error)";
      case E2BIG -> "E2BIG (too much)";
      case EBADF -> "EBADF (bad file descriptor)";
      case ECHILD -> "ECHILD (no child process)";
      case EAGAIN -> "EAGAIN (try again)";
      case ENOMEM -> "ENOMEM (not enough memory)";
      case EACCES -> "EACCES (permission denied)";
      case EFAULT -> "EFAULT (bad address)";
      case EBUSY -> "EBUSY (busy)";
      case EEXIST -> "EEXIST (exists already)";
      case ENODEV -> "ENODEV (no such device)";
      case ENOTDIR -> "ENOTDIR (not a directory)";
      case EISDIR -> "EISDIR (is a directory)";
      case EINVAL -> "EINVAL (invalid argument)";
      case EMFILE -> "EMFILE (too many open files)";
      case ENOSPC -> "ENOSPC (no space left)";
      case EROFS -> "EROFS (read-only file system)";
      case EPIPE -> "EPIPE (nobody reads)";
      case ENOSYS -> "ENOSYS (no such system call)";
      case EOPNOTSUPP -> "EOPNOTSUPP (not supported)";
      case ENOTSUPP -> "ENOTSUPP (not supported)";
      default -> "errno " + errno;
    };
  }
}
