package pytap.linux;

import java.util.ArrayList;
import java.util.List;
import pytap.source.TracerException;

/// What this process may do: its effective capabilities, as `/proc/self/status` gives them.
///
/// Loading and attaching programs needs CAP_BPF and CAP_PERFMON together, or CAP_SYS_ADMIN, which
/// holds both (Linux 6.6 kernel/bpf/syscall.c `bpf_prog_load`, kernel/events/core.c
/// `perf_uprobe_event_init`).
///
/// @param effective the capability bits
public record Privileges(long effective) {

  private static final String FIELD = "\nCapEff:";

  /// Those of this process.
  public static Privileges ofSelf() {
    return parse(ProcFile.read("/proc/self/status").orElse(""));
  }

  /// Those that the text of a `/proc/PID/status` shows; none where it shows none.
  static Privileges parse(String status) {
    int at = status.indexOf(FIELD);
    if (at < 0) {
      return new Privileges(0);
    }
    int end = status.indexOf('\n', at + FIELD.length());
    String digits = status.substring(at + FIELD.length(), end < 0 ? status.length() : end);
    return new Privileges(Long.parseUnsignedLong(digits.strip(), 16));
  }

  public boolean has(Capability capability) {
    return (effective & capability.mask()) != 0;
  }

  /// What is missing for tracing; empty when nothing is.
  public List<Capability> missingForTracing() {
    List<Capability> missing = new ArrayList<>();
    if (!has(Capability.CAP_SYS_ADMIN)) {
      for (Capability needed : List.of(Capability.CAP_BPF, Capability.CAP_PERFMON)) {
        if (!has(needed)) {
          missing.add(needed);
        }
      }
    }
    return missing;
  }

  /// Fails with exactly what is missing, before anything is tried.
  public void requireTracing() throws TracerException {
    List<Capability> missing = missingForTracing();
    if (!missing.isEmpty()) {
      throw missing("trace with eBPF", missing);
    }
  }

  /// The kernel answered EPERM or EACCES: says which capability is missing, or, where none is, what
  /// else forbids it.
  static TracerException refused(String tried, int errno) {
    List<Capability> missing = ofSelf().missingForTracing();
    if (!missing.isEmpty()) {
      return missing(tried, missing);
    }
    return new TracerException(
        TracerException.Kind.NO_PERMISSION,
        tried,
        "the kernel answered "
            + Errno.text(errno)
            + " although CAP_BPF and CAP_PERFMON are in effect",
        "a container, a user namespace, kernel lockdown or a security module may forbid it; run"
            + " pytap as root of the host");
  }

  private static TracerException missing(String tried, List<Capability> missing) {
    StringBuilder names = new StringBuilder("this process lacks ");
    for (int i = 0; i < missing.size(); i++) {
      names.append(i == 0 ? "" : " and ").append(missing.get(i));
    }
    return new TracerException(
        TracerException.Kind.NO_PERMISSION, tried, names.toString(), "run pytap as root");
  }
}
