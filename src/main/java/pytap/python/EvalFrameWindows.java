package pytap.python;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.WrittenRegisters;
import pytap.elf.ElfFile;
import pytap.probe.Condition;
import pytap.probe.MarkerSites;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.probe.Value;
import pytap.source.FormatException;

/// The windows of the eval function of 2.7 and 3.6 to 3.10: at the instructions around the link and
/// the unlink of the frame that are executed exactly when these are, with the frame still at hand.
/// Right for builds with static probes as well; those are not used.
final class EvalFrameWindows {
  private final Layout layout;
  private final FunctionCode code;
  private final WindowFinder finder;

  /// @param breakpoints the kernel engine's sites in this file
  EvalFrameWindows(ElfFile file, Layout layout, FunctionCode code, Set<Long> breakpoints)
      throws FormatException, NotEstablished {
    this.layout = layout;
    this.code = code;
    finder = new WindowFinder(file, code.parts(), breakpoints);
  }

  MarkerSites entry(EvalPrologue prologue) throws NotEstablished {
    List<ProbeSite> sites = new ArrayList<>();
    for (Instruction link : prologue.links()) {
      sites.add(finder.site("the link of the frame", aroundLink(prologue, link)));
    }
    return sites(Markers.FUNCTION_ENTRY, "where the frame is linked into the thread state", sites);
  }

  MarkerSites exit(List<EvalExits.Exit> exits) throws NotEstablished {
    List<ProbeSite> sites = new ArrayList<>();
    for (EvalExits.Exit exit : exits) {
      sites.add(finder.site("the unlink of the frame", aroundUnlink(exit)));
    }
    return sites(
        Markers.FUNCTION_RETURN, "where the frame is unlinked from the thread state", sites);
  }

  /// Through which every call of the function comes, whatever becomes of the frame.
  PatchWindow atBeginning(EvalPrologue prologue) throws NotEstablished {
    List<PatchWindow> taken = new ArrayList<>();
    for (ProbeSite site : entry(prologue).sites()) {
      taken.add(site.window().orElseThrow());
    }
    return finder.atBeginning(code.start(), taken);
  }

  private static MarkerSites sites(String marker, String where, List<ProbeSite> sites) {
    sites.sort(new ByAddress());
    return new MarkerSites(marker, "the eval function, " + where, sites, List.of());
  }

  private List<WindowFinder.Choice> aroundLink(EvalPrologue prologue, Instruction link) {
    List<WindowFinder.Choice> choices = new ArrayList<>();
    FramePlaces places = prologue.before(link);
    Optional<Instruction> next = Optional.of(link);
    while (next.isPresent()) {
      Instruction it = next.get();
      addChoice(choices, it, places);
      places = places.after(it);
      next = only(it);
    }
    for (Optional<Instruction> it = onlyBefore(link); it.isPresent(); it = onlyBefore(it.get())) {
      Instruction at = it.get();
      if (prologue.covers(at.address())) {
        addChoice(choices, at, prologue.before(at));
      }
    }
    return choices;
  }

  private List<WindowFinder.Choice> aroundUnlink(EvalExits.Exit exit) {
    Value frame = Value.register(Registers.of(exit.frame()));
    List<WindowFinder.Choice> choices = new ArrayList<>();
    for (Optional<Instruction> it = Optional.of(exit.load()); it.isPresent(); ) {
      choices.add(choice(it.get(), frame));
      it = WrittenRegisters.contain(it.get(), exit.frame()) ? Optional.empty() : only(it.get());
    }
    for (Optional<Instruction> it = onlyBefore(exit.load());
        it.isPresent() && !WrittenRegisters.contain(it.get(), exit.frame());
        it = onlyBefore(it.get())) {
      choices.add(choice(it.get(), frame));
    }
    return choices;
  }

  /// The instruction to which `it` always goes on and nothing else leads.
  private Optional<Instruction> only(Instruction it) {
    Optional<Instruction> next = it.branch() == Branch.NONE ? code.following(it) : Optional.empty();
    return next.isPresent() && !isJoin(next.get()) ? next : Optional.empty();
  }

  /// The instruction that always goes on to `it`, when nothing else leads there.
  private Optional<Instruction> onlyBefore(Instruction it) {
    Optional<Instruction> previous = isJoin(it) ? Optional.empty() : code.fallingInto(it);
    return previous.isPresent() && previous.get().branch() == Branch.NONE
        ? previous
        : Optional.empty();
  }

  private boolean isJoin(Instruction it) {
    return !code.jumpingTo(it).isEmpty() || code.inJumpTable(it);
  }

  private void addChoice(List<WindowFinder.Choice> choices, Instruction it, FramePlaces places) {
    Optional<Value> frame = places.value();
    if (frame.isPresent()) {
      choices.add(choice(it, frame.get()));
    }
  }

  private WindowFinder.Choice choice(Instruction it, Value frame) {
    return new WindowFinder.Choice(
        it.address(), new Condition.Always(), frame, FunctionArguments.of(layout, frame));
  }
}
