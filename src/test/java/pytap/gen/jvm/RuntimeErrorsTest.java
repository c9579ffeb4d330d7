package pytap.gen.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static pytap.gen.jvm.Ir.CALL;
import static pytap.gen.jvm.Ir.HERE;
import static pytap.gen.jvm.Ir.binary;
import static pytap.gen.jvm.Ir.block;
import static pytap.gen.jvm.Ir.local;
import static pytap.gen.jvm.Ir.loop;
import static pytap.gen.jvm.Ir.number;
import static pytap.gen.jvm.Ir.println;
import static pytap.gen.jvm.Ir.read;
import static pytap.gen.jvm.Ir.run;
import static pytap.gen.jvm.Ir.target;
import static pytap.gen.jvm.Ir.text;
import static pytap.gen.jvm.Ir.update;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import pytap.ir.BinaryOperator;
import pytap.ir.Expr;
import pytap.ir.Global;
import pytap.ir.Local;
import pytap.ir.Probe;
import pytap.ir.Stmt;
import pytap.ir.Type;
import pytap.probe.Occasion;
import pytap.runtime.Limits;

final class RuntimeErrorsTest {
  private final Script script = new Script();

  private static Limits nesting(int calls) {
    return new Limits(512, 2048, 1000, 10_000, calls, 0, false);
  }

  @Test
  void aDivisionByZeroEndsTheHandlerAndKeepsWhatItPrinted() {
    script.run(
        script.begin(
            println(text("one")),
            println(binary(number(5), BinaryOperator.DIVIDE, number(0))),
            println(text("two"))));
    assertThat(script.errors).containsExactly("division by 0 near operator '/' at t.stp:1:7");
    assertThat(script.output()).isEqualTo("one\n");
  }

  @Test
  void aModuloByZeroNamesItsOwnOperator() {
    Local x = local(0, "x", Type.LONG);
    script.run(script.begin(List.of(x), run(update(target(x), BinaryOperator.MODULO, number(0)))));
    assertThat(script.errors).containsExactly("division by 0 near operator '%=' at t.stp:2:1");
  }

  @Test
  void theSmallestNumberDividedByMinusOneWraps() {
    Local x = local(0, "x", Type.LONG);
    script.run(
        script.begin(
            List.of(x),
            run(Ir.assign(target(x), number(Long.MIN_VALUE))),
            println(binary(read(x), BinaryOperator.DIVIDE, number(-1))),
            println(binary(read(x), BinaryOperator.MODULO, number(-1)))));
    assertThat(script.output()).isEqualTo("-9223372036854775808\n0\n");
  }

  @Test
  void aFullArrayIsNamed() {
    Global array = script.array("a", 3, false, Type.LONG, Type.LONG);
    Local i = local(0, "i", Type.LONG);
    script.run(
        script.begin(
            List.of(i),
            loop(
                binary(read(i), BinaryOperator.LESS, number(4)),
                block(
                    println(read(i)),
                    run(Ir.assign(target(array, read(i)), read(i))),
                    run(update(target(i), BinaryOperator.ADD, number(1)))))));
    assertThat(script.errors)
        .containsExactly("Array overflow, check size limit (3) near identifier 'a' at t.stp:2:1");
    assertThat(script.output()).isEqualTo("0\n1\n2\n3\n");
  }

  private static Probe endless(Script script, Occasion occasion) {
    Local i = local(0, "i", Type.LONG);
    Stmt body = new Stmt.Evaluate(update(target(i), BinaryOperator.ADD, number(1)), CALL);
    return script.probe(occasion, Optional.empty(), List.of(i), loop(number(1), body));
  }

  @Test
  void anEndlessLoopExceedsMaxaction() {
    script.run(endless(script, Script.BEGIN));
    assertThat(script.errors)
        .containsExactly("MAXACTION exceeded near identifier 'f' at t.stp:2:8");
  }

  /// A loop of `turns` turns, one statement each.
  private static Probe counted(Script script, Occasion occasion, long turns) {
    Local i = local(0, "i", Type.LONG);
    Stmt body = run(update(target(i), BinaryOperator.ADD, number(1)));
    return script.probe(
        occasion,
        Optional.empty(),
        List.of(i),
        loop(binary(read(i), BinaryOperator.LESS, number(turns)), body),
        println(read(i)));
  }

