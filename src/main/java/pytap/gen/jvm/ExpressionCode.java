package pytap.gen.jvm;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.ir.BinaryOperator;
import pytap.ir.Expr;
import pytap.ir.Probe;
import pytap.ir.Type;
import pytap.ir.UnaryOperator;
import pytap.place.RecordLayout;
import pytap.source.Span;

/// Writes expressions: each leaves its value on the stack.
final class ExpressionCode {
  private final MethodCode method;
  private final CodeBuilder code;
  private final Optional<Captures> captures;
  private final Calls calls;
  private final TargetCode targets;
  private final FormatCode formats;
  private final StatisticCode statistics;
  private final IntrinsicCode intrinsics;

  /// What calls of functions need.
  ///
  /// @param limit how many may stand inside each other
  record Calls(ProgramFacts facts, int limit) {
    boolean counted() {
      return facts.recursive();
    }
  }

  /// @param probe whose handler this is; empty for a function
  /// @param captures what the channel's record holds; empty where there is no record
  ExpressionCode(
      MethodCode method, Optional<Probe> probe, Optional<Captures> captures, Calls calls) {
    this.method = method;
    this.code = method.code;
    this.captures = captures;
    this.calls = calls;
    targets = new TargetCode(method, this);
    formats = new FormatCode(method, this);
    statistics = new StatisticCode(method, this);
    intrinsics = new IntrinsicCode(method, this, probe, captures);
  }

  TargetCode targets() {
    return targets;
  }

  StatisticCode statistics() {
    return statistics;
  }

  FormatCode formats() {
    return formats;
  }

  void push(Expr expression) {
    if (expression instanceof Expr.LongConstant constant) {
      method.pushLong(constant.value());
    } else if (expression instanceof Expr.StringConstant constant) {
      method.pushText(constant.value());
    } else if (expression instanceof Expr.LocalRead read) {
      method.load(read.type(), method.slot(read.local()));
    } else if (expression instanceof Expr.GlobalRead read) {
      targets.pushGlobal(read.global());
    } else if (expression instanceof Expr.ElementRead read) {
      targets.pushElement(read.array(), read.keys());
    } else if (expression instanceof Expr.Contains contains) {
      targets.pushContains(contains.array(), contains.keys());
    } else if (expression instanceof Expr.Assign assign) {
      targets.assign(assign, true);
    } else if (expression instanceof Expr.Update update) {
      targets.update(update, true);
    } else {
      pushComputed(expression);
    }
  }

  private void pushComputed(Expr expression) {
    if (expression instanceof Expr.Binary binary) {
      pushBinary(binary);
    } else if (expression instanceof Expr.Logical || isNot(expression)) {
      pushTruth(expression);
    } else if (expression instanceof Expr.Unary unary) {
      push(unary.operand());
      pushUnary(unary);
    } else if (expression instanceof Expr.Conditional choice) {
      pushConditional(choice);
    } else if (expression instanceof Expr.Call call) {
      call(call);
    } else if (expression instanceof Expr.IntrinsicCall call) {
      intrinsics.call(call);
    } else if (expression instanceof Expr.MarkerArgument argument) {
      pushArgument(argument);
    } else if (expression instanceof Expr.Format format) {
      formats.pushText(format);
    } else if (expression instanceof Expr.Match match) {
      pushMatch(match);
    } else if (expression instanceof Expr.ContainsSlice contains) {
      targets.pushContains(contains);
    } else if (!statistics.push(expression)) {
      throw new IllegalStateException("no code for " + expression.getClass());
    }
  }

  private void pushMatch(Expr.Match match) {
    int mark = method.mark();
    Operand text = keep(match.text());
    method.pushMachine();
    push(text);
    method.pushInt(method.literals.pattern(match.pattern()));
    method.virtual(Owner.MACHINE, "matches", Owner.LONG, Owner.BYTE_STRING, Owner.INT);
    if (match.negated()) {
      method.pushLong(1);
      code.lxor();
    }
    method.release(mark);
  }

  /// Evaluates `expression` for its effect.
  void run(Expr expression) {
    if (expression instanceof Expr.Assign assign) {
      targets.assign(assign, false);
    } else if (expression instanceof Expr.Update update) {
      targets.update(update, false);
    } else if (expression instanceof Expr.Accumulate accumulate) {
      statistics.accumulate(accumulate, false);
    } else {
      push(expression);
      method.discard(expression.type());
    }
  }

