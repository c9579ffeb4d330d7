package pytap.python;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import pytap.elf.ElfFile;
import pytap.elf.Symbol;
import pytap.probe.Condition;
import pytap.probe.Gap;
import pytap.probe.MarkerSites;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.python.FrameLayout.InterpreterFrame;
import pytap.source.FormatException;
import pytap.source.TracerException;

/// `function__entry` and `function__return` on the adaptive interpreters, CPython 3.11 to 3.15,
/// with the meaning they had in 3.6 to 3.10: one entry for every call of a Python function and for
/// every time a generator or coroutine runs on, one return for every return, yield and exception
/// that leaves the frame. Needs no symbols but the exported `_PyEval_EvalFrameDefault`.
///
/// From 3.11 on one C call of that function runs many Python frames, so its entry and its return
/// say nothing; but every frame begins to run by executing RESUME, and ends by RETURN_VALUE,
/// RETURN_CONST (3.12, 3.13), YIELD_VALUE, or by being unwound. Sites stand in those opcodes'
/// handlers ([AdaptiveDispatchTable], [AdaptiveHandler]) and at the two places that are no handler
/// ([AdaptiveExits]):
///
/// | event | 3.11 | 3.12 | from 3.13 on |
/// |---|---|---|---|
/// | call, resume | RESUME, RESUME_QUICK | RESUME, INSTRUMENTED_RESUME, where the versions agree ([AdaptiveVersionCheck]) | RESUME, RESUME_CHECK (3.15: and RESUME_CHECK_JIT), INSTRUMENTED_RESUME, likewise |
/// | `throw()`, `close()` | test of `cframe.use_tracing` on the `throwflag` path | test of `monitors.tools[PY_THROW]` | same; from 3.14 on [AdaptiveMonitorTests] |
/// | return, yield | RETURN_VALUE, YIELD_VALUE | and RETURN_CONST, INSTRUMENTED_ forms, once their callbacks succeeded | same |
/// | exception | test of `cframe.use_tracing` where the frame is unwound | test of `monitors.tools[PY_UNWIND]` | same; from 3.14 on [AdaptiveMonitorTests] |
///
/// What makes it come out as in 3.10:
///
/// - creating a generator runs RETURN_GENERATOR, which is no site: no event. A generator expression
///   of 3.15 runs a RESUME before that, which does not count ([AdaptiveRecipes#resumesFrame]);
/// - when the recursion limit refuses a call, the frame is popped behind the unwinding site and
///   before RESUME: no event;
/// - a frame that dies before its RESUME gives no return ([AdaptiveRecipes#entered]), nor does the
///   frame that 3.13 and later put below `__init__` ([AdaptiveRecipes#traceable]);
/// - INSTRUMENTED_LINE and INSTRUMENTED_INSTRUCTION, and 3.11's DO_TRACING, go on to the handler of
///   the instruction they stand for.
///
/// In a handler the site is, where there is one, the first instruction that the kernel emulates,
/// and otherwise the first instruction. A hit costs half a microsecond in the first case and tens
/// of microseconds in the second; the second happens for YIELD_VALUE of 3.13 and of optimised
/// builds of 3.12, whose handlers have neither a branch nor a call, and for RESUME from 3.13 on,
/// which turns itself into RESUME_CHECK when it is executed first.
///
/// On 3.12.1, 3.12.3 of Ubuntu 24.04, 3.13.0, 3.13.5 of Debian 13 (and free-threaded), 3.14.10 and
/// 3.15.2 of Debian unstable the sequence of (event, function, line) of a program with all kinds of
/// calls, generators, coroutines, exceptions and threads was that of `sys.monitoring`; on 3.11.2 of
/// Debian 12 and 3.11.7 that of `sys.setprofile`. What differs from 3.10 is what these versions
/// themselves do otherwise: from 3.12 on comprehensions are no functions, and `close()` of a
/// generator that has nothing to clean up runs nothing. 3.15 has static probes for both markers
/// again, but those fire for creating a generator and not for `throw()`, so the handlers are used
/// there too.
///
/// One object finds the sites of one file, for both markers and both engines, and looks at its code
/// once.
final class AdaptiveSites {
  private final ElfFile file;
  private final int minor;
  private final Layout layout;
  private final InterpreterFrame offsets;
  private final AdaptiveDispatchTable table;
  private final AdaptiveCode code;
  private final long evalFrame;
  private final List<Gap> traces;
  private Optional<Marked> entry = Optional.empty();
  private Optional<Marked> exit = Optional.empty();
  private Optional<WindowFinder> windows = Optional.empty();

