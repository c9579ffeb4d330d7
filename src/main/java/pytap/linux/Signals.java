package pytap.linux;

/// Signal numbers (Linux 6.6 arch/x86/include/uapi/asm/signal.h) and their names.
public final class Signals {
  public static final int HUP = 1;
  public static final int INT = 2;
  public static final int QUIT = 3;
  public static final int KILL = 9;
  public static final int SEGV = 11;
  public static final int PIPE = 13;
  public static final int TERM = 15;
  public static final int CONT = 18;
  public static final int STOP = 19;

  private Signals() {}

  /// `SIGTERM`, or `signal 42` for those without a name here.
  public static String name(int signal) {
    return switch (signal) {
      case HUP -> "SIGHUP";
      case INT -> "SIGINT";
      case QUIT -> "SIGQUIT";
      case 4 -> "SIGILL";
      case 6 -> "SIGABRT";
      case 7 -> "SIGBUS";
      case 8 -> "SIGFPE";
      case KILL -> "SIGKILL";
      case SEGV -> "SIGSEGV";
      case PIPE -> "SIGPIPE";
      case 14 -> "SIGALRM";
      case TERM -> "SIGTERM";
      case CONT -> "SIGCONT";
      case STOP -> "SIGSTOP";
      default -> "signal " + signal;
    };
  }

  /// What a shell calls it: `Killed`, as strsignal(3) has it.
  public static String description(int signal) {
    return switch (signal) {
      case HUP -> "Hangup";
      case INT -> "Interrupt";
      case QUIT -> "Quit";
      case 4 -> "Illegal instruction";
      case 5 -> "Trace/breakpoint trap";
      case 6 -> "Aborted";
      case 7 -> "Bus error";
      case 8 -> "Floating point exception";
      case KILL -> "Killed";
      case 10 -> "User defined signal 1";
      case SEGV -> "Segmentation fault";
      case 12 -> "User defined signal 2";
      case PIPE -> "Broken pipe";
      case 14 -> "Alarm clock";
      case TERM -> "Terminated";
      default -> "Signal " + signal;
    };
  }
}
