package pytap.gen.jvm;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import pytap.ir.Local;
import pytap.ir.Type;
import pytap.source.Span;

/// One method being written: its JVM locals, its literals, and short forms of the instructions that
/// handlers are made of. Local 0 is the handlers object, local 1 the machine, the script's locals
/// follow in their order, temporaries behind them.
final class MethodCode {
  private static final int THIS = 0;
  private static final int MACHINE = 1;

  final CodeBuilder code;
  final ClassDesc self;
  final Literals literals;
  private final int[] slots;
  private int nextSlot = 2;

  /// Statements written since they were last counted, those of called functions included.
  private long uncounted;

  MethodCode(CodeBuilder code, ClassDesc self, Literals literals, List<Local> locals) {
    this.code = code;
    this.self = self;
    this.literals = literals;
    slots = new int[locals.size()];
    for (Local local : locals) {
      slots[local.index()] = temporary(local.type());
    }
  }

  void count(long statements) {
    uncounted = Math.min(ProgramFacts.UNBOUNDED, uncounted + statements);
  }

  /// How many were counted since the last call.
  int takeCount() {
    int taken = (int) Math.min(uncounted, Integer.MAX_VALUE);
    uncounted = 0;
    return taken;
  }

  /// A new JVM local for a value of `type`.
  int temporary(Type type) {
    int slot = nextSlot;
    nextSlot += type == Type.LONG ? 2 : 1;
    return slot;
  }

  /// What to give [#release] so that temporaries made in between are free again.
  int mark() {
    return nextSlot;
  }

  void release(int mark) {
    nextSlot = mark;
  }

  int slot(Local local) {
    return slots[local.index()];
  }

  void load(Type type, int slot) {
    if (type == Type.LONG) {
      code.lload(slot);
    } else {
      code.aload(slot);
    }
  }

  void store(Type type, int slot) {
    if (type == Type.LONG) {
      code.lstore(slot);
    } else {
      code.astore(slot);
    }
  }

  /// Stores the top of the stack in a new temporary.
  int keep(Type type) {
    int slot = temporary(type);
    store(type, slot);
    return slot;
  }

  void duplicate(Type type) {
    if (type == Type.LONG) {
      code.dup2();
    } else {
      code.dup();
    }
  }

  void discard(Type type) {
    switch (type) {
      case LONG -> code.pop2();
      case STRING, STATISTIC -> code.pop();
      case VOID -> {}
    }
  }

  /// Pushes 0 or "".
  void pushDefault(Type type) {
    switch (type) {
      case LONG -> code.lconst_0();
      case STRING -> pushText("");
      case STATISTIC -> throw new IllegalStateException("a statistic is no value");
      case VOID -> {}
    }
  }

  void giveBack(Type type) {
    switch (type) {
      case LONG -> code.lreturn();
      case STRING, STATISTIC -> code.areturn();
      case VOID -> code.return_();
    }
  }

  void pushThis() {
    code.aload(THIS);
  }

  void pushMachine() {
    code.aload(MACHINE);
  }

  void pushMachineField(String name, ClassDesc type) {
    pushMachine();
    code.getfield(Owner.MACHINE, name, type);
  }

  void pushText(String text) {
    pushThis();
    code.getfield(self, Literals.textField(literals.text(text)), Owner.BYTE_STRING);
  }

  void pushSite(String token, Span span) {
    pushThis();
    code.getfield(self, Literals.siteField(literals.site(token, span)), Owner.SITE);
  }

  void pushInt(int value) {
    code.loadConstant(value);
  }

  void pushLong(long value) {
    code.loadConstant(value);
  }

  void virtual(ClassDesc owner, String name, ClassDesc result, ClassDesc... parameters) {
    code.invokevirtual(owner, name, MethodTypeDesc.of(result, parameters));
  }

  void call(ClassDesc owner, String name, ClassDesc result, ClassDesc... parameters) {
    code.invokestatic(owner, name, MethodTypeDesc.of(result, parameters));
  }
}
