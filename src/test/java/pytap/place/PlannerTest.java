package pytap.place;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.ir.BinaryOperator;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.place.Capture.OfFact;
import pytap.place.Capture.Text;
import pytap.probe.Occasion;
import pytap.source.DiagnosticPrinter;
import pytap.source.SourceText;
import pytap.stap.StapCompiler;

/// What scripts capture, and in which channels.
final class PlannerTest {
  private static final String ENTRY = "process(\"python3\").mark(\"function__entry\")";
  private static final String RETURN = "process(\"python3\").mark(\"function__return\")";

  private static Plan plan(String script) {
    StapCompiler.Input input =
        new StapCompiler.Input(new SourceText("test.stp", script), List.of(), List.of());
    StapCompiler.Result result = StapCompiler.compile(input, StapCompiler.Options.DEFAULT);
    Optional<Program> program = result.program();
    assertThat(program).as(DiagnosticPrinter.print(result.diagnostics())).isPresent();
    return Planner.plan(program.get(), 511);
  }

  /// The captures of a handler with this body.
  private static List<Capture> captures(String body) {
    return ofScript("probe " + ENTRY + " { " + body + " }");
  }

  private static List<Capture> ofScript(String script) {
    Plan plan = plan(script);
    assertThat(plan.channels()).hasSize(1);
    return plan.channels().getFirst().layout().slots().stream()
        .map(RecordLayout.Slot::capture)
        .toList();
  }

  private static Taken argument(int number) {
    return new Taken.Argument(number);
  }

  private static Capture number(int argument) {
    return new Capture.Number(argument(argument));
  }

  private static Capture text(Taken address) {
    return new Text(address, 511);
  }

  private static Capture fact(Fact fact) {
    return new OfFact(fact);
  }

  private static Taken plus(Taken left, long right) {
    return new Taken.Arithmetic(BinaryOperator.ADD, left, new Taken.Constant(right));
  }

  @Test
  void handlersOfOneMarkerShareAChannelAndTheLaterInTheScriptRunsFirst() {
    Plan plan =
        plan(
            "probe begin { println(0) }\n"
                + ("probe " + ENTRY + " { println(1) }\n")
                + ("probe " + RETURN + " { println(2) }\n")
                + ("probe " + ENTRY + " { println(3) }\n"));
    assertThat(plan.channels()).extracting(Plan.Channel::id).containsExactly(0, 1);
    assertThat(plan.channels())
        .extracting(channel -> channel.handlers().stream().map(Probe::index).toList())
        .containsExactly(List.of(3, 1), List.of(2));
    assertThat(plan.channels())
        .extracting(channel -> ((Occasion.Marker) channel.point()).marker())
        .containsExactly("function__entry", "function__return");
  }

  @Test
  void markersOfDifferentProcessesOrLibrariesAreDifferentChannels() {
    Plan plan =
        plan(
            """
            probe process("a").mark("m") { println(1) }
            probe process("b").mark("m") { println(2) }
            probe process("a").library("l").mark("m") { println(3) }
            probe process("a").provider("p").mark("m") { println(4) }
            """);
    assertThat(plan.channels())
        .extracting(Plan.Channel::point)
        .containsExactly(
            new Occasion.Marker(Optional.of("a"), Optional.empty(), Optional.empty(), "m"),
            new Occasion.Marker(Optional.of("b"), Optional.empty(), Optional.empty(), "m"),
            new Occasion.Marker(Optional.of("a"), Optional.of("l"), Optional.empty(), "m"),
            new Occasion.Marker(Optional.of("a"), Optional.empty(), Optional.of("p"), "m"));
  }

  @Test
  void aScriptWithoutMarkersHasNoChannels() {
    assertThat(plan("probe begin { println(pid()) } probe timer.s(1) { exit() }").channels())
        .isEmpty();
  }

