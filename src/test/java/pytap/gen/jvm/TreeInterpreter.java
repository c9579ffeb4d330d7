package pytap.gen.jvm;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import pytap.ir.AggregateFunction;
import pytap.ir.Aggregation;
import pytap.ir.Expr;
import pytap.ir.FormatPiece;
import pytap.ir.Function;
import pytap.ir.Global;
import pytap.ir.Histogram;
import pytap.ir.Local;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.ir.Stmt;
import pytap.ir.Target;
import pytap.ir.Type;
import pytap.source.Span;

/// Runs programs by walking over them, as plainly as can be: what generated handlers are compared
/// with. Numbers are `Long`, strings are `String` with one character a byte. No limits but those of
/// arrays and strings; of the intrinsics only `strlen`, `substr` and `isinstr`.
final class TreeInterpreter {
  private static final int TEXT_LIMIT = 511;

  private final Program program;
  private final Map<Global, Object> scalars = new HashMap<>();
  private final Map<Global, LinkedHashMap<List<Object>, Object>> arrays = new HashMap<>();
  private List<String> match = List.of();
  final StringBuilder output = new StringBuilder();

  TreeInterpreter(Program program) {
    this.program = program;
    for (Global global : program.globals()) {
      if (global.isArray()) {
        arrays.put(global, new LinkedHashMap<>());
      } else {
        scalars.put(global, global.initial().map(this::constant).orElseGet(() -> fresh(global)));
      }
    }
  }

  /// A run-time error.
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String report;