  /// Evaluates `expressions` from left to right into temporaries; constants need none.
  List<Operand> keepAll(List<Expr> expressions) {
    List<Operand> kept = new ArrayList<>(expressions.size());
    for (Expr expression : expressions) {
      kept.add(keep(expression));
    }
    return kept;
  }

  /// Evaluates `expression` now, for use later.
  Operand keep(Expr expression) {
    if (expression instanceof Expr.LongConstant || expression instanceof Expr.StringConstant) {
      return new Operand(expression, Operand.CONSTANT);
    }
    push(expression);
    return new Operand(expression, method.keep(expression.type()));
  }

  /// Pushes what was kept.
  void push(Operand operand) {
    if (operand.slot() == Operand.CONSTANT) {
      push(operand.expression());
    } else {
      method.load(operand.expression().type(), operand.slot());
    }
  }

  /// A value computed earlier.
  ///
  /// @param slot the JVM local that holds it, or [#CONSTANT]
  record Operand(Expr expression, int slot) {
    static final int CONSTANT = -1;
  }

  private void pushArgument(Expr.MarkerArgument argument) {
    Optional<RecordLayout.Slot> slot =
        captures.isEmpty() ? Optional.empty() : captures.get().number(argument);
    if (slot.isEmpty()) {
      throw new IllegalStateException("$arg" + argument.number() + " is not captured");
    }
    pushNumber(slot.get(), "$arg" + argument.number(), argument.span());
  }

  private void pushNumber(RecordLayout.Slot slot, String name, Span span) {
    method.pushMachineField("record", Owner.RECORD);
    method.pushInt(slot.offset());
    method.pushInt(slot.index());
    method.pushSite(ScriptToken.identifier(name), span);
    method.virtual(Owner.RECORD, "number", Owner.LONG, Owner.INT, Owner.INT, Owner.SITE);
  }

  private void pushBinary(Expr.Binary binary) {
    if (binary.operator() != BinaryOperator.CONCATENATE && captures.isPresent()) {
      Optional<RecordLayout.Slot> slot = captures.get().number(binary);
      if (slot.isPresent()) {
        pushNumber(slot.get(), binary.operator().symbol(), binary.span());
        return;
      }
    }
    if (binary.operator().kind() == BinaryOperator.Kind.COMPARISON) {
      pushTruth(binary);
    } else if (binary.operator() == BinaryOperator.CONCATENATE) {
      method.pushMachine();
      push(binary.left());
      push(binary.right());
      concatenate();
    } else {
      push(binary.left());
      push(binary.right());
      operate(binary.operator(), binary.operator().symbol(), binary.span());
    }
  }

  /// With the machine, the left and the right string on the stack.
  void concatenate() {
    method.virtual(
        Owner.MACHINE, "concat", Owner.BYTE_STRING, Owner.BYTE_STRING, Owner.BYTE_STRING);
  }

  /// With the left and the right number on the stack.
  ///
  /// @param symbol the operator as the script has it: `/` or `/=`
  void operate(BinaryOperator operator, String symbol, Span span) {
    switch (operator) {
      case ADD -> code.ladd();
      case SUBTRACT -> code.lsub();
      case MULTIPLY -> code.lmul();
      case DIVIDE -> divide("divide", symbol, span);
      case MODULO -> divide("modulo", symbol, span);
      case SHIFT_LEFT -> code.l2i().lshl();
      case SHIFT_RIGHT -> code.l2i().lshr();
      case SHIFT_RIGHT_UNSIGNED -> code.l2i().lushr();
      case AND -> code.land();
      case OR -> code.lor();
      case XOR -> code.lxor();
      case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, CONCATENATE ->
          throw new IllegalStateException("no arithmetic: " + operator);
    }
  }

  private void divide(String name, String symbol, Span span) {
    method.pushSite(ScriptToken.operator(symbol), span);
    method.call(Owner.ARITHMETIC, name, Owner.LONG, Owner.LONG, Owner.LONG, Owner.SITE);
  }

  private void pushUnary(Expr.Unary unary) {
    switch (unary.operator()) {
      case NEGATE -> code.lneg();
      case COMPLEMENT -> {
        method.pushLong(-1);
        code.lxor();
      }
      case NOT -> throw new IllegalStateException("! is a condition");
    }
  }

