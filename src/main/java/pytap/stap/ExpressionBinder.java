package pytap.stap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import pytap.ir.BinaryOperator;
import pytap.ir.UnaryOperator;
import pytap.runtime.ByteString;
import pytap.runtime.Regex;
import pytap.runtime.RegexSyntaxException;
import pytap.source.Diagnostic;

/// Expression trees to bound expressions.
final class ExpressionBinder {
  private static final int MOST_PRINTED = 32;

  private final Library library;
  private final HandlerScope scope;
  private final Names names;
  private final TargetSymbols targetSymbols;
  private final Findings findings;
  private final StatisticBinder statistics;

  ExpressionBinder(Library library, HandlerScope scope, Findings findings) {
    this.library = library;
    this.scope = scope;
    this.names = new Names(library, scope, findings);
    this.targetSymbols = new TargetSymbols(scope, findings);
    this.findings = findings;
    statistics = new StatisticBinder(this, findings);
  }

  Names names() {
    return names;
  }

  BoundExpression bind(ExpressionTree tree) {
    return switch (tree) {
      case ExpressionTree.LongLiteral number ->
          new BoundExpression.LongConstant(number.value(), number.token());
      case ExpressionTree.StringLiteral text ->
          new BoundExpression.StringConstant(text.value(), text.token());
      case ExpressionTree.Symbol symbol -> symbol(symbol);
      case ExpressionTree.Element element -> element(element);
      case ExpressionTree.Call call -> call(call);
      case ExpressionTree.Unary unary -> unary(unary);
      case ExpressionTree.Increment increment -> increment(increment);
      case ExpressionTree.Binary binary -> binary(binary);
      case ExpressionTree.Assignment assignment -> assignment(assignment);
      case ExpressionTree.Conditional conditional -> conditional(conditional);
      case ExpressionTree.Contains contains -> contains(contains);
      case ExpressionTree.TargetSymbol symbol -> targetSymbols.bind(symbol);
      case ExpressionTree.Defined defined -> defined(defined);
      case ExpressionTree.Print print -> print(print);
      case ExpressionTree.Match match -> match(match);
      case ExpressionTree.Statistic statistic -> statistics.bind(statistic);
      case ExpressionTree.AtCall call -> atCall(call);
    };
  }

  StatisticBinder statistics() {
    return statistics;
  }

  private BoundExpression match(ExpressionTree.Match match) {
    BoundExpression text = bind(match.left());
    try {
      Regex.compile(ByteString.ofLatin1(match.pattern()));
    } catch (RegexSyntaxException refused) {
      findings.report(
          StapCode.MALFORMED_REGEX,
          "regex compilation error (at position " + refused.position() + "): " + refused.message(),
          match.token());
      return new BoundExpression.Broken(match.token());
    }
    boolean negated = match.token().text().equals("!~");
    return new BoundExpression.Match(text, match.pattern(), negated, match.token());
  }

  private BoundExpression atCall(ExpressionTree.AtCall call) {
    Token token = call.token();
    if (token.text().equals("@probewrite")
        && call.arguments().size() == 1
        && call.arguments().getFirst() instanceof ExpressionTree.Symbol symbol) {
      Optional<Variable> variable = names.find(symbol.name());
      return variable.isPresent() && variable.get().isGlobal()
          ? new BoundExpression.ProbeWrites(variable.get(), token)
          : new BoundExpression.LongConstant(0, token);
    }
    String why =
        switch (token.text()) {
          case "@cast", "@var", "@const" -> " needs debug information, which pytap does not read";
          case "@entry" -> " needs a probe on a function's return in debug information";
          case "@perf" -> " reads a hardware counter, and pytap has none";
          default -> " takes the name of a variable";
        };
    String hint =
        switch (token.text()) {
          case "@cast", "@var", "@const" -> "user_long(address) and its like read memory";
          case "@entry" -> "keep the value in an array by tid() when the function begins";
          case "@perf" -> "local_clock_ns() measures time";
          default -> "write @probewrite(x)";
        };
    findings.report(StapCode.NOT_SUPPORTED, token.text() + why, token, hint);
    return new BoundExpression.Broken(token);
  }

