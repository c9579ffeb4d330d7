package pytap.compile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import pytap.gen.jvm.HandlerLoader;
import pytap.ir.Probe;
import pytap.probe.Occasion;
import pytap.runtime.ByteString;
import pytap.runtime.Handlers;
import pytap.runtime.Limits;
import pytap.runtime.Machine;
import pytap.runtime.ScriptError;
import pytap.runtime.ScriptEvents;
import pytap.runtime.SessionInfo;
import pytap.runtime.TargetMemory;
import pytap.source.DiagnosticPrinter;
import pytap.source.SourceText;
import pytap.stap.StapCompiler;

/// What scripts of `begin`, `end` and `error` print, as SystemTap 4.8 printed it: `NAME.stp` and
/// `NAME.expected`, which has what was printed and then, behind `==`, what was said of errors. A
/// first line `# -D NAME=VALUE …` sets limits. To rewrite what is expected: `mvn -q test
/// -Dtest=LanguageTest -Dpytap.golden=rewrite`.
final class LanguageTest {
  private static final Path CASES = Path.of("src/test/resources/pytap/stap/run");

  static List<String> cases() throws IOException {
    try (Stream<Path> files = Files.list(CASES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(".stp"))
          .map(file -> file.substring(0, file.length() - 4))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aScriptPrintsWhatItPrintsUnderSystemTap(String name) throws IOException {
    String actual = new Run(name).result();
    Path file = CASES.resolve(name + ".expected");
    if ("rewrite".equals(System.getProperty("pytap.golden")) && System.getenv("CI") == null) {
      Files.writeString(file, actual, StandardCharsets.ISO_8859_1);
    }
    assertThat(actual).isEqualTo(Files.readString(file, StandardCharsets.ISO_8859_1));
  }

  /// One script, run to its end as a session would, without anything that is traced.
  private static final class Run implements ScriptEvents {
    private final StringBuilder said = new StringBuilder();
    private final SourceText script;
    private final Limits limits;
    private List<Probe> probes = List.of();
    private int errors;

    Run(String name) throws IOException {
      String text = Files.readString(CASES.resolve(name + ".stp"), StandardCharsets.ISO_8859_1);
      script = new SourceText(name + ".stp", text);
      limits = limits(script.line(1));
    }

    private static Limits limits(String first) {
      Limits limits = Limits.DEFAULT;
      if (first.startsWith("# -D ")) {
        for (String option : first.substring(5).split(" ", -1)) {
          String[] parts = option.split("=", -1);
          limits = limits.with(parts[0], Long.parseLong(parts[1])).orElseThrow();
        }
      }
      return first.contains("--suppress-handler-errors") ? limits.suppressingErrors() : limits;
    }

    String result() {
      StapCompiler.Input input = new StapCompiler.Input(script, List.of(), List.of());
      Compiler.Result compiled = Compiler.compile(input, StapCompiler.Options.DEFAULT, limits);
      said.append(DiagnosticPrinter.print(compiled.diagnostics()));
      if (compiled.output().isEmpty()) {
        return "==\n" + said;
      }
      probes = compiled.output().get().plan().program().probes();
      Handlers handlers = HandlerLoader.load(compiled.output().get().handlers());
      SessionInfo info = new SessionInfo(0, 0, 1, 2, 2, 1, 0, 0, 0, 0, "test");
      Machine machine = new Machine(handlers, info, TargetMemory.NONE, this);
      if (!machine.refusesGlobals()) {
        runAll(handlers, machine);
      }
      String printed = new String(machine.out.toBytes(), StandardCharsets.ISO_8859_1);
      return printed + "==\n" + said;
    }

    private void runAll(Handlers handlers, Machine machine) {
      for (Probe probe : of(Occasion.SessionBegin.class)) {
        if (!machine.exiting() && !limits.endsAfter(errors)) {
          handlers.run(probe.index(), machine);
        }
      }
      boolean failed = limits.endsAfter(errors);
      for (Probe probe : of(failed ? Occasion.SessionError.class : Occasion.SessionEnd.class)) {
        handlers.run(probe.index(), machine);
      }
      if (!failed) {
        machine.printUnread();
      }
    }

    private List<Probe> of(Class<? extends Occasion> kind) {
      List<Probe> due = new ArrayList<>();
      for (Probe probe : probes) {
        if (kind.isInstance(probe.occasion())) {
          due.add(probe);
        }
      }
      due.sort(Comparator.comparingLong(probe -> order(probe.occasion())));
      return due;
    }

    private static long order(Occasion occasion) {
      return switch (occasion) {
        case Occasion.SessionBegin(long order) -> order;
        case Occasion.SessionEnd(long order) -> order;
        case Occasion.SessionError(long order) -> order;
        case Occasion other -> throw new AssertionError(other);
      };
    }

    @Override
    public void failed(ScriptError error) {
      errors++;
      if (!limits.suppressErrors()) {
        said.append("ERROR: ").append(error.report()).append('\n');
      }
    }

    @Override
    public void warned(ByteString text) {
      said.append("WARNING: ").append(text).append('\n');
    }
  }
}
