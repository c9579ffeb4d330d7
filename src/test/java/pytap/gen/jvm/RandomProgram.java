package pytap.gen.jvm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import pytap.ir.AggregateFunction;
import pytap.ir.Aggregation;
import pytap.ir.BinaryOperator;
import pytap.ir.Expr;
import pytap.ir.Global;
import pytap.ir.Histogram;
import pytap.ir.Local;
import pytap.ir.Probe;
import pytap.ir.Stmt;
import pytap.ir.Target;
import pytap.ir.Type;
import pytap.ir.UnaryOperator;

/// Makes well-typed programs that end: loops count down, functions call only earlier ones.
final class RandomProgram {
  private static final BinaryOperator[] ARITHMETIC = {
    BinaryOperator.ADD,
    BinaryOperator.SUBTRACT,
    BinaryOperator.MULTIPLY,
    BinaryOperator.DIVIDE,
    BinaryOperator.MODULO,
    BinaryOperator.SHIFT_LEFT,
    BinaryOperator.SHIFT_RIGHT,
    BinaryOperator.SHIFT_RIGHT_UNSIGNED,
    BinaryOperator.AND,
    BinaryOperator.OR,
    BinaryOperator.XOR
  };
  private static final BinaryOperator[] COMPARISONS = {
    BinaryOperator.EQUAL,
    BinaryOperator.NOT_EQUAL,
    BinaryOperator.LESS,
    BinaryOperator.LESS_OR_EQUAL,
    BinaryOperator.GREATER,
    BinaryOperator.GREATER_OR_EQUAL
  };
  private static final long[] NUMBERS = {
    0, 1, 2, 3, 7, -1, -5, 63, 64, 1000, Long.MAX_VALUE, Long.MIN_VALUE, 0xffffffffL
  };
  private static final String[] PATTERNS = {"a", "b+", "^a", "[ab]+$", "t.x", "^$", "e*x", "z|g"};
  private static final String[] TEXTS = {"", "a", "b", "ab", "z\u00e9", "long text"};

  private final Random random;
  private final Script script;
  private final List<Global> scalars = new ArrayList<>();
  private final List<Global> arrays = new ArrayList<>();
  private final List<Global> statistics = new ArrayList<>();
  private final Global keyed;
  private final List<Global> iterated = new ArrayList<>();
  private int functions;
  private List<Local> locals = new ArrayList<>();
  private boolean inFunction;

  RandomProgram(long seed, Script script) {
    random = new Random(seed);
    this.script = script;
    scalars.add(script.scalar("n", Type.LONG));
    scalars.add(script.scalar("m", Ir.number(5)));
    scalars.add(script.scalar("s", Ir.text("start")));
    arrays.add(script.array("a", Type.LONG, Type.LONG, Type.STRING));
    arrays.add(script.array("b", 4, false, Type.STRING, Type.LONG));
    arrays.add(script.array("c", 3, true, Type.LONG, Type.STRING));
    arrays.add(script.array("d", Type.LONG, Type.STRING, Type.LONG, Type.STRING));
    Histogram linear = new Histogram.Linear(-2, 8, 1);
    statistics.add(script.statistic("p", new Aggregation(Optional.of(linear), 0)));
    statistics.add(script.statistic("q", new Aggregation(Optional.of(new Histogram.Log()), 0)));
    keyed = script.statistic("k", new Aggregation(Optional.of(linear), 0), Type.LONG, Type.STRING);
    for (int i = random.nextInt(4); i > 0; i--) {
      addFunction();
    }
  }

  /// Adds a `begin` probe.
  Probe probe() {
    inFunction = false;
    locals = someLocals();
    Stmt[] body = statements(3 + random.nextInt(6), 3);
    Optional<Expr> condition = random.nextInt(5) == 0 ? Optional.of(number(1)) : Optional.empty();
    return script.probe(Script.BEGIN, condition, locals, body);
  }

  private void addFunction() {
    inFunction = true;
    locals = someLocals();
    Type result = functions % 2 == 0 ? Type.LONG : Type.STRING;
    List<Stmt> body = new ArrayList<>(List.of(statements(2, 2)));
    body.add(Ir.back(expression(result, 2)));
    script.function("f" + functions, result, locals, 2, body.toArray(new Stmt[0]));
    functions++;
  }

  private List<Local> someLocals() {
    List<Local> made = new ArrayList<>();
    made.add(Ir.local(0, "x", Type.LONG));
    made.add(Ir.local(1, "t", Type.STRING));
    made.add(Ir.local(2, "y", Type.LONG));
    return made;
  }

