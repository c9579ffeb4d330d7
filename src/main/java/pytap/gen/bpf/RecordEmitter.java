package pytap.gen.bpf;

import static pytap.asm.bpf.Reg.R0;
import static pytap.asm.bpf.Reg.R1;
import static pytap.asm.bpf.Reg.R10;
import static pytap.asm.bpf.Reg.R2;
import static pytap.asm.bpf.Reg.R3;
import static pytap.asm.bpf.Reg.R4;
import static pytap.asm.bpf.Reg.R6;
import static pytap.asm.bpf.Reg.R7;
import static pytap.asm.bpf.Reg.R8;
import static pytap.asm.bpf.Reg.R9;

import pytap.asm.bpf.Alu;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.Atomic;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Size;
import pytap.gen.Counters;
import pytap.gen.KernelMap;
import pytap.gen.Scratch;
import pytap.ir.BinaryOperator;
import pytap.place.Capture;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.place.Taken;
import pytap.probe.Register;

/// Compiles the part of a program that builds and sends the records of one channel. All sites of
/// the channel whose arguments have the same shape share it, so that the kernel's verifier follows
/// it once; what differs from site to site they leave in the stack, see [Leaves].
final class RecordEmitter {
  /// `BPF_RB_NO_WAKEUP` (Linux 6.6 include/uapi/linux/bpf.h): the tool polls.
  private static final int NO_WAKEUP = 1;

  /// A record that is never larger is built in the stack, whose rest the captures need: taking a
  /// slot costs more than all else that a small record takes.
  private static final int MOST_STACK_BYTES = 64;

  private final Assembler code;
  private final Plan.Channel channel;
  private final Leaves leaves;
  private final Scratch scratch;
  private final KernelOffsets offsets;
  private final LineEmitter lines;
  private final Stack stack;
  private final TextEmitter texts;
  private final boolean inStack;

  RecordEmitter(
      Assembler code,
      Plan.Channel channel,
      Leaves leaves,
      Scratch scratch,
      KernelOffsets offsets,
      LineEmitter lines) {
    this.code = code;
    this.channel = channel;
    this.leaves = leaves;
    this.scratch = scratch;
    this.offsets = offsets;
    this.lines = lines;
    this.stack = new Stack(leaves.stackBytes());
    this.texts = new TextEmitter(code, stack);
    this.inStack = fitsStack(channel.layout());
  }

  void emit(Label exit) {
    Label lost = code.label("lost");
    RecordLayout layout = channel.layout();
    if (inStack) {
      code.mov(R7, R10);
      code.add(R7, stack.allocate(layout.fixedBytes()) - Scratch.RECORD_OFFSET);
    } else {
      takeSlot(lost);
    }
    code.store(Size.WORD, R7, record(RecordLayout.CHANNEL_OFFSET), channel.id());
    code.store(Size.WORD, R7, record(RecordLayout.FAULTS_OFFSET), 0);
    code.mov(R9, layout.fixedBytes());
    for (RecordLayout.Slot slot : layout.slots()) {
      int mark = stack.mark();
      emitFixed(slot);
      stack.release(mark);
    }
    for (RecordLayout.Slot slot : layout.slots()) {
      int mark = stack.mark();
      if (slot.capture() instanceof Capture.Text text) {
        emitText(slot, text);
      } else if (slot.capture() instanceof Capture.Stack user) {
        new StackEmitter(code, stack, scratch).emit(user, record(slot.offset()));
      }
      stack.release(mark);
    }
    send(lost, exit);
    code.bind(lost);
    Counting.emit(code, Counters.lostOffset(channel.id()));
  }

  private static boolean fitsStack(RecordLayout layout) {
    for (RecordLayout.Slot slot : layout.slots()) {
      if (slot.capture() instanceof Capture.Text || slot.capture() instanceof Capture.Stack) {
        return false;
      }
    }
    return layout.fixedBytes() <= MOST_STACK_BYTES;
  }

  /// R7 = a free slot, tried in the order of this processor's own slots.
  private void takeSlot(Label lost) {
    Label taken = code.label("taken");
    code.call(BpfFunction.GET_SMP_PROCESSOR_ID);
    code.shiftLeft(R0, 2);
    code.and(R0, scratch.slots() - 1);
    code.alu(Alu.MUL, R0, scratch.slotBytes());
    code.loadMapValue(R7, KernelMap.SCRATCH.number(), 0);
    code.add(R7, R0);
    for (int i = 0; i < Scratch.SLOTS_PER_PROCESSOR; i++) {
      if (i > 0) {
        code.add(R7, scratch.slotBytes());
      }
      code.mov(R0, 1);
      code.atomic(Atomic.EXCHANGE, Size.DOUBLE, R7, 0, R0);
      code.jumpIf(Jump.EQUAL, R0, 0, taken);
    }
    code.jump(lost);
    code.bind(taken);
  }

