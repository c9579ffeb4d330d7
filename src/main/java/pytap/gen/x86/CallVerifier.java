package pytap.gen.x86;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Reg;
import pytap.source.FormatException;

/// The part of [Verifier] that follows calls.
final class CallVerifier {
  private static final List<Reg> ARGUMENTS = List.of(Reg.R1, Reg.R2, Reg.R3, Reg.R4, Reg.R5);

  /// The most rounds of a loop (Linux 6.6 include/linux/bpf_verifier.h and kernel/bpf/bpf_iter.c,
  /// `BPF_MAX_LOOPS`).
  static final int MAX_LOOPS = 1 << 23;

  private final Verifier verifier;
  private final ControlFlow flow;
  private final MemoryRules memory;
  private final Map<Integer, Integer> loopBodies = new HashMap<>();

  CallVerifier(Verifier verifier, ControlFlow flow, MemoryRules memory) {
    this.verifier = verifier;
    this.flow = flow;
    this.memory = memory;
  }

  /// The subprogram of every call of `bpf_loop`, by the call's slot.
  Map<Integer, Integer> loopBodies() {
    return loopBodies;
  }

  /// A call of a subprogram.
  void subprogram(int slot, State state, int start) throws FormatException {
    requireFunction(slot, start);
    forgetNullable(state);
    State entry = State.atEntry(state.frames(), state.held());
    for (Reg argument : ARGUMENTS) {
      entry.set(argument, state.get(argument));
    }
    State after = verifier.function(slot, start, entry);
    returned(state, after);
    state.set(Reg.R0, withoutFrame(after.get(Reg.R0), state.depth() + 1));
  }

  /// Takes over what the callee left: not its own stack, which is gone.
  private static void returned(State state, State after) {
    int gone = state.depth() + 1;
    after.replaceAll(value -> withoutFrame(value, gone));
    state.setFrames(after.frames());
    state.forgetArguments();
  }

  private static Value withoutFrame(Value value, int depth) {
    return value instanceof Value.Pointer(Value.Region.Frame frame, Scalar _)
            && frame.depth() >= depth
        ? Scalar.UNKNOWN
        : value;
  }

  /// Results of one call are told apart by the call's slot, so none that may still be null outlives
  /// a time when that slot may run again.
  private static void forgetNullable(State state) {
    state.replaceAll(CallVerifier::withoutNullable);
  }

  private static Value withoutNullable(Value value) {
    return value instanceof Value.Pointer pointer && pointer.maybeNull() ? Scalar.UNKNOWN : value;
  }

  private void requireFunction(int slot, int start) throws FormatException {
    if (start == 0 || !flow.isFunction(start)) {
      throw ControlFlow.odd(slot, "a call of slot " + start + ", where no subprogram begins");
    }
  }