  @Test
  void aHandlerThatReadsNothingCapturesNothing() {
    assertThat(captures("println(\"x\")")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "pid(),PID_TGID",
    "tid(),PID_TGID",
    "ppid(),PPID",
    "uid(),UID_GID",
    "gid(),UID_GID",
    "euid(),EUID_EGID",
    "egid(),EUID_EGID",
    "execname(),EXECNAME",
    "cpu(),CPU",
    "gettimeofday_us(),TIME_NANOS",
    "local_clock_ns(),TIME_NANOS"
  })
  void aContextFunctionCapturesItsFact(String call, Fact fact) {
    assertThat(captures("println(" + call + ")")).containsExactly(fact(fact));
  }

  @Test
  void threadIndentCapturesThreadTimeAndName() {
    assertThat(captures("println(thread_indent(1))"))
        .containsExactly(fact(Fact.PID_TGID), fact(Fact.TIME_NANOS), fact(Fact.EXECNAME));
  }

  @Test
  void whatSeveralHandlersReadIsCapturedOnce() {
    assertThat(
            ofScript(
                ("probe " + ENTRY + " { println($arg3, user_string($arg1)) }\n")
                    + ("probe " + ENTRY + " { println(user_string($arg1), pid(), tid(), $arg3) }")))
        .containsExactly(text(argument(1)), fact(Fact.PID_TGID), number(3));
  }

  @Test
  void theHierarchyHandlerCapturesWhatItPrintsInOrder() {
    assertThat(
            captures(
                "printf(\"%s => %s in %s:%d\\n\", thread_indent(1), user_string($arg2),"
                    + " user_string($arg1), $arg3)"))
        .containsExactly(
            fact(Fact.PID_TGID),
            fact(Fact.TIME_NANOS),
            fact(Fact.EXECNAME),
            text(argument(2)),
            text(argument(1)),
            number(3));
  }

  @Test
  void aNumberThatOnlyLeadsToTextIsNotCaptured() {
    assertThat(captures("println(user_string($arg1))")).containsExactly(text(argument(1)));
  }

  @Test
  void whatFunctionsReadIsCapturedToo() {
    assertThat(
            ofScript(
                """
                function who() { return sprintf("%d %s", tid(), deeper(1)) }
                function deeper(n) { if (n > 3) return execname(); return deeper(n + 1) }
                probe process("python3").mark("function__entry") { println(who()) }
                """))
        .containsExactly(fact(Fact.PID_TGID), fact(Fact.EXECNAME));
  }

  @Test
  void whatAConditionReadsIsCapturedToo() {
    assertThat(
            ofScript(
                """
                global on
                probe begin { on = 1 }
                probe process("python3").mark("function__entry") if (on) { println(cpu()) }
                probe process("python3").mark("function__entry") { on = pid() == 3 }
                """))
        .containsExactly(fact(Fact.PID_TGID), fact(Fact.CPU));
  }

  @ParameterizedTest
  @CsvSource({"user_char,1", "user_short,2", "user_int,4", "user_long,8"})
  void integersBehindArgumentsAreCapturedWithTheirWidth(String function, int widthBytes) {
    assertThat(captures("println(" + function + "($arg4 + 16))"))
        .containsExactly(new Capture.Integer(plus(argument(4), 16), widthBytes));
  }

  @ParameterizedTest
  @CsvSource({
    "+,ADD",
    "-,SUBTRACT",
    "*,MULTIPLY",
    "&,AND",
    "|,OR",
    "^,XOR",
    "<<,SHIFT_LEFT",
    ">>,SHIFT_RIGHT"
  })
  void arithmeticOnArgumentsIsTaken(String written, BinaryOperator operator) {
    assertThat(captures("println(user_string($arg1 " + written + " $arg2))"))
        .containsExactly(text(new Taken.Arithmetic(operator, argument(1), argument(2))));
  }

  @Test
  void aLocalThatOnlyRenamesIsSeenThrough() {
    assertThat(captures("p = $arg1; println(user_string(p))"))
        .containsExactly(number(1), text(argument(1)));
  }

