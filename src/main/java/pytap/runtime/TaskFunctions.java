package pytap.runtime;

/// The library functions on tasks. SystemTap hands kernel addresses of tasks about; here a task is
/// told by its thread id, and what is asked of it is answered from `/proc` when the handler runs.
public final class TaskFunctions {
  /// The lines of `/proc/PID/limits`, by the numbers of resources (Linux 6.6
  /// include/uapi/asm-generic/resource.h).
  private static final String[] LIMITS = {
    "Max cpu time",
    "Max file size",
    "Max data size",
    "Max stack size",
    "Max core file size",
    "Max resident set",
    "Max processes",
    "Max open files",
    "Max locked memory",
    "Max address space",
    "Max file locks",
    "Max pending signals",
    "Max msgqueue size",
    "Max nice priority",
    "Max realtime priority",
    "Max realtime timeout",
  };

  private TaskFunctions() {}

  public static long taskCurrent(Machine machine) {
    return machine.moment.tid();
  }

  /// The task with that id; 0 where there is none.
  public static long pid2task(long pid, Machine machine) {
    return TaskFile.exists(machine, pid) ? pid : 0;
  }

  public static long taskPid(long task, Machine machine) {
    return TaskFile.status(machine, task, "Tgid:", 0);
  }

  public static long taskTid(long task, Machine machine) {
    return task;
  }

  public static long taskParent(long task, Machine machine) {
    return TaskFile.stat(machine, task, TaskFile.PARENT);
  }

  /// The kernel's number for its state (Linux 6.6 include/linux/sched.h).
  public static long taskState(long task, Machine machine) {
    return switch (TaskFile.state(machine, task)) {
      case 'R' -> 0;
      case 'S' -> 1;
      case 'D' -> 2;
      case 'T' -> 4;
      case 't' -> 8;
      case 'Z' -> 32;
      case 'P' -> 64;
      case 'I' -> 1026;
      default -> 16;
    };
  }

  public static long taskUid(long task, Machine machine) {
    return TaskFile.status(machine, task, "Uid:", 0);
  }

  public static long taskEuid(long task, Machine machine) {
    return TaskFile.status(machine, task, "Uid:", 1);
  }

  public static long taskGid(long task, Machine machine) {
    return TaskFile.status(machine, task, "Gid:", 0);
  }

  public static long taskEgid(long task, Machine machine) {
    return TaskFile.status(machine, task, "Gid:", 1);
  }

  public static long taskNsPid(long task, Machine machine) {
    return taskPid(task, machine);
  }

  public static long taskNsTid(long task, Machine machine) {
    return task;
  }

  public static long taskNsUid(long task, Machine machine) {
    return taskUid(task, machine);
  }

  public static long taskNsEuid(long task, Machine machine) {
    return taskEuid(task, machine);
  }

  public static long taskNsGid(long task, Machine machine) {
    return taskGid(task, machine);
  }

  public static long taskNsEgid(long task, Machine machine) {
    return taskEgid(task, machine);
  }

  public static long taskPrio(long task, Machine machine) {
    return TaskFile.stat(machine, task, TaskFile.PRIORITY);
  }

  public static long taskNice(long task, Machine machine) {
    return TaskFile.stat(machine, task, TaskFile.NICE);
  }

  public static long taskCpu(long task, Machine machine) {
    return TaskFile.stat(machine, task, TaskFile.PROCESSOR);
  }

  public static long taskOpenFileHandles(long task, Machine machine) {
    return machine.outside.files().entries("/proc/" + task + "/fd");
  }

  public static long taskMaxFileHandles(long task, Machine machine) {
    return TaskFile.status(machine, task, "FDSize:", 0);
  }

  /// A soft limit by its name, such as `RLIMIT_NOFILE`; -1 for unlimited and for unknown names.
  public static long taskRlimit(long task, ByteString name, Machine machine) {
    long number = NameFunctions.rlimitFromStr(name);
    return number < 0 ? -1 : TaskFile.limit(machine, task, LIMITS[(int) number]);
  }

  public static ByteString taskExecname(long task, Machine machine) {
    return ByteString.ofLatin1(TaskFile.name(machine, task));
  }

  public static ByteString pid2execname(long pid, Machine machine) {
    return taskExecname(pid, machine);
  }

  /// `init=>sh=>python3`, with the times of their starts where `withTime` is not 0.
  public static ByteString taskAncestry(long task, long withTime, Machine machine) {
    StringBuilder out = new StringBuilder();
    long at = task;
    while (true) {
      String stamp = withTime == 0 ? "" : "(" + started(at, machine) + ")";
      // The first process's parent is the kernel's own, which /proc does not show.
      String name = at == 0 ? "swapper/0" : TaskFile.name(machine, at);
      out.insert(0, name + stamp);
      if (at == 0 || name.isEmpty()) {
        return ByteString.ofLatin1(out.toString()).cut(machine.textBytes);
      }
      out.insert(0, "=>");
      at = taskParent(at, machine);
    }
  }

  private static String started(long task, Machine machine) {
    long nanos = ProcessFunctions.taskStartTime(task, machine);
    long seconds = nanos / 1_000_000_000;
    String fraction = String.valueOf(1_000_000_000 + nanos % 1_000_000_000).substring(1);
    return seconds / 60 + "m" + seconds % 60 + "." + fraction + "s";
  }
}
