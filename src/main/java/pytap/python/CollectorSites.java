package pytap.python;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.Gap;
import pytap.probe.MarkerSites;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.source.FormatException;

/// The garbage collector's markers where the collecting function asks whether to print its
/// statistics.
///
/// That function is static in every version and has other names, arguments and clones in each. But
/// in all of them it begins, behind the `start` callbacks, with `if (debug & DEBUG_STATS)
/// PySys_WriteStderr("gc: collecting generation %d...\n", generation)`, right before the marker;
/// and when all garbage has been dealt with, before the marker and the `stop` callbacks, there is
/// `if (debug & DEBUG_STATS) PySys_WriteStderr("gc: done, %zd unreachable, …", n + m, n)`, of which
/// `n + m` is the marker's argument (CPython 2.7.18 and 3.8.18 Modules/gcmodule.c `collect`, 3.12.1
/// `gc_collect_main`, 3.13.0 Python/gc.c, Python/gc_free_threading.c). So the texts lead to the two
/// places, and what would be printed says where the arguments are.
final class CollectorSites {
  private static final String START = "gc: collecting generation %d...\n";
  private static final String DONE = "gc: done, %zd unreachable";

  /// CPython 3.14.0 to 3.14.4, whose incremental collector prints when it has told the callbacks,
  /// and of what was collected alone (CPython 3.14.0 Python/gc.c, `_PyGC_Collect`).
  private static final String DONE_INCREMENTAL = "gc: done, %zd collected, %zd uncollectable";

  private static final int LONGEST_INSTRUCTION = 15;
  private static final int MOST_ARGUMENTS = 12;

  private final ElfFile file;
  private final SweptExtents swept;
  private final TextReferences references;

  /// One of the function's clones.
  private record Clone(CodeParts code, List<StatisticsGate> gates) {}

  CollectorSites(ElfFile file) {
    this.file = file;
    this.swept = new SweptExtents(file);
    this.references = new TextReferences(file);
  }

  MarkerSites sites(String marker, Means means) throws FormatException, NotEstablished {
    boolean start = marker.equals(Markers.GC_START);
    boolean incremental = !start && !references.places(DONE_INCREMENTAL).isEmpty();
    List<Clone> clones =
        start
            ? clones(START, List.of(Register.RSI))
            : incremental
                ? clones(DONE_INCREMENTAL, List.of(Register.RSI, Register.RDX))
                : clones(DONE, List.of(Register.RSI));
    List<ProbeSite> sites = new ArrayList<>();
    for (Clone clone : clones) {
      switch (means) {
        case KERNEL -> clone.gates().forEach(gate -> sites.add(breakpoint(gate, start)));
        case IN_PROCESS -> sites.addAll(jumps(clone, start));
      }
    }
    sites.sort(new ByAddress());
    return new MarkerSites(
        marker,
        "the collecting function, where it " + (start ? "has begun" : "has collected"),
        sites,
        incremental
            ? List.of(new Gap.Always("it comes when gc.callbacks have been called, not before"))
            : List.of());
  }

  private List<Clone> clones(String text, List<Register> printed)
      throws FormatException, NotEstablished {
    List<CodeParts> functions = new ArrayList<>();
    List<Set<Instruction>> calls = new ArrayList<>();
    for (long place : references.places(text)) {
      for (long field : references.fields(place)) {
        Optional<Instruction> naming = naming(field, place);
        if (naming.isPresent()) {
          CodeParts code = SplitFunction.around(swept, naming.get().address());
          int known = 0;
          while (known < functions.size() && !functions.get(known).hold(field)) {
            known++;
          }
          if (known == functions.size()) {
            functions.add(code);
            calls.add(new LinkedHashSet<>());
          }
          calls.get(known).add(callBehind(code, naming.get()));
        }
      }
    }
    List<Clone> clones = new ArrayList<>();
    for (int i = 0; i < functions.size(); i++) {
      clones.add(new Clone(functions.get(i), gates(functions.get(i), calls.get(i), printed)));
    }
    if (clones.isEmpty()) {
      throw new NotEstablished("no code names the text \"" + text.strip() + "\"");
    }
    return clones;
  }

  private static List<StatisticsGate> gates(
      CodeParts code, Set<Instruction> calls, List<Register> printed) throws NotEstablished {
    List<Value> values = new ArrayList<>();
    for (Register register : printed) {
      values.add(Value.register(register));
    }
    List<StatisticsGate> gates = new ArrayList<>();
    for (Instruction call : calls) {
      gates.addAll(StatisticsGate.before(code, call, values));
    }
    return gates;
  }