  private Local fresh(Type type) {
    Local local = Ir.local(locals.size(), "v" + locals.size(), type);
    locals.add(local);
    return local;
  }

  private Stmt[] statements(int count, int depth) {
    Stmt[] made = new Stmt[count];
    for (int i = 0; i < count; i++) {
      made[i] = statement(depth);
    }
    return made;
  }

  private Stmt statement(int depth) {
    return switch (random.nextInt(depth > 0 ? 17 : 10)) {
      case 0, 1 -> Ir.run(assignment(2));
      case 2 -> Ir.printf("%d %s|", number(2), text(2));
      case 3 -> Ir.printf("[%5d][%-6s][%x]\n", number(2), text(1), number(1));
      case 4, 5 -> Ir.run(updateOf(2));
      case 6 -> deletion();
      case 7 -> Ir.println(expression(anyType(), 2));
      case 8, 9 -> Ir.run(accumulation());
      case 10, 11 -> ifStatement(depth);
      case 12 -> countedLoop(depth);
      case 13 -> foreach(depth);
      case 14 -> attempt(depth);
      case 15 -> foreachBucket(depth);
      default -> Ir.block(statements(2, depth - 1));
    };
  }

  private Stmt deletion() {
    if (random.nextInt(6) == 0) {
      return new Stmt.DeleteAll(pick(arrays), Ir.HERE);
    }
    if (random.nextInt(6) == 0) {
      Global array = pick(arrays);
      return new Stmt.DeleteSlice(array, slice(array), Ir.HERE);
    }
    if (random.nextInt(10) == 0) {
      return new Stmt.DeleteTarget(Ir.target(pick(statistics)), Ir.HERE);
    }
    return new Stmt.DeleteTarget(target(anyType()), Ir.HERE);
  }

  private Stmt ifStatement(int depth) {
    Optional<Stmt> otherwise =
        random.nextBoolean() ? Optional.of(Ir.block(statements(1, depth - 1))) : Optional.empty();
    return new Stmt.If(
        number(2), Ir.block(statements(1 + random.nextInt(2), depth - 1)), otherwise, Ir.HERE);
  }

  private Stmt countedLoop(int depth) {
    Local counter = fresh(Type.LONG);
    Stmt[] inner = statements(2, depth - 1);
    Stmt exit = random.nextBoolean() ? new Stmt.Break(Ir.HERE) : new Stmt.Continue(Ir.HERE);
    Stmt body = Ir.block(inner[0], Ir.branch(number(1), exit), inner[1]);
    Expr step = Ir.update(Ir.target(counter), BinaryOperator.ADD, Ir.number(1));
    Expr condition = Ir.binary(Ir.read(counter), BinaryOperator.LESS, Ir.number(random.nextInt(5)));
    return Ir.block(
        Ir.run(Ir.assign(Ir.target(counter), Ir.number(0))),
        new Stmt.Loop(condition, Optional.of(step), body, Ir.HERE));
  }

  private List<Optional<Expr>> slice(Global array) {
    List<Optional<Expr>> slice = new ArrayList<>();
    for (Expr key : keys(array, 1)) {
      slice.add(random.nextBoolean() ? Optional.of(key) : Optional.empty());
    }
    return slice;
  }

  private Target anyStatistic() {
    return random.nextBoolean() ? Ir.target(pick(statistics)) : Ir.target(keyed, keys(keyed, 1));
  }

  /// A function changes no array, nor does a walk its own.
  private Expr accumulation() {
    boolean scalar = inFunction || iterated.contains(keyed) || random.nextBoolean();
    Target target = scalar ? Ir.target(pick(statistics)) : Ir.target(keyed, keys(keyed, 1));
    return new Expr.Accumulate(target, number(2), Ir.ELEMENT);
  }

  private Stmt attempt(int depth) {
    Optional<Target> message =
        random.nextBoolean()
            ? Optional.of(
                random.nextBoolean()
                    ? Ir.target(pickLocal(Type.STRING))
                    : Ir.target(pickScalar(Type.STRING)))
            : Optional.empty();
    Stmt body = Ir.block(statements(2, depth - 1));
    Stmt failing =
        random.nextInt(4) == 0 ? Ir.block(body, new Stmt.Fail("failed", "f", Ir.CALL)) : body;
    return new Stmt.Try(failing, message, Ir.block(statements(1, depth - 1)), Ir.HERE);
  }

