package pytap.linux;

import pytap.source.TracerException;

/// Turns an error number into words.
final class Refusal {
  private Refusal() {}

  /// The kernel answered `result` (negative) when pytap tried to do `tried`.
  static TracerException of(String tried, long result) {
    int errno = (int) -result;
    return switch (errno) {
      case Errno.EPERM, Errno.EACCES -> Privileges.refused(tried, errno);
      case Errno.ENOSYS ->
          new TracerException(
              TracerException.Kind.NO_BPF,
              tried,
              "this kernel has no bpf system call",
              "a kernel with CONFIG_BPF_SYSCALL=y is needed");
      case Errno.ENOMEM ->
          new TracerException(
              TracerException.Kind.KERNEL_REFUSED,
              tried,
              "the kernel has not enough memory",
              "a smaller buffer (-s) may fit");
      case Errno.EMFILE ->
          new TracerException(
              TracerException.Kind.KERNEL_REFUSED,
              tried,
              "too many open files",
              "raise the limit: ulimit -n");
      default ->
          new TracerException(
              TracerException.Kind.KERNEL_REFUSED,
              tried,
              "the kernel answered " + Errno.text(errno),
              "");
    };
  }
}