  private AdaptiveSites(
      ElfFile file,
      int minor,
      Layout layout,
      InterpreterFrame offsets,
      AdaptiveDispatchTable table,
      AdaptiveCode code,
      long evalFrame,
      List<Gap> traces) {
    this.file = file;
    this.minor = minor;
    this.layout = layout;
    this.offsets = offsets;
    this.table = table;
    this.code = code;
    this.evalFrame = evalFrame;
    this.traces = traces;
  }

  /// What gives one marker.
  ///
  /// @param gaps what it cannot give
  private record Marked(List<AdaptiveEvent> events, List<Gap> gaps) {
    Marked {
      events = List.copyOf(events);
      gaps = List.copyOf(gaps);
    }
  }

  /// Looks at the file that defines `_PyEval_EvalFrameDefault` of `version`, 3.11 to 3.15.
  ///
  /// @throws TracerException UNKNOWN_CPYTHON when its handlers cannot be found
  static AdaptiveSites of(ElfFile file, PythonVersion version, Layout layout)
      throws TracerException, FormatException {
    if (!(layout.frame() instanceof InterpreterFrame offsets)) {
      throw new IllegalStateException("no interpreter frames in " + version);
    }
    Optional<Symbol> evalFrame = file.exported("_PyEval_EvalFrameDefault");
    if (evalFrame.isEmpty()) {
      throw unknown(file, "it exports no _PyEval_EvalFrameDefault");
    }
    long start = evalFrame.get().address();
    SweptExtents swept = new SweptExtents(file);
    AdaptiveDispatchTable table = AdaptiveDispatchTable.find(swept, start);
    AdaptiveCode code = AdaptiveCode.of(swept, start, Set.copyOf(table.handlers()));
    List<Gap> traces = TraceSwitch.gaps(file, version);
    return new AdaptiveSites(file, version.minor(), layout, offsets, table, code, start, traces);
  }

  /// The sites of `marker`, which is `function__entry` or `function__return`.
  ///
  /// @throws TracerException UNKNOWN_CPYTHON when one of the places cannot be established
  /// @throws NotEstablished when one has no window for `IN_PROCESS`
  MarkerSites sites(String marker, Means means)
      throws TracerException, FormatException, NotEstablished {
    Marked marked = marked(marker);
    List<ProbeSite> sites = new ArrayList<>();
    for (AdaptiveEvent event : marked.events()) {
      sites.add(
          switch (means) {
            case KERNEL -> event.breakpoint(file);
            case IN_PROCESS -> windows().site(event.name(), event.choices());
          });
    }
    sites.sort(new ByAddress());
    return new MarkerSites(marker, mechanism(marker), sites, marked.gaps());
  }

  /// A window through which every call of the eval function comes.
  PatchWindow windowAtBeginning() throws TracerException, FormatException, NotEstablished {
    List<PatchWindow> taken = new ArrayList<>();
    for (String marker : List.of(Markers.FUNCTION_ENTRY, Markers.FUNCTION_RETURN)) {
      for (ProbeSite site : sites(marker, Means.IN_PROCESS).sites()) {
        taken.add(site.window().orElseThrow());
      }
    }
    return windows().atBeginning(evalFrame, taken);
  }

  /// Where `_PyEval_EvalFrameDefault` begins.
  long start() {
    return evalFrame;
  }

  /// Where `_Py_HandlePending` begins, from 3.12 on.
  long pendingWork() throws FormatException, NotEstablished {
    return PendingWork.find(file, code, table, minor);
  }

  private Marked marked(String marker) throws TracerException, FormatException {
    return switch (marker) {
      case Markers.FUNCTION_ENTRY -> entry();
      case Markers.FUNCTION_RETURN -> exit();
      default -> throw new IllegalStateException("no opcode gives " + marker);
    };
  }

