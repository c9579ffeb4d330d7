package pytap.cli;

import java.util.Optional;
import pytap.cli.Examination.Hindrance;
import pytap.cli.Examination.Offer;
import pytap.cli.Examination.Patient;
import pytap.cli.Examination.Python;

/// What `pytap doctor` says: a line for each thing that tracing depends on, and what to do where it
/// is not as it should be.
final class Diagnosis {
  private static final String OK = "ok";
  private static final String NOTE = "note";
  private static final String NO = "no";

  private final Examination found;
  private final StringBuilder out = new StringBuilder();

  private Diagnosis(Examination found) {
    this.found = found;
  }

  static String of(Examination found) {
    Diagnosis diagnosis = new Diagnosis(found);
    diagnosis.machine();
    diagnosis.engines();
    diagnosis.pythons();
    found.process().ifPresent(diagnosis::process);
    return diagnosis.out.toString();
  }

  /// Whether any engine can trace what was asked about.
  static boolean isHopeful(Examination found) {
    return found
        .process()
        .map(it -> it.kernel().isEmpty() || it.inProcess().isEmpty())
        .orElse(true);
  }

  private void machine() {
    out.append("This machine\n");
    line(OK, "kernel", "Linux " + found.release());
    switch (found.kernelEngine()) {
      case Offer.Works(boolean uprobeMulti) -> {
        line(OK, "eBPF", "programs can be loaded");
        line(
            uprobeMulti ? OK : NOTE,
            "uprobe_multi",
            uprobeMulti
                ? "thousands of places are attached to at once"
                : "not there before Linux 6.6: many places take seconds to attach to");
      }
      case Offer.Refused(Hindrance why) -> {
        line(NO, "eBPF", why.found());
        remedy(why.remedy());
      }
    }
    capabilities();
    yama();
    int filters = found.seccompFilters();
    line(
        filters == 0 ? OK : NOTE,
        "seccomp",
        filters == 0
            ? "pytap has no filters"
            : "pytap has "
                + filters
                + (filters == 1 ? " filter" : " filters")
                + ", as in a container");
    lockdown();
  }

  private void capabilities() {
    if (found.missing().isEmpty()) {
      line(OK, "capabilities", "all that the kernel engine needs");
    } else {
      line(
          NO,
          "capabilities",
          "the kernel engine lacks "
              + String.join(" and ", found.missing().stream().map(String::valueOf).toList()));
      remedy("run pytap as root, or use the in-process engine");
    }
    line(
        found.mayTraceAny() ? OK : NOTE,
        "CAP_SYS_PTRACE",
        found.mayTraceAny()
            ? "processes of every user may be traced from inside"
            : "only processes of the user with the number "
                + found.user()
                + " may be traced from inside");
  }

  private void yama() {
    String scope = found.yama().orElse("0");
    String meaning =
        switch (scope) {
          case "0" -> "a user's processes may trace each other";
          case "1" -> "only a process's ancestors may trace it: -c works, -x as root only";
          case "2" -> "only root may trace";
          default -> "nobody may trace";
        };
    boolean hinders = scope.equals("3") || (!scope.equals("0") && !found.mayTraceAny());
    String value = found.yama().isPresent() ? scope : "not in this kernel";
    line(hinders ? scope.equals("1") ? NOTE : NO : OK, "ptrace_scope", value + ": " + meaning);
    if (hinders) {
      remedy(
          scope.equals("3")
              ? "it stays so until the next boot; use the kernel engine"
              : "sysctl kernel.yama.ptrace_scope=0, or run pytap as root");
    }
  }

  private void lockdown() {
    String mode = found.lockdown().orElse("none");
    boolean closed = mode.equals("confidentiality");
    line(
        closed ? NO : OK,
        "lockdown",
        closed ? "confidentiality: programs may not read the kernel's memory" : mode);
    if (closed) {
      remedy("use the in-process engine");
    }
  }

  private void engines() {
    out.append("\nEngines\n");
    boolean kernel = found.kernelEngine() instanceof Offer.Works;
    line(
        kernel ? OK : NO,
        "kernel",
        kernel ? "traces every process, present and future" : "does not work here, see above");
    String scope = found.yama().orElse("0");
    boolean nobody = scope.equals("3") || (scope.equals("2") && !found.mayTraceAny());
    boolean onlyChildren = scope.equals("1") && !found.mayTraceAny();
    line(
        nobody ? NO : OK,
        "in-process",
        nobody
            ? "does not work here, see above"
            : onlyChildren
                ? "traces what -c launches"
                : found.mayTraceAny()
                    ? "traces what -c launches and -x names"
                    : "traces what -c launches, and your own processes with -x");
  }

  private void pythons() {
    out.append("\nPythons\n");
    if (found.pythons().isEmpty()) {
      line(NOTE, "none", "neither on PATH, nor of pyenv, nor running");
    }
    for (Python python : found.pythons()) {
      out.append("  ").append(python.path()).append('\n');
      out.append("        ").append(python.what()).append("; ");
      out.append(String.join(", ", python.where())).append('\n');
    }
  }

  private void process(Patient patient) {
    out.append("\nProcess ").append(patient.pid()).append('\n');
    patient.program().ifPresent(program -> line(OK, "program", program));
    engine("kernel", patient.kernel());
    engine("in-process", patient.inProcess());
  }

  private void engine(String name, Optional<Hindrance> hindrance) {
    if (hindrance.isEmpty()) {
      line(OK, name, "can trace it");
      return;
    }
    line(NO, name, hindrance.get().found());
    remedy(hindrance.get().remedy());
  }

  private void line(String state, String subject, String text) {
    out.append("  %-4s  %-15s %s\n".formatted(state, subject, text));
  }

  private void remedy(String remedy) {
    if (!remedy.isEmpty()) {
      out.append(" ".repeat(24)).append("to do: ").append(remedy).append('\n');
    }
  }
}
