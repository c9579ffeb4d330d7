package pytap.python;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Decoder;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.OpcodeMap;
import pytap.asm.x86.Sweep;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.elf.Symbol;
import pytap.probe.Argument;
import pytap.probe.Callback;
import pytap.probe.Condition;
import pytap.probe.MarkerSites;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.source.FormatException;

/// The marker `line` of 2.7 and 3.6 to 3.11 by `c_tracefunc` in every thread's state: the eval
/// function looks there before each instruction and calls what it finds for each new line, with the
/// frame, which knows its line then (CPython 3.9.18 Python/ceval.c, `maybe_call_line_trace`). What
/// `sys.gettrace()` tells is another field, and stays as it is.
final class TraceFunctions {
  /// `PyTrace_LINE` (CPython 3.9.18 Include/cpython/pystate.h).
  private static final int LINE = 2;

  private static final int MOV_TO_MEMORY = 0x89;
  private static final int PUSH = 0x50;
  private static final int LONGEST_INSTRUCTION = 15;

  /// Where `c_tracefunc` and what goes with it lie since this version.
  ///
  /// @param head in `_PyRuntime`; negative where a variable of its own leads to the interpreters
  /// @param threads `tstate_head` in an interpreter
  /// @param next `next` in a thread's state
  /// @param function `c_tracefunc` there; 8 bytes before it is `c_profilefunc`
  /// @param tracing `tracing` there
  /// @param line `f_lineno` in a `PyFrameObject`
  private record Row(
      PythonVersion since,
      int head,
      int threads,
      int next,
      int function,
      int tracing,
      Callback.Flag flag,
      Counted counted,
      int line) {}

  /// Where the number of threads with a trace function is kept.
  private enum Counted {
    /// `_Py_TracingPossible`, a variable of its own.
    IN_VARIABLE,
    /// `ceval.tracing_possible` in `_PyRuntime`.
    IN_RUNTIME,
    /// `ceval.tracing_possible` in the interpreter.
    IN_INTERPRETER,
    NOWHERE
  }

  private static final int PROFILE = -8;
  private static final int OWN = -1;

  /// Computed from the headers of every release tag. 3.9.3 alone had another field before two of
  /// them (bpo-43710).
  private static final List<Row> ROWS =
      List.of(
          row(2, 7, 0, -1, 8, 0, 48, 28, inThread(32), Counted.IN_VARIABLE, 124),
          row(3, 6, 0, -1, 8, 8, 56, 40, inThread(44), Counted.IN_VARIABLE, 124),
          row(3, 7, 0, 24, 8, 8, 64, 44, inThread(48), Counted.IN_RUNTIME, 108),
          row(3, 8, 0, 32, 8, 8, 64, 44, inThread(48), Counted.IN_RUNTIME, 108),
          row(3, 9, 0, 32, 8, 8, 64, 44, inThread(48), Counted.IN_INTERPRETER, 108),
          row(3, 9, 3, 32, 8, 8, 64, 48, inThread(52), Counted.IN_INTERPRETER, 108),
          row(3, 9, 4, 32, 8, 8, 64, 44, inThread(48), Counted.IN_INTERPRETER, 108),
          row(3, 10, 0, 32, 8, 8, 64, 44, inCFrame(48, 4, 1), Counted.NOWHERE, 100),
          row(3, 11, 0, 40, 16, 8, 72, 44, inCFrame(56, 1, 255), Counted.NOWHERE, 40));

  /// `f_frame` in a `PyFrameObject` of 3.11.
  private static final int INTERPRETER_FRAME = 24;

  private final ElfFile file;
  private final PythonVersion version;
  private final Layout layout;
  private final Row row;

  private TraceFunctions(ElfFile file, PythonVersion version, Layout layout, Row row) {
    this.file = file;
    this.version = version;
    this.layout = layout;
    this.row = row;
  }

  private static Row row(
      int major,
      int minor,
      int micro,
      int head,
      int threads,
      int next,
      int function,
      int tracing,
      Callback.Flag flag,
      Counted counted,
      int line) {
    return new Row(
        PythonVersion.of(major, minor, micro),
        head,
        threads,
        next,
        function,
        tracing,
        flag,
        counted,
        line);
  }

  /// `use_tracing` in a thread's state.
  private static Callback.Flag inThread(int offset) {
    return new Callback.Flag(OWN, offset, 4, 1);
  }

  /// `use_tracing`, the first field of the `CFrame` that a thread's state leads to.
  private static Callback.Flag inCFrame(int cframe, int widthBytes, int value) {
    return new Callback.Flag(cframe, 0, widthBytes, value);
  }

  /// @param window through which every call of the eval function comes
  static MarkerSites of(ElfFile file, PythonVersion version, Layout layout, PatchWindow window)
      throws FormatException, NotEstablished {
    Optional<Row> found = Optional.empty();
    for (Row row : ROWS) {
      if (version.is(row.since().major(), row.since().minor())
          && version.micro() >= row.since().micro()) {
        found = Optional.of(row);
      }
    }
    Row row =
        found.orElseThrow(
            () -> new NotEstablished("the thread states of that version are not known"));
    return new TraceFunctions(file, version, layout, row).sites(window);
  }

