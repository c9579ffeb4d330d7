package pytap.gen.jvm;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.ir.BinaryOperator;
import pytap.ir.Expr;
import pytap.ir.Global;
import pytap.ir.Local;
import pytap.ir.Stmt;
import pytap.ir.Target;
import pytap.ir.Type;
import pytap.runtime.Statistic;
import pytap.runtime.Walk;
import pytap.source.Span;

/// Writes what reads and writes variables: globals, elements of arrays, assignments and updates.
/// The keys of an element are evaluated first, then the operand; only then is the element looked
/// up, so that whatever they do to the array is done.
final class TargetCode {
  private final MethodCode method;
  private final CodeBuilder code;
  private final ExpressionCode expressions;

  TargetCode(MethodCode method, ExpressionCode expressions) {
    this.method = method;
    this.code = method.code;
    this.expressions = expressions;
  }

  void pushGlobal(Global global) {
    pushScalars(global);
    method.pushInt(global.index());
    if (global.type() == Type.LONG) {
      code.laload();
    } else {
      code.aaload();
    }
  }

  private void pushScalars(Global global) {
    if (global.type() == Type.LONG) {
      method.pushMachineField("numbers", Owner.LONG.arrayType());
    } else {
      method.pushMachineField("texts", Owner.BYTE_STRING.arrayType());
    }
  }

  void pushElement(Global array, List<Expr> keys) {
    int mark = method.mark();
    pushKeyed(array, expressions.keepAll(keys));
    fetch(array.type());
    method.release(mark);
  }

  private void fetch(Type type) {
    method.virtual(Owner.ARRAY, type == Type.LONG ? "number" : "text", Owner.of(type));
  }

  void pushContains(Global array, List<Expr> keys) {
    int mark = method.mark();
    pushKeyed(array, expressions.keepAll(keys));
    method.virtual(Owner.ARRAY, "contains", Owner.LONG);
    method.release(mark);
  }

  void pushArray(Global array) {
    method.pushMachineField("arrays", Owner.ARRAY.arrayType());
    method.pushInt(array.index());
    code.aaload();
  }

  /// Pushes the array with its key set, ready for one operation.
  void pushKeyed(Global array, List<ExpressionCode.Operand> keys) {
    pushArray(array);
    for (int i = 0; i < keys.size(); i++) {
      pushKey(array, i, keys.get(i));
    }
  }

  /// With the array on the stack, which stays: sets key `index`.
  private void pushKey(Global array, int index, ExpressionCode.Operand key) {
    code.dup();
    method.pushInt(column(array, index));
    expressions.push(key);
    Type type = array.keyTypes().get(index);
    method.virtual(Owner.ARRAY, "key", Owner.VOID, Owner.INT, Owner.of(type));
  }

  /// The number of key `index` among the keys of its type.
  static int column(Global array, int index) {
    int column = 0;
    for (int i = 0; i < index; i++) {
      if (array.keyTypes().get(i) == array.keyTypes().get(index)) {
        column++;
      }
    }
    return column;
  }

  void assign(Expr.Assign assign, boolean wanted) {
    int mark = method.mark();
    Target target = assign.target();
    if (target instanceof Target.OfElement element) {
      List<ExpressionCode.Operand> keys = expressions.keepAll(element.keys());
      ExpressionCode.Operand value = expressions.keep(assign.value());
      pushKeyed(element.array(), keys);
      expressions.push(value);
      put(element.array(), assign.span());
      if (wanted) {
        expressions.push(value);
      }
    } else {
      expressions.push(assign.value());
      storeScalar(target, wanted);
    }
    method.release(mark);
  }

  /// With the array, its key set, and the value on the stack.
  private void put(Global array, Span span) {
    pushArraySite(array, span);
    ClassDesc value = Owner.of(array.type());
    method.virtual(Owner.ARRAY, "put", Owner.VOID, value, Owner.SITE);
  }

  private void pushArraySite(Global array, Span span) {
    method.pushSite(ScriptToken.identifier(array.name()), span);
  }

  /// With the value on the stack, which it takes: stores it in a scalar.
  void store(Target target) {
    storeScalar(target, false);
  }

