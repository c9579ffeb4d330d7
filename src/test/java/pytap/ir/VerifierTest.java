package pytap.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import pytap.probe.Occasion;
import pytap.probe.ProbePoint;
import pytap.source.SourceText;
import pytap.source.Span;

final class VerifierTest {
  private static final Span HERE = new Span(new SourceText("test", "x"), 0, 1);
  private static final Expr ONE = new Expr.LongConstant(1, HERE);
  private static final Expr TEXT = new Expr.StringConstant("t", HERE);
  private static final Local NUMBER = new Local(0, "n", Type.LONG);
  private static final Global ARRAY =
      new Global(
          0,
          "a",
          Type.LONG,
          List.of(Type.STRING),
          OptionalInt.empty(),
          false,
          Optional.empty(),
          false,
          Aggregation.PLAIN,
          HERE);

  private static Program program(Stmt body, List<Local> locals, List<Function> functions) {
    ProbePoint point =
        new ProbePoint(List.of(new ProbePoint.Component("begin", Optional.empty())), false, false);
    Probe probe =
        new Probe(
            0, new Occasion.SessionBegin(0), point, point, Optional.empty(), locals, body, HERE);
    return new Program(List.of(ARRAY), functions, List.of(probe));
  }

  private static List<String> problems(Stmt body) {
    return Verifier.problems(program(body, List.of(NUMBER), List.of()));
  }

  private static List<String> problems(Expr value) {
    return problems(new Stmt.Evaluate(value, HERE));
  }

  @Test
  void aSoundProgramHasNoProblems() {
    Function function =
        new Function(
            "f",
            1,
            Type.LONG,
            List.of(NUMBER),
            new Stmt.Return(Optional.of(new Expr.LocalRead(NUMBER, HERE)), HERE),
            HERE);
    Stmt body = new Stmt.Evaluate(new Expr.Call("f", Type.LONG, List.of(ONE), HERE), HERE);
    Program program = program(body, List.of(), List.of(function));
    assertThat(Verifier.problems(program)).isEmpty();
    Verifier.verify(program);
  }

  @Test
  void operandsMustHaveTheTypeOfTheirOperator() {
    assertThat(problems(new Expr.Binary(BinaryOperator.ADD, ONE, TEXT, HERE)))
        .containsExactly("expected LONG and found STRING: test:1:1");
    assertThat(problems(new Expr.Binary(BinaryOperator.LESS, TEXT, TEXT, HERE))).isEmpty();
    assertThat(problems(new Expr.Binary(BinaryOperator.CONCATENATE, TEXT, ONE, HERE)))
        .containsExactly("expected STRING and found LONG: test:1:1");
  }

  @Test
  void keysMustFitTheirArray() {
    assertThat(problems(new Expr.ElementRead(ARRAY, List.of(TEXT), HERE))).isEmpty();
    assertThat(problems(new Expr.ElementRead(ARRAY, List.of(ONE), HERE)))
        .containsExactly("expected STRING and found LONG: test:1:1");
    assertThat(problems(new Expr.ElementRead(ARRAY, List.of(), HERE)))
        .containsExactly("wrong number of keys: a");
    assertThat(problems(new Expr.GlobalRead(ARRAY, HERE))).containsExactly("array as a scalar: a");
  }

  @Test
  void namesMustBelongToTheProgram() {
    Local stranger = new Local(0, "stranger", Type.LONG);
    assertThat(problems(new Expr.LocalRead(stranger, HERE)))
        .containsExactly("local of another handler: stranger");
    assertThat(problems(new Expr.Call("f", Type.VOID, List.of(), HERE)))
        .containsExactly("call of an unknown function: f");
  }

  @Test
  void jumpsMustHaveAPlaceToGo() {
    assertThat(problems(new Stmt.Break(HERE))).containsExactly("break outside a loop: test:1:1");
    assertThat(problems(new Stmt.Loop(ONE, Optional.empty(), new Stmt.Break(HERE), HERE)))
        .isEmpty();
    assertThat(problems(new Stmt.Return(Optional.empty(), HERE)))
        .containsExactly("return outside a function: test:1:1");
  }

  @Test
  void formatsMustHaveTheirArguments() {
    FormatPiece star =
        new FormatPiece.Directive(
            FormatPiece.Flag.NONE,
            FormatPiece.Amount.DYNAMIC,
            FormatPiece.Amount.NONE,
            FormatPiece.Conversion.STRING);
    assertThat(problems(new Stmt.Print(List.of(star), List.of(ONE, TEXT), HERE))).isEmpty();
    assertThat(problems(new Stmt.Print(List.of(star), List.of(TEXT), HERE)))
        .hasSize(2)
        .first()
        .asString()
        .startsWith("wrong number of arguments: format at");
  }

  @Test
  void anUnsoundProgramIsABug() {
    assertThatThrownBy(() -> Verifier.verify(program(new Stmt.Break(HERE), List.of(), List.of())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("unsound program:\nbreak outside a loop: test:1:1");
  }
}
