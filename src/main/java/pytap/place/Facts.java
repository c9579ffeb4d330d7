package pytap.place;

import java.util.List;
import pytap.ir.Intrinsic;

/// Which facts an intrinsic of kind CONTEXT is computed from.
public final class Facts {
  private Facts() {}

  public static List<Fact> of(Intrinsic intrinsic) {
    return switch (intrinsic.name()) {
      case "pid", "tid", "thread_indent_depth" -> List.of(Fact.PID_TGID);
      case "ppid" -> List.of(Fact.PPID);
      case "uid", "gid" -> List.of(Fact.UID_GID);
      case "euid", "egid" -> List.of(Fact.EUID_EGID);
      case "execname" -> List.of(Fact.EXECNAME);
      case "cpu" -> List.of(Fact.CPU);
      case "thread_indent" -> List.of(Fact.PID_TGID, Fact.TIME_NANOS, Fact.EXECNAME);
      case "gettimeofday_s",
          "gettimeofday_ms",
          "gettimeofday_us",
          "gettimeofday_ns",
          "local_clock_s",
          "local_clock_ms",
          "local_clock_us",
          "local_clock_ns",
          "indent" ->
          List.of(Fact.TIME_NANOS);
      default -> throw new IllegalStateException("no facts for " + intrinsic.name());
    };
  }
}
