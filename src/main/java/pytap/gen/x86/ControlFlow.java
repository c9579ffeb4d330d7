package pytap.gen.x86;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import pytap.asm.bpf.Operation;
import pytap.asm.bpf.Operations;
import pytap.asm.bpf.Program;
import pytap.source.FormatException;

/// The shape of a program whose jumps are all in order: inside their function, forward, onto
/// instructions; no function runs into the next, and nothing is out of reach.
///
/// @param operations one for each slot, see [Operations#of]
/// @param starts the first slot of every function, ascending; the first is 0
record ControlFlow(List<Optional<Operation>> operations, List<Integer> starts) {

  static ControlFlow of(Program program) throws FormatException {
    List<Integer> starts = new ArrayList<>();
    for (Program.Function function : program.functions()) {
      int last = starts.isEmpty() ? -1 : starts.getLast();
      if (function.slot() <= last || function.slot() >= program.slots()) {
        throw odd(function.slot(), "function " + function.name() + " is out of order");
      }
      starts.add(function.slot());
    }
    if (starts.getFirst() != 0) {
      throw odd(0, "code before the main program");
    }
    ControlFlow flow = new ControlFlow(Operations.of(program), List.copyOf(starts));
    for (int start : starts) {
      if (flow.operations.get(start).isEmpty()) {
        throw odd(start, "a function begins inside an instruction");
      }
      flow.check(start);
    }
    return flow;
  }

  static FormatException odd(int slot, String found) {
    return new FormatException("BPF program, slot", slot, found);
  }

  /// The slot behind the function that begins at `start`.
  int end(int start) {
    int index = starts.indexOf(start);
    return index + 1 < starts.size() ? starts.get(index + 1) : operations.size();
  }

  Operation at(int slot) {
    return operations.get(slot).orElseThrow(() -> new IllegalStateException("half of " + slot));
  }

  boolean isFunction(int slot) {
    return starts.contains(slot);
  }

  /// The slots that may follow `slot` in the same function.
  List<Integer> successors(int slot) {
    Operation operation = at(slot);
    int next = slot + operation.slots();
    return switch (operation) {
      case Operation.Goto jump -> List.of(jump.target());
      case Operation.Conditional jump -> List.of(next, jump.target());
      case Operation.Exit _ -> List.of();
      case Operation.Arithmetic _,
          Operation.Load _,
          Operation.Store _,
          Operation.AtomicStep _,
          Operation.Constant _,
          Operation.MapHandle _,
          Operation.MapValue _,
          Operation.FunctionAddress _,
          Operation.CallFunction _,
          Operation.CallSubprogram _ ->
          List.of(next);
    };
  }

  private void check(int start) throws FormatException {
    int end = end(start);
    BitSet reached = new BitSet();
    reached.set(start);
    for (int slot = start; slot < end; slot += at(slot).slots()) {
      if (!reached.get(slot)) {
        throw odd(slot, "nothing reaches this instruction");
      }
      for (int next : successors(slot)) {
        checkStep(slot, next, start, end);
        reached.set(next);
      }
    }
  }

  private void checkStep(int from, int to, int start, int end) throws FormatException {
    if (to < start || to > end || (to == end && at(from) instanceof Operation.Goto)) {
      throw odd(from, "a jump out of the function, to slot " + to);
    }
    if (to == end) {
      throw odd(from, "the function runs over its end");
    }
    if (to <= from) {
      throw odd(from, "a jump backward, to slot " + to);
    }
    if (operations.get(to).isEmpty()) {
      throw odd(from, "a jump into the middle of an instruction, slot " + to);
    }
  }
}
