package pytap.stap;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.ir.BinaryOperator;
import pytap.ir.Type;

/// Long or string for every variable, parameter and function: walks over the whole script, passing
/// down what is wanted and up what is known, until a walk shows nothing new. The last walk reports.
final class TypeInference {
  private final TypeErrors errors;
  private boolean progress;

  private TypeInference(Findings findings) {
    this.errors = new TypeErrors(findings);
  }

  /// @param globals those that the script uses
  static void infer(BoundScript script, Set<Variable> globals, Findings findings) {
    TypeInference inference = new TypeInference(findings);
    do {
      inference.progress = false;
      inference.walk(script, globals);
    } while (inference.progress);
    inference.errors.startReporting();
    inference.walk(script, globals);
  }

  /// The type that `expression` has as far as is known, without learning anything.
  static ValueType typeOf(BoundExpression expression) {
    return switch (expression) {
      case BoundExpression.StringConstant _ -> ValueType.STRING;
      case BoundExpression.LongConstant _,
          BoundExpression.Contains _,
          BoundExpression.ContainsSlice _,
          BoundExpression.Accumulate _,
          BoundExpression.Aggregate _,
          BoundExpression.Bucket _,
          BoundExpression.HasBucket _,
          BoundExpression.Match _,
          BoundExpression.Logical _,
          BoundExpression.Unary _,
          BoundExpression.MarkerArgument _,
          BoundExpression.ProbeWrites _ ->
          ValueType.LONG;
      case BoundExpression.Place place -> place.variable().type();
      case BoundExpression.Assign assign -> assign.target().variable().type();
      case BoundExpression.Update update -> operandType(update.operator());
      case BoundExpression.Binary binary ->
          binary.operator() == BinaryOperator.CONCATENATE ? ValueType.STRING : ValueType.LONG;
      case BoundExpression.Conditional conditional -> {
        ValueType then = typeOf(conditional.then());
        yield then != ValueType.UNKNOWN ? then : typeOf(conditional.otherwise());
      }
      case BoundExpression.Call call -> call.function().result();
      case BoundExpression.IntrinsicCall call -> of(call.intrinsic().result());
      case BoundExpression.Print print ->
          print.name().asText() ? ValueType.STRING : ValueType.UNKNOWN;
      case BoundExpression.PrintHistogram print ->
          print.name().asText() ? ValueType.STRING : ValueType.UNKNOWN;
      case BoundExpression.Broken _ -> ValueType.UNKNOWN;
    };
  }

  private static ValueType of(Type type) {
    return switch (type) {
      case LONG -> ValueType.LONG;
      case STRING -> ValueType.STRING;
      case STATISTIC -> ValueType.STATISTIC;
      case VOID -> ValueType.UNKNOWN;
    };
  }

  private static ValueType operandType(BinaryOperator operator) {
    return operator == BinaryOperator.CONCATENATE ? ValueType.STRING : ValueType.LONG;
  }

  private void walk(BoundScript script, Set<Variable> globals) {
    for (FunctionSymbol function : script.functions()) {
      new TypeStatements(this, function).statement(function.body());
      for (Variable parameter : function.parameters()) {
        if (parameter.type() == ValueType.UNKNOWN) {
          errors.unresolved(parameter, parameter.token());
        }
      }
    }
    for (BoundScript.BoundProbe probe : script.probes()) {
      probe.condition().ifPresent(condition -> expression(condition, ValueType.LONG));
      new TypeStatements(this).statement(probe.body());
    }
    for (Variable global : globals) {
      if (!isResolved(global)) {
        errors.unresolved(global, global.token());
      }
      if (global.arity() == 0 && global.declaration().filter(it -> it.wrap()).isPresent()) {
        errors.wrapped(global.token());
      }
    }
  }

  private static boolean isResolved(Variable global) {
    for (int i = 0; i < global.arity(); i++) {
      if (global.keyType(i) == ValueType.UNKNOWN) {
        return false;
      }
    }
    return global.type() != ValueType.UNKNOWN;
  }

  /// Learns from one use of a variable; gives its type.
  ValueType variable(Variable variable, Token token, ValueType wanted) {
    if (variable.type() == ValueType.UNKNOWN) {
      if (wanted == ValueType.UNKNOWN) {
        errors.unresolved(variable, token);
      } else {
        variable.fixType(wanted, token);
        progress = true;
      }
    } else if (wanted != ValueType.UNKNOWN && wanted != variable.type()) {
      errors.mismatch(token, wanted, variable.type(), variable.typeToken());
    }
    return variable.type();
  }

  /// Says that a statistic stands where a value is wanted.
  void misplacedStatistic(Token token) {
    errors.statistic(token);
  }

