package pytap.runtime;

/// The library functions on the process that was hit, and on others by their number, answered from
/// `/proc` when the handler runs.
public final class ProcessFunctions {
  private static final int PAGE_KIBIBYTES = 4;

  private ProcessFunctions() {}

  /// The command name of the parent.
  public static ByteString pexecname(Machine machine) {
    return ByteString.ofLatin1(TaskFile.name(machine, machine.moment.ppid()));
  }

  public static ByteString cmdlineStr(Machine machine) {
    return cmdlineArgs(0, -1, ByteString.ofLatin1(" "), machine);
  }

  /// Argument `number`, the command being 0; "" where there is none.
  public static ByteString cmdlineArg(long number, Machine machine) {
    return cmdlineArgs(number, number, ByteString.EMPTY, machine);
  }

  /// The arguments from `first` up to and with `last`, all where that is negative; an empty one
  /// that is not the first is written as `""`.
  public static ByteString cmdlineArgs(
      long first, long last, ByteString separator, Machine machine) {
    String[] words = words(machine, "cmdline");
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < words.length && (last < 0 || i <= last); i++) {
      if (i == first) {
        out.append(words[i]);
      } else if (i > first) {
        out.append(separator).append(words[i].isEmpty() ? "\"\"" : words[i]);
      }
    }
    return ByteString.ofLatin1(out.toString()).cut(machine.textBytes);
  }

  /// The variable in the environment that the process was started with; "" where there is none.
  public static ByteString envVar(ByteString name, Machine machine) {
    String wanted = name + "=";
    if (name.length() == 0) {
      return ByteString.EMPTY;
    }
    for (String entry : words(machine, "environ")) {
      if (entry.startsWith(wanted)) {
        return ByteString.ofLatin1(entry.substring(wanted.length())).cut(machine.textBytes);
      }
    }
    return ByteString.EMPTY;
  }

  /// The parts of a file of parts that each end with NUL.
  private static String[] words(Machine machine, String file) {
    String all = machine.outside.files().read("/proc/" + machine.moment.pid() + "/" + file);
    if (all.isEmpty()) {
      return new String[0];
    }
    String parts = all.charAt(all.length() - 1) == 0 ? all.substring(0, all.length() - 1) : all;
    return parts.split("\0", -1);
  }

  public static long pgrp(Machine machine) {
    return TaskFile.stat(machine, machine.moment.pid(), TaskFile.PGRP);
  }

  public static long sid(Machine machine) {
    return TaskFile.stat(machine, machine.moment.pid(), TaskFile.SESSION);
  }

  public static long nsPgrp(Machine machine) {
    return pgrp(machine);
  }

  public static long nsSid(Machine machine) {
    return sid(machine);
  }

  /// Whether the process belongs to whoever runs the script; root owns all.
  public static long isMyproc(Machine machine) {
    int own = machine.info.ownUid();
    return own == 0 || machine.moment.uid() == own ? 1 : 0;
  }

  public static long procMemSize(Machine machine) {
    return procMemSize(machine.moment.pid(), machine);
  }

  /// Pages of the address space.
  public static long procMemSize(long pid, Machine machine) {
    return TaskFile.statm(machine, pid, 0);
  }

  public static long procMemRss(Machine machine) {
    return procMemRss(machine.moment.pid(), machine);
  }

  /// Pages in memory.
  public static long procMemRss(long pid, Machine machine) {
    return TaskFile.statm(machine, pid, 1);
  }

  public static long procMemShr(Machine machine) {
    return procMemShr(machine.moment.pid(), machine);
  }

  /// Pages in memory that are of files.
  public static long procMemShr(long pid, Machine machine) {
    return TaskFile.status(machine, pid, "RssFile:", 0) / PAGE_KIBIBYTES;
  }

  public static long procMemTxt(Machine machine) {
    return procMemTxt(machine.moment.pid(), machine);
  }

  /// Pages of code.
  public static long procMemTxt(long pid, Machine machine) {
    return TaskFile.statm(machine, pid, 3);
  }

  public static long procMemData(Machine machine) {
    return procMemData(machine.moment.pid(), machine);
  }

  /// Pages of data and stack.
  public static long procMemData(long pid, Machine machine) {
    return TaskFile.statm(machine, pid, 5);
  }

  public static long taskUtime(Machine machine) {
    return taskUtime(machine.moment.tid(), machine);
  }

  /// Nanoseconds that a thread has run in user mode.
  public static long taskUtime(long tid, Machine machine) {
    return TaskFile.stat(machine, tid, TaskFile.UTIME) * TaskFile.NANOS_PER_TICK;
  }

  public static long taskStime(Machine machine) {
    return taskStime(machine.moment.tid(), machine);
  }

  /// Nanoseconds that a thread has run in the kernel.
  public static long taskStime(long tid, Machine machine) {
    return TaskFile.stat(machine, tid, TaskFile.STIME) * TaskFile.NANOS_PER_TICK;
  }

  /// When a thread was started, in nanoseconds since the machine was.
  public static long taskStartTime(long tid, Machine machine) {
    return TaskFile.stat(machine, tid, TaskFile.START_TIME) * TaskFile.NANOS_PER_TICK;
  }

  /// Whether `pid` is the process of `-c` or `-x`, or descends from it.
  public static long targetSetPid(long pid, Machine machine) {
    long target = machine.info.targetPid();
    long at = pid;
    while (at > 0 && at != target) {
      at = TaskFile.stat(machine, at, TaskFile.PARENT);
    }
    return target > 0 && at == target ? 1 : 0;
  }

  /// Prints who begat whom.
  public static void targetSetReport(Machine machine) {
    line("target set:", machine);
    long target = machine.info.targetPid();
    if (target > 0) {
      line(machine.info.ownPid() + " begat " + target, machine);
      reportChildren((int) target, machine);
    }
  }

  private static void reportChildren(int parent, Machine machine) {
    for (int child : machine.outside.files().children(parent)) {
      line(parent + " begat " + child, machine);
      reportChildren(child, machine);
    }
  }

  private static void line(String text, Machine machine) {
    machine.out.text(ByteString.ofLatin1(text));
    machine.out.octet('\n');
  }
}
