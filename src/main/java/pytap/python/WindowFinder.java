package pytap.python;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.OpcodeMap;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.elf.UsdtProbe;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.probe.Value;
import pytap.source.FormatException;

/// Chooses where in a function a jump may be written over whole instructions.
///
/// A window holds no place at which control arrives from elsewhere ([Entrances]) except its first
/// byte, no return address but its end, and no branch whose copy elsewhere would not do the same.
/// Other tracers' places stay theirs: a function's first instruction and static probes are never
/// part of a window.
final class WindowFinder {
  private static final int SYSCALL = 0x05;
  private static final int ENDBR = 0x1e;

  /// A place at which an event can be seen, and what is read there.
  record Choice(
      long address, Condition condition, Optional<Value> frame, List<Argument> arguments) {
    Choice {
      arguments = List.copyOf(arguments);
    }

    /// Of a marker of functions.
    Choice(long address, Condition condition, Value frame, List<Argument> arguments) {
      this(address, condition, Optional.of(frame), arguments);
    }
  }

  private record Hook(Choice choice, PatchWindow window, int rank) {}

  private final ElfFile file;
  private final Entrances entrances;
  private final CodeParts code;
  private final TreeSet<Long> probes = new TreeSet<>();
  private final TreeSet<Long> breakpoints = new TreeSet<>();

  /// @param code the function
  /// @param breakpoints where the kernel engine's own sites are: windows keep clear of them where
  ///   there is a choice, so that both engines can look at one process
  /// @throws NotEstablished when it cannot be known where control may arrive
  WindowFinder(ElfFile file, CodeParts code, Set<Long> breakpoints)
      throws FormatException, NotEstablished {
    this.file = file;
    this.code = code;
    entrances = Entrances.of(file, code);
    for (UsdtProbe probe : file.usdtProbes()) {
      probes.add(probe.location());
    }
    this.breakpoints.addAll(breakpoints);
  }

  /// The best of `choices`: clear of the kernel engine's sites; then of one instruction, since then
  /// no thread can stand inside; then without branches, with the fewest reads, the shortest, and
  /// the first.
  ProbeSite site(String what, List<Choice> choices) throws NotEstablished {
    Optional<Hook> best = Optional.empty();
    for (Choice choice : choices) {
      Optional<PatchWindow> window = window(choice.address());
      if (window.isPresent()) {
        Hook hook = new Hook(choice, window.get(), rank(choice, window.get()));
        if (best.isEmpty() || hook.rank() < best.get().rank()) {
          best = Optional.of(hook);
        }
      }
    }
    if (best.isEmpty()) {
      throw new NotEstablished(
          "no place for a jump of "
              + PatchWindow.JUMP_BYTES
              + " bytes at "
              + what
              + ", in "
              + choices.size()
              + " instructions looked at");
    }
    return site(what, best.get());
  }

  /// The fewest whole instructions from `address` on that make room for a jump; empty when there is
  /// no window here.
  Optional<PatchWindow> window(long address) {
    long end = address;
    while (end - address < PatchWindow.JUMP_BYTES) {
      Optional<Instruction> it = code.at(end);
      if (it.isEmpty() || !displaceable(it.get())) {
        return Optional.empty();
      }
      end = it.get().next();
      if (it.get().branch() == Branch.JUMP) {
        end = pastFiller(address, end);
      }
      boolean goesOn = it.get().branch() == Branch.NONE || it.get().branch() == Branch.CONDITIONAL;
      if (!goesOn && end - address < PatchWindow.JUMP_BYTES) {
        return Optional.empty();
      }
    }
    return free(address, end)
        ? Optional.of(new PatchWindow(address, (int) (end - address)))
        : Optional.empty();
  }