  /// Learns from one use of an array's key; gives the key's type.
  ValueType key(Variable array, int index, ValueType found) {
    if (array.keyType(index) == ValueType.UNKNOWN && found != ValueType.UNKNOWN) {
      array.fixKeyType(index, found);
      progress = true;
    }
    return array.keyType(index);
  }

  void keys(Variable array, List<BoundExpression> keys) {
    for (int i = 0; i < keys.size(); i++) {
      key(array, i, expression(keys.get(i), array.keyType(i)));
    }
  }

  void result(FunctionSymbol function, ValueType found, Token token) {
    if (function.result() == ValueType.UNKNOWN && found != ValueType.UNKNOWN) {
      function.fixResult(found, token);
      progress = true;
    }
  }

  /// Learns from `expression` standing where a value of type `wanted` is needed; gives its type.
  ValueType expression(BoundExpression expression, ValueType wanted) {
    return switch (expression) {
      case BoundExpression.LongConstant _,
          BoundExpression.MarkerArgument _,
          BoundExpression.ProbeWrites _ ->
          checked(expression, wanted, ValueType.LONG);
      case BoundExpression.StringConstant _ -> checked(expression, wanted, ValueType.STRING);
      case BoundExpression.Place place -> place(place, wanted);
      case BoundExpression.ContainsSlice contains -> {
        slice(contains.array(), contains.keys());
        yield checked(contains, wanted, ValueType.LONG);
      }
      case BoundExpression.Accumulate accumulate -> {
        statistic(accumulate.statistic());
        expression(accumulate.value(), ValueType.LONG);
        yield checked(accumulate, wanted, ValueType.LONG);
      }
      case BoundExpression.Aggregate aggregate -> {
        statistic(aggregate.statistic());
        yield checked(aggregate, wanted, ValueType.LONG);
      }
      case BoundExpression.Bucket bucket -> {
        statistic(bucket.statistic());
        expression(bucket.index(), ValueType.LONG);
        yield checked(bucket, wanted, ValueType.LONG);
      }
      case BoundExpression.HasBucket bucket -> {
        statistic(bucket.statistic());
        expression(bucket.index(), ValueType.LONG);
        yield checked(bucket, wanted, ValueType.LONG);
      }
      case BoundExpression.PrintHistogram print -> {
        statistic(print.statistic());
        yield printed(print.name(), print, wanted);
      }
      case BoundExpression.Match match -> {
        expression(match.text(), ValueType.STRING);
        yield checked(match, wanted, ValueType.LONG);
      }
      case BoundExpression.Contains contains -> {
        keys(contains.array(), contains.keys());
        yield checked(contains, wanted, ValueType.LONG);
      }
      case BoundExpression.Assign assign -> assign(assign, wanted);
      case BoundExpression.Update update -> {
        ValueType type = operandType(update.operator());
        expression(update.target(), type);
        expression(update.operand(), type);
        yield checked(update, wanted, type);
      }
      case BoundExpression.Binary binary -> binary(binary, wanted);
      case BoundExpression.Logical logical -> {
        expression(logical.left(), ValueType.LONG);
        expression(logical.right(), ValueType.LONG);
        yield checked(logical, wanted, ValueType.LONG);
      }
      case BoundExpression.Unary unary -> {
        expression(unary.operand(), ValueType.LONG);
        yield checked(unary, wanted, ValueType.LONG);
      }
      case BoundExpression.Conditional conditional -> conditional(conditional, wanted);
      case BoundExpression.Call call -> call(call, wanted);
      case BoundExpression.IntrinsicCall call -> intrinsic(call, wanted);
      case BoundExpression.Print print -> print(print, wanted);
      case BoundExpression.Broken _ -> wanted;
    };
  }

  private ValueType place(BoundExpression.Place place, ValueType wanted) {
    if (place instanceof BoundExpression.Element element) {
      keys(element.variable(), element.keys());
    }
    ValueType found = variable(place.variable(), place.token(), wanted);
    if (found == ValueType.STATISTIC && wanted == ValueType.UNKNOWN) {
      errors.statistic(place.token());
    }
    return found;
  }

  /// Learns that `place` is a statistic.
  void statistic(BoundExpression.Place place) {
    if (place instanceof BoundExpression.Element element) {
      keys(element.variable(), element.keys());
    }
    variable(place.variable(), place.token(), ValueType.STATISTIC);
  }

  void slice(Variable array, List<Optional<BoundExpression>> keys) {
    for (int i = 0; i < keys.size(); i++) {
      if (keys.get(i).isPresent()) {
        key(array, i, expression(keys.get(i).get(), array.keyType(i)));
      }
    }
  }

