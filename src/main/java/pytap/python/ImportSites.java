package pytap.python;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
import pytap.asm.x86.Sweep;
import pytap.elf.ElfFile;
import pytap.elf.Symbol;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.Gap;
import pytap.probe.MarkerSites;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.UnicodeLayout;
import pytap.probe.Value;
import pytap.source.FormatException;

/// The markers of an import that has to find and load its module: the call of importlib's
/// `_find_and_load` by the C code of `import`, and its return.
///
/// The marker stands right before and behind that call (CPython 3.8.18 Python/import.c
/// `import_find_and_load`), which is `_PyObject_CallMethodIdObjArgs(importlib,
/// &PyId__find_and_load, abs_name, import_func, NULL)` up to 3.10 and
/// `PyObject_CallMethodObjArgs(importlib, &_Py_ID(_find_and_load), abs_name, …)` since. 3.6 has the
/// call without the marker. It stands in `PyImport_ImportModuleLevelObject`, which is exported, or
/// in a function that is called there, and more than once where the compiler has copied it.
final class ImportSites {
  private static final String FUNCTION = "PyImport_ImportModuleLevelObject";
  private static final String METHOD = "_find_and_load";
  private static final Value NAME = Value.register(Register.RDX);
  private static final Value RESULT = Value.register(Register.RAX);

  /// How far before a call its arguments are looked for, and behind it a place for a jump.
  private static final int MOST_STEPS = 40;

  private static final int MOST_BACKWARDS = 400;

  /// The least offset that tells a field of the runtime from one of any other structure.
  private static final long FAR = 0x1000;

  private final ElfFile file;
  private final Layout layout;
  private final OptionalLong runtime;
  private final SweptExtents swept;
  private final CodeParts code;
  private final List<Instruction> calls = new ArrayList<>();
  private final List<Gap> gaps;

  private ImportSites(ElfFile file, PythonVersion version, Layout layout)
      throws FormatException, NotEstablished {
    this.file = file;
    this.layout = layout;
    this.swept = new SweptExtents(file);
    Optional<Symbol> function = file.exported(FUNCTION);
    if (function.isEmpty()) {
      throw new NotEstablished(FUNCTION + " is not exported");
    }
    Optional<Symbol> symbol = file.exported("_PyRuntime");
    runtime = symbol.isPresent() ? OptionalLong.of(symbol.get().address()) : OptionalLong.empty();
    code = withCalls(SplitFunction.around(swept, function.get().address()));
    gaps =
        version.atLeast(3, 15)
            ? List.of(
                new Gap.Always("submodules that a lazy import loads when asked for are not seen"))
            : List.of();
  }

  static ImportSites of(ElfFile file, PythonVersion version, Layout layout)
      throws FormatException, NotEstablished {
    return new ImportSites(file, version, layout);
  }

  MarkerSites sites(String marker, Means means) throws FormatException, NotEstablished {
    boolean start = marker.equals(Markers.IMPORT_START);
    List<ProbeSite> sites =
        switch (means) {
          case KERNEL -> breakpoints(start);
          case IN_PROCESS -> start ? startJumps() : doneJumps();
        };
    sites.sort(new ByAddress());
    return new MarkerSites(
        marker,
        "the call of importlib's " + METHOD + (start ? "" : ", where it returns"),
        sites,
        gaps);
  }

  /// The function in which the calls are found: `outer`, or one that it calls.
  private CodeParts withCalls(CodeParts outer) throws FormatException, NotEstablished {
    addCalls(outer);
    Set<Long> seen = new LinkedHashSet<>();
    for (Sweep sweep : outer.sweeps()) {
      for (Instruction call : sweep.all(Branch.CALL)) {
        long target = call.target().orElseThrow();
        boolean begins =
            file.functionAt(target).filter(extent -> extent.start() == target).isPresent();
        if (calls.isEmpty() && begins && seen.add(target)) {
          CodeParts inner = SplitFunction.around(swept, target);
          addCalls(inner);
          if (!calls.isEmpty()) {
            return inner;
          }
        }
      }
    }
    if (calls.isEmpty()) {
      throw new NotEstablished("no call of " + METHOD + " in " + FUNCTION);
    }
    return outer;
  }