  /// The first window of the function that begins at `start` through which every execution of it
  /// comes exactly once, clear of the kernel engine's sites.
  ///
  /// @param taken windows that it must not overlap
  PatchWindow atBeginning(long start, List<PatchWindow> taken) throws NotEstablished {
    for (long at = start; ; ) {
      Optional<Instruction> it = code.at(at);
      if (it.isEmpty() || it.get().branch() != Branch.NONE) {
        throw new NotEstablished("no place for a jump where the eval function begins");
      }
      at = it.get().next();
      if (entrances.inside(at - 1, at + 1)) {
        throw new NotEstablished("the eval function begins with a loop");
      }
      Optional<PatchWindow> window = window(at);
      if (window.isPresent() && isClear(window.get(), taken)) {
        return window.get();
      }
    }
  }

  private boolean isClear(PatchWindow window, List<PatchWindow> taken) {
    for (PatchWindow other : taken) {
      if (other.end() > window.address() && window.end() > other.address()) {
        return false;
      }
    }
    Long breakpoint = breakpoints.ceiling(window.address());
    return breakpoint == null || breakpoint >= window.end();
  }

  /// Behind a jump only filler may be displaced; where it may not, `end` itself.
  private long pastFiller(long start, long end) {
    long at = end;
    while (at - start < PatchWindow.JUMP_BYTES) {
      Optional<Instruction> it = code.at(at);
      if (it.isEmpty() || !isNop(it.get()) || entrances.inside(start, it.get().next())) {
        return end;
      }
      at = it.get().next();
    }
    return at;
  }

  /// Whether `it` is one of the instructions that compilers fill gaps with.
  static boolean isNop(Instruction it) {
    return it.isOneByte(0x90) || (it.map() == OpcodeMap.TWO_BYTE && it.opcode() == 0x1f);
  }

  /// Whether a copy of `it` elsewhere can do the same. Of the branches, `jmp`, `jcc` and `call` to
  /// a fixed address. `endbr64` stays: an indirect jump may be allowed to go to nothing else.
  private static boolean displaceable(Instruction it) {
    return switch (it.branch()) {
      case NONE ->
          !(it.map() == OpcodeMap.TWO_BYTE
              && (it.opcode() == SYSCALL
                  || (it.opcode() == ENDBR && it.has(Instruction.PREFIX_REP))));
      case CONDITIONAL -> it.map() == OpcodeMap.TWO_BYTE || (it.opcode() & 0xf0) == 0x70;
      case JUMP, CALL -> true;
      case JUMP_INDIRECT, CALL_INDIRECT, RETURN, STOP -> false;
    };
  }

  private boolean free(long start, long end) {
    Long probe = probes.ceiling(start);
    boolean functionStart = false;
    for (FunctionExtent part : entrances.parts()) {
      functionStart |= part.start() == start;
    }
    return !functionStart && (probe == null || probe >= end) && !entrances.inside(start, end);
  }

  private int rank(Choice choice, PatchWindow window) {
    Long breakpoint = breakpoints.ceiling(window.address());
    boolean shared = breakpoint != null && breakpoint < window.end();
    int branches = 0;
    int instructions = 0;
    for (long at = window.address(); at < window.end(); instructions++) {
      Instruction it = code.at(at).orElseThrow();
      branches += it.branch() == Branch.NONE ? 0 : 1;
      at = it.next();
    }
    return ((shared ? 1 : 0) << 24)
        + ((instructions > 1 ? 1 : 0) << 23)
        + (Math.min(branches, 15) << 16)
        + (Math.min(Reads.of(choice.condition()), 255) << 8)
        + instructions;
  }

  private ProbeSite site(String what, Hook hook) {
    Choice choice = hook.choice();
    Instruction first = code.at(choice.address()).orElseThrow();
    return new ProbeSite(
        choice.address(),
        file.fileOffset(choice.address()).orElseThrow(),
        OptionalLong.empty(),
        choice.condition(),
        choice.frame(),
        choice.arguments(),
        first.emulated() ? ProbeSite.Cost.EMULATED : ProbeSite.Cost.SINGLE_STEPPED,
        Optional.of(hook.window()),
        what);
  }
}
