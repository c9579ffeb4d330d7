package pytap.runtime;

/// What `/proc/TID/stat`, `status` and `statm` say (Linux 6.6 Documentation/filesystems/proc.rst).
/// Numbers are 0 where the thread is gone.
final class TaskFile {
  // Fields of `stat`, counted from 1 as the manual page proc(5) does.
  static final int STATE = 3;
  static final int PARENT = 4;
  static final int PGRP = 5;
  static final int SESSION = 6;
  static final int UTIME = 14;
  static final int STIME = 15;
  static final int PRIORITY = 18;
  static final int NICE = 19;
  static final int START_TIME = 22;
  static final int PROCESSOR = 39;

  /// `stat` counts in ticks of 1/100 second on x86-64 (USER_HZ).
  static final long NANOS_PER_TICK = 10_000_000;

  private TaskFile() {}

  private static String read(Machine machine, long tid, String file) {
    return tid <= 0 ? "" : machine.outside.files().read("/proc/" + tid + "/" + file);
  }

  static boolean exists(Machine machine, long tid) {
    return !read(machine, tid, "stat").isEmpty();
  }

  static long stat(Machine machine, long tid, int field) {
    String text = field(machine, tid, field);
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }

  /// The letter of its state; `X` where it is gone.
  static char state(Machine machine, long tid) {
    String text = field(machine, tid, STATE);
    return text.isEmpty() ? 'X' : text.charAt(0);
  }

  /// The name may hold spaces and brackets, so fields are counted behind the last bracket.
  private static String field(Machine machine, long tid, int field) {
    String text = read(machine, tid, "stat");
    int at = text.lastIndexOf(')') + 2;
    for (int i = STATE; i < field && at > 1; i++) {
      at = text.indexOf(' ', at) + 1;
    }
    int end = text.indexOf(' ', at);
    return at <= 1 ? "" : text.substring(at, end < 0 ? text.length() : end).strip();
  }

  static long statm(Machine machine, long pid, int column) {
    String[] columns = read(machine, pid, "statm").strip().split(" ", -1);
    return column < columns.length && !columns[column].isEmpty()
        ? Long.parseLong(columns[column])
        : 0;
  }

  /// The number in column `column` of the line of `status` that begins with `name`.
  static long status(Machine machine, long tid, String name, int column) {
    for (String line : read(machine, tid, "status").split("\n", -1)) {
      if (line.startsWith(name)) {
        String[] columns = line.substring(name.length()).strip().split("[\t ]+", -1);
        return Long.parseLong(columns[column]);
      }
    }
    return 0;
  }

  static String name(Machine machine, long tid) {
    String name = read(machine, tid, "comm");
    return name.isEmpty() ? "" : name.substring(0, name.length() - 1);
  }

  /// The soft limit in the line of `limits` that begins with `name`; -1 for unlimited, and where
  /// the thread is gone.
  static long limit(Machine machine, long tid, String name) {
    for (String line : read(machine, tid, "limits").split("\n", -1)) {
      if (line.startsWith(name)) {
        String value = line.substring(name.length()).strip();
        value = value.substring(0, value.indexOf(' '));
        return value.equals("unlimited") ? -1 : Long.parseLong(value);
      }
    }
    return -1;
  }
}