  private void addCalls(CodeParts function) throws FormatException {
    for (Sweep sweep : function.sweeps()) {
      for (Instruction call : sweep.all(Branch.CALL)) {
        if (isMethod(methodAt(function, call))) {
          calls.add(call);
        }
      }
    }
  }

  /// The second argument of a call, as far as the instructions before it tell.
  private static Value methodAt(CodeParts function, Instruction call) {
    Value method = Value.register(Register.RSI);
    Instruction it = call;
    for (int i = 0; i < MOST_STEPS; i++) {
      Optional<Instruction> before = onlyBefore(function, it);
      Optional<Value> earlier =
          before.isPresent() ? EarlierValue.before(method, before.get()) : Optional.empty();
      if (earlier.isEmpty()) {
        break;
      }
      method = earlier.get();
      it = before.get();
    }
    return method;
  }

  private boolean isMethod(Value value) throws FormatException {
    return switch (value) {
      case Value.Static(long address) -> isMethod(address);
      case Value.Constant(long address) -> !file.positionIndependent() && isMethod(address);
      case Value.Sum(Value base, long offset) ->
          runtime.isPresent()
              && offset >= FAR
              && isRuntime(base)
              && isMethod(runtime.getAsLong() + offset);
      default -> false;
    };
  }

  /// Any register may be, with an offset that is the method's in the runtime.
  private boolean isRuntime(Value base) throws FormatException {
    return switch (base) {
      case Value.OfRegister _ -> true;
      case Value.Load(Value.Static(long slot), int _, boolean _) ->
          file.symbolInSlot(slot).filter("_PyRuntime"::equals).isPresent();
      default -> false;
    };
  }

  /// Whether a `_Py_Identifier` or a string object of that name stands there.
  private boolean isMethod(long address) throws FormatException {
    int characters =
        switch (layout.text()) {
          case UnicodeLayout.Pep393 object -> object.asciiData();
          case UnicodeLayout.Bytes object -> object.data();
        };
    return isText(address + characters)
        || isMapped(address, 16)
            && (isText(file.pointer(address)) || isText(file.pointer(address + 8)));
  }

  private boolean isMapped(long address, int bytes) {
    return file.fileOffset(address).isPresent() && file.fileOffset(address + bytes - 1).isPresent();
  }

  private boolean isText(long address) throws FormatException {
    return isMapped(address, METHOD.length() + 1) && file.text(address).equals(METHOD);
  }

  private List<ProbeSite> breakpoints(boolean start) throws NotEstablished {
    List<ProbeSite> sites = new ArrayList<>();
    for (Instruction call : calls) {
      Instruction at = start ? call : behind(call);
      List<Value> values = start ? List.of(NAME) : returned(call);
      sites.add(
          new ProbeSite(
              at.address(),
              file.fileOffset(at.address()).orElseThrow(),
              OptionalLong.empty(),
              new Condition.Always(),
              Optional.empty(),
              arguments(values),
              at.emulated() ? ProbeSite.Cost.EMULATED : ProbeSite.Cost.SINGLE_STEPPED,
              what(start) + ": " + Mnemonics.of(at)));
    }
    return sites;
  }

  private Instruction behind(Instruction call) throws NotEstablished {
    Optional<Instruction> next = code.at(call.next());
    if (next.isEmpty()) {
      throw new NotEstablished("nothing stands behind the call of " + METHOD);
    }
    return next.get();
  }

  /// The name of the module and what the call has returned, just behind `call`.
  private List<Value> returned(Instruction call) throws NotEstablished {
    Value name = NAME;
    Instruction it = call;
    for (int i = 0; i < MOST_STEPS; i++) {
      if (outlastsCalls(name)
          && EarlierValue.before(name, call).equals(Optional.of(name))
          && staysUntil(name, it, call)) {
        return List.of(name, RESULT);
      }
      Optional<Instruction> before = onlyBefore(code, it);
      Optional<Value> earlier =
          before.isPresent() ? EarlierValue.before(name, before.get()) : Optional.empty();
      if (earlier.isEmpty()) {
        break;
      }
      name = earlier.get();
      it = before.get();
    }
    throw new NotEstablished(
        "the name of the module is in no known place behind the call at 0x"
            + Long.toHexString(call.address()));
  }

