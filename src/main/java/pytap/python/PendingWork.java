package pytap.python;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Instruction;
import pytap.elf.ElfFile;
import pytap.elf.Symbol;
import pytap.source.FormatException;

/// Where `_Py_HandlePending(PyThreadState *)` is. Every thread that runs bytecode calls it, holding
/// the GIL, as soon as its `eval_breaker` asks for it: at the latest when it jumps back or enters a
/// function. It is exported since 3.13; before, it is what the handlers of both JUMP_BACKWARD and
/// RESUME may call first (CPython 3.12.1 Python/ceval.c `handle_eval_breaker`).
final class PendingWork {
  private static final int JUMP_BACKWARD_312 = 140;
  private static final int MOST_INSTRUCTIONS = 1000;

  private PendingWork() {}

  /// @throws NotEstablished where there is not one such function
  static long find(ElfFile file, AdaptiveCode code, AdaptiveDispatchTable table, int minor)
      throws FormatException, NotEstablished {
    Optional<Symbol> exported = file.exported("_Py_HandlePending");
    if (exported.isPresent()) {
      return exported.get().address();
    }
    Set<Long> called = Set.of();
    if (minor == 12) {
      called = firstCalls(code, table.handlers().get(JUMP_BACKWARD_312));
      called.retainAll(firstCalls(code, table.handler(AdaptiveOpcode.entries(minor).getFirst())));
    }
    if (called.size() != 1) {
      throw new NotEstablished(
          "no _Py_HandlePending is exported, and "
              + called.size()
              + " functions are called first by both RESUME and JUMP_BACKWARD");
    }
    return called.iterator().next();
  }

  /// What may be called first on the ways from `start` to the next dispatch.
  private static Set<Long> firstCalls(AdaptiveCode code, long start) {
    Set<Long> called = new LinkedHashSet<>();
    Set<Long> seen = new HashSet<>();
    Deque<Long> work = new ArrayDeque<>(Set.of(start));
    while (!work.isEmpty() && seen.size() < MOST_INSTRUCTIONS) {
      long at = work.removeFirst();
      Optional<Instruction> it = seen.add(at) ? code.at(at) : Optional.empty();
      if (it.isEmpty()) {
        continue;
      }
      Instruction instruction = it.get();
      if (instruction.branch() == Branch.CALL) {
        called.add(instruction.target().orElseThrow());
      } else {
        if (instruction.branch().jumps()) {
          work.addLast(instruction.target().orElseThrow());
        }
        if (instruction.branch().fallsThrough() && instruction.branch() != Branch.CALL_INDIRECT) {
          work.addFirst(instruction.next());
        }
      }
    }
    return called;
  }
}