  List<BoundExpression> bindAll(List<ExpressionTree> trees) {
    List<BoundExpression> bound = new ArrayList<>(trees.size());
    for (ExpressionTree tree : trees) {
      bound.add(bind(tree));
    }
    return bound;
  }

  /// Binds the keys of an element; empty where one is `*`, which is then said.
  private Optional<List<BoundExpression>> keys(List<Optional<ExpressionTree>> trees, Token token) {
    List<BoundExpression> bound = new ArrayList<>(trees.size());
    for (Optional<ExpressionTree> tree : trees) {
      if (tree.isEmpty()) {
        findings.report(
            StapCode.MISPLACED_WILDCARD,
            "wildcard not allowed in array index",
            token,
            "'*' stands for a key in foreach, in and delete only");
        return Optional.empty();
      }
      bound.add(bind(tree.get()));
    }
    return Optional.of(bound);
  }

  /// Binds the keys of a slice, in which some are `*`.
  List<Optional<BoundExpression>> slice(List<Optional<ExpressionTree>> trees) {
    List<Optional<BoundExpression>> bound = new ArrayList<>(trees.size());
    for (Optional<ExpressionTree> tree : trees) {
      bound.add(tree.map(this::bind));
    }
    return bound;
  }

  static boolean isSlice(List<Optional<ExpressionTree>> keys) {
    for (Optional<ExpressionTree> key : keys) {
      if (key.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private BoundExpression symbol(ExpressionTree.Symbol symbol) {
    Optional<Variable> variable = names.scalar(symbol.name(), symbol.token());
    return variable.isPresent()
        ? new BoundExpression.Scalar(variable.get(), symbol.token())
        : new BoundExpression.Broken(symbol.token());
  }

  private BoundExpression element(ExpressionTree.Element element) {
    Optional<Variable> array = names.array(element.name(), element.keys().size(), element.token());
    Optional<List<BoundExpression>> keys = keys(element.keys(), element.token());
    return array.isPresent() && keys.isPresent()
        ? new BoundExpression.Element(array.get(), keys.get(), element.token())
        : new BoundExpression.Broken(element.token());
  }

  private BoundExpression contains(ExpressionTree.Contains contains) {
    if (contains.array() instanceof ExpressionTree.Statistic histogram) {
      return statistics.contains(histogram, contains.keys());
    }
    if (!(contains.array() instanceof ExpressionTree.Symbol symbol)) {
      throw new IllegalStateException("the parser lets arrays and histograms pass only");
    }
    Optional<Variable> array = names.array(symbol.name(), contains.keys().size(), symbol.token());
    if (isSlice(contains.keys()) && array.isPresent()) {
      return new BoundExpression.ContainsSlice(
          array.get(), slice(contains.keys()), contains.token());
    }
    Optional<List<BoundExpression>> keys = keys(contains.keys(), contains.token());
    return array.isPresent() && keys.isPresent()
        ? new BoundExpression.Contains(array.get(), keys.get(), contains.token())
        : new BoundExpression.Broken(contains.token());
  }

  private BoundExpression call(ExpressionTree.Call call) {
    List<BoundExpression> arguments = bindAll(call.arguments());
    Optional<Library.Callable> callable =
        library.function(scope.file(), call.name(), arguments.size());
    if (callable.isEmpty()) {
      unresolvedFunction(call);
      return new BoundExpression.Broken(call.token());
    }
    return switch (callable.get()) {
      case Library.Callable.OfScript(var function) ->
          new BoundExpression.Call(function, arguments, call.token());
      case Library.Callable.Native(var intrinsic) ->
          ofPlace(new BoundExpression.IntrinsicCall(intrinsic, arguments, call.token()));
    };
  }

  private BoundExpression ofPlace(BoundExpression.IntrinsicCall call) {
    if (scope.nativeFunction().isEmpty()) {
      return call;
    }
    Optional<FunctionValues.Misuse> misuse =
        FunctionValues.misuse(call, scope.nativeFunction().get());
    if (misuse.isPresent()) {
      findings.report(
          StapCode.NOT_SUPPORTED, misuse.get().message(), call.token(), misuse.get().hint());
      return new BoundExpression.Broken(call.token());
    }
    return FunctionValues.of(call);
  }

  private void unresolvedFunction(ExpressionTree.Call call) {
    Collection<Integer> arities = library.aritiesOf(scope.file(), call.name());
    Optional<AbsentFunctions.Group> absent = AbsentFunctions.reason(call.name());
    if (arities.isEmpty() && absent.isPresent()) {
      String message = "function " + call.name() + " is not supported: " + absent.get().reason();
      if (absent.get().instead().isPresent()) {
        findings.report(
            StapCode.NOT_SUPPORTED, message, call.token(), absent.get().instead().get());
      } else {
        findings.report(StapCode.NOT_SUPPORTED, message, call.token());
      }
      return;
    }
    if (arities.isEmpty()) {
      String similar =
          Suggestions.near("similar", call.name(), library.functionNames(scope.file()));
      findings.report(StapCode.UNRESOLVED_FUNCTION, "unresolved function" + similar, call.token());
      return;
    }
    StringBuilder hint = new StringBuilder(call.name()).append(" takes ");
    String separator = "";
    for (int arity : arities) {
      hint.append(separator).append(arity);
      separator = " or ";
    }
    hint.append(" arguments, not ").append(call.arguments().size());
    findings.report(
        StapCode.UNRESOLVED_FUNCTION, "unresolved function", call.token(), hint.toString());
  }

  private BoundExpression unary(ExpressionTree.Unary unary) {
    BoundExpression operand = bind(unary.operand());
    Token token = unary.token();
    return switch (token.text()) {
      case "-" ->
          operand instanceof BoundExpression.LongConstant(var value, var at)
              ? new BoundExpression.LongConstant(-value, at)
              : new BoundExpression.Unary(UnaryOperator.NEGATE, operand, token);
      case "~" -> new BoundExpression.Unary(UnaryOperator.COMPLEMENT, operand, token);
      case "!" -> new BoundExpression.Unary(UnaryOperator.NOT, operand, token);
      default -> {
        BoundExpression zero = new BoundExpression.LongConstant(0, token);
        yield new BoundExpression.Binary(BinaryOperator.ADD, zero, operand, token);
      }
    };
  }

  private BoundExpression increment(ExpressionTree.Increment increment) {
    Token token = increment.token();
    BoundExpression target = bind(increment.operand());
    BinaryOperator operator =
        token.text().equals("++") ? BinaryOperator.ADD : BinaryOperator.SUBTRACT;
    if (place(target, increment.operand(), token) instanceof BoundExpression.Place place) {
      BoundExpression one = new BoundExpression.LongConstant(1, token);
      return new BoundExpression.Update(place, operator, one, !increment.prefix(), token);
    }
    return new BoundExpression.Broken(token);
  }

  /// `target` where something can be assigned to it; where not, that is said and it is broken.
  private BoundExpression place(BoundExpression target, ExpressionTree tree, Token operator) {
    if (tree instanceof ExpressionTree.TargetSymbol symbol) {
      findings.report(
          StapCode.WRITE_TO_TARGET_SYMBOL,
          "write to target variable not permitted",
          symbol.token(),
          "copy it first: x = " + symbol.name());
      return new BoundExpression.Broken(operator);
    }
    if (target instanceof BoundExpression.Place || target instanceof BoundExpression.Broken) {
      return target;
    }
    Diagnostic what = Findings.note(StapCode.NOT_ASSIGNABLE, "", tree.token());
    findings.report(
        StapCode.NOT_ASSIGNABLE,
        "Expecting lvalue for assignment",
        operator,
        Optional.of("only variables and array elements can be assigned to"),
        List.of(what));
    return new BoundExpression.Broken(operator);
  }

  private BoundExpression assignment(ExpressionTree.Assignment assignment) {
    Token token = assignment.token();
    if (token.text().equals("<<<")) {
      return statistics.accumulate(assignment);
    }
    BoundExpression left = bind(assignment.left());
    BoundExpression target = place(left, assignment.left(), token);
    BoundExpression value = bind(assignment.right());
    if (!(target instanceof BoundExpression.Place place)) {
      return new BoundExpression.Broken(token);
    }
    if (token.text().equals("=")) {
      return new BoundExpression.Assign(place, value, token);
    }
    String operator = token.text().substring(0, token.text().length() - 1);
    return new BoundExpression.Update(place, arithmetic(operator), value, false, token);
  }

  private BoundExpression binary(ExpressionTree.Binary binary) {
    BoundExpression left = bind(binary.left());
    BoundExpression right = bind(binary.right());
    Token token = binary.token();
    return switch (token.text()) {
      case "&&", "||" -> new BoundExpression.Logical(token.text().equals("&&"), left, right, token);
      default -> new BoundExpression.Binary(arithmetic(token.text()), left, right, token);
    };
  }

  private static BinaryOperator arithmetic(String operator) {
    for (BinaryOperator candidate : BinaryOperator.values()) {
      if (candidate.symbol().equals(operator)) {
        return candidate;
      }
    }
    throw new IllegalStateException("no operator " + operator);
  }

  private BoundExpression conditional(ExpressionTree.Conditional conditional) {
    if (conditional.condition() instanceof ExpressionTree.Defined defined) {
      return bind(isDefined(defined) ? conditional.then() : conditional.otherwise());
    }
    return new BoundExpression.Conditional(
        bind(conditional.condition()),
        bind(conditional.then()),
        bind(conditional.otherwise()),
        conditional.token());
  }

  private BoundExpression defined(ExpressionTree.Defined defined) {
    return new BoundExpression.LongConstant(isDefined(defined) ? 1 : 0, defined.token());
  }

  /// `@defined` is settled when the script is compiled, so that what it guards need not resolve.
  boolean isDefined(ExpressionTree.Defined defined) {
    return !(defined.operand() instanceof ExpressionTree.TargetSymbol symbol)
        || targetSymbols.isDefined(symbol);
  }

  private BoundExpression print(ExpressionTree.Print print) {
    boolean plain = !print.name().formatted() && !print.name().delimited();
    if (plain
        && print.arguments().size() == 1
        && print.arguments().getFirst() instanceof ExpressionTree.Statistic histogram
        && histogram.token().text().startsWith("@hist")
        && histogram.bucket().isEmpty()) {
      return statistics.print(print, histogram);
    }
    if (print.arguments().size() > MOST_PRINTED) {
      findings.report(
          StapCode.TOO_MANY_PRINTED,
          "too many arguments to print (" + print.arguments().size() + ")",
          print.token(),
          "print them with two calls");
    }
    List<BoundExpression> arguments = bindAll(print.arguments());
    if (print.format().isPresent()) {
      int wanted = FormatArguments.count(print.format().get().pieces());
      if (wanted != arguments.size()) {
        findings.report(
            StapCode.FORMAT_ARGUMENT_COUNT,
            "Wrong number of args to formatted print operator",
            print.token(),
            "the format takes " + wanted + " and got " + arguments.size());
        return new BoundExpression.Broken(print.token());
      }
    }
    return new BoundExpression.Print(
        print.name(),
        print.format().map(ExpressionTree.Format::pieces),
        print.delimiter(),
        arguments,
        print.token());
  }
}
