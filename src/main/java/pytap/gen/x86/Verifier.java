package pytap.gen.x86;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import pytap.asm.bpf.Alu;
import pytap.asm.bpf.Atomic;
import pytap.asm.bpf.Operation;
import pytap.asm.bpf.Program;
import pytap.asm.bpf.Reg;
import pytap.asm.bpf.Size;
import pytap.source.FormatException;

/// Shows that a program can do no harm where no kernel looks after it: it ends, it touches only its
/// stack, its context, values of its maps and records that it reserved, and it calls only functions
/// that there are, with what they expect.
///
/// Jumps go forward only and loops are calls of `bpf_loop`, so one pass over each function in the
/// order of its slots, with the knowledge of all ways to a slot united there, sees everything. What
/// differs from the kernel's verifier: it takes the ways one by one, which accepts a little more
/// and costs time without bound; and it keeps addresses secret, which is no matter in the target's
/// own process. What both accept means the same.
public final class Verifier {
  private static final int MAX_DEPTH = 8;
  private static final int MAX_STEPS = 4_000_000;

  private final ControlFlow flow;
  private final MemoryRules memory;
  private final CallVerifier calls;
  private final List<Integer> active = new ArrayList<>();
  private final BitSet reached = new BitSet();
  private int steps;

  private Verifier(ControlFlow flow, Contract contract) {
    this.flow = flow;
    this.memory = new MemoryRules(contract);
    this.calls = new CallVerifier(this, flow, memory);
  }

  /// Lets `program` pass, or says at which slot it breaks which rule.
  ///
  /// @throws FormatException whose offset is the slot
  public static Verified verify(Program program, Contract contract) throws FormatException {
    ControlFlow flow = ControlFlow.of(program);
    Verifier verifier = new Verifier(flow, contract);
    State entry = State.atEntry(List.of(), Set.of());
    entry.set(Reg.R1, new Value.Pointer(new Value.Region.Context(), Scalar.constant(0)));
    verifier.function(0, 0, entry);
    return new Verified(
        program.name(),
        flow,
        verifier.reached,
        verifier.memory.stackBytes(),
        verifier.calls.loopBodies());
  }

  /// The first slots of the active functions, outermost first.
  List<Integer> active() {
    return active;
  }

  /// Follows the function that begins at `start`. Returns what holds after it.
  State function(int from, int start, State entry) throws FormatException {
    if (active.contains(start) || active.size() >= MAX_DEPTH) {
      throw ControlFlow.odd(from, "a call of itself, or more than 8 calls inside one another");
    }
    active.add(start);
    Set<Integer> heldBefore = Set.copyOf(entry.held());
    Map<Integer, State> pending = new HashMap<>(Map.of(start, entry));
    State result = null;
    for (int slot = start; slot < flow.end(start); slot += flow.at(slot).slots()) {
      State state = pending.remove(slot);
      if (state == null) {
        continue;
      }
      reached.set(slot);
      if (++steps > MAX_STEPS) {
        throw ControlFlow.odd(slot, "too much to verify");
      }
      switch (flow.at(slot)) {
        case Operation.Exit _ -> {
          requireAllSent(slot, state, heldBefore);
          result = result == null ? state : merged(slot, result, state);
        }
        case Operation.Conditional jump -> {
          get(slot, state, jump.left());
          operand(slot, state, jump.right());
          State taken = state.copy();
          if (Branches.refine(taken, jump, true)) {
            join(pending, jump.target(), taken, slot);
          }
          if (Branches.refine(state, jump, false)) {
            join(pending, slot + 1, state, slot);
          }
        }
        case Operation operation -> {
          step(slot, state, operation);
          join(pending, flow.successors(slot).getFirst(), state, slot);
        }
      }
    }
    active.removeLast();
    if (result == null) {
      throw ControlFlow.odd(start, "no input leads to this function's end");
    }
    return result;
  }

  private static void join(Map<Integer, State> pending, int slot, State state, int from)
      throws FormatException {
    State there = pending.get(slot);
    pending.put(slot, there == null ? state : merged(from, there, state));
  }

  private static State merged(int slot, State into, State other) throws FormatException {
    if (!into.merge(other)) {
      throw ControlFlow.odd(slot, "a ring record is sent on one way only");
    }
    return into;
  }

  private static void requireAllSent(int slot, State state, Set<Integer> before)
      throws FormatException {
    if (!state.held().equals(before)) {
      throw ControlFlow.odd(slot, "a ring record is reserved and not sent");
    }
    if (state.get(Reg.R0) instanceof Value.Unset) {
      throw ControlFlow.odd(slot, "the result, r0, was not set");
    }
  }