  private static boolean isNot(Expr expression) {
    return expression instanceof Expr.Unary unary && unary.operator() == UnaryOperator.NOT;
  }

  private void pushTruth(Expr condition) {
    Label no = code.newLabel();
    Label end = code.newLabel();
    jumpUnless(condition, no);
    code.lconst_1();
    code.goto_(end);
    code.labelBinding(no);
    code.lconst_0();
    code.labelBinding(end);
  }

  private void pushConditional(Expr.Conditional choice) {
    Label no = code.newLabel();
    Label end = code.newLabel();
    jumpUnless(choice.condition(), no);
    push(choice.then());
    code.goto_(end);
    code.labelBinding(no);
    push(choice.otherwise());
    code.labelBinding(end);
  }

  /// Goes to `no` where `condition` is 0, else on.
  void jumpUnless(Expr condition, Label no) {
    if (condition instanceof Expr.Logical logical) {
      if (logical.conjunction()) {
        jumpUnless(logical.left(), no);
        jumpUnless(logical.right(), no);
      } else {
        Label yes = code.newLabel();
        jumpIf(logical.left(), yes);
        jumpUnless(logical.right(), no);
        code.labelBinding(yes);
      }
    } else if (isNot(condition)) {
      jumpIf(((Expr.Unary) condition).operand(), no);
    } else {
      compare(condition, no);
    }
  }

  private void jumpIf(Expr condition, Label yes) {
    Label no = code.newLabel();
    jumpUnless(condition, no);
    code.goto_(yes);
    code.labelBinding(no);
  }

  private void compare(Expr condition, Label no) {
    if (!(condition instanceof Expr.Binary binary)
        || binary.operator().kind() != BinaryOperator.Kind.COMPARISON) {
      push(condition);
      code.lconst_0();
      code.lcmp();
      code.ifeq(no);
      return;
    }
    push(binary.left());
    push(binary.right());
    BinaryOperator operator = binary.operator();
    if (binary.left().type() == Type.LONG) {
      code.lcmp();
      branchUnless(operator, no);
    } else if (operator == BinaryOperator.EQUAL || operator == BinaryOperator.NOT_EQUAL) {
      method.virtual(Owner.BYTE_STRING, "equals", Owner.BOOLEAN, Owner.OBJECT);
      branchUnless(
          operator == BinaryOperator.EQUAL ? BinaryOperator.NOT_EQUAL : BinaryOperator.EQUAL, no);
    } else {
      method.virtual(Owner.BYTE_STRING, "compareTo", Owner.INT, Owner.BYTE_STRING);
      branchUnless(operator, no);
    }
  }

  /// With an int on the stack: goes to `no` unless it stands to 0 as `operator` says.
  private void branchUnless(BinaryOperator operator, Label no) {
    switch (operator) {
      case EQUAL -> code.ifne(no);
      case NOT_EQUAL -> code.ifeq(no);
      case LESS -> code.ifge(no);
      case LESS_OR_EQUAL -> code.ifgt(no);
      case GREATER -> code.ifle(no);
      case GREATER_OR_EQUAL -> code.iflt(no);
      default -> throw new IllegalStateException("no comparison: " + operator);
    }
  }

  private void call(Expr.Call call) {
    long statements = calls.facts().summary(call.function()).statements();
    if (statements < ProgramFacts.UNBOUNDED) {
      method.count(statements); // else the function counts for itself
    }
    method.pushThis();
    method.pushMachine();
    ClassDesc[] parameters = new ClassDesc[call.arguments().size() + 1];
    parameters[0] = Owner.MACHINE;
    for (int i = 1; i < parameters.length; i++) {
      Expr argument = call.arguments().get(i - 1);
      push(argument);
      parameters[i] = Owner.of(argument.type());
    }
    if (calls.counted()) {
      method.pushMachine();
      method.pushInt(calls.limit());
      method.pushSite(ScriptToken.identifier(call.function()), call.span());
      method.virtual(Owner.MACHINE, "enter", Owner.VOID, Owner.INT, Owner.SITE);
    }
    code.invokevirtual(
        method.self,
        ClassCode.functionMethod(call.function()),
        MethodTypeDesc.of(Owner.of(call.type()), parameters));
    if (calls.counted()) {
      method.pushMachine();
      method.virtual(Owner.MACHINE, "leave", Owner.VOID);
    }
  }
}