  /// A call of a function of the engine.
  void function(int slot, State state, BpfFunction function) throws FormatException {
    Optional<CallRule> found = CallRule.of(function);
    if (found.isEmpty()) {
      throw ControlFlow.odd(slot, function.kernelName() + " is not offered in the process");
    }
    CallRule rule = found.get();
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < rule.arguments().size(); i++) {
      values.add(Verifier.get(slot, state, ARGUMENTS.get(i)));
    }
    for (int i = 0; i < values.size(); i++) {
      check(slot, state, rule.arguments().get(i), values, i);
    }
    if (function == BpfFunction.LOOP) {
      loop(slot, state, values);
    }
    state.forgetArguments();
    state.set(Reg.R0, result(slot, state, rule.result(), values));
  }

  private void check(
      int slot, State state, CallRule.Argument argument, List<Value> values, int index)
      throws FormatException {
    Value value = values.get(index);
    switch (argument) {
      case ANY, SIZE -> {}
      case MAP -> require(slot, value instanceof Value.MapOf(int map) && !isRing(slot, map), value);
      case RING -> require(slot, value instanceof Value.MapOf(int map) && isRing(slot, map), value);
      case KEY -> read(slot, value, memory.keyBytes(slot, mapOf(values)));
      case VALUE -> read(slot, value, memory.valueBytes(slot, mapOf(values)));
      case CONTEXT ->
          require(
              slot,
              value instanceof Value.Pointer(Value.Region.Context _, Scalar offset)
                  && offset.equals(Scalar.constant(0)),
              value);
      case WRITTEN -> {
        Scalar size = Verifier.scalar(values.get(index + 1));
        verifier.store(slot, state, value, 0, size.max(), Scalar.UNKNOWN);
      }
      case READ -> read(slot, value, Verifier.scalar(values.get(index + 1)).max());
      case CONSTANT -> require(slot, value instanceof Scalar size && size.isConstant(), value);
      case RECORD -> send(slot, state, value);
      case SUBPROGRAM -> require(slot, value instanceof Value.Subprogram, value);
    }
  }

  private boolean isRing(int slot, int map) throws FormatException {
    return memory.map(slot, map) instanceof Contract.MapShape.Ring;
  }

  private static int mapOf(List<Value> values) {
    return values.getFirst() instanceof Value.MapOf(int map) ? map : -1;
  }

  private void read(int slot, Value pointer, long bytes) throws FormatException {
    memory.check(slot, pointer, 0, bytes, false, verifier.active());
  }

  private static void require(int slot, boolean holds, Value value) throws FormatException {
    if (!holds) {
      throw ControlFlow.odd(slot, "an argument of the wrong kind: " + value);
    }
  }

  private void send(int slot, State state, Value value) throws FormatException {
    boolean whole =
        value
                instanceof
                Value.Pointer(Value.Region.RingRecord(int _, int from, boolean maybe), Scalar at)
            && !maybe
            && at.equals(Scalar.constant(0))
            && isReservedHere(from)
            && state.held().remove(from);
    require(slot, whole, value);
    Value.Pointer sent = (Value.Pointer) value;
    state.replaceAll(other ->
        other instanceof Value.Pointer pointer && pointer.region().equals(sent.region())
            ? Scalar.UNKNOWN
            : other);
  }

  /// A record is sent by the function that reserved it, so that no caller has it left.
  private boolean isReservedHere(int from) {
    int start = verifier.active().getLast();
    return from >= start && from < flow.end(start);
  }

  private Value result(int slot, State state, CallRule.Result result, List<Value> values)
      throws FormatException {
    return switch (result) {
      case NUMBER -> Scalar.UNKNOWN;
      case ENTRY_OR_NULL ->
          new Value.Pointer(new Value.Region.Entry(mapOf(values), slot, true), Scalar.constant(0));
      case RECORD_OR_NULL -> {
        Scalar size = Verifier.scalar(values.get(1));
        require(slot, size.value() > 0 && size.value() < 1 << 20, size);
        state.held().add(slot);
        yield new Value.Pointer(
            new Value.Region.RingRecord((int) size.value(), slot, true), Scalar.constant(0));
      }
    };
  }

  /// The body may run any number of times: what it finds in the stacks is what the caller left or
  /// what it left itself. A second round that still changes something loses what it changes.
  private void loop(int slot, State state, List<Value> values) throws FormatException {
    int body = ((Value.Subprogram) values.get(1)).slot();
    requireFunction(slot, body);
    Integer before = loopBodies.putIfAbsent(slot, body);
    if (before != null && before != body) {
      throw ControlFlow.odd(slot, "a loop with different bodies");
    }
    forgetNullable(state);
    int depth = state.depth() + 1;
    for (int round = 0; ; round++) {
      List<Map<Integer, Value>> start = new ArrayList<>();
      state.frames().forEach(frame -> start.add(new TreeMap<>(frame)));
      State entry = State.atEntry(state.frames(), state.held());
      entry.set(Reg.R1, Scalar.range(0, MAX_LOOPS - 1));
      entry.set(Reg.R2, withoutNullable(values.get(2)));
      State after = verifier.function(slot, body, entry);
      after.replaceAll(value -> withoutFrame(withoutNullable(value), depth));
      state.mergeFrames(after.frames());
      if (state.frames().equals(start)) {
        return;
      }
      if (round > 0) {
        state.widenFrames(start);
      }
    }
  }
}