  @Test
  void beginHasTenTimesTheStatementsOfATimer() {
    Probe begin = counted(script, Script.BEGIN, 9_990);
    Probe timer = counted(script, new Occasion.Timer(1), 990);
    script.run(begin).run(timer);
    assertThat(script.errors).isEmpty();
    assertThat(script.output()).isEqualTo("9990\n990\n");
    Script failing = new Script();
    Probe longBegin = counted(failing, Script.BEGIN, 10_001);
    Probe longTimer = counted(failing, new Occasion.Timer(1), 1_001);
    failing.run(longBegin).run(longTimer);
    assertThat(failing.errors)
        .containsExactly(
            "MAXACTION exceeded near identifier 'x' at t.stp:1:1",
            "MAXACTION exceeded near identifier 'x' at t.stp:1:1");
    assertThat(failing.output()).isEmpty();
  }

  @Test
  void anEmptyLoopIsCountedToo() {
    script.run(script.begin(loop(number(1), block(block(), block()))));
    assertThat(script.errors)
        .containsExactly("MAXACTION exceeded near identifier 'x' at t.stp:1:1");
  }

  private static void recursive(Script script) {
    Local n = local(0, "n", Type.LONG);
    Expr deeper = Ir.call("f", Type.LONG, binary(read(n), BinaryOperator.SUBTRACT, number(1)));
    script.function(
        "f",
        Type.LONG,
        List.of(n),
        1,
        Ir.branch(binary(read(n), BinaryOperator.LESS_OR_EQUAL, number(1)), Ir.back(number(1))),
        Ir.back(binary(number(1), BinaryOperator.ADD, deeper)));
  }

  @Test
  void callsStandOneDeeperThanMaxnesting() {
    recursive(script);
    script.run(script.begin(println(Ir.call("f", Type.LONG, number(11)))));
    assertThat(script.errors).isEmpty();
    assertThat(script.output()).isEqualTo("11\n");
  }

  @Test
  void deeperCallsExceedMaxnesting() {
    recursive(script);
    script.run(script.begin(println(Ir.call("f", Type.LONG, number(12)))));
    assertThat(script.errors)
        .containsExactly("MAXNESTING exceeded near identifier 'f' at t.stp:2:8");
  }

  @Test
  void maxnestingCanBeRaised() {
    recursive(script);
    script.limits(nesting(40));
    script.run(script.begin(println(Ir.call("f", Type.LONG, number(31)))));
    assertThat(script.output()).isEqualTo("31\n");
  }

  @Test
  void afterAFailureInADeepCallTheNextRunStartsAfresh() {
    recursive(script);
    Probe failing = script.begin(println(Ir.call("f", Type.LONG, number(12))));
    Probe fine = script.begin(println(Ir.call("f", Type.LONG, number(11))));
    script.run(failing).run(fine);
    assertThat(script.errors).hasSize(1);
    assertThat(script.output()).isEqualTo("11\n");
  }

  @Test
  void anErrorOfTheScriptHasNoPlaceAndNoNewline() {
    script.run(script.begin(run(Ir.intrinsic("error", text("my error\n"))), println(text("two"))));
    assertThat(script.errors).containsExactly("my error");
    assertThat(script.output()).isEmpty();
  }

  @Test
  void aCharacterOutsideAStringIsAnError() {
    script.run(
        script.begin(
            println(Ir.intrinsic("stringat", text("abc"), number(2))),
            println(Ir.intrinsic("stringat", text("abc"), number(3)))));
    assertThat(script.output()).isEqualTo("99\n");
    assertThat(script.errors)
        .containsExactly("Position out of bounds near identifier 'stringat' at t.stp:2:8");
  }

  @Test
  void aHandlerTooLargeForAMethodIsRefusedWithItsPlace() {
    Stmt[] many = new Stmt[9000];
    Arrays.fill(many, println(number(1)));
    script.begin(many);
    assertThat(HandlerGenerator.generate(script.plan(), Limits.DEFAULT))
        .isInstanceOfSatisfying(
            Generation.Refused.class,
            refused -> {
              assertThat(refused.diagnostic().code()).isEqualTo(GenerationCode.BODY_TOO_LARGE);
              assertThat(refused.diagnostic().span()).contains(HERE);
            });
  }
}