  private Marked entry() throws TracerException, FormatException {
    if (entry.isEmpty()) {
      entry = Optional.of(new Marked(entries(), traces));
    }
    return entry.get();
  }

  private Marked exit() throws TracerException, FormatException {
    if (exit.isEmpty()) {
      List<Gap> gaps = new ArrayList<>(traces);
      exit = Optional.of(new Marked(returns(gaps), gaps));
    }
    return exit.get();
  }

  private WindowFinder windows() throws TracerException, FormatException, NotEstablished {
    if (windows.isEmpty()) {
      Set<Long> breakpoints = new HashSet<>();
      for (Marked marked : List.of(entry(), exit())) {
        marked.events().forEach(event -> breakpoints.add(event.usual().instruction().address()));
      }
      windows = Optional.of(new WindowFinder(file, code.parts(), breakpoints));
    }
    return windows.get();
  }

  private List<AdaptiveEvent> entries() throws TracerException {
    List<AdaptiveEvent> events = new ArrayList<>();
    for (AdaptiveOpcode opcode : AdaptiveOpcode.entries(minor)) {
      AdaptiveHandler handler = handler(opcode);
      AdaptivePlace place = handler.emulated().orElseGet(handler::first);
      Function<AdaptivePlace, Optional<Condition>> condition = entryCondition(handler, place);
      if (condition.apply(place).isEmpty()) {
        throw unknown(file, "the handler of " + opcode.name() + " compares no version");
      }
      events.add(
          new AdaptiveEvent(
              opcode.name(), place, handler.passed(), condition, at -> recipes(at).atResume()));
    }
    AdaptivePlace thrown =
        (minor >= 14 ? monitorTests().throwing(evalFrame) : exits().throwing(evalFrame))
            .orElseThrow(() -> unknown(file, "no place where throw() enters a frame"));
    events.add(atJump("throw()", thrown, new Condition.Always()));
    return events;
  }

  /// When a hit at a place of `handler` is the entry.
  ///
  /// @param usual the kernel engine's place
  private Function<AdaptivePlace, Optional<Condition>> entryCondition(
      AdaptiveHandler handler, AdaptivePlace usual) throws TracerException {
    return switch (minor) {
      case 11 -> _ -> Optional.of(new Condition.Always());
      case 12 ->
          at ->
              at.instruction().equals(usual.instruction())
                      || AdaptiveVersionCheck.byFlags(handler, usual).isEmpty()
                  ? AdaptiveVersionCheck.byFlags(handler, at)
                  : AdaptiveVersionCheck.byOperands(handler, at);
      default -> {
        Optional<Long> offset =
            AdaptiveVersionCheck.versionOffset(handler(AdaptiveOpcode.entries(minor).get(1)));
        yield at ->
            offset
                .flatMap(
                    there -> AdaptiveVersionCheck.byMemory(handler, at, offsets, there, tracing()))
                .map(current -> minor < 15 ? current : resumesFrame(at, current));
      }
    };
  }

  private Condition resumesFrame(AdaptivePlace place, Condition current) {
    return new Condition.All(List.of(recipes(place).resumesFrame(), current));
  }

  /// `tracing` of the thread state, where RESUME asks for it.
  private OptionalInt tracing() {
    boolean asks = minor == 13 || offsets.bytecode() instanceof FrameLayout.Bytecode.InCode;
    return asks ? OptionalInt.of(minor == 15 ? 64 : 60) : OptionalInt.empty();
  }