  private void send(Label lost, Label exit) {
    code.loadMap(R1, KernelMap.RING.number());
    code.mov(R2, R7);
    code.add(R2, Scratch.RECORD_OFFSET);
    code.mov(R3, R9);
    code.mov(R4, NO_WAKEUP);
    code.call(BpfFunction.RINGBUF_OUTPUT);
    if (!inStack) {
      code.mov(R1, 0);
      code.store(Size.DOUBLE, R7, 0, R1);
    }
    code.jumpIf(Jump.NOT_EQUAL, R0, 0, lost);
    code.jump(exit);
  }

  private void emitFixed(RecordLayout.Slot slot) {
    Label fault = code.label("fault");
    Label stored = code.label("stored");
    switch (slot.capture()) {
      case Capture.OfFact fact -> emitFact(fact, slot, fault);
      case Capture.Number number -> {
        emitTaken(number.value(), fault);
        code.store(Size.DOUBLE, R7, record(slot.offset()), R0);
      }
      case Capture.Integer integer -> {
        emitTaken(integer.address(), fault);
        int place = stack.allocate(8);
        code.mov(R3, R0);
        UserMemory.read(code, place, integer.widthBytes(), fault);
        code.load(Size.ofBytes(integer.widthBytes()), R0, R10, place);
        int bits = 64 - 8 * integer.widthBytes();
        code.shiftLeft(R0, bits);
        code.shiftRightSigned(R0, bits);
        code.store(Size.DOUBLE, R7, record(slot.offset()), R0);
      }
      case Capture.Text _, Capture.Stack _ -> {
        return;
      }
    }
    if (!code.isUsed(fault)) {
      return;
    }
    code.jump(stored);
    code.bind(fault);
    markFault(slot);
    code.mov(R0, 0);
    for (int at = 0; at < slot.capture().sizeBytes(); at += 8) {
      code.store(Size.DOUBLE, R7, record(slot.offset() + at), R0);
    }
    code.bind(stored);
  }

  private void emitText(RecordLayout.Slot slot, Capture.Text text) {
    Label fault = code.label("fault");
    Label stored = code.label("stored");
    if (text.address() instanceof Taken.Argument(int number)
        && leaves.shape(number) instanceof Leaves.Shape.PythonText(var layout)) {
      leaves.requireReadable(code, fault);
      texts.emitPython(layout, leaves.slot(number), text.maxBytes(), record(slot.offset()), fault);
    } else if (text.address() instanceof Taken.Argument(int number)
        && leaves.shape(number) instanceof Leaves.Shape.PythonTuple(var layout)) {
      leaves.requireReadable(code, fault);
      new TupleEmitter(code, stack, texts, layout, scratch)
          .emit(leaves.slot(number), text.maxBytes(), record(slot.offset()), fault);
    } else {
      emitTaken(text.address(), fault);
      texts.emitBytes(text.maxBytes(), record(slot.offset()), fault);
    }
    code.and(R9, scratch.slotBytes() - 1);
    code.jump(stored);
    code.bind(fault);
    markFault(slot);
    code.mov(R0, 0);
    code.store(Size.DOUBLE, R7, record(slot.offset()), R0);
    code.bind(stored);
  }

  private void markFault(RecordLayout.Slot slot) {
    code.load(Size.WORD, R0, R7, record(RecordLayout.FAULTS_OFFSET));
    code.movLong(R1, 1L << slot.index());
    code.or(R0, R1);
    code.store(Size.WORD, R7, record(RecordLayout.FAULTS_OFFSET), R0);
  }

  private static int record(int offset) {
    return Scratch.RECORD_OFFSET + offset;
  }

