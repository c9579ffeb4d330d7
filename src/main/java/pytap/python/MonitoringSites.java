package pytap.python;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.OpcodeMap;
import pytap.elf.ElfFile;
import pytap.elf.Symbol;
import pytap.probe.Argument;
import pytap.probe.Callback;
import pytap.probe.Condition;
import pytap.probe.MarkerSites;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.python.FrameLayout.InterpreterFrame;
import pytap.python.FrameLayout.ThreadFrame;
import pytap.source.FormatException;

/// `line` on CPython 3.12 to 3.15: the LINE events of `sys.monitoring` (PEP 669), which are the
/// only place where these versions ask whether a new line begins.
///
/// The interpreter is to be asked for them by calls of its C API. A thread may make these where it
/// enters `_PyEval_EvalFrameDefault` from C, before it has linked the frame, and where it enters
/// `_Py_HandlePending`: at both Python code of any kind may run.
final class MonitoringSites {
  /// `PY_MONITORING_EVENT_LINE` (CPython 3.13.0 Include/cpython/monitoring.h).
  private static final int LINE = 5;

  /// `interp` in the thread state, since 3.7.
  private static final int INTERPRETER = 16;

  private static final List<String> FUNCTIONS =
      List.of(
          "PyCFunction_GetFunction",
          "PyCMethod_New",
          "PyErr_Clear",
          "PyErr_GetRaisedException",
          "PyErr_SetRaisedException",
          "PyInterpreterState_Get",
          "PyInterpreterState_GetID",
          "PyObject_CallMethod",
          "PyObject_GetAttrString",
          "PySys_GetObject",
          "PyThreadState_Get",
          "PyUnicode_CompareWithASCIIString",
          "Py_DecRef");

  private static final int ENDBR = 0x1e;
  private static final int LONGEST_PROLOGUE = 8;

  private final ElfFile file;
  private final PythonVersion version;
  private final BuildKind build;
  private final Layout layout;

  MonitoringSites(ElfFile file, PythonVersion version, BuildKind build, Layout layout) {
    this.file = file;
    this.version = version;
    this.build = build;
    this.layout = layout;
  }

  /// @param adaptive of the same file
  MarkerSites line(AdaptiveSites adaptive) throws FormatException, NotEstablished {
    Map<String, Long> functions = new HashMap<>();
    for (String name : FUNCTIONS) {
      functions.put(name, exported(name));
    }
    List<PatchWindow> gates = List.of(gate(adaptive.start()), gate(adaptive.pendingWork()));
    Callback callback =
        new Callback.Monitored(
            LINE,
            gates,
            INTERPRETER,
            functions,
            exported("_Py_NoneStruct"),
            build.freeThreaded(),
            nudge());
    // An address of the file whose function has no frame yet, as the callback has none.
    long place = functions.getOrDefault("PyCMethod_New", 0L);
    ProbeSite site =
        new ProbeSite(
            place,
            file.fileOffset(place).orElseThrow(),
            OptionalLong.empty(),
            new Condition.Always(),
            Optional.of(frame()),
            arguments(),
            ProbeSite.Cost.EMULATED,
            Optional.empty(),
            Optional.of(callback),
            "LINE event of sys.monitoring");
    String mechanism =
        "the LINE event of sys.monitoring, since 3."
            + version.minor()
            + " asks in no one place whether a line begins";
    return new MarkerSites(Markers.LINE, mechanism, List.of(site), List.of());
  }

  private long exported(String name) throws FormatException, NotEstablished {
    Optional<Symbol> symbol = file.exported(name);
    if (symbol.isEmpty()) {
      throw new NotEstablished("the file exports no " + name);
    }
    return symbol.get().address();
  }

  /// A window in the prologue of the function at `start`, before which nothing has happened but
  /// that registers were saved: it is as at the function's first instruction, which stays other
  /// tracers'.
  private PatchWindow gate(long start) throws FormatException, NotEstablished {
    CodeParts code = FunctionCode.of(file, start).parts();
    WindowFinder finder = new WindowFinder(file, code, Set.of());
    long at = start;
    for (int i = 0; i < LONGEST_PROLOGUE; i++) {
      Optional<Instruction> saving = code.at(at).filter(MonitoringSites::savesRegisters);
      if (saving.isEmpty()) {
        break;
      }
      at = saving.get().next();
      Optional<PatchWindow> window = finder.window(at);
      if (window.isPresent()) {
        return window.get();
      }
    }
    throw new NotEstablished(
        "no place for a jump at the beginning of the function at 0x" + Long.toHexString(start));
  }

  private static boolean savesRegisters(Instruction it) {
    boolean endbr =
        it.map() == OpcodeMap.TWO_BYTE && it.opcode() == ENDBR && it.has(Instruction.PREFIX_REP);
    return endbr
        || switch (Effect.of(it)) {
          case Effect.Push _ -> true;
          case Effect.Copy(GeneralRegister to, GeneralRegister from) ->
              to == GeneralRegister.RBP && from == GeneralRegister.RSP;
          case Effect.Load _,
              Effect.Store _,
              Effect.StoreConstant _,
              Effect.Address _,
              Effect.SetConstant _,
              Effect.Add _,
              Effect.CompareConstant _,
              Effect.Pop _,
              Effect.Other _ ->
              false;
        };
  }

  /// `%rsi` leads to the two arguments, the code object and the line; the thread state is put into
  /// `%rdi`, where the function itself has nothing.
  private List<Argument> arguments() {
    Value code = Value.word(Value.register(Register.RSI), 0);
    Value line = Value.word(Value.register(Register.RSI), Long.BYTES);
    int digits = build.freeThreaded() ? 40 : 24;
    return List.of(
        new Argument.PythonText(Value.word(code, layout.code().filename()), layout.text()),
        new Argument.PythonText(Value.word(code, layout.code().name()), layout.text()),
        new Argument.Scalar(Value.int32(line, digits)));
  }

  private Value frame() {
    if (!(layout.frame() instanceof InterpreterFrame frame)) {
      throw new IllegalStateException("no interpreter frames in " + version);
    }
    Value thread = Value.register(Register.RDI);
    return switch (frame.threadFrame()) {
      case ThreadFrame.ThroughCFrame(int cframe, int current) ->
          Value.word(Value.word(thread, cframe), current);
      case ThreadFrame.Direct(int current) -> Value.word(thread, current);
    };
  }

  /// In 3.12 `interp->ceval.eval_breaker` and `gc_scheduled` behind it; later the bit of an
  /// exception that another thread has sent, of which then there is none (CPython 3.13.0
  /// Python/ceval_gil.c `_Py_HandlePending`). From 3.13 on the file itself tells the offsets
  /// (`_Py_DebugOffsets`).
  private Callback.Nudge nudge() throws FormatException, NotEstablished {
    long runtime = exported("_PyRuntime");
    if (version.minor() == 12) {
      return new Callback.Nudge(
          runtime + 40, 0, OptionalInt.empty(), 0, Map.of(368, 1, 368 + 28, 1));
    }
    if (!file.text(runtime).startsWith("xdebugpy")) {
      throw new NotEstablished("_PyRuntime does not begin with the offsets for debuggers");
    }
    return new Callback.Nudge(
        runtime + file.word(runtime + 40),
        Math.toIntExact(file.word(runtime + 64)),
        OptionalInt.of(Math.toIntExact(file.word(runtime + 72))),
        8,
        Map.of(24, 1 << 3));
  }
}
