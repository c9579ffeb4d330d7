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

  /// Scalars that are statistics.
  public final Statistic[] statistics;

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
  final LastMatch lastMatch = new LastMatch();
  long randomState;

  private final OutputBuffer scratch = new OutputBuffer(SCRATCH_BYTES);
  private final ProgramShape shape;
  private final Regex[] patterns;
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
    statistics = new Statistic[count];
    patterns = compiled(shape);
    for (GlobalShape global : shape.globals()) {
      numbers[global.slot()] = global.initialNumber();
      texts[global.slot()] = global.initialText().cut(textBytes);
      if (isRefused(global)) {
        continue; // the session ends before a handler runs
      }
      if (global.isArray()) {
        arrays[global.slot()] = new AssociativeArray(global, shape.limits());
      } else if (global.statistic().isPresent()) {
        statistics[global.slot()] = new Statistic(global.statistic().get());
      }
    }
  }

  private static Regex[] compiled(ProgramShape shape) {
    Regex[] regexes = new Regex[shape.patterns().size()];
    for (int i = 0; i < regexes.length; i++) {
      try {
        regexes[i] = Regex.compile(shape.patterns().get(i));
      } catch (RegexSyntaxException refused) {
        throw new IllegalStateException("the compiler let a bad pattern pass", refused);
      }
    }
    return regexes;
  }

  private static boolean isRefused(GlobalShape global) {
    return global.statistic().isPresent() && !global.statistic().get().refusal().isEmpty();
  }

  /// Says of every global that cannot be made why, as SystemTap does when it starts.
  ///
  /// @return whether there is one; no handler may run then
  public boolean refusesGlobals() {
    for (GlobalShape global : shape.globals()) {
      if (isRefused(global)) {
        String why = global.statistic().orElse(StatisticShape.PLAIN).refusal();
        events.warned(ByteString.ofLatin1(why));
        String message = "global variable '__global_" + global.name() + "' allocation failed";
        events.failed(new ScriptError(message, Optional.empty()));
        return true;
      }
    }
    return false;
  }

  /// `text =~ pattern`: 1 or 0.
  ///
  /// @param pattern the number of the pattern
  public long matches(ByteString text, int pattern) {
    Regex regex = patterns[pattern];
    if (regex.find(text)) {
      lastMatch.found(text, regex);
      return 1;
    }
    lastMatch.failed();
    return 0;
  }

  /// A run-time error was caught: the handler goes on with as many calls inside each other as there
  /// were at the `try`. One that has used up its statements ends all the same.
  ///
  /// @param calls what [#nesting] was at the `try`
  /// @return the message
  public ByteString caught(ScriptError error, int calls, Site site) {
    if (error.isAbort()) {
      throw error;
    }
    nesting = calls;
    charge(1, site);
    return ByteString.ofLatin1(error.message()).cut(textBytes);
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