  private ValueType checked(BoundExpression expression, ValueType wanted, ValueType found) {
    if (wanted != ValueType.UNKNOWN && wanted != found) {
      errors.mismatch(expression.token(), wanted, found);
    }
    return found;
  }

  private ValueType assign(BoundExpression.Assign assign, ValueType wanted) {
    ValueType left = assign.target().variable().type();
    ValueType right = typeOf(assign.value());
    if (left != ValueType.UNKNOWN && right != ValueType.UNKNOWN && left != right) {
      errors.disagreement(assign.token(), left, right);
      expression(assign.value(), right);
      expression(assign.target(), left);
      return left;
    }
    ValueType value = expression(assign.value(), left != ValueType.UNKNOWN ? left : wanted);
    return expression(assign.target(), value != ValueType.UNKNOWN ? value : wanted);
  }

  private ValueType binary(BoundExpression.Binary binary, ValueType wanted) {
    ValueType type =
        switch (binary.operator().kind()) {
          case COMPARISON ->
              agreed(binary.left(), binary.right(), ValueType.UNKNOWN, binary.token());
          case TEXT -> ValueType.STRING;
          case ARITHMETIC -> ValueType.LONG;
        };
    ValueType left = expression(binary.left(), type);
    ValueType right = expression(binary.right(), type);
    if (left == ValueType.UNKNOWN && right == ValueType.UNKNOWN) {
      errors.unresolved(binary.left().token());
    }
    return checked(binary, wanted, operandType(binary.operator()));
  }

  /// The type that two sides share; unknown where they differ, which is then said.
  private ValueType agreed(
      BoundExpression left, BoundExpression right, ValueType wanted, Token operator) {
    ValueType first = typeOf(left);
    ValueType second = typeOf(right);
    if (first != ValueType.UNKNOWN && second != ValueType.UNKNOWN && first != second) {
      errors.disagreement(operator, first, second);
      return ValueType.UNKNOWN;
    }
    ValueType known = first != ValueType.UNKNOWN ? first : second;
    return known != ValueType.UNKNOWN ? known : wanted;
  }

  private ValueType conditional(BoundExpression.Conditional conditional, ValueType wanted) {
    expression(conditional.condition(), ValueType.LONG);
    ValueType type =
        agreed(conditional.then(), conditional.otherwise(), wanted, conditional.token());
    ValueType then = expression(conditional.then(), type);
    ValueType otherwise = expression(conditional.otherwise(), type);
    ValueType found = then != ValueType.UNKNOWN ? then : otherwise;
    return found == ValueType.UNKNOWN ? found : checked(conditional, wanted, found);
  }

  private ValueType call(BoundExpression.Call call, ValueType wanted) {
    FunctionSymbol function = call.function();
    for (int i = 0; i < call.arguments().size(); i++) {
      Variable parameter = function.parameters().get(i);
      BoundExpression argument = call.arguments().get(i);
      ValueType found = expression(argument, parameter.type());
      if (parameter.type() == ValueType.UNKNOWN && found != ValueType.UNKNOWN) {
        parameter.fixType(found, argument.token());
        progress = true;
      }
    }
    result(function, wanted, call.token());
    if (wanted != ValueType.UNKNOWN && wanted != function.result()) {
      errors.mismatch(call.token(), wanted, function.result(), function.resultToken());
    }
    return function.result();
  }

  private ValueType intrinsic(BoundExpression.IntrinsicCall call, ValueType wanted) {
    for (int i = 0; i < call.arguments().size(); i++) {
      expression(call.arguments().get(i), of(call.intrinsic().parameters().get(i)));
    }
    ValueType found = of(call.intrinsic().result());
    if (found == ValueType.UNKNOWN) {
      if (wanted != ValueType.UNKNOWN) {
        errors.unresolved(call.token());
      }
      return found;
    }
    return checked(call, wanted, found);
  }

  private ValueType print(BoundExpression.Print print, ValueType wanted) {
    List<ValueType> types = print.pieces().map(FormatArguments::types).orElse(List.of());
    for (int i = 0; i < print.arguments().size(); i++) {
      ValueType type = print.pieces().isPresent() ? types.get(i) : ValueType.UNKNOWN;
      BoundExpression argument = print.arguments().get(i);
      if (expression(argument, type) == ValueType.UNKNOWN
          && !(argument instanceof BoundExpression.Place)) {
        errors.unresolved(argument.token());
      }
    }
    return printed(print.name(), print, wanted);
  }

  private ValueType printed(PrintName name, BoundExpression print, ValueType wanted) {
    if (name.asText()) {
      return checked(print, wanted, ValueType.STRING);
    }
    if (wanted != ValueType.UNKNOWN) {
      errors.unresolved(print.token());
    }
    return ValueType.UNKNOWN;
  }
}