  private void emitFact(Capture.OfFact fact, RecordLayout.Slot slot, Label fault) {
    int at = record(slot.offset());
    switch (fact.fact()) {
      case PID_TGID -> store(BpfFunction.GET_CURRENT_PID_TGID, at);
      case TIME_NANOS -> store(BpfFunction.KTIME_GET_NS, at);
      case UID_GID -> store(BpfFunction.GET_CURRENT_UID_GID, at);
      case CPU -> store(BpfFunction.GET_SMP_PROCESSOR_ID, at);
      case UADDR -> {
        code.load(Size.DOUBLE, R0, R6, Register.RIP.offset());
        code.store(Size.DOUBLE, R7, at, R0);
      }
      case PLACE -> {
        code.mov(R0, R8);
        code.store(Size.DOUBLE, R7, at, R0);
      }
      case REGISTERS -> {
        for (Register register : Register.values()) {
          code.load(Size.DOUBLE, R0, R6, register.offset());
          code.store(Size.DOUBLE, R7, at + register.offset(), R0);
        }
      }
      case EXECNAME -> {
        code.mov(R1, R7);
        code.add(R1, at);
        code.mov(R2, fact.sizeBytes());
        code.call(BpfFunction.GET_CURRENT_COMM);
      }
      case PPID -> {
        code.call(BpfFunction.GET_CURRENT_TASK);
        int parent = readKernel(offsets.taskRealParent(), 8, fault);
        code.load(Size.DOUBLE, R0, R10, parent);
        int tgid = readKernel(offsets.taskTgid(), 4, fault);
        code.load(Size.WORD, R0, R10, tgid);
        code.store(Size.DOUBLE, R7, at, R0);
      }
      case EUID_EGID -> {
        code.call(BpfFunction.GET_CURRENT_TASK);
        int cred = readKernel(offsets.taskCred(), 8, fault);
        code.load(Size.DOUBLE, R0, R10, cred);
        int euid = readKernel(offsets.credEuid(), 4, fault);
        code.load(Size.DOUBLE, R0, R10, cred);
        int egid = readKernel(offsets.credEgid(), 4, fault);
        code.load(Size.WORD, R0, R10, euid);
        code.load(Size.WORD, R1, R10, egid);
        code.shiftLeft(R1, 32);
        code.or(R0, R1);
        code.store(Size.DOUBLE, R7, at, R0);
      }
    }
  }

  private void store(BpfFunction function, int at) {
    code.call(function);
    code.store(Size.DOUBLE, R7, at, R0);
  }

  /// Reads kernel memory at R0 + `offset` into a stack place and returns the place.
  private int readKernel(int offset, int bytes, Label fault) {
    code.mov(R3, R0);
    code.add(R3, offset);
    int place = stack.allocate(8);
    code.mov(R1, R10);
    code.add(R1, place);
    code.mov(R2, bytes);
    code.call(BpfFunction.PROBE_READ_KERNEL);
    code.jumpIf(Jump.NOT_EQUAL, R0, 0, fault);
    return place;
  }

  /// Leaves the value of `taken` in R0.
  private void emitTaken(Taken taken, Label fault) {
    switch (taken) {
      case Taken.Constant constant -> code.movLong(R0, constant.value());
      case Taken.Argument argument -> emitArgument(argument.number(), fault);
      case Taken.Arithmetic arithmetic -> {
        emitTaken(arithmetic.right(), fault);
        int right = stack.allocate(8);
        code.store(Size.DOUBLE, R10, right, R0);
        emitTaken(arithmetic.left(), fault);
        code.load(Size.DOUBLE, R1, R10, right);
        code.alu(alu(arithmetic.operator()), R0, R1);
      }
    }
  }

  private void emitArgument(int number, Label fault) {
    leaves.requireReadable(code, fault);
    switch (leaves.shape(number)) {
      case Leaves.Shape.Scalar scalar -> code.load(Size.DOUBLE, R0, R10, leaves.slot(number));
      case Leaves.Shape.PythonText text ->
          texts.emitAddress(text.layout(), leaves.slot(number), fault);
      case Leaves.Shape.PythonTuple tuple -> code.load(Size.DOUBLE, R0, R10, leaves.slot(number));
      case Leaves.Shape.FirstLine line -> code.load(Size.DOUBLE, R0, R10, leaves.slot(number));
      case Leaves.Shape.TableLine line ->
          lines.emit(line.table(), leaves.slot(number), stack, fault);
    }
  }

  private static Alu alu(BinaryOperator operator) {
    return switch (operator) {
      case ADD -> Alu.ADD;
      case SUBTRACT -> Alu.SUB;
      case MULTIPLY -> Alu.MUL;
      case AND -> Alu.AND;
      case OR -> Alu.OR;
      case XOR -> Alu.XOR;
      case SHIFT_LEFT -> Alu.SHIFT_LEFT;
      case SHIFT_RIGHT -> Alu.SHIFT_RIGHT_SIGNED;
      case SHIFT_RIGHT_UNSIGNED -> Alu.SHIFT_RIGHT;
      case DIVIDE,
          MODULO,
          EQUAL,
          NOT_EQUAL,
          LESS,
          LESS_OR_EQUAL,
          GREATER,
          GREATER_OR_EQUAL,
          CONCATENATE ->
          throw new IllegalStateException("not taken to the target side: " + operator);
    };
  }
}