  private void step(int slot, State state, Operation operation) throws FormatException {
    switch (operation) {
      case Operation.Arithmetic arithmetic -> arithmetic(slot, state, arithmetic);
      case Operation.Load load -> load(slot, state, load);
      case Operation.Store store -> {
        Value value = operand(slot, state, store.value());
        Value base = get(slot, state, store.base());
        store(slot, state, base, store.offset(), store.size().bytes(), value);
      }
      case Operation.AtomicStep atomic -> atomic(slot, state, atomic);
      case Operation.Constant constant ->
          set(slot, state, constant.dst(), Scalar.constant(constant.value()));
      case Operation.MapHandle handle -> {
        memory.map(slot, handle.map());
        set(slot, state, handle.dst(), new Value.MapOf(handle.map()));
      }
      case Operation.MapValue value -> {
        if (!(memory.map(slot, value.map()) instanceof Contract.MapShape.Array)) {
          throw ControlFlow.odd(slot, "map " + value.map() + " is no array");
        }
        Scalar offset = Scalar.constant(value.offset());
        Value.Region region = new Value.Region.Array(value.map());
        set(slot, state, value.dst(), new Value.Pointer(region, offset));
      }
      case Operation.FunctionAddress address ->
          set(slot, state, address.dst(), new Value.Subprogram(address.slot()));
      case Operation.CallFunction call -> calls.function(slot, state, call.function());
      case Operation.CallSubprogram call -> calls.subprogram(slot, state, call.slot());
      case Operation.Goto _ -> {}
      case Operation.Conditional _, Operation.Exit _ ->
          throw new IllegalStateException("handled by the caller: " + operation);
    }
  }

  private void arithmetic(int slot, State state, Operation.Arithmetic arithmetic)
      throws FormatException {
    boolean wide = arithmetic.wide();
    Value right = operand(slot, state, arithmetic.operand());
    if (arithmetic.op() == Alu.MOV) {
      Value moved = wide ? right : scalar(right).low32();
      set(slot, state, arithmetic.dst(), moved);
      return;
    }
    Value left = get(slot, state, arithmetic.dst());
    set(slot, state, arithmetic.dst(), result(arithmetic.op(), wide, left, right));
  }

  /// A pointer stays one where a number is added or subtracted; anything else makes a number of it.
  private static Value result(Alu op, boolean wide, Value left, Value right) {
    if (wide && left instanceof Value.Pointer pointer && right instanceof Scalar distance) {
      if (!pointer.maybeNull() && (op == Alu.ADD || op == Alu.SUB)) {
        return new Value.Pointer(pointer.region(), pointer.offset().arithmetic(op, true, distance));
      }
    }
    if (wide && op == Alu.ADD && right instanceof Value.Pointer && left instanceof Scalar) {
      return result(op, true, right, left);
    }
    return scalar(left).arithmetic(op, wide, scalar(right));
  }

  static Scalar scalar(Value value) {
    return value instanceof Scalar scalar ? scalar : Scalar.UNKNOWN;
  }

  private void load(int slot, State state, Operation.Load load) throws FormatException {
    Value base = get(slot, state, load.base());
    int bytes = load.size().bytes();
    Value.Pointer at = memory.check(slot, base, load.offset(), bytes, false, active);
    Value loaded = Scalar.ofBytes(bytes);
    if (load.size() == Size.DOUBLE && at.region() instanceof Value.Region.Frame(int depth)) {
      loaded = state.stack(depth, (int) at.offset().value());
    }
    set(slot, state, load.dst(), loaded);
  }

  /// Checks and carries out the writing of `bytes` at `offset` from `base`.
  void store(int slot, State state, Value base, int offset, long bytes, Value value)
      throws FormatException {
    Value.Pointer at = memory.check(slot, base, offset, bytes, true, active);
    if (at.region() instanceof Value.Region.Frame(int depth)) {
      state.storeStack(depth, (int) at.offset().value(), (int) bytes, value);
    }
  }

  private void atomic(int slot, State state, Operation.AtomicStep atomic) throws FormatException {
    get(slot, state, atomic.src());
    Value base = get(slot, state, atomic.base());
    int bytes = atomic.size().bytes();
    Value.Pointer at = memory.check(slot, base, atomic.offset(), bytes, true, active);
    if (at.region() instanceof Value.Region.Context || !at.offset().isMultipleOf(bytes)) {
      throw ControlFlow.odd(slot, "an atomic step on the context, or on unaligned memory");
    }
    store(slot, state, base, atomic.offset(), bytes, Scalar.UNKNOWN);
    switch (atomic.op()) {
      case ADD, OR, AND, XOR -> {}
      case FETCH_ADD, FETCH_OR, FETCH_AND, FETCH_XOR, EXCHANGE ->
          set(slot, state, atomic.src(), Scalar.ofBytes(bytes));
      case COMPARE_EXCHANGE -> {
        get(slot, state, Reg.R0);
        set(slot, state, Reg.R0, Scalar.ofBytes(bytes));
      }
    }
    requireWritable(slot, atomic.op(), atomic.src());
  }

  private static void requireWritable(int slot, Atomic op, Reg register) throws FormatException {
    if (register == Reg.R10 && op.ordinal() >= Atomic.FETCH_ADD.ordinal()) {
      throw ControlFlow.odd(slot, "r10 is read-only");
    }
  }

  private Value operand(int slot, State state, Operation.Operand operand) throws FormatException {
    return switch (operand) {
      case Operation.Operand.Register(Reg register) -> get(slot, state, register);
      case Operation.Operand.Immediate(int value) -> Scalar.constant(value);
    };
  }

  static Value get(int slot, State state, Reg register) throws FormatException {
    Value value = state.get(register);
    if (value instanceof Value.Unset) {
      throw ControlFlow.odd(slot, register + " is read and was not set");
    }
    return value;
  }

  private static void set(int slot, State state, Reg register, Value value) throws FormatException {
    if (register == Reg.R10) {
      throw ControlFlow.odd(slot, "r10 is read-only");
    }
    state.set(register, value);
  }
}
