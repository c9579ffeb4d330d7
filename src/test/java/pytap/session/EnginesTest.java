package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import pytap.compile.Compiler;
import pytap.gen.jvm.HandlerLoader;
import pytap.resolve.Surroundings;
import pytap.runtime.Outside;
import pytap.source.TracerException;

/// Which engine a session may have, as far as that is known before there is a target.
final class EnginesTest {
  private static final String FUNCTIONS = "probe python.function.entry { println(funcname) }";
  private static final String OTHERS =
      "probe process(\"/usr/lib/x86_64-linux-gnu/libstdc++.so.6\").mark(\"throw\") { println($arg2)"
          + " }";

  private static final String FROM_NOTES =
      "probe process(\"/usr/bin/python3\").mark(\"function__entry\") { println($arg3) }";

  private record Silent() implements Notices {
    @Override
    public void say(String line) {
      throw new AssertionError(line);
    }

    @Override
    public void detail(int level, String line) {}
  }

  @Test
  void theInProcessEngineNeedsATarget() {
    TracerException refused = refusal(FUNCTIONS, EngineChoice.IN_PROCESS, Optional.empty());
    assertThat(refused.tried()).isEqualTo("use the in-process engine");
    assertThat(refused.found()).isEqualTo("no process is given to trace");
  }

  @Test
  void theInProcessEngineTakesMarkersOfPythonOnly() {
    TracerException refused = refusal(OTHERS, EngineChoice.IN_PROCESS, Optional.of("true"));
    assertThat(refused.found())
        .isEqualTo("the script has the marker throw, which only the kernel can take");
  }

  @Test
  void staticMarkersAsTheyAreAreForTheKernel() {
    TracerException refused =
        catchThrowableOfType(
            TracerException.class,
            () -> prepare(FROM_NOTES, EngineChoice.IN_PROCESS, Optional.of("true"), true));
    assertThat(refused.found())
        .isEqualTo("--raw-markers asks for static markers, which only the kernel can take");
    assertThatCode(() -> prepare(FROM_NOTES, EngineChoice.AUTO, Optional.of("true"), true))
        .doesNotThrowAnyException();
  }

  @Test
  void whereNoEngineIsAskedForTheKernelsTakesWhatTheOtherCannot() {
    for (EngineChoice engine : new EngineChoice[] {EngineChoice.AUTO, EngineChoice.KERNEL}) {
      assertThatCode(() -> prepare(OTHERS, engine, Optional.of("true"))).doesNotThrowAnyException();
      assertThatCode(() -> prepare(FUNCTIONS, engine, Optional.empty())).doesNotThrowAnyException();
    }
  }

  @Test
  void aScriptWithoutMarkersNeedsNoEngine() {
    assertThatCode(
            () -> prepare("probe begin { exit() }", EngineChoice.IN_PROCESS, Optional.empty()))
        .doesNotThrowAnyException();
  }

  @Test
  void aMissingProgramIsAnErrorOfItsPointUnlessThatIsOptional() {
    String missing = "probe process(\"/no/such\").mark(\"function__entry\")%s { exit() }";
    for (EngineChoice engine : EngineChoice.values()) {
      UnresolvedPoint unresolved =
          catchThrowableOfType(
              UnresolvedPoint.class,
              () -> prepare(missing.formatted(""), engine, Optional.of("true")));
      assertThat(unresolved.reason().kind())
          .isIn(TracerException.Kind.COMMAND_NOT_FOUND, TracerException.Kind.FILE_UNREADABLE);
      assertThatCode(() -> prepare(missing.formatted("?"), engine, Optional.of("true")))
          .doesNotThrowAnyException();
    }
  }

  private static TracerException refusal(
      String script, EngineChoice engine, Optional<String> command) {
    return catchThrowableOfType(TracerException.class, () -> prepare(script, engine, command));
  }

  private static void prepare(String script, EngineChoice engine, Optional<String> command)
      throws TracerException, UnresolvedPoint {
    prepare(script, engine, command, false);
  }

  private static void prepare(
      String script, EngineChoice engine, Optional<String> command, boolean rawMarkers)
      throws TracerException, UnresolvedPoint {
    Compiler.Output output = Scripts.compile(script);
    Job job =
        new Job(
            output.plan(),
            HandlerLoader.load(output.handlers()),
            command,
            OptionalInt.empty(),
            engine,
            1 << 20,
            false,
            rawMarkers,
            Job.Output.STANDARD,
            OptionalInt.empty(),
            true,
            new Surroundings("/usr/bin:/bin", "", Path.of("/")),
            () -> Outside.Zone.UTC);
    new Engines(Groundwork.begin(Groundwork.Purpose.OTHER), job, new Silent()).prepare();
  }
}