    Failure(String report) {
      super(report);
      this.report = report;
    }
  }

  /// How a statement ended.
  private enum End {
    NORMAL,
    BREAK,
    CONTINUE,
    RETURN
  }

  /// Runs a handler; gives the report of its error, if it failed.
  Optional<String> run(Probe probe) {
    Frame frame = new Frame(probe.locals());
    try {
      if (probe.condition().isEmpty() || truth(frame.eval(probe.condition().get()))) {
        frame.run(probe.body());
      }
      return Optional.empty();
    } catch (Failure failure) {
      return Optional.of(failure.report);
    }
  }

  private static boolean truth(Object value) {
    return (Long) value != 0;
  }

  private static Object fresh(Global global) {
    return global.type() == Type.STATISTIC ? new Values(global.aggregation()) : zero(global.type());
  }

  /// Every value that a statistic was given.
  private record Values(List<Long> all, Aggregation aggregation) {
    Values(Aggregation aggregation) {
      this(new ArrayList<>(), aggregation);
    }

    long ask(AggregateFunction function, Span span) {
      if (all.isEmpty()
          && function != AggregateFunction.COUNT
          && function != AggregateFunction.SUM) {
        throw new Failure(
            "empty aggregate near operator '%s' at %s"
                .formatted(function.symbol(), span.position()));
      }
      long sum = all.stream().mapToLong(Long::longValue).sum();
      return switch (function) {
        case COUNT -> all.size();
        case SUM -> sum;
        case MIN -> Collections.min(all);
        case MAX -> Collections.max(all);
        case AVERAGE -> sum / all.size();
        case VARIANCE -> throw new IllegalStateException("has tests of its own");
      };
    }

    /// Counts bucket by bucket, with the bounds of each.
    long inBucket(long number) {
      return all.stream().filter(value -> bucket(value) == number).count();
    }

    long buckets() {
      return switch (aggregation.histogram().orElseThrow()) {
        case Histogram.Log() -> 128;
        case Histogram.Linear(long low, long high, long step) -> (high - low) / step + 3;
      };
    }

    private long bucket(long value) {
      return switch (aggregation.histogram().orElseThrow()) {
        case Histogram.Log() -> {
          long bucket = 64;
          for (BigInteger at = BigInteger.valueOf(value).abs();
              at.signum() > 0;
              at = at.shiftRight(1)) {
            bucket += value < 0 ? -1 : 1;
          }
          yield Math.clamp(bucket, 0, 127);
        }
        case Histogram.Linear(long low, long high, long step) -> {
          BigInteger above = BigInteger.valueOf(value).subtract(BigInteger.valueOf(low));
          yield above.signum() < 0
              ? 0
              : above
                  .divide(BigInteger.valueOf(step))
                  .add(BigInteger.ONE)
                  .min(BigInteger.valueOf(buckets() - 1))
                  .longValue();
        }
      };
    }
  }

  private static Object zero(Type type) {
    return switch (type) {
      case LONG -> 0L;
      case STATISTIC -> throw new IllegalStateException("a statistic is no value");
      case STRING -> "";
      case VOID -> "void";
    };
  }

  private Object scalar(Global global) {
    return Objects.requireNonNull(scalars.get(global));
  }

  @SuppressWarnings("NonApiType") // a wrapping array needs its first entry
  private LinkedHashMap<List<Object>, Object> map(Global array) {
    return Objects.requireNonNull(arrays.get(array));
  }

  private Object constant(Expr expression) {
    return new Frame(List.of()).eval(expression);
  }

  private static String cut(String text) {
    return text.length() > TEXT_LIMIT ? text.substring(0, TEXT_LIMIT) : text;
  }

  private static long flag(boolean condition) {
    return condition ? 1 : 0;
  }

  /// One activation of a handler or function.
  private final class Frame {
    private final Object[] locals;
    private Object result = 0L;

    Frame(List<Local> declared) {
      locals = new Object[declared.size()];
      for (Local local : declared) {
        locals[local.index()] = zero(local.type());
      }
    }

    End run(Stmt statement) {
      return switch (statement) {
        case Stmt.Block block -> {
          End end = End.NORMAL;
          for (int i = 0; i < block.statements().size() && end == End.NORMAL; i++) {
            end = run(block.statements().get(i));
          }
          yield end;
        }
        case Stmt.Evaluate evaluate -> {
          eval(evaluate.expression());
          yield End.NORMAL;
        }
        case Stmt.Print print -> {
          output.append(format(print.pieces(), evalAll(print.arguments())));
          yield End.NORMAL;
        }
        case Stmt.If branch -> {
          if (truth(eval(branch.condition()))) {
            yield run(branch.then());
          }
          yield branch.otherwise().map(this::run).orElse(End.NORMAL);
        }
        case Stmt.Loop loop -> loop(loop);
        case Stmt.Foreach foreach -> foreach(foreach);
        case Stmt.ForeachBucket foreach -> foreachBucket(foreach);
        case Stmt.PrintHistogram print ->
            throw new IllegalStateException("drawings have tests of their own");
        case Stmt.Try attempt -> attempt(attempt);
        case Stmt.Fail fail ->
            throw new Failure(
                "%s near identifier '%s' at %s"
                    .formatted(fail.message(), fail.name(), fail.span().position()));
        case Stmt.DeleteSlice delete -> {
          List<Optional<Object>> slice = slice(delete.keys());
          map(delete.array()).keySet().removeIf(key -> isIn(slice, key));
          yield End.NORMAL;
        }
        case Stmt.Return back -> {
          back.value().ifPresent(value -> result = eval(value));
          yield End.RETURN;
        }
        case Stmt.Next next -> End.RETURN;
        case Stmt.Break out -> End.BREAK;
        case Stmt.Continue on -> End.CONTINUE;
        case Stmt.DeleteTarget delete -> {
          delete(delete.target());
          yield End.NORMAL;
        }
        case Stmt.DeleteAll delete -> {
          map(delete.array()).clear();
          yield End.NORMAL;
        }
      };
    }

    private End loop(Stmt.Loop loop) {
      while (truth(eval(loop.condition()))) {
        End end = run(loop.body());
        if (end == End.BREAK) {
          return End.NORMAL;
        }
        if (end == End.RETURN) {
          return end;
        }
        loop.step().ifPresent(this::eval);
      }
      return End.NORMAL;
    }

    private End foreach(Stmt.Foreach foreach) {
      long limit = foreach.limit().map(value -> (Long) eval(value)).orElse(Long.MAX_VALUE);
      List<Map.Entry<List<Object>, Object>> entries = new ArrayList<>();
      List<Optional<Object>> slice = slice(foreach.slice());
      map(foreach.array())
          .forEach((key, value) -> {
            if (isIn(slice, key)) {
              entries.add(Map.entry(key, value));
            }
          });
      sort(entries, foreach.order());
      for (int i = 0; i < entries.size() && i < limit; i++) {
        for (int k = 0; k < foreach.keys().size(); k++) {
          locals[foreach.keys().get(k).index()] = entries.get(i).getKey().get(k);
        }
        if (foreach.value().isPresent()) {
          locals[foreach.value().get().index()] = entries.get(i).getValue();
        }
        End end = run(foreach.body());
        if (end == End.BREAK) {
          return End.NORMAL;
        }
        if (end == End.RETURN) {
          return end;
        }
      }
      return End.NORMAL;
    }

    private End foreachBucket(Stmt.ForeachBucket foreach) {
      long limit = foreach.limit().map(value -> (Long) eval(value)).orElse(Long.MAX_VALUE);
      Values values = statistic(foreach.statistic());
      for (long i = 0; i < values.buckets() && i < limit; i++) {
        locals[foreach.bucket().index()] = i;
        if (foreach.value().isPresent()) {
          locals[foreach.value().get().index()] = values.inBucket(i);
        }
        End end = run(foreach.body());
        if (end == End.BREAK) {
          return End.NORMAL;
        }
        if (end == End.RETURN) {
          return end;
        }
      }
      return End.NORMAL;
    }

    private End attempt(Stmt.Try attempt) {
      try {
        return run(attempt.body());
      } catch (Failure failure) {
        if (attempt.message().isPresent()) {
          String text = failure.report.replaceFirst(" near .*", "");
          store(attempt.message().get(), List.of(), text, "");
        }
        return run(attempt.handler());
      }
    }

    private List<Optional<Object>> slice(List<Optional<Expr>> keys) {
      List<Optional<Object>> values = new ArrayList<>();
      for (Optional<Expr> key : keys) {
        values.add(key.map(this::eval));
      }
      return values;
    }

    private static boolean isIn(List<Optional<Object>> slice, List<Object> keys) {
      for (int i = 0; i < slice.size(); i++) {
        if (slice.get(i).isPresent() && !slice.get(i).get().equals(keys.get(i))) {
          return false;
        }
      }
      return true;
    }

    private Values statistic(Target target) {
      return switch (target) {
        case Target.OfLocal local -> throw new IllegalStateException("a local is no statistic");
        case Target.OfGlobal global -> (Values) scalar(global.global());
        case Target.OfElement element -> {
          Object known = map(element.array()).get(evalAll(element.keys()));
          yield known == null ? new Values(element.array().aggregation()) : (Values) known;
        }
      };
    }

    private long accumulate(Expr.Accumulate accumulate) {
      List<Object> keys = keys(accumulate.statistic());
      long value = (Long) eval(accumulate.value());
      if (accumulate.statistic() instanceof Target.OfElement element
          && !map(element.array()).containsKey(keys)) {
        Values fresh = new Values(element.array().aggregation());
        store(element, keys, fresh, accumulate.span().position());
        fresh.all().add(value);
      } else if (accumulate.statistic() instanceof Target.OfElement element) {
        ((Values) Objects.requireNonNull(map(element.array()).get(keys))).all().add(value);
      } else {
        statistic(accumulate.statistic()).all().add(value);
      }
      return value;
    }

    private long match(Expr.Match match) {
      String text = (String) eval(match.text());
      Matcher matcher = Pattern.compile(match.pattern(), Pattern.DOTALL).matcher(text);
      boolean found = matcher.find();
      TreeInterpreter.this.match = found ? List.of(matcher.group()) : List.of();
      return flag(found != match.negated());
    }

    private void sort(List<Map.Entry<List<Object>, Object>> entries, Stmt.Order order) {
      switch (order) {
        case Stmt.Order.Unsorted unsorted -> {}
        case Stmt.Order.ByKey byKey -> {
          Comparator<Map.Entry<List<Object>, Object>> comparator =
              (left, right) ->
                  compare(
                      left.getKey().get(byKey.keyIndex()), right.getKey().get(byKey.keyIndex()));
          entries.sort(byKey.descending() ? comparator.reversed() : comparator);
        }
        case Stmt.Order.ByAggregate by -> {
          Comparator<Map.Entry<List<Object>, Object>> comparator =
              Comparator.comparingLong(
                  entry -> ((Values) entry.getValue()).ask(by.function(), Ir.HERE));
          entries.sort(by.descending() ? comparator.reversed() : comparator);
        }
        case Stmt.Order.ByValue byValue -> {
          Comparator<Map.Entry<List<Object>, Object>> comparator =
              (left, right) -> compare(left.getValue(), right.getValue());
          entries.sort(byValue.descending() ? comparator.reversed() : comparator);
        }
      }
    }

    private List<Object> evalAll(List<Expr> expressions) {
      List<Object> values = new ArrayList<>();
      for (Expr expression : expressions) {
        values.add(eval(expression));
      }
      return values;
    }

    Object eval(Expr expression) {
      return switch (expression) {
        case Expr.LongConstant constant -> constant.value();
        case Expr.StringConstant constant -> constant.value();
        case Expr.LocalRead read -> locals[read.local().index()];
        case Expr.GlobalRead read -> scalar(read.global());
        case Expr.ElementRead read -> fetch(read.array(), evalAll(read.keys()));
        case Expr.Contains contains ->
            flag(map(contains.array()).containsKey(evalAll(contains.keys())));
        case Expr.ContainsSlice contains -> {
          List<Optional<Object>> slice = slice(contains.keys());
          yield flag(map(contains.array()).keySet().stream().anyMatch(key -> isIn(slice, key)));
        }
        case Expr.Accumulate accumulate -> accumulate(accumulate);
        case Expr.Aggregate aggregate ->
            statistic(aggregate.statistic()).ask(aggregate.function(), aggregate.span());
        case Expr.Bucket bucket -> {
          long number = (Long) eval(bucket.index());
          Values values = statistic(bucket.statistic());
          if (number < 0 || number >= values.buckets()) {
            throw new Failure(
                "histogram index out of range near operator 'x' at " + bucket.span().position());
          }
          yield values.inBucket(number);
        }
        case Expr.HasBucket bucket -> {
          long number = (Long) eval(bucket.index());
          Values values = statistic(bucket.statistic());
          yield flag(number >= 0 && number < values.buckets());
        }
        case Expr.HistogramText text ->
            throw new IllegalStateException("drawings have tests of their own");
        case Expr.Match match -> match(match);
        case Expr.Assign assign -> assign(assign);
        case Expr.Update update -> update(update);
        case Expr.Binary binary ->
            binary(eval(binary.left()), binary, eval(binary.right()), binary.operator().symbol());
        case Expr.Logical logical -> {
          boolean left = truth(eval(logical.left()));
          yield flag(
              logical.conjunction()
                  ? left && truth(eval(logical.right()))
                  : left || truth(eval(logical.right())));
        }
        case Expr.Unary unary -> {
          long operand = (Long) eval(unary.operand());
          yield switch (unary.operator()) {
            case NEGATE -> -operand;
            case COMPLEMENT -> ~operand;
            case NOT -> flag(operand == 0);
          };
        }
        case Expr.Conditional choice ->
            truth(eval(choice.condition())) ? eval(choice.then()) : eval(choice.otherwise());
        case Expr.Call call -> call(call);
        case Expr.IntrinsicCall call -> intrinsic(call);
        case Expr.Format format -> cut(format(format.pieces(), evalAll(format.arguments())));
        case Expr.MarkerArgument argument -> throw new IllegalStateException("no marker");
      };
    }

    private Object fetch(Global array, List<Object> keys) {
      Object value = map(array).get(keys);
      return value == null ? zero(array.type()) : value;
    }

    private Object assign(Expr.Assign assign) {
      List<Object> keys = keys(assign.target());
      Object value = eval(assign.value());
      store(assign.target(), keys, value, assign.span().position());
      return value;
    }

    private Object update(Expr.Update update) {
      List<Object> keys = keys(update.target());
      Object operand = eval(update.operand());
      Object old =
          switch (update.target()) {
            case Target.OfLocal local -> locals[local.local().index()];
            case Target.OfGlobal global -> scalar(global.global());
            case Target.OfElement element -> fetch(element.array(), keys);
          };
      Expr.Binary operation =
          new Expr.Binary(update.operator(), update.operand(), update.operand(), update.span());
      Object value = binary(old, operation, operand, update.operator().symbol() + "=");
      store(update.target(), keys, value, update.span().position());
      return update.yieldsOld() ? old : value;
    }

    private List<Object> keys(Target target) {
      return target instanceof Target.OfElement element ? evalAll(element.keys()) : List.of();
    }

    private void store(Target target, List<Object> keys, Object value, String position) {
      switch (target) {
        case Target.OfLocal local -> locals[local.local().index()] = value;
        case Target.OfGlobal global -> scalars.put(global.global(), value);
        case Target.OfElement element -> {
          LinkedHashMap<List<Object>, Object> map = map(element.array());
          int size = element.array().maxEntries().orElse(2048);
          if (!map.containsKey(keys) && map.size() == size) {
            if (!element.array().wrap()) {
              throw new Failure(
                  "Array overflow, check size limit (%d) near identifier '%s' at %s"
                      .formatted(size, element.array().name(), position));
            }
            map.pollFirstEntry();
          }
          map.put(keys, value);
        }
      }
    }

    private void delete(Target target) {
      List<Object> keys = keys(target);
      switch (target) {
        case Target.OfLocal local -> locals[local.local().index()] = zero(local.type());
        case Target.OfGlobal global when global.type() == Type.STATISTIC ->
            ((Values) scalar(global.global())).all().clear();
        case Target.OfGlobal global -> scalars.put(global.global(), zero(global.type()));
        case Target.OfElement element -> map(element.array()).remove(keys);
      }
    }

    private Object call(Expr.Call call) {
      Function function = program.function(call.function());
      List<Object> arguments = evalAll(call.arguments());
      Frame frame = new Frame(function.locals());
      for (int i = 0; i < arguments.size(); i++) {
        frame.locals[i] = arguments.get(i);
      }
      frame.result = zero(function.result());
      frame.run(function.body());
      return frame.result;
    }

    private Object intrinsic(Expr.IntrinsicCall call) {
      List<Object> arguments = evalAll(call.arguments());
      return switch (call.intrinsic().name()) {
        case "strlen" -> (long) ((String) arguments.get(0)).length();
        case "isinstr" -> flag(((String) arguments.get(0)).contains((String) arguments.get(1)));
        case "matched" -> {
          if (match.isEmpty()) {
            throw new Failure(
                "Attempted to get subexpression %s from failed match near identifier 'matched' at %s"
                    .formatted(arguments.get(0), call.span().position()));
          }
          yield match.get(0);
        }
        case "substr" -> {
          String text = (String) arguments.get(0);
          long start = (Long) arguments.get(1);
          long length = (Long) arguments.get(2);
          yield start < 0 || start >= text.length() || length < 0
              ? ""
              : text.substring((int) start, (int) Math.min(text.length(), start + length));
        }
        default -> throw new IllegalStateException(call.intrinsic().name());
      };
    }
  }

  private static int compare(Object left, Object right) {
    return left instanceof Long number
        ? number.compareTo((Long) right)
        : ((String) left).compareTo((String) right);
  }

  private static Object binary(Object left, Expr.Binary binary, Object right, String symbol) {
    return switch (binary.operator()) {
      case CONCATENATE -> cut((String) left + right);
      case EQUAL -> flag(compare(left, right) == 0);
      case NOT_EQUAL -> flag(compare(left, right) != 0);
      case LESS -> flag(compare(left, right) < 0);
      case LESS_OR_EQUAL -> flag(compare(left, right) <= 0);
      case GREATER -> flag(compare(left, right) > 0);
      case GREATER_OR_EQUAL -> flag(compare(left, right) >= 0);
      default -> arithmetic((Long) left, binary, (Long) right, symbol);
    };
  }

  private static long arithmetic(long left, Expr.Binary binary, long right, String symbol) {
    return switch (binary.operator()) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case DIVIDE, MODULO -> {
        if (right == 0) {
          throw new Failure(
              "division by 0 near operator '%s' at %s".formatted(symbol, binary.span().position()));
        }
        yield symbol.startsWith("/") ? left / right : left % right;
      }
      case SHIFT_LEFT -> left << right;
      case SHIFT_RIGHT -> left >> right;
      case SHIFT_RIGHT_UNSIGNED -> left >>> right;
      case AND -> left & right;
      case OR -> left | right;
      case XOR -> left ^ right;
      default -> throw new IllegalStateException("no arithmetic: " + binary.operator());
    };
  }

  private static String format(List<FormatPiece> pieces, List<Object> arguments) {
    StringBuilder out = new StringBuilder();
    int next = 0;
    for (FormatPiece piece : pieces) {
      switch (piece) {
        case FormatPiece.Literal literal -> out.append(literal.bytes());
        case FormatPiece.Directive directive ->
            out.append(String.format(javaFormat(directive), arguments.get(next++)));
      }
    }
    return out.toString();
  }

  private static String javaFormat(FormatPiece.Directive directive) {
    String flag = directive.flag() == FormatPiece.Flag.LEFT ? "-" : "";
    String width =
        directive.width().constant().isPresent()
            ? String.valueOf(directive.width().constant().getAsInt())
            : "";
    return switch (directive.conversion()) {
      case SIGNED -> "%" + flag + width + "d";
      case STRING -> "%" + flag + width + "s";
      case HEX_LOWER -> "%" + flag + width + "x";
      default -> throw new IllegalStateException("no format for " + directive);
    };
  }
}