  private static boolean outlastsCalls(Value value) {
    Set<Register> read = Reads.registers(value);
    for (GeneralRegister register : GeneralRegister.values()) {
      boolean lost = (GeneralRegister.callerSaved() & register.bit()) != 0;
      if (lost && read.contains(Registers.of(register))) {
        return false;
      }
    }
    return true;
  }

  /// Whether `value` is the same from `it` to `call`.
  private boolean staysUntil(Value value, Instruction it, Instruction call) {
    for (Instruction at = it; at.address() != call.address(); ) {
      Optional<Instruction> next = code.at(at.next());
      if (next.isEmpty() || !EarlierValue.before(value, at).equals(Optional.of(value))) {
        return false;
      }
      at = next.get();
    }
    return true;
  }

  private List<ProbeSite> startJumps() throws FormatException, NotEstablished {
    WindowFinder finder = finder(true);
    List<ProbeSite> sites = new ArrayList<>();
    for (Instruction call : calls) {
      List<WindowFinder.Choice> choices = new ArrayList<>();
      Optional<Instruction> at = Optional.of(call);
      Optional<Value> name = Optional.of(NAME);
      while (at.isPresent() && name.isPresent()) {
        choices.add(choice(at.get(), List.of(name.get())));
        at = onlyBefore(code, at.get());
        name = at.isPresent() ? EarlierValue.before(name.get(), at.get()) : name;
      }
      sites.add(finder.site(what(true), choices));
    }
    return sites;
  }

  /// Where a jump may stand behind a call.
  ///
  /// @param own before other ways meet the one from the call
  /// @param met from there on
  private record Returns(Instruction call, List<Place> own, List<Place> met) {}

  /// A place behind each call, or behind several where their ways have met.
  private List<ProbeSite> doneJumps() throws FormatException, NotEstablished {
    WindowFinder finder = finder(false);
    List<Returns> all = new ArrayList<>();
    for (Instruction call : calls) {
      Returns returns = new Returns(call, new ArrayList<>(), new ArrayList<>());
      for (Place place : behindCall(call)) {
        if (finder.window(place.at().address()).isPresent()) {
          (place.joins() ? returns.met() : returns.own()).add(place);
        }
      }
      all.add(returns);
    }
    List<ProbeSite> sites = new ArrayList<>();
    Set<Instruction> covered = new HashSet<>();
    for (Returns returns : all) {
      if (returns.own().isEmpty() && !covered.contains(returns.call())) {
        sites.add(meeting(finder, returns, covered));
      }
    }
    for (Returns returns : all) {
      if (!covered.contains(returns.call())) {
        List<WindowFinder.Choice> choices = new ArrayList<>();
        for (Place place : returns.own()) {
          choices.add(choice(place.at(), place.values()));
        }
        sites.add(finder.site(what(false), choices));
      }
    }
    return sites;
  }

  /// A place that every return of some calls passes.
  ///
  /// @param joins whether more than one way leads there
  /// @param values the module's name, and the result
  private record Place(Instruction at, boolean joins, List<Value> values) {}

  /// The places to which control always goes on behind `call`.
  private List<Place> behindCall(Instruction call) throws NotEstablished {
    List<Place> places = new ArrayList<>();
    List<Value> values = returned(call);
    boolean joins = false;
    Instruction it = behind(call);
    for (int i = 0; i < MOST_STEPS; i++) {
      joins |= code.isTarget(it.address());
      places.add(new Place(it, joins, values));
      Optional<Instruction> next =
          switch (it.branch()) {
            case NONE -> code.at(it.next());
            case JUMP -> code.at(it.target().orElseThrow());
            case CONDITIONAL, CALL, JUMP_INDIRECT, CALL_INDIRECT, RETURN, STOP -> Optional.empty();
          };
      List<Value> later = later(values, it);
      if (next.isEmpty() || later.isEmpty()) {
        break;
      }
      values = later;
      it = next.get();
    }
    return places;
  }

