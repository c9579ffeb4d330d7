package pytap.python;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
import pytap.source.FormatException;

/// The way from the eval function's first instruction to `tstate->frame = f`, which every version
/// from 2.7 to 3.10 does right after the recursion check and nothing before it (CPython 3.8.18
/// Python/ceval.c, `_PyEval_EvalFrameDefault`).
final class EvalPrologue {
  private static final int MAX_INSTRUCTIONS = 400;

  private final FunctionCode code;
  private final Calls calls;
  private final int threadFrame;
  private final Map<Long, FramePlaces> places = new HashMap<>();
  private final Set<Long> links = new HashSet<>();

  private EvalPrologue(FunctionCode code, Calls calls, int threadFrame) {
    this.code = code;
    this.calls = calls;
    this.threadFrame = threadFrame;
  }

  /// Follows the argument in `argument` from the function's start.
  static EvalPrologue of(FunctionCode code, Calls calls, int threadFrame, GeneralRegister argument)
      throws FormatException, NotEstablished {
    EvalPrologue prologue = new EvalPrologue(code, calls, threadFrame);
    prologue.run(FramePlaces.atStart(argument));
    prologue.check();
    return prologue;
  }

  /// The stores of the frame argument into the thread state, in address order.
  List<Instruction> links() {
    List<Instruction> found = new ArrayList<>();
    for (long link : new TreeSet<>(links)) {
      found.add(instruction(link));
    }
    return found;
  }

  /// Whether the instruction at `address` is on a way from the start to a link or an early exit.
  boolean covers(long address) {
    return places.containsKey(address);
  }

  /// Where the frame is just before `it`, which the prologue covers.
  FramePlaces before(Instruction it) {
    FramePlaces found = places.get(it.address());
    if (found == null) {
      throw new IllegalStateException("not in the prologue: " + it);
    }
    return found;
  }

  private Instruction instruction(long address) {
    return code.at(address).orElseThrow();
  }

  private void run(FramePlaces atStart) throws FormatException, NotEstablished {
    Deque<Long> work = new ArrayDeque<>();
    places.put(code.start(), atStart);
    work.add(code.start());
    while (!work.isEmpty()) {
      Instruction it = instruction(work.remove());
      FramePlaces before = places.get(it.address());
      if (before == null) {
        throw new IllegalStateException("no places before " + it);
      }
      if (isLink(it, before)) {
        links.add(it.address());
        continue;
      }
      for (Instruction next : successors(it)) {
        FramePlaces known = places.get(next.address());
        FramePlaces met = known == null ? before.after(it) : known.meet(before.after(it));
        if (!met.equals(known)) {
          places.put(next.address(), met);
          work.add(next.address());
        }
      }
      if (places.size() > MAX_INSTRUCTIONS) {
        throw new NotEstablished(
            "no way to `tstate->frame = f` within "
                + MAX_INSTRUCTIONS
                + " instructions of the eval function's start");
      }
    }
  }

  private boolean isLink(Instruction it, FramePlaces before) {
    return Effect.of(it) instanceof Effect.Store(MemoryOperand to, GeneralRegister from, int width)
        && width == 8
        && to.displacement() == threadFrame
        && to.base().isPresent()
        && to.base().get() != GeneralRegister.RSP
        && to.basedOn(to.base().get())
        && before.holds(from)
        && !before.holds(to.base().get());
  }

  private List<Instruction> successors(Instruction it) throws FormatException, NotEstablished {
    if (it.branch() == Branch.JUMP_INDIRECT) {
      throw new NotEstablished(
          "an indirect jump at 0x"
              + Long.toHexString(it.address())
              + " before `tstate->frame = f`");
    }
    List<Instruction> next = new ArrayList<>();
    if (it.branch().jumps()) {
      addTo(next, code.at(it.target().orElseThrow()));
    }
    boolean comesBack =
        it.branch() != Branch.CALL || !calls.neverReturns(it.target().orElseThrow());
    if (it.branch().fallsThrough() && comesBack) {
      addTo(next, code.following(it));
    }
    return next;
  }

  private static void addTo(Collection<Instruction> some, Optional<Instruction> more) {
    if (more.isPresent()) {
      some.add(more.get());
    }
  }

  /// Nothing outside of the prologue may lead into it.
  private void check() throws NotEstablished {
    if (links.isEmpty()) {
      throw new NotEstablished("the eval function never stores its frame in the thread state");
    }
    for (long address : places.keySet()) {
      Instruction it = instruction(address);
      List<Instruction> sources = new ArrayList<>(code.jumpingTo(it));
      Optional<Instruction> falling = code.fallingInto(it);
      if (falling.isPresent() && !code.isDeadFiller(falling.get())) {
        sources.add(falling.get());
      }
      boolean fromInside = true;
      for (Instruction from : sources) {
        fromInside &= covers(from.address());
      }
      boolean early = links.contains(address) || leadsToLink(it);
      if (early && (!fromInside || code.inJumpTable(it))) {
        throw new NotEstablished(
            "code after `tstate->frame = f` jumps back before it, to 0x"
                + Long.toHexString(address));
      }
    }
  }

  /// Whether a link can still come after `it`; the early exit, which the main way shares, cannot.
  private boolean leadsToLink(Instruction from) {
    Deque<Instruction> work = new ArrayDeque<>(List.of(from));
    Set<Long> seen = new HashSet<>();
    while (!work.isEmpty()) {
      Instruction it = work.remove();
      if (!covers(it.address()) || !seen.add(it.address())) {
        continue;
      }
      if (links.contains(it.address())) {
        return true;
      }
      if (it.branch().jumps()) {
        addTo(work, code.at(it.target().orElseThrow()));
      }
      if (it.branch().fallsThrough()) {
        addTo(work, code.following(it));
      }
    }
    return false;
  }
}