  private Stmt foreachBucket(int depth) {
    Local bucket = fresh(Type.LONG);
    Optional<Local> count = random.nextBoolean() ? Optional.of(fresh(Type.LONG)) : Optional.empty();
    Optional<Expr> limit =
        random.nextInt(3) == 0 ? Optional.of(Ir.number(60 + random.nextInt(9))) : Optional.empty();
    Target statistic = Ir.target(pick(statistics));
    Stmt body = Ir.block(statements(1, depth - 1));
    if (count.isPresent()) {
      body = Ir.branch(Ir.read(count.get()), Ir.block(Ir.println(Ir.read(bucket)), body));
    } else {
      body = Ir.branch(new Expr.Bucket(statistic, Ir.number(3), Ir.HERE), body);
    }
    return new Stmt.ForeachBucket(statistic, bucket, count, limit, body, Ir.HERE);
  }

  private Stmt.Order aggregateOrder() {
    AggregateFunction[] sortable = {
      AggregateFunction.COUNT,
      AggregateFunction.SUM,
      AggregateFunction.MIN,
      AggregateFunction.MAX,
      AggregateFunction.AVERAGE
    };
    return new Stmt.Order.ByAggregate(pick(sortable), random.nextBoolean());
  }

  private Expr aggregate() {
    AggregateFunction[] functions = {
      AggregateFunction.COUNT,
      AggregateFunction.COUNT,
      AggregateFunction.SUM,
      AggregateFunction.SUM,
      AggregateFunction.MIN,
      AggregateFunction.MAX,
      AggregateFunction.AVERAGE
    };
    Target of = anyStatistic();
    return switch (random.nextInt(4)) {
      case 0 -> new Expr.Bucket(of, Ir.number(random.nextInt(13)), Ir.HERE);
      case 1 -> new Expr.HasBucket(of, number(0), Ir.HERE);
      default -> new Expr.Aggregate(pick(functions), of, Ir.HERE);
    };
  }

  private Expr match() {
    String pattern = pick(PATTERNS);
    return new Expr.Match(text(1), pattern, random.nextBoolean(), Ir.HERE);
  }

  private Stmt foreach(int depth) {
    boolean sorted = random.nextInt(5) == 0;
    Global array = sorted ? keyed : pick(arrays);
    if (iterated.contains(array)) {
      return Ir.println(number(1));
    }
    iterated.add(array);
    List<Local> keys = new ArrayList<>();
    for (Type type : array.keyTypes()) {
      keys.add(fresh(type));
    }
    Optional<Local> value =
        random.nextBoolean() && !sorted ? Optional.of(fresh(array.type())) : Optional.empty();
    List<Optional<Expr>> slice = random.nextInt(3) == 0 ? slice(array) : List.of();
    Stmt.Order order =
        switch (random.nextInt(3)) {
          case 0 -> new Stmt.Order.Unsorted();
          case 1 -> new Stmt.Order.ByKey(random.nextInt(keys.size()), random.nextBoolean());
          default -> sorted ? aggregateOrder() : new Stmt.Order.ByValue(random.nextBoolean());
        };
    Optional<Expr> limit =
        random.nextInt(3) == 0 ? Optional.of(Ir.number(random.nextInt(4))) : Optional.empty();
    Stmt body = Ir.block(statements(2, depth - 1));
    iterated.remove(array);
    return new Stmt.Foreach(array, keys, value, slice, order, limit, body, Ir.HERE);
  }

  private Type anyType() {
    return random.nextBoolean() ? Type.LONG : Type.STRING;
  }

  private Expr expression(Type type, int depth) {
    return type == Type.LONG ? number(depth) : text(depth);
  }

