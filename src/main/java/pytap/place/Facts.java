package pytap.place;

import java.util.List;
import pytap.ir.Intrinsic;

/// Which facts an intrinsic of kind CONTEXT is computed from.
public final class Facts {
  private Facts() {}

  public static List<Fact> of(Intrinsic intrinsic) {
    return switch (intrinsic.name()) {
      case "ppid", "ns_ppid" -> List.of(Fact.PPID);
      case "uid", "gid", "ns_uid", "ns_gid" -> List.of(Fact.UID_GID);
      case "euid", "egid", "ns_euid", "ns_egid" -> List.of(Fact.EUID_EGID);
      case "execname" -> List.of(Fact.EXECNAME);
      case "cpu", "cpuid" -> List.of(Fact.CPU);
      case "pexecname" -> List.of(Fact.PID_TGID, Fact.PPID);
      case "is_myproc" -> List.of(Fact.UID_GID);
      case "thread_indent" -> List.of(Fact.PID_TGID, Fact.TIME_NANOS, Fact.EXECNAME);
      case "gettimeofday_s",
          "gettimeofday_ms",
          "gettimeofday_us",
          "gettimeofday_ns",
          "local_clock_s",
          "local_clock_ms",
          "local_clock_us",
          "local_clock_ns",
          "cpu_clock_s",
          "cpu_clock_ms",
          "cpu_clock_us",
          "cpu_clock_ns",
          "ktime_get_ns",
          "get_cycles",
          "jiffies",
          "qs_time",
          "ctime",
          "indent" ->
          List.of(Fact.TIME_NANOS);
      case "indent_depth" -> List.of();
      case "uaddr", "addr", "registers_valid", "user_mode" -> List.of(Fact.UADDR);
      case "pp", "probefunc" -> List.of(Fact.PID_TGID, Fact.UADDR);
      case "$$name", "$$provider" -> List.of(Fact.PLACE);
      case "int_arg",
          "uint_arg",
          "long_arg",
          "ulong_arg",
          "longlong_arg",
          "ulonglong_arg",
          "pointer_arg",
          "s32_arg",
          "u32_arg",
          "s64_arg",
          "u64_arg" ->
          List.of(Fact.PID_TGID, Fact.REGISTERS);
      case "returnval", "returnstr", "register", "u_register" -> List.of(Fact.REGISTERS);
      case "print_regs" -> List.of(Fact.REGISTERS);
      default ->
          asksForStack(intrinsic)
              ? List.of(Fact.PID_TGID, Fact.REGISTERS)
              : List.of(Fact.PID_TGID); // whose it is must be known to look it up
    };
  }

  /// Whether facts alone are not enough and the tool looks something up for it.
  static boolean areLookedUp(Intrinsic intrinsic) {
    return switch (intrinsic.name()) {
      case "pid", "tid", "ns_pid", "ns_tid", "task_current", "thread_indent_depth" -> false;
      case "thread_indent" -> false;
      default -> of(intrinsic).contains(Fact.PID_TGID);
    };
  }

  /// Whether it says what was hit.
  static boolean namesPoint(Intrinsic intrinsic) {
    return switch (intrinsic.name()) {
      case "pp", "ppfunc", "probefunc" -> true;
      default -> asksForStack(intrinsic);
    };
  }

  /// Whether it walks the user stack, of which the probe then takes a copy.
  static boolean asksForStack(Intrinsic intrinsic) {
    return switch (intrinsic.name()) {
      case "print_ubacktrace",
          "print_ubacktrace_brief",
          "print_ubacktrace_fileline",
          "sprint_ubacktrace",
          "ubacktrace",
          "ustack",
          "ucallers",
          "caller",
          "caller_addr",
          "callers" ->
          true;
      default -> false;
    };
  }
}