  /// The same values behind `it`; empty where one of them is lost.
  private static List<Value> later(List<Value> values, Instruction it) {
    List<Value> later = new ArrayList<>();
    for (Value value : values) {
      if (Effect.of(it) instanceof Effect.Copy(GeneralRegister to, GeneralRegister from)
          && value.equals(Value.register(Registers.of(from)))) {
        later.add(Value.register(Registers.of(to)));
      } else if (EarlierValue.before(value, it).equals(Optional.of(value))) {
        later.add(value);
      } else {
        return List.of();
      }
    }
    return later;
  }

  private ProbeSite meeting(WindowFinder finder, Returns returns, Set<Instruction> covered)
      throws NotEstablished {
    for (Place place : returns.met()) {
      Set<Instruction> returning = returningTo(place);
      if (returning.contains(returns.call())) {
        covered.addAll(returning);
        return finder.site(what(false), List.of(choice(place.at(), place.values())));
      }
    }
    throw new NotEstablished(
        "no place for a jump behind the call at 0x" + Long.toHexString(returns.call().address()));
  }

  /// The calls from which alone control comes to `place`, with the values of the place; none where
  /// it comes from elsewhere, too.
  private Set<Instruction> returningTo(Place place) throws NotEstablished {
    Set<Instruction> returning = new LinkedHashSet<>();
    Set<Long> seen = new HashSet<>();
    Deque<Place> work = new ArrayDeque<>(List.of(place));
    while (!work.isEmpty()) {
      Place step = work.remove();
      if (!seen.add(step.at().address())) {
        continue;
      }
      List<Instruction> before = new ArrayList<>(code.jumpsTo(step.at().address()));
      Optional<Instruction> falling = code.endingAt(step.at().address());
      if (falling.isPresent() && falling.get().branch().fallsThrough()) {
        before.add(falling.get());
      }
      if (before.isEmpty() || seen.size() > MOST_BACKWARDS) {
        return Set.of();
      }
      for (Instruction it : before) {
        if (calls.contains(it)) {
          if (!step.values().equals(returned(it))) {
            return Set.of();
          }
          returning.add(it);
        } else {
          List<Value> values = earlier(step.values(), it);
          if (values.isEmpty()) {
            return Set.of();
          }
          work.add(new Place(it, true, values));
        }
      }
    }
    return returning;
  }

  private static List<Value> earlier(List<Value> values, Instruction it) {
    List<Value> earlier = new ArrayList<>();
    for (Value value : values) {
      Optional<Value> before = EarlierValue.before(value, it);
      if (before.isEmpty()) {
        return List.of();
      }
      earlier.add(before.get());
    }
    return earlier;
  }

  private WindowFinder finder(boolean start) throws FormatException, NotEstablished {
    Set<Long> breakpoints = new HashSet<>();
    for (Instruction call : calls) {
      breakpoints.add(start ? call.address() : call.next());
    }
    return new WindowFinder(file, code, breakpoints);
  }

  /// The instruction that always goes on to `it`, when nothing else leads there.
  private static Optional<Instruction> onlyBefore(CodeParts function, Instruction it) {
    Optional<Instruction> before =
        function.isTarget(it.address()) ? Optional.empty() : function.endingAt(it.address());
    return before.isPresent() && before.get().branch() == Branch.NONE ? before : Optional.empty();
  }

  private WindowFinder.Choice choice(Instruction at, List<Value> values) {
    return new WindowFinder.Choice(
        at.address(), new Condition.Always(), Optional.empty(), arguments(values));
  }

  private List<Argument> arguments(List<Value> values) {
    List<Argument> arguments = new ArrayList<>();
    arguments.add(new Argument.PythonText(values.getFirst(), layout.text()));
    if (values.size() > 1) {
      arguments.add(new Argument.Scalar(new Value.NotZero(values.get(1))));
    }
    return arguments;
  }

  private static String what(boolean start) {
    return start ? "a module is looked for" : "a module was looked for";
  }
}