  @Test
  void renamingIsSeenThroughStepByStepAndInBranches() {
    assertThat(
            captures(
                "p = $arg1; q = p + 8; if (q > 5) { for (i = 0; i < 2; i++)"
                    + " println(user_string(q)) }"))
        .contains(text(plus(argument(1), 8)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "p = $arg1; p = $arg2; println(user_string(p))",
        "p = $arg1; println(user_string(p)); p += 1",
        "p = $arg1; println(user_string(p)); p++",
        "if ($arg3) p = $arg1; println(user_string(p))",
        "if ($arg3) { p = $arg1 } println(user_string(p))",
        "for (i = 0; i < 2; i++) p = $arg1; println(user_string(p))",
        "println(user_string(p)); p = $arg1",
        "p = $arg1 / 2; println(user_string(p))",
      })
  void aLocalThatMayMeanSomethingElseIsReadLateInTheRightProcess(String body) {
    assertThat(captures(body))
        .noneMatch(Text.class::isInstance)
        .contains(fact(Fact.PID_TGID), number(1));
  }

  @Test
  void aLocalOfAForeachIsNotSeenThrough() {
    assertThat(
            ofScript(
                """
                global seen
                probe process("python3").mark("function__entry") {
                  seen[$arg1] = 1
                  foreach (p in seen) println(user_string(p))
                }
                """))
        .containsExactly(number(1), fact(Fact.PID_TGID));
  }

  @Test
  void textBehindAFunctionsParameterIsReadLateInTheRightProcess() {
    assertThat(
            ofScript(
                """
                function name(p) { return user_string(p) }
                probe process("python3").mark("function__entry") { println(name($arg1)) }
                """))
        .containsExactlyInAnyOrder(number(1), fact(Fact.PID_TGID));
  }

  @Test
  void anIntegerBehindAGlobalIsReadLateInTheRightProcess() {
    assertThat(
            ofScript(
                """
                global p
                probe process("python3").mark("function__entry") { println(user_int(p)); p = 1 }
                """))
        .containsExactly(fact(Fact.PID_TGID));
  }

  @Test
  void aReadAtAConstantAddressIsCaptured() {
    assertThat(captures("println(user_long(4096))"))
        .containsExactly(new Capture.Integer(new Taken.Constant(4096), 8));
  }

  @Test
  void theMessageForUnreadableTextIsVisitedToo() {
    assertThat(captures("println(user_string($arg1, execname()))"))
        .containsExactlyInAnyOrder(text(argument(1)), fact(Fact.EXECNAME));
  }

  @Test
  void slotsLieOneAfterTheOtherBehindTheHead() {
    RecordLayout layout =
        RecordLayout.of(
            List.of(fact(Fact.PID_TGID), fact(Fact.EXECNAME), number(3), text(argument(1))));
    assertThat(layout.slots()).extracting(RecordLayout.Slot::offset).containsExactly(8, 16, 32, 40);
    assertThat(layout.slots()).extracting(RecordLayout.Slot::index).containsExactly(0, 1, 2, 3);
    assertThat(layout.fixedBytes()).isEqualTo(48);
  }

  @Test
  void whatDoesNotFitIntoARecordIsReadLate() {
    StringBuilder body = new StringBuilder("print(cpu(), $arg2");
    for (int i = 0; i < 40; i++) {
      body.append(i == 20 ? ") print(" : ", ")
          .append("user_long($arg1 + ")
          .append(8 * i)
          .append(')');
    }
    List<Capture> captures = captures(body.append(")").toString());
    assertThat(captures).hasSize(32);
    assertThat(captures).filteredOn(Capture.Integer.class::isInstance).hasSize(28);
    assertThat(captures)
        .contains(fact(Fact.CPU), fact(Fact.PID_TGID), number(1), number(2))
        .contains(new Capture.Integer(plus(argument(1), 8 * 27), 8));
  }

  @Test
  void anEmptyRecordIsItsHead() {
    assertThat(RecordLayout.of(List.of()).fixedBytes()).isEqualTo(8);
  }
}