  /// With the value on the stack; leaves it there where it is `wanted`.
  private void storeScalar(Target target, boolean wanted) {
    if (wanted) {
      method.duplicate(target.type());
    }
    if (target instanceof Target.OfLocal local) {
      method.store(local.type(), method.slot(local.local()));
    } else if (target instanceof Target.OfGlobal global) {
      int mark = method.mark();
      int value = method.keep(global.type());
      pushScalars(global.global());
      method.pushInt(global.global().index());
      method.load(global.type(), value);
      if (global.type() == Type.LONG) {
        code.lastore();
      } else {
        code.aastore();
      }
      method.release(mark);
    } else {
      throw new IllegalStateException("no scalar: " + target);
    }
  }

  void update(Expr.Update update, boolean wanted) {
    int mark = method.mark();
    if (update.target() instanceof Target.OfElement element) {
      updateElement(update, element, wanted);
    } else {
      updateScalar(update, wanted);
    }
    method.release(mark);
  }

  private void updateScalar(Expr.Update update, boolean wanted) {
    ExpressionCode.Operand operand = expressions.keep(update.operand());
    boolean text = update.operator() == BinaryOperator.CONCATENATE;
    boolean oldWanted = wanted && update.yieldsOld();
    pushScalar(update.target());
    if (oldWanted) {
      method.duplicate(update.type());
    }
    if (text) {
      int old = method.keep(Type.STRING);
      method.pushMachine();
      method.load(Type.STRING, old);
    }
    expressions.push(operand);
    operate(update);
    storeScalar(update.target(), wanted && !update.yieldsOld());
  }

  private void pushScalar(Target target) {
    if (target instanceof Target.OfLocal local) {
      method.load(local.type(), method.slot(local.local()));
    } else if (target instanceof Target.OfGlobal global) {
      pushGlobal(global.global());
    } else {
      throw new IllegalStateException("no scalar: " + target);
    }
  }

  private void operate(Expr.Update update) {
    if (update.operator() == BinaryOperator.CONCATENATE) {
      expressions.concatenate();
    } else {
      expressions.operate(update.operator(), update.operator().symbol() + "=", update.span());
    }
  }

  private void updateElement(Expr.Update update, Target.OfElement element, boolean wanted) {
    List<ExpressionCode.Operand> keys = expressions.keepAll(element.keys());
    ExpressionCode.Operand operand = expressions.keep(update.operand());
    BinaryOperator operator = update.operator();
    if (operator == BinaryOperator.ADD || operator == BinaryOperator.SUBTRACT) {
      addToElement(update, element.array(), keys, operand, wanted);
      return;
    }
    Type type = element.type();
    pushKeyed(element.array(), keys);
    fetch(type);
    int old = method.keep(type);
    if (type == Type.STRING) {
      method.pushMachine();
    }
    method.load(type, old);
    expressions.push(operand);
    operate(update);
    int value = method.keep(type);
    pushKeyed(element.array(), keys);
    method.load(type, value);
    put(element.array(), update.span());
    if (wanted) {
      method.load(type, update.yieldsOld() ? old : value);
    }
  }

  private void addToElement(
      Expr.Update update,
      Global array,
      List<ExpressionCode.Operand> keys,
      ExpressionCode.Operand operand,
      boolean wanted) {
    boolean adds = update.operator() == BinaryOperator.ADD;
    pushKeyed(array, keys);
    expressions.push(operand);
    if (!adds) {
      code.lneg();
    }
    pushArraySite(array, update.span());
    method.virtual(Owner.ARRAY, "add", Owner.LONG, Owner.LONG, Owner.SITE);
    if (!wanted) {
      code.pop2();
    } else if (update.yieldsOld()) {
      expressions.push(operand);
      if (adds) {
        code.lsub();
      } else {
        code.ladd();
      }
    }
  }

  /// `delete a[keys]`, or a scalar back to 0 or "".
  void delete(Target target) {
    int mark = method.mark();
    if (target instanceof Target.OfElement element) {
      pushKeyed(element.array(), expressions.keepAll(element.keys()));
      method.virtual(Owner.ARRAY, "remove", Owner.VOID);
    } else if (target.type() == Type.STATISTIC) {
      expressions.statistics().pushStatistic(target);
      method.virtual(Owner.STATISTIC, "clear", Owner.VOID);
    } else {
      method.pushDefault(target.type());
      storeScalar(target, false);
    }
    method.release(mark);
  }

  void deleteSlice(Stmt.DeleteSlice delete) {
    int mark = method.mark();
    pushSliced(delete.array(), keepPresent(delete.keys()));
    method.pushLong(slice(delete.array(), delete.keys()));
    method.virtual(Owner.ARRAY, "removeSlice", Owner.VOID, Owner.LONG);
    method.release(mark);
  }

