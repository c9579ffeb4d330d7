package pytap.gen.x86;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import pytap.asm.bpf.Reg;

/// What is known at one point of a program: the registers of the active function, the 8-byte places
/// of every active function's stack of which more is known than nothing, and the ring records that
/// are reserved and not yet sent.
final class State {
  private static final int REGISTERS = 11;

  private final Value[] registers = new Value[REGISTERS];
  private final List<Map<Integer, Value>> frames;
  private final Set<Integer> held;

  private State(List<Map<Integer, Value>> frames, Set<Integer> held) {
    this.frames = frames;
    this.held = held;
  }

  /// The start of a function whose callers are as in `caller`, or of the main program for none.
  static State atEntry(List<Map<Integer, Value>> callers, Set<Integer> held) {
    State state = new State(copyOf(callers), new HashSet<>(held));
    state.frames.add(new TreeMap<>());
    Arrays.fill(state.registers, new Value.Unset());
    state.registers[Reg.R10.number()] =
        new Value.Pointer(new Value.Region.Frame(state.depth()), Scalar.constant(0));
    return state;
  }

  State copy() {
    State copy = new State(copyOf(frames), new HashSet<>(held));
    System.arraycopy(registers, 0, copy.registers, 0, REGISTERS);
    return copy;
  }

  private static List<Map<Integer, Value>> copyOf(List<Map<Integer, Value>> frames) {
    List<Map<Integer, Value>> copy = new ArrayList<>();
    for (Map<Integer, Value> frame : frames) {
      copy.add(new TreeMap<>(frame));
    }
    return copy;
  }

  /// The number of the active function, 0 for the main program.
  int depth() {
    return frames.size() - 1;
  }

  List<Map<Integer, Value>> frames() {
    return frames;
  }

  Set<Integer> held() {
    return held;
  }

  Value get(Reg register) {
    return registers[register.number()];
  }

  void set(Reg register, Value value) {
    registers[register.number()] = value;
  }

  /// A call leaves nothing in R1 to R5.
  void forgetArguments() {
    for (int i = Reg.R1.number(); i <= Reg.R5.number(); i++) {
      registers[i] = new Value.Unset();
    }
  }

  /// Takes over what a callee left in its callers' stacks.
  void setFrames(List<Map<Integer, Value>> from) {
    int count = frames.size();
    frames.clear();
    frames.addAll(copyOf(from.subList(0, count)));
  }

  /// What 8 bytes at `offset` of the stack hold.
  Value stack(int depth, int offset) {
    return frames.get(depth).getOrDefault(offset, Scalar.UNKNOWN);
  }

  /// `bytes` at `offset` of the stack are overwritten; `value` is known where all 8 are, aligned.
  void storeStack(int depth, int offset, int bytes, Value value) {
    Map<Integer, Value> frame = frames.get(depth);
    Iterator<Integer> places = frame.keySet().iterator();
    while (places.hasNext()) {
      int place = places.next();
      if (place < offset + bytes && offset < place + 8) {
        places.remove();
      }
    }
    if (bytes == 8 && offset % 8 == 0 && !value.equals(Scalar.UNKNOWN)) {
      frame.put(offset, value);
    }
  }

  /// Replaces every value in registers and stacks.
  void replaceAll(UnaryOperator<Value> change) {
    for (int i = 0; i < REGISTERS; i++) {
      registers[i] = change.apply(registers[i]);
    }
    for (Map<Integer, Value> frame : frames) {
      frame.replaceAll((place, value) -> change.apply(value));
    }
  }

  /// Takes in that control may also come with `other`. Returns whether both hold the same records.
  boolean merge(State other) {
    for (int i = 0; i < REGISTERS; i++) {
      registers[i] = Value.union(registers[i], other.registers[i]);
    }
    mergeFrames(other.frames);
    return held.equals(other.held);
  }

  /// Takes in that the stacks may also be as in `others`.
  void mergeFrames(List<Map<Integer, Value>> others) {
    for (int i = 0; i < frames.size(); i++) {
      Map<Integer, Value> other = others.get(i);
      Map<Integer, Value> frame = frames.get(i);
      frame.keySet().retainAll(other.keySet());
      frame.replaceAll(
          (place, value) -> Value.union(value, other.getOrDefault(place, Scalar.UNKNOWN)));
    }
  }

  /// Forgets the numbers and offsets in the stacks that are not exactly as in `others`.
  void widenFrames(List<Map<Integer, Value>> others) {
    for (int i = 0; i < frames.size(); i++) {
      Map<Integer, Value> other = others.get(i);
      frames.get(i).entrySet().removeIf(e -> !e.getValue().equals(other.get(e.getKey())));
    }
  }
}