  private MarkerSites sites(PatchWindow window) throws FormatException, NotEstablished {
    Value frame = Value.register(Register.RSI);
    Value code =
        switch (layout.frame()) {
          case FrameLayout.FrameObject object -> Value.word(frame, object.code());
          case FrameLayout.InterpreterFrame inner ->
              inner.codeOf(Value.word(frame, INTERPRETER_FRAME));
        };
    Callback.PerThread callback =
        new Callback.PerThread(
            LINE,
            new Callback.Slots(
                list(),
                row.function(),
                row.function() + PROFILE,
                row.tracing(),
                row.flag(),
                count()),
            setter());
    requireInUse();
    ProbeSite site =
        new ProbeSite(
            window.address(),
            file.fileOffset(window.address()).orElseThrow(),
            OptionalLong.empty(),
            new Condition.Always(),
            Optional.empty(),
            List.of(
                new Argument.PythonText(Value.word(code, layout.code().filename()), layout.text()),
                new Argument.PythonText(Value.word(code, layout.code().name()), layout.text()),
                new Argument.Scalar(Value.int32(frame, row.line()))),
            ProbeSite.Cost.SINGLE_STEPPED,
            Optional.of(window),
            Optional.of(callback),
            "trace function of every thread");
    return new MarkerSites(
        Markers.LINE, "a trace function in the state of every thread", List.of(site), List.of());
  }

  private Callback.ThreadList list() throws FormatException, NotEstablished {
    long head = row.head() < 0 ? interpreters() : runtime() + row.head();
    long current =
        layout.runtimeThread().isPresent()
            ? runtime() + layout.runtimeThread().getAsInt()
            : exported("_PyThreadState_Current").address();
    return new Callback.ThreadList(head, 0, row.threads(), row.next(), current);
  }

  /// What `PyInterpreterState_Head` returns the content of.
  private long interpreters() throws FormatException, NotEstablished {
    long start = exported("PyInterpreterState_Head").address();
    Instruction first = new Decoder(file.bytesAt(start, LONGEST_INSTRUCTION), start).at(start);
    if (first.memory().isEmpty() || !first.memory().get().absolute()) {
      throw new NotEstablished("PyInterpreterState_Head does not begin by loading a variable");
    }
    return first.memory().get().displacement();
  }

  private Callback.Count count() throws FormatException, NotEstablished {
    return switch (row.counted()) {
      case IN_VARIABLE -> new Callback.Count.Static(countVariable());
      case IN_RUNTIME -> new Callback.Count.Static(runtime() + countInRuntime());
      case IN_INTERPRETER -> new Callback.Count.InInterpreter(16, 68);
      case NOWHERE -> new Callback.Count.None();
    };
  }

  private int countInRuntime() {
    return version.is(3, 8) ? 588 : version.micro() >= 4 ? 708 : 620;
  }

  /// The only variable of 4 bytes that `PyEval_SetTrace` stores to.
  private long countVariable() throws FormatException, NotEstablished {
    List<Long> stored = new ArrayList<>();
    for (Instruction it : setTrace()) {
      if (it.isOneByte(MOV_TO_MEMORY)
          && it.operandBytes() == 4
          && it.memory().isPresent()
          && it.memory().get().absolute()) {
        stored.add(it.memory().get().displacement());
      }
    }
    if (stored.size() != 1) {
      throw new NotEstablished("PyEval_SetTrace stores to " + stored.size() + " variables");
    }
    return stored.getFirst();
  }

  /// The function that sets trace functions must name the fields where they are said to be.
  private void requireInUse() throws FormatException, NotEstablished {
    for (int offset : new int[] {row.function(), row.function() + PROFILE}) {
      boolean named = false;
      for (Instruction it : setTrace()) {
        named |=
            it.memory()
                .filter(operand -> operand.base().isPresent() && operand.displacement() == offset)
                .isPresent();
      }
      if (!named) {
        throw new NotEstablished("PyEval_SetTrace does not use offset " + offset);
      }
    }
  }

  /// The jump is behind the first instruction, which must leave the argument alone.
  private Callback.Setter setter() throws FormatException, NotEstablished {
    Register argument = version.atLeast(3, 9) ? Register.RSI : Register.RDI;
    FunctionCode code = FunctionCode.of(file, setTraceExtent().start());
    Instruction first = code.instructions().getFirst();
    GeneralRegister register = GeneralRegister.valueOf(argument.name());
    boolean pushes = first.map() == OpcodeMap.ONE_BYTE && (first.opcode() & 0xf8) == PUSH;
    boolean names =
        pushes
            ? first.opcodeRegister() == register
            : first.register() == register
                || first.otherRegister().filter(register::equals).isPresent();
    if (first.branch() != Branch.NONE || names) {
      throw new NotEstablished("PyEval_SetTrace begins in an unknown way");
    }
    Optional<PatchWindow> window =
        new WindowFinder(file, code.parts(), Set.of()).window(first.next());
    return new Callback.Setter(
        window.orElseThrow(
            () -> new NotEstablished("no place for a jump where PyEval_SetTrace begins")),
        argument);
  }

  private FunctionExtent setTraceExtent() throws FormatException, NotEstablished {
    String name = version.atLeast(3, 9) ? "_PyEval_SetTrace" : "PyEval_SetTrace";
    return file.functionAt(exported(name).address())
        .orElseThrow(() -> new NotEstablished("no frame description of " + name));
  }

  private List<Instruction> setTrace() throws FormatException, NotEstablished {
    FunctionExtent extent = setTraceExtent();
    Sweep sweep =
        Sweep.of(file.bytesAt(extent.start(), extent.end() - extent.start()), extent.start());
    List<Instruction> all = new ArrayList<>();
    for (long at = extent.start(); at < extent.end(); at = all.getLast().next()) {
      all.add(sweep.at(at).orElseThrow());
    }
    return all;
  }

  private long runtime() throws FormatException, NotEstablished {
    return exported("_PyRuntime").address();
  }

  private Symbol exported(String name) throws FormatException, NotEstablished {
    return file.exported(name)
        .orElseThrow(() -> new NotEstablished("the file does not export " + name));
  }
}
