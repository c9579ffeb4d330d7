package pytap.python;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import pytap.asm.x86.Branch;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.WrittenRegisters;
import pytap.elf.ElfFile;
import pytap.elf.Symbol;
import pytap.probe.Condition;
import pytap.probe.MarkerSites;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.probe.Value;
import pytap.python.FrameLayout.FrameObject;
import pytap.source.FormatException;

/// Function entry and return in the eval function of 2.7 and 3.6 to 3.10, without markers.
///
/// The entry is where the frame has just been linked into the thread state, the return is where it
/// is unlinked; of the instructions around these two places one is chosen that the kernel emulates,
/// because single-stepping costs ten times as much.
final class EvalFrameSites {
  private final ElfFile file;
  private final Layout layout;
  private final FunctionCode code;
  private final Calls calls;
  private final EvalPrologue prologue;
  private final List<EvalExits.Exit> exits;
  private Optional<EvalFrameWindows> windows = Optional.empty();

  private EvalFrameSites(ElfFile file, PythonVersion version, Layout layout, FrameObject frames)
      throws FormatException, NotEstablished {
    this.file = file;
    this.layout = layout;
    String function = version.atLeast(3, 6) ? "_PyEval_EvalFrameDefault" : "PyEval_EvalFrameEx";
    Optional<Symbol> symbol = file.exported(function);
    if (symbol.isEmpty()) {
      throw new NotEstablished(function + " is not exported");
    }
    // 3.9 put the thread state before the frame.
    GeneralRegister argument = version.atLeast(3, 9) ? GeneralRegister.RSI : GeneralRegister.RDI;
    code = FunctionCode.of(file, symbol.get().address());
    calls = new Calls(file);
    prologue = EvalPrologue.of(code, calls, frames.threadFrame(), argument);
    exits = EvalExits.of(code, calls, prologue, frames);
  }

  static EvalFrameSites of(ElfFile file, PythonVersion version, Layout layout)
      throws FormatException, NotEstablished {
    return switch (layout.frame()) {
      case FrameObject frames -> new EvalFrameSites(file, version, layout, frames);
      case FrameLayout.InterpreterFrame _ ->
          throw new IllegalStateException("CPython " + version + " runs many frames in one call");
    };
  }

  MarkerSites entry() throws NotEstablished {
    List<ProbeSite> sites = new ArrayList<>();
    for (Instruction link : prologue.links()) {
      sites.add(entrySite(link));
    }
    return sites(Markers.FUNCTION_ENTRY, "after the frame is linked into the thread state", sites);
  }

  MarkerSites exit() throws FormatException, NotEstablished {
    List<ProbeSite> sites = new ArrayList<>();
    for (EvalExits.Exit exit : exits) {
      sites.addAll(exitSites(exit));
    }
    return sites(
        Markers.FUNCTION_RETURN, "where the frame is unlinked from the thread state", sites);
  }

  /// The same for the in-process engine.
  MarkerSites windows(String marker) throws FormatException, NotEstablished {
    return marker.equals(Markers.FUNCTION_ENTRY)
        ? windows().entry(prologue)
        : windows().exit(exits);
  }

  /// A window through which every call of the eval function comes.
  PatchWindow windowAtBeginning() throws FormatException, NotEstablished {
    return windows().atBeginning(prologue);
  }

  private EvalFrameWindows windows() throws FormatException, NotEstablished {
    if (windows.isEmpty()) {
      Set<Long> breakpoints = new HashSet<>();
      for (MarkerSites sites : List.of(entry(), exit())) {
        for (ProbeSite site : sites.sites()) {
          breakpoints.add(site.address());
        }
      }
      windows = Optional.of(new EvalFrameWindows(file, layout, code, breakpoints));
    }
    return windows.get();
  }

  private MarkerSites sites(String marker, String where, List<ProbeSite> sites) {
    sites.sort(new ByAddress());
    return new MarkerSites(
        marker, "the eval function, " + where + ": the build has no markers", sites, List.of());
  }

