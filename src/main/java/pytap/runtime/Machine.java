package pytap.runtime;

import java.util.Optional;

/// The whole state of one running script: its globals, the event at hand, what it printed. Cheap to
/// make, owned by one thread. Its public fields are for generated code.
public final class Machine {
  private static final int OUTPUT_BYTES = 1 << 16;
  private static final int SCRATCH_BYTES = 1 << 10;

  /// Scalars that are numbers, by [GlobalShape#slot()].
  public final long[] numbers;

  /// Scalars that are strings.
  public final ByteString[] texts;

  /// Associative arrays.
  public final AssociativeArray[] arrays;

  /// What the script prints.
  public final OutputBuffer out = new OutputBuffer(OUTPUT_BYTES);

  public final EventRecord record;
  public final Moment moment;
  public final LateReader reader;

  /// Statements that the running handler may still execute.
  public int actionsLeft;

  /// Calls of functions inside each other, now.
  public int nesting;

  /// The probe whose handler runs; set only where a function of the script asks for it.
  public int probe;

  final SessionInfo info;
  final Outside outside;
  final Speculations speculations = new Speculations();
  final Indentation indentation;
  final Tokens tokens = new Tokens();
  final int textBytes;
  long randomState;

  private final OutputBuffer scratch = new OutputBuffer(SCRATCH_BYTES);
  private final ProgramShape shape;
  private final ScriptEvents events;
  private boolean exiting;
  private Optional<long[]> stack = Optional.empty();

  /// A machine that sees nothing of the outside but `memory`.
  public Machine(Handlers handlers, SessionInfo info, TargetMemory memory, ScriptEvents events) {
    this(handlers, info, Outside.of(memory), events);
  }

  /// A machine at its start, every global at its initial value.
  public Machine(Handlers handlers, SessionInfo info, Outside outside, ScriptEvents events) {
    this.outside = outside;
    shape = handlers.shape();
    this.info = info;
    this.events = events;
    textBytes = shape.limits().textBytes();
    record = new EventRecord(textBytes);
    moment = new Moment(info, record, outside.files());
    reader = new LateReader(outside.memory(), moment, textBytes);
    indentation = new Indentation();
    randomState = info.randomSeed();
    int count = shape.globals().size();
    numbers = new long[count];
    texts = new ByteString[count];
    arrays = new AssociativeArray[count];
    for (GlobalShape global : shape.globals()) {
      numbers[global.slot()] = global.initialNumber();
      texts[global.slot()] = global.initialText().cut(textBytes);
      if (global.isArray()) {
        arrays[global.slot()] = new AssociativeArray(global, shape.limits());
      }
    }
  }

  /// Whether `exit()` was called, or the session stopped it: no more handlers but those of the end.
  public boolean exiting() {
    return exiting;
  }

  /// Ends the script as `exit()` does.
  public void stop() {
    exiting = true;
  }

  /// Starts a handler.
  ///
  /// @param actions how many statements it may execute
  public void begin(int actions) {
    actionsLeft = actions;
    nesting = 0;
  }

  /// Starts a handler that stands on no marker.
  public void beginOwn(int actions) {
    begin(actions);
    moment.setOwn();
    stack = Optional.empty();
  }

  /// A record with registers was taken in, whose handlers will run.
  public void forgetStack() {
    stack = Optional.empty();
  }

  /// The return addresses on the user stack, the address of the probe first; walked once for an
  /// event.
  long[] stack() {
    if (stack.isEmpty()) {
      stack = Optional.of(UserStack.walk(this));
    }
    return stack.get();
  }

  /// Counts statements of the running handler.
  public void charge(int actions, Site site) {
    actionsLeft -= actions;
    if (actionsLeft <= 0) {
      throw ScriptError.at(site, "MAXACTION exceeded");
    }
  }

  /// Counts a call that begins; [#leave()] counts its end.
  public void enter(int limit, Site site) {
    if (nesting >= limit) {
      throw ScriptError.at(site, "MAXNESTING exceeded");
    }
    nesting++;
  }

  public void leave() {
    nesting--;
  }

  /// A handler ended by a run-time error, or by `abort()`.
  public void failed(ScriptError error) {
    if (!error.isAbort()) {
      events.failed(error);
    }
  }

  void warned(ByteString text) {
    events.warned(text);
  }

  /// An empty buffer for a `sprintf`, whose arguments have been computed.
  public OutputBuffer scratch() {
    scratch.clear();
    return scratch;
  }

  /// What the scratch buffer holds, as a string value.
  public ByteString scratchText() {
    return scratch.toText(textBytes);
  }

  /// `left . right`
  public ByteString concat(ByteString left, ByteString right) {
    return left.concat(right, textBytes);
  }

  /// `pp()`
  public ByteString point() {
    return shape.points().get(probe);
  }

  /// `pn()`
  public ByteString writtenPoint() {
    return shape.written().get(probe);
  }

  /// Prints the globals that the script writes and never reads, as SystemTap does at the end of a
  /// session without run-time errors.
  public void printUnread() {
    for (GlobalShape global : shape.globals()) {
      if (global.printedAtEnd()) {
        new UnreadGlobal(this, global).print();
      }
    }
  }
}