  /// The instruction that makes `text` the first argument, if the bytes at `field` belong to one.
  private Optional<Instruction> naming(long field, long text) throws FormatException {
    Optional<FunctionExtent> extent = file.functionAt(field);
    if (extent.isEmpty()) {
      return Optional.empty();
    }
    for (long end = field + 1; end <= field + LONGEST_INSTRUCTION; end++) {
      Optional<Instruction> it =
          swept.of(extent.get()).contains(end)
              ? swept.of(extent.get()).endingAt(end)
              : Optional.empty();
      if (it.isPresent() && it.get().address() <= field) {
        return setsFirstArgument(it.get(), text) ? it : Optional.empty();
      }
    }
    return Optional.empty();
  }

  private static boolean setsFirstArgument(Instruction it, long text) {
    return switch (Effect.of(it)) {
      case Effect.Address(GeneralRegister to, var memory) ->
          to == GeneralRegister.RDI && memory.absolute() && memory.displacement() == text;
      case Effect.SetConstant(GeneralRegister to, long value) ->
          to == GeneralRegister.RDI && value == text;
      default -> false;
    };
  }

  private static Instruction callBehind(CodeParts code, Instruction naming) throws NotEstablished {
    Instruction it = naming;
    for (int i = 0; i < MOST_ARGUMENTS; i++) {
      Optional<Instruction> next = code.at(it.next());
      if (it.branch() == Branch.CALL) {
        return it;
      }
      if (it.branch() != Branch.NONE || next.isEmpty()) {
        break;
      }
      it = next.get();
    }
    throw new NotEstablished(
        "nothing is called with the text that 0x" + Long.toHexString(naming.address()) + " names");
  }

  private ProbeSite breakpoint(StatisticsGate gate, boolean start) {
    Instruction jump = gate.jump();
    return new ProbeSite(
        jump.address(),
        file.fileOffset(jump.address()).orElseThrow(),
        OptionalLong.empty(),
        new Condition.Always(),
        Optional.empty(),
        List.of(argument(gate.values(), start)),
        jump.emulated() ? ProbeSite.Cost.EMULATED : ProbeSite.Cost.SINGLE_STEPPED,
        what(start) + ": " + Mnemonics.of(jump));
  }

  private List<ProbeSite> jumps(Clone clone, boolean start) throws FormatException, NotEstablished {
    Set<Long> breakpoints = new HashSet<>();
    for (StatisticsGate gate : clone.gates()) {
      breakpoints.add(gate.jump().address());
    }
    WindowFinder finder = new WindowFinder(file, clone.code(), breakpoints);
    List<ProbeSite> sites = new ArrayList<>();
    for (StatisticsGate gate : clone.gates()) {
      sites.add(finder.site(what(start), choices(clone.code(), gate, start)));
    }
    return sites;
  }

  /// The jump, and what always goes on to it.
  private static List<WindowFinder.Choice> choices(
      CodeParts code, StatisticsGate gate, boolean start) {
    List<WindowFinder.Choice> choices = new ArrayList<>();
    Optional<Instruction> at = Optional.of(gate.jump());
    List<Value> values = gate.values();
    while (at.isPresent() && !values.isEmpty()) {
      choices.add(
          new WindowFinder.Choice(
              at.get().address(),
              new Condition.Always(),
              Optional.empty(),
              List.of(argument(values, start))));
      at = onlyBefore(code, at.get());
      values = at.isPresent() ? before(values, at.get()) : List.of();
    }
    return choices;
  }

  /// The instruction that always goes on to `it`, when nothing else leads there.
  private static Optional<Instruction> onlyBefore(CodeParts code, Instruction it) {
    Optional<Instruction> before =
        code.isTarget(it.address()) ? Optional.empty() : code.endingAt(it.address());
    return before.isPresent() && before.get().branch() == Branch.NONE ? before : Optional.empty();
  }

  /// Empty where one of them cannot be had there.
  private static List<Value> before(List<Value> values, Instruction it) {
    List<Value> before = new ArrayList<>();
    for (Value value : values) {
      Optional<Value> earlier = EarlierValue.before(value, it);
      if (earlier.isEmpty()) {
        return List.of();
      }
      before.add(earlier.get());
    }
    return before;
  }

  private static Argument argument(List<Value> values, boolean start) {
    Value first = values.getFirst();
    if (start) {
      return new Argument.Scalar(new Value.Narrowed(first, 4, true));
    }
    return new Argument.Scalar(
        values.size() == 1
            ? first
            : new Value.Difference(first, new Value.Difference(Value.constant(0), values.get(1))));
  }

  private static String what(boolean start) {
    return start ? "a collection begins" : "a collection has ended";
  }
}