  /// @param gaps takes what cannot be given
  private List<AdaptiveEvent> returns(List<Gap> gaps) throws TracerException {
    List<AdaptiveEvent> events = new ArrayList<>();
    for (AdaptiveOpcode opcode : AdaptiveOpcode.returns(minor)) {
      AdaptiveHandler handler = handler(opcode);
      switch (opcode.role()) {
        case LEAVE -> {
          boolean belowInit = minor >= 12 && opcode.name().equals("RETURN_VALUE");
          events.add(
              new AdaptiveEvent(
                  opcode.name(),
                  handler.emulated().orElseGet(handler::first),
                  handler.passed(),
                  at -> Optional.of(belowInit ? recipes(at).traceable() : new Condition.Always()),
                  at -> recipes(at).atInstruction()));
        }
        case LEAVE_MONITORED -> events.add(monitored(opcode, handler, gaps));
        case RESUME -> throw new IllegalStateException(opcode.name() + " leaves no frame");
      }
    }
    AdaptivePlace unwound =
        (minor >= 14 ? monitorTests().unwinding() : exits().unwinding())
            .orElseThrow(() -> unknown(file, "no place where frames are unwound"));
    events.add(atJump("unwinding", unwound, recipes(unwound).entered()));
    return events;
  }

  private AdaptiveEvent monitored(AdaptiveOpcode opcode, AdaptiveHandler handler, List<Gap> gaps) {
    Optional<AdaptivePlace> called = handler.afterCallback();
    if (called.isEmpty()) {
      gaps.add(
          new Gap.Always(
              "when a callback of sys.monitoring fails at "
                  + opcode.name()
                  + ", the function may give two returns"));
      return new AdaptiveEvent(
          opcode.name(),
          handler.first(),
          handler.passed(),
          _ -> Optional.of(new Condition.Always()),
          at -> recipes(at).atInstruction());
    }
    Condition succeeded =
        new Condition.Equal(
            new Value.Narrowed(Value.register(Register.RAX), 4, true), Value.constant(0));
    return atJump(opcode.name(), called.get(), succeeded);
  }

  /// An event that is seen at a jump in the middle of the code.
  private AdaptiveEvent atJump(String name, AdaptivePlace jump, Condition condition) {
    return new AdaptiveEvent(
        name,
        jump,
        new AdaptiveRun(code, offsets).endingAt(jump, condition),
        _ -> Optional.of(condition),
        at -> recipes(at).atInstruction());
  }

  private AdaptiveHandler handler(AdaptiveOpcode opcode) throws TracerException {
    long start = table.handler(opcode);
    AdaptiveOpcode simplest = AdaptiveOpcode.returns(minor).getFirst();
    return AdaptiveHandler.read(code, start, offsets)
        .or(() ->
            AdaptiveHandler.read(code, table.handler(simplest), offsets)
                .flatMap(other -> AdaptiveHandler.read(code, start, offsets, other)))
        .orElseThrow(() ->
            unknown(file, "the handler of " + opcode.name() + " notes no instruction in a frame"));
  }

  private AdaptiveExits exits() throws TracerException {
    AdaptiveHandler returnValue = handler(AdaptiveOpcode.returns(minor).getFirst());
    return AdaptiveExits.of(code, table, offsets, returnValue, minor == 11)
        .orElseThrow(() -> unknown(file, "RETURN_VALUE tests no cframe.use_tracing"));
  }

  private AdaptiveMonitorTests monitorTests() {
    long returnValue = table.handler(AdaptiveOpcode.returns(minor).getFirst());
    return new AdaptiveMonitorTests(code, offsets, returnValue);
  }

  private AdaptiveRecipes recipes(AdaptivePlace place) {
    return new AdaptiveRecipes(layout, offsets, place.frame(), place.executing());
  }

  private String mechanism(String marker) {
    boolean entry = marker.equals(Markers.FUNCTION_ENTRY);
    StringBuilder names = new StringBuilder("opcode handlers ");
    for (AdaptiveOpcode opcode :
        entry ? AdaptiveOpcode.entries(minor) : AdaptiveOpcode.returns(minor)) {
      names.append(opcode.name()).append(", ");
    }
    names.setLength(names.length() - 2);
    return names
        .append(entry ? " and throw()" : " and unwinding")
        .append(", since 3.")
        .append(minor)
        .append(" runs many frames in one call of the eval function")
        .toString();
  }

  private static TracerException unknown(ElfFile file, String found) {
    return new TracerException(
        TracerException.Kind.UNKNOWN_CPYTHON,
        "find where functions begin and end in " + file.name(),
        found,
        "this build was compiled in a way that pytap does not know");
  }
}