  private Expr number(int depth) {
    if (depth == 0) {
      return switch (random.nextInt(3)) {
        case 0 -> Ir.number(NUMBERS[random.nextInt(NUMBERS.length)]);
        case 1 -> Ir.read(pickLocal(Type.LONG));
        default -> Ir.read(pickScalar(Type.LONG));
      };
    }
    return switch (random.nextInt(18)) {
      case 13, 14 -> aggregate();
      case 15 -> match();
      case 16 -> {
        Global array = pick(arrays);
        yield new Expr.ContainsSlice(array, slice(array), Ir.ELEMENT);
      }
      case 0, 1, 2 -> Ir.binary(number(depth - 1), pick(ARITHMETIC), number(depth - 1));
      case 3 -> Ir.binary(number(depth - 1), pick(COMPARISONS), number(depth - 1));
      case 4 -> Ir.binary(text(depth - 1), pick(COMPARISONS), text(depth - 1));
      case 5 ->
          new Expr.Logical(random.nextBoolean(), number(depth - 1), number(depth - 1), Ir.HERE);
      case 6 -> new Expr.Unary(pick(UnaryOperator.values()), number(depth - 1), Ir.HERE);
      case 7 ->
          new Expr.Conditional(number(depth - 1), number(depth - 1), number(depth - 1), Ir.HERE);
      case 8 -> elementOf(Type.LONG, depth);
      case 9 -> {
        Global array = pick(arrays);
        yield Ir.contains(array, keys(array, depth - 1));
      }
      case 10 -> Ir.intrinsic("strlen", text(depth - 1));
      case 11 -> callOf(Type.LONG, depth);
      default -> number(depth - 1);
    };
  }

  private Expr text(int depth) {
    if (depth == 0) {
      return switch (random.nextInt(3)) {
        case 0 -> Ir.text(TEXTS[random.nextInt(TEXTS.length)]);
        case 1 -> Ir.read(pickLocal(Type.STRING));
        default -> Ir.read(pickScalar(Type.STRING));
      };
    }
    return switch (random.nextInt(8)) {
      case 7 ->
          new Expr.Conditional(
              match(), Ir.intrinsic("matched", Ir.number(0)), text(depth - 1), Ir.HERE);
      case 0, 1 -> Ir.binary(text(depth - 1), BinaryOperator.CONCATENATE, text(depth - 1));
      case 2 -> new Expr.Conditional(number(depth - 1), text(depth - 1), text(depth - 1), Ir.HERE);
      case 3 -> elementOf(Type.STRING, depth);
      case 4 -> Ir.sprintf("<%d:%s>", number(depth - 1), text(depth - 1));
      case 5 -> Ir.intrinsic("substr", text(depth - 1), number(depth - 1), Ir.number(2));
      default -> callOf(Type.STRING, depth);
    };
  }

  private Expr elementOf(Type type, int depth) {
    Global array = pickArray(type);
    return Ir.element(array, keys(array, depth - 1));
  }

  private Expr callOf(Type type, int depth) {
    int wanted = type == Type.LONG ? 0 : 1;
    if (functions <= wanted) {
      return expression(type, depth - 1);
    }
    return Ir.call("f" + wanted, type, number(depth - 1), text(depth - 1));
  }

  private Expr assignment(int depth) {
    Type type = anyType();
    return Ir.assign(target(type), expression(type, depth));
  }

  private Expr updateOf(int depth) {
    Type type = anyType();
    BinaryOperator operator = type == Type.STRING ? BinaryOperator.CONCATENATE : pick(ARITHMETIC);
    Target target = target(type);
    Expr operand = expression(type, depth - 1);
    Expr update =
        random.nextBoolean()
            ? Ir.update(target, operator, operand)
            : Ir.updateOld(target, operator, operand);
    return random.nextBoolean() ? update : Ir.assign(Ir.target(pickLocal(type)), update);
  }

  /// A function changes no array: its caller may be walking over it.
  private Target target(Type type) {
    return switch (random.nextInt(3)) {
      case 0 -> Ir.target(pickLocal(type));
      case 1 -> Ir.target(pickScalar(type));
      default -> {
        Global array = pickArray(type);
        yield inFunction || iterated.contains(array)
            ? Ir.target(pickLocal(type))
            : Ir.target(array, keys(array, 1));
      }
    };
  }

  private Expr[] keys(Global array, int depth) {
    Expr[] keys = new Expr[array.keyTypes().size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = expression(array.keyTypes().get(i), Math.max(0, depth));
    }
    return keys;
  }

  private Local pickLocal(Type type) {
    List<Local> fitting = locals.stream().filter(local -> local.type() == type).toList();
    // Not the counters of loops: an assignment there could make a loop endless.
    return type == Type.LONG ? fitting.get(random.nextInt(2)) : pick(fitting);
  }

  private Global pickScalar(Type type) {
    return pick(scalars.stream().filter(global -> global.type() == type).toList());
  }

  private Global pickArray(Type type) {
    return pick(arrays.stream().filter(global -> global.type() == type).toList());
  }

  private <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private <T> T pick(T[] choices) {
    return choices[random.nextInt(choices.length)];
  }
}
