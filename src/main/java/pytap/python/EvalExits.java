package pytap.python;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
import pytap.asm.x86.Sweep;
import pytap.asm.x86.WrittenRegisters;
import pytap.python.FrameLayout.FrameObject;
import pytap.source.FormatException;

/// The ways out of the eval function: `tstate->frame = f->f_back` and then the return, which every
/// version from 2.7 to 3.10 does for whatever ends an execution, and not when the recursion check
/// failed (CPython 3.8.18 Python/ceval.c, label `exit_eval_frame`).
final class EvalExits {
  private static final int MAX_LOAD_DISTANCE = 16;
  private static final int MAX_TO_RETURN = 80;

  private final FunctionCode code;
  private final Calls calls;
  private final EvalPrologue prologue;
  private final FrameObject layout;

  private EvalExits(FunctionCode code, Calls calls, EvalPrologue prologue, FrameObject layout) {
    this.code = code;
    this.calls = calls;
    this.prologue = prologue;
    this.layout = layout;
  }

  /// One way out.
  ///
  /// @param load reads `f->f_back`
  /// @param store writes it to `tstate->frame`
  /// @param frame the register that holds `f` at `load`
  record Exit(Instruction load, Instruction store, GeneralRegister frame) {}

  /// All ways out, in address order. Every way from the prologue's link to a return goes through
  /// exactly one of them.
  static List<Exit> of(FunctionCode code, Calls calls, EvalPrologue prologue, FrameObject layout)
      throws FormatException, NotEstablished {
    EvalExits exits = new EvalExits(code, calls, prologue, layout);
    List<Exit> found = new ArrayList<>();
    for (Sweep sweep : code.parts().sweeps()) {
      for (Instruction it : sweep.stores(layout.threadFrame())) {
        Optional<Exit> exit = exits.exit(it);
        if (exit.isPresent() && exits.leavesAfter(it)) {
          found.add(exit.get());
        }
      }
    }
    if (found.isEmpty()) {
      throw new NotEstablished("no `tstate->frame = f->f_back` before a return");
    }
    exits.checkAllWaysOut(found);
    return found;
  }

  private Optional<Exit> exit(Instruction store) {
    if (!(Effect.of(store) instanceof Effect.Store(MemoryOperand to, GeneralRegister from, int w))
        || w != 8
        || to.displacement() != layout.threadFrame()
        || to.base().isEmpty()
        || !to.basedOn(to.base().get())
        || to.base().get() == GeneralRegister.RSP) {
      return Optional.empty();
    }
    Optional<Instruction> previous = code.fallingInto(store);
    for (int i = 0; i < MAX_LOAD_DISTANCE && previous.isPresent(); i++) {
      Instruction it = previous.get();
      if (WrittenRegisters.contain(it, from)) {
        return Effect.of(it) instanceof Effect.Load(_, MemoryOperand back, int width)
                && width == 8
                && back.displacement() == layout.back()
                && back.base().isPresent()
                && back.basedOn(back.base().get())
                && back.base().get() != GeneralRegister.RSP
            ? Optional.of(new Exit(it, store, back.base().get()))
            : Optional.empty();
      }
      previous = code.fallingInto(it);
    }
    return Optional.empty();
  }

  /// Whether nothing but the epilogue comes after `it`.
  private boolean leavesAfter(Instruction it) throws FormatException {
    Optional<Instruction> next = code.following(it);
    for (int i = 0; i < MAX_TO_RETURN && next.isPresent(); i++) {
      Instruction at = next.get();
      if (leaves(at)) {
        return true;
      }
      next =
          at.branch() == Branch.JUMP
              ? code.at(at.target().orElseThrow())
              : at.branch().fallsThrough() ? code.following(at) : Optional.empty();
    }
    return false;
  }

  /// Whether `it` leaves the function: a return, or a jump to another function as its last call.
  private boolean leaves(Instruction it) throws FormatException {
    if (it.branch() == Branch.RETURN) {
      return true;
    }
    if (!it.branch().jumps()) {
      return false;
    }
    long target = it.target().orElseThrow();
    return code.at(target).isEmpty() && !calls.neverReturns(target);
  }

  /// Goes back from every return, stopping at the exits, and must end in the prologue only.
  private void checkAllWaysOut(List<Exit> exits) throws FormatException, NotEstablished {
    Set<Long> cuts = new HashSet<>();
    for (Exit exit : exits) {
      cuts.add(exit.store().address());
    }
    List<Instruction> links = prologue.links();
    Deque<Instruction> work = new ArrayDeque<>();
    for (Sweep sweep : code.parts().sweeps()) {
      work.addAll(sweep.all(Branch.RETURN));
      for (int i = 0; i < sweep.jumps(); i++) {
        if (!sweep.contains(sweep.jumpTarget(i)) && leaves(sweep.jump(i))) {
          work.add(sweep.jump(i));
        }
      }
    }
    Set<Long> seen = new HashSet<>();
    while (!work.isEmpty()) {
      Instruction it = work.remove();
      if (cuts.contains(it.address()) || !seen.add(it.address())) {
        continue;
      }
      List<Instruction> sources = sources(it);
      boolean start = it.address() == code.start();
      boolean link = links.contains(it);
      boolean nowhere = sources.isEmpty() && !start && !code.isDeadFiller(it);
      if (link || nowhere || code.inJumpTable(it)) {
        throw new NotEstablished(
            "a way to a return at 0x"
                + Long.toHexString(it.address())
                + " that does not pass `tstate->frame = f->f_back`");
      }
      work.addAll(sources);
    }
  }

  private List<Instruction> sources(Instruction it) throws FormatException {
    List<Instruction> sources = new ArrayList<>(code.jumpingTo(it));
    Optional<Instruction> falling = code.fallingInto(it);
    if (falling.isPresent()
        && (falling.get().branch() != Branch.CALL
            || !calls.neverReturns(falling.get().target().orElseThrow()))) {
      sources.add(falling.get());
    }
    return sources;
  }
}
