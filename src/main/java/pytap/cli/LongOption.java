package pytap.cli;

import java.util.ArrayList;
import java.util.List;

/// An option that is written out.
///
/// @param value whether something goes with it
/// @param meaning what becomes of it
record LongOption(String name, Value value, Meaning meaning) {

  enum Value {
    NONE,
    OPTIONAL,
    REQUIRED
  }

  /// What becomes of an option.
  sealed interface Meaning {
    /// It does something.
    record Known() implements Meaning {}

    /// Stap does something that there is no need for here.
    record Idle(String reason) implements Meaning {}

    /// Pytap cannot do it.
    record Refused(String reason) implements Meaning {}
  }

  private static final Meaning.Known KNOWN = new Meaning.Known();

  /// Why an option of stap's way of compiling changes nothing.
  static final String NO_MODULE = "no kernel module is built";

  private static final Meaning.Idle BUILD = new Meaning.Idle(NO_MODULE);
  private static final Meaning.Idle CACHE = new Meaning.Idle("nothing is cached");
  private static final Meaning.Idle SYMBOLS =
      new Meaning.Idle("symbols are read from the files that the target has mapped");
  private static final Meaning.Idle PRIVILEGES =
      new Meaning.Idle("a script can do nothing that its user may not");
  private static final Meaning.Refused SERVERS =
      new Meaning.Refused("pytap compiles by itself and has no compile servers");
  private static final Meaning.Refused RUNTIMES =
      new Meaning.Refused("pytap has engines of its own in place of stap's runtimes");

  static final List<LongOption> ALL =
      List.of(
          known("help", Value.NONE),
          known("version", Value.NONE),
          known("engine", Value.REQUIRED),
          known("lossless", Value.NONE),
          known("raw-markers", Value.NONE),
          known("vp", Value.REQUIRED),
          known("color", Value.OPTIONAL),
          known("colour", Value.OPTIONAL),
          known("suppress-time-limits", Value.NONE),
          known("suppress-handler-errors", Value.NONE),
          known("dump-probe-types", Value.NONE),
          known("dump-probe-aliases", Value.NONE),
          known("dump-functions", Value.NONE),
          known("privilege", Value.REQUIRED),
          known("prologue-searching", Value.OPTIONAL),
          known("no-global-var-display", Value.NONE),
          with("unprivileged", Value.NONE, PRIVILEGES),
          with("ldd", Value.NONE, SYMBOLS),
          with("all-modules", Value.NONE, SYMBOLS),
          with("download-debuginfo", Value.OPTIONAL, SYMBOLS),
          with("skip-badvars", Value.NONE, new Meaning.Idle("every $variable is known or refused")),
          with("compatible", Value.REQUIRED, new Meaning.Idle("there is one version of pytap")),
          with("check-version", Value.NONE, new Meaning.Idle("there is one version of pytap")),
          with("semantic-keep-going", Value.NONE, new Meaning.Idle("pytap always goes on")),
          with("disable-cache", Value.NONE, CACHE),
          with("poison-cache", Value.NONE, CACHE),
          with("clean-cache", Value.NONE, CACHE),
          with("tmpdir", Value.REQUIRED, BUILD),
          with("modinfo", Value.REQUIRED, BUILD),
          with("debug", Value.NONE, BUILD),
          with("sign-module", Value.OPTIONAL, BUILD),
          with("save-uprobes", Value.NONE, BUILD),
          with("build-as", Value.OPTIONAL, BUILD),
          with("rlimit-as", Value.REQUIRED, BUILD),
          with("rlimit-cpu", Value.REQUIRED, BUILD),
          with("rlimit-nproc", Value.REQUIRED, BUILD),
          with("rlimit-stack", Value.REQUIRED, BUILD),
          with("rlimit-fsize", Value.REQUIRED, BUILD),
          with("use-server", Value.OPTIONAL, SERVERS),
          with("list-servers", Value.OPTIONAL, SERVERS),
          with("trust-servers", Value.OPTIONAL, SERVERS),
          with("use-server-on-error", Value.OPTIONAL, SERVERS),
          with("use-http-server", Value.REQUIRED, SERVERS),
          with("client-options", Value.NONE, SERVERS),
          with("runtime", Value.REQUIRED, RUNTIMES),
          with("dyninst", Value.NONE, RUNTIMES),
          with("bpf", Value.NONE, RUNTIMES),
          with("remote", Value.REQUIRED, new Meaning.Refused("run pytap there, by way of ssh")),
          with("remote-prefix", Value.NONE, new Meaning.Idle("nothing runs elsewhere")),
          with("sysroot", Value.REQUIRED, new Meaning.Refused("pytap traces the running system")),
          with("sysenv", Value.REQUIRED, new Meaning.Refused("pytap traces the running system")),
          with(
              "target-namespaces",
              Value.REQUIRED,
              new Meaning.Refused("process ids are those of pytap's own namespace")),
          with(
              "monitor",
              Value.OPTIONAL,
              new Meaning.Refused("print from a timer probe, as in timer.s(1)")),
          with("interactive", Value.NONE, new Meaning.Refused("write the script to a file")),
          with("example", Value.NONE, new Meaning.Refused("name the example's file")),
          with("language-server", Value.NONE, new Meaning.Refused("pytap serves no editors")),
          with("benchmark-sdt", Value.NONE, new Meaning.Refused("see the folder bench")),
          with("benchmark-sdt-loops", Value.REQUIRED, new Meaning.Refused("see the folder bench")),
          with(
              "benchmark-sdt-threads",
              Value.REQUIRED,
              new Meaning.Refused("see the folder bench")));

  private static LongOption known(String name, Value value) {
    return new LongOption(name, value, KNOWN);
  }

  private static LongOption with(String name, Value value, Meaning meaning) {
    return new LongOption(name, value, meaning);
  }

  /// The options that `name` may stand for: itself, or all that begin with it.
  static List<LongOption> named(String name) {
    List<LongOption> found = new ArrayList<>();
    for (LongOption option : ALL) {
      if (option.name().equals(name)) {
        return List.of(option);
      }
      if (option.name().startsWith(name)) {
        found.add(option);
      }
    }
    return found;
  }
}