  void pushContains(Expr.ContainsSlice contains) {
    int mark = method.mark();
    pushSliced(contains.array(), keepPresent(contains.keys()));
    method.pushLong(slice(contains.array(), contains.keys()));
    method.virtual(Owner.ARRAY, "containsSlice", Owner.LONG, Owner.LONG);
    method.release(mark);
  }

  private List<Optional<ExpressionCode.Operand>> keepPresent(List<Optional<Expr>> keys) {
    List<Optional<ExpressionCode.Operand>> kept = new ArrayList<>(keys.size());
    for (Optional<Expr> key : keys) {
      kept.add(key.isPresent() ? Optional.of(expressions.keep(key.get())) : Optional.empty());
    }
    return kept;
  }

  /// Pushes the array with those key columns set that are there.
  private void pushSliced(Global array, List<Optional<ExpressionCode.Operand>> keys) {
    pushArray(array);
    for (int i = 0; i < keys.size(); i++) {
      if (keys.get(i).isPresent()) {
        pushKey(array, i, keys.get(i).get());
      }
    }
  }

  /// Which columns of the key count, as the runtime's arrays have it.
  private static long slice(Global array, List<Optional<Expr>> keys) {
    long slice = 0;
    for (int i = 0; i < keys.size(); i++) {
      if (keys.get(i).isPresent()) {
        boolean number = array.keyTypes().get(i) == Type.LONG;
        slice |= 1L << (number ? column(array, i) : 32 + column(array, i));
      }
    }
    return slice;
  }

  void deleteAll(Global array) {
    pushArray(array);
    method.virtual(Owner.ARRAY, "clear", Owner.VOID);
  }

  /// Takes the snapshot that a `foreach` walks over and leaves it on the stack.
  void pushWalk(Stmt.Foreach foreach) {
    Global array = foreach.array();
    int order = 0;
    int column = 0;
    boolean descending = false;
    if (foreach.order() instanceof Stmt.Order.ByKey byKey) {
      boolean number = array.keyTypes().get(byKey.keyIndex()) == Type.LONG;
      order = number ? Walk.BY_NUMBER_KEY : Walk.BY_TEXT_KEY;
      column = column(array, byKey.keyIndex());
      descending = byKey.descending();
    } else if (foreach.order() instanceof Stmt.Order.ByValue byValue) {
      boolean statistic = array.type() == Type.STATISTIC; // sorted by its count then
      order = statistic ? Walk.BY_AGGREGATE : Walk.BY_VALUE;
      column = statistic ? Statistic.COUNT : 0;
      descending = byValue.descending();
    } else if (foreach.order() instanceof Stmt.Order.ByAggregate byAggregate) {
      order = Walk.BY_AGGREGATE;
      column = StatisticCode.number(byAggregate.function());
      descending = byAggregate.descending();
    }
    int mark = method.mark();
    ExpressionCode.Operand limit =
        foreach.limit().isPresent()
            ? expressions.keep(foreach.limit().get())
            : expressions.keep(new Expr.LongConstant(Long.MAX_VALUE, foreach.span()));
    pushSliced(array, keepPresent(foreach.slice()));
    method.pushInt(order);
    method.pushInt(column);
    method.pushInt(descending ? 1 : 0);
    expressions.push(limit);
    method.pushLong(slice(array, foreach.slice()));
    method.call(
        Owner.WALK,
        "over",
        Owner.WALK,
        Owner.ARRAY,
        Owner.INT,
        Owner.INT,
        Owner.BOOLEAN,
        Owner.LONG,
        Owner.LONG);
    method.release(mark);
  }

  /// Stores the parts of the walk's entry at `index` in the locals of the `foreach`.
  void bindEntry(Stmt.Foreach foreach, int walk, int index) {
    for (int i = 0; i < foreach.keys().size(); i++) {
      Local key = foreach.keys().get(i);
      code.aload(walk);
      code.iload(index);
      method.pushInt(column(foreach.array(), i));
      String name = key.type() == Type.LONG ? "keyNumber" : "keyText";
      method.virtual(Owner.WALK, name, Owner.of(key.type()), Owner.INT, Owner.INT);
      method.store(key.type(), method.slot(key));
    }
    if (foreach.value().isPresent()) {
      Local value = foreach.value().get();
      code.aload(walk);
      code.iload(index);
      String name = value.type() == Type.LONG ? "number" : "text";
      method.virtual(Owner.WALK, name, Owner.of(value.type()), Owner.INT);
      method.store(value.type(), method.slot(value));
    }
  }
}