  /// The first emulated instruction after the link to which only the link leads.
  private ProbeSite entrySite(Instruction link) throws NotEstablished {
    FramePlaces places = prologue.before(link);
    Instruction it = link;
    boolean alone = true;
    while (alone && !it.emulated() && it.branch() == Branch.NONE) {
      places = places.after(it);
      Optional<Instruction> next = code.following(it);
      alone =
          next.isPresent() && code.jumpingTo(next.get()).isEmpty() && !code.inJumpTable(next.get());
      it = next.orElse(it);
    }
    Optional<Value> frame = places.value();
    if (alone && it.emulated() && frame.isPresent()) {
      return site(it, new Condition.Always(), frame.get(), "after `tstate->frame = f`");
    }
    Optional<Value> before = prologue.before(link).value();
    if (before.isEmpty()) {
      throw new NotEstablished("the frame is in no known place at its link");
    }
    return site(link, new Condition.Always(), before.get(), "`tstate->frame = f`");
  }

  private List<ProbeSite> exitSites(EvalExits.Exit exit) throws FormatException {
    Value frame = Value.register(Registers.of(exit.frame()));
    Optional<Instruction> after = emulatedAfter(exit);
    if (after.isPresent()) {
      String what = "after `tstate->frame = f->f_back`";
      return List.of(site(after.get(), new Condition.Always(), frame, what));
    }
    List<ProbeSite> before = new ArrayList<>();
    Cut cut = new Cut(exit.frame(), frame, before);
    if (cut.before(exit.load(), new HashSet<>())) {
      return before;
    }
    return List.of(site(exit.load(), new Condition.Always(), frame, "`tstate->frame = f->f_back`"));
  }

  /// The first emulated instruction after the exit's store to which only the exit leads, when the
  /// frame's register is still untouched there.
  private Optional<Instruction> emulatedAfter(EvalExits.Exit exit) {
    for (Instruction it = exit.load(); ; ) {
      boolean past = it.address() > exit.store().address();
      if (past && it.emulated()) {
        return Optional.of(it);
      }
      Optional<Instruction> next = code.following(it);
      if (it.branch() != Branch.NONE
          || WrittenRegisters.contain(it, exit.frame())
          || next.isEmpty()
          || !code.jumpingTo(next.get()).isEmpty()
          || code.inJumpTable(next.get())) {
        return Optional.empty();
      }
      it = next.get();
    }
  }

  private ProbeSite site(Instruction it, Condition condition, Value frame, String where) {
    return new ProbeSite(
        it.address(),
        file.fileOffset(it.address()).orElseThrow(),
        OptionalLong.empty(),
        condition,
        Optional.of(frame),
        FunctionArguments.of(layout, frame),
        it.emulated() ? ProbeSite.Cost.EMULATED : ProbeSite.Cost.SINGLE_STEPPED,
        where + ": " + Mnemonics.of(it));
  }

  /// Collects a set of emulated instructions, one of which is passed on every way to a place where
  /// the frame is known to be in a register: the jumps that lead there.
  private final class Cut {
    private final GeneralRegister register;
    private final Value frame;
    private final List<ProbeSite> sites;

    Cut(GeneralRegister register, Value frame, List<ProbeSite> sites) {
      this.register = register;
      this.frame = frame;
      this.sites = sites;
    }

    /// Whether all ways to `it` could be cut.
    boolean before(Instruction it, Set<Long> seen) throws FormatException {
      if (!seen.add(it.address()) || code.inJumpTable(it) || it.address() == code.start()) {
        return false;
      }
      for (Instruction jump : code.jumpingTo(it)) {
        if (!jump.emulated()) {
          return false;
        }
        Condition taken =
            jump.branch() == Branch.CONDITIONAL
                ? JumpCondition.taken(jump)
                : new Condition.Always();
        sites.add(site(jump, taken, frame, "to the exit"));
      }
      Optional<Instruction> falling = code.fallingInto(it);
      if (falling.isEmpty() || code.isDeadFiller(falling.get())) {
        return true;
      }
      return fallingFrom(falling.get(), seen);
    }

    private boolean fallingFrom(Instruction it, Set<Long> seen) throws FormatException {
      if (it.branch() == Branch.CALL && calls.neverReturns(it.target().orElseThrow())) {
        return true;
      }
      boolean jump = it.branch() == Branch.CONDITIONAL;
      if (it.emulated() && !WrittenRegisters.contain(it, register)) {
        Condition passes = jump ? JumpCondition.notTaken(it) : new Condition.Always();
        sites.add(site(it, passes, frame, "falling into the exit"));
        return true;
      }
      return !jump && !WrittenRegisters.contain(it, register) && before(it, seen);
    }
  }
}
