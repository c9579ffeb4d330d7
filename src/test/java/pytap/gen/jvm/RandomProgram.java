package pytap.gen.jvm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import pytap.ir.BinaryOperator;
import pytap.ir.Expr;
import pytap.ir.Global;
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
  private static final String[] TEXTS = {"", "a", "b", "ab", "z\u00e9", "long text"};

  private final Random random;
  private final Script script;
  private final List<Global> scalars = new ArrayList<>();
  private final List<Global> arrays = new ArrayList<>();
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
    return switch (random.nextInt(depth > 0 ? 13 : 8)) {
      case 0, 1 -> Ir.run(assignment(2));
      case 2 -> Ir.printf("%d %s|", number(2), text(2));
      case 3 -> Ir.printf("[%5d][%-6s][%x]\n", number(2), text(1), number(1));
      case 4, 5 -> Ir.run(updateOf(2));
      case 6 -> deletion();
      case 7 -> Ir.println(expression(anyType(), 2));
      case 8, 9 -> ifStatement(depth);
      case 10 -> countedLoop(depth);
      case 11 -> foreach(depth);
      default -> Ir.block(statements(2, depth - 1));
    };
  }

  private Stmt deletion() {
    if (random.nextInt(6) == 0) {
      return new Stmt.DeleteAll(pick(arrays), Ir.HERE);
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

  private Stmt foreach(int depth) {
    Global array = pick(arrays);
    if (iterated.contains(array)) {
      return Ir.println(number(1));
    }
    iterated.add(array);
    List<Local> keys = new ArrayList<>();
    for (Type type : array.keyTypes()) {
      keys.add(fresh(type));
    }
    Optional<Local> value =
        random.nextBoolean() ? Optional.of(fresh(array.type())) : Optional.empty();
    Stmt.Order order =
        switch (random.nextInt(3)) {
          case 0 -> new Stmt.Order.Unsorted();
          case 1 -> new Stmt.Order.ByKey(random.nextInt(keys.size()), random.nextBoolean());
          default -> new Stmt.Order.ByValue(random.nextBoolean());
        };
    Optional<Expr> limit =
        random.nextInt(3) == 0 ? Optional.of(Ir.number(random.nextInt(4))) : Optional.empty();
    Stmt body = Ir.block(statements(2, depth - 1));
    iterated.remove(array);
    return new Stmt.Foreach(array, keys, value, List.of(), order, limit, body, Ir.HERE);
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
    return switch (random.nextInt(13)) {
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
    return switch (random.nextInt(7)) {
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
