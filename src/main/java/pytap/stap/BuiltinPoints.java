package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.probe.Occasion;
import pytap.probe.ProbePoint.Literal;

/// The probe points that need no alias: `begin end error never oneshot`, `timer.*`,
/// `process….mark("…")` and `process….function("…")`.
final class BuiltinPoints {
  /// SystemTap's shortest and longest timer.
  private static final long MIN_PERIOD_NANOS = 100_000;

  private static final long MAX_PERIOD_NANOS = 86_400L * 1_000_000_000;

  /// A jiffy of a kernel with CONFIG_HZ=250, as distributions build it.
  private static final long JIFFY_NANOS = 4_000_000;

  private static final long MAX_JIFFIES = 1_000_000;

  /// What a point is.
  sealed interface Outcome {
    /// A point that pytap has.
    ///
    /// @param exits the session ends after the handler
    record Resolved(Occasion occasion, boolean exits) implements Outcome {}

    /// Not among the built-in points.
    record Unknown() implements Outcome {}

    /// Known, and cannot be had so.
    record Refused(StapCode code, String reason, Optional<String> hint) implements Outcome {}
  }

  private BuiltinPoints() {}

  /// Those that take no argument in their last component.
  static List<List<String>> plainNames() {
    List<List<String>> names = new ArrayList<>();
    for (String single : List.of("begin", "end", "error", "never", "oneshot")) {
      names.add(List.of(single));
    }
    names.add(List.of("timer", "profile"));
    names.add(List.of("process", "begin"));
    names.add(List.of("process", "end"));
    names.add(List.of("process", "thread", "begin"));
    names.add(List.of("process", "thread", "end"));
    return names;
  }

  /// The names of the built-in points, component by component.
  static List<List<String>> names() {
    List<List<String>> names = plainNames();
    for (String unit :
        List.of("s", "sec", "ms", "msec", "us", "usec", "ns", "nsec", "hz", "jiffies")) {
      names.add(List.of("timer", unit));
    }
    names.add(List.of("process", "mark"));
    names.add(List.of("process", "provider", "mark"));
    names.add(List.of("process", "library", "mark"));
    names.add(List.of("process", "library", "provider", "mark"));
    for (List<String> place : List.of(List.of("process"), List.of("process", "library"))) {
      for (String suffix : List.of("", "call", "exported", "return")) {
        List<String> function = new ArrayList<>(place);
        function.add("function");
        if (!suffix.isEmpty()) {
          function.add(suffix);
        }
        names.add(List.copyOf(function));
      }
    }
    return names;
  }

  static Outcome resolve(DeclarationTree.Point point) {
    DeclarationTree.Component first = point.components().getFirst();
    boolean single = point.components().size() == 1;
    return switch (first.name()) {
      case "begin", "end", "error" -> single ? ordered(first) : new Outcome.Unknown();
      case "never" -> single ? plain(first, new Occasion.Never(), false) : new Outcome.Unknown();
      case "oneshot" ->
          single ? plain(first, new Occasion.SessionBegin(0), true) : new Outcome.Unknown();
      case "timer" -> timer(point);
      case "process" -> process(point);
      default -> new Outcome.Unknown();
    };
  }

  private static Outcome resolved(Occasion occasion) {
    return new Outcome.Resolved(occasion, false);
  }

  private static Outcome plain(
      DeclarationTree.Component component, Occasion occasion, boolean exits) {
    return component.argument().isPresent()
        ? new Outcome.Unknown()
        : new Outcome.Resolved(occasion, exits);
  }

  private static Outcome ordered(DeclarationTree.Component component) {
    if (component.argument().isPresent() && number(component).isEmpty()) {
      return new Outcome.Unknown();
    }
    long order = number(component).orElse(0L);
    return switch (component.name()) {
      case "begin" -> resolved(new Occasion.SessionBegin(order));
      case "end" -> resolved(new Occasion.SessionEnd(order));
      default -> resolved(new Occasion.SessionError(order));
    };
  }

  private static Optional<Long> number(DeclarationTree.Component component) {
    return component.argument().orElse(new Literal.Text("")) instanceof Literal.Number number
        ? Optional.of(number.value())
        : Optional.empty();
  }

  private static Optional<String> text(DeclarationTree.Component component) {
    return component.argument().orElse(new Literal.Number(0)) instanceof Literal.Text text
        ? Optional.of(text.bytes())
        : Optional.empty();
  }

  private static Outcome timer(DeclarationTree.Point point) {
    if (point.components().size() < 2) {
      return new Outcome.Unknown();
    }
    DeclarationTree.Component unit = point.components().get(1);
    int count = point.components().size();
    if (unit.name().equals("profile") && unit.argument().isEmpty()) {
      boolean tick = count == 2 || (count == 3 && isPlain(point, 2, "tick"));
      return tick ? resolved(new Occasion.Timer(JIFFY_NANOS)) : new Outcome.Unknown();
    }
    Optional<Long> value = number(unit);
    if (value.isEmpty() || count > 3) {
      return new Outcome.Unknown();
    }
    return count == 3 ? randomized(point, every(unit, value.get())) : every(unit, value.get());
  }

  private static boolean isPlain(DeclarationTree.Point point, int index, String name) {
    return nameAt(point, index).equals(name) && point.components().get(index).argument().isEmpty();
  }

  /// `timer.ms(100).randomize(10)`: each time up to 10 ms earlier or later.
  private static Outcome randomized(DeclarationTree.Point point, Outcome plain) {
    DeclarationTree.Component randomize = point.components().get(2);
    Optional<Long> spread = number(randomize);
    if (!randomize.name().equals("randomize")
        || spread.isEmpty()
        || nameAt(point, 1).equals("hz")) {
      return new Outcome.Unknown();
    }
    if (!(plain instanceof Outcome.Resolved resolved)
        || !(resolved.occasion() instanceof Occasion.Timer timer)) {
      return plain;
    }
    long period = number(point.components().get(1)).orElseThrow();
    if (spread.get() < 0 || spread.get() > period) {
      return new Outcome.Refused(
          StapCode.TIMER_OUT_OF_RANGE, "bad randomize value", Optional.empty());
    }
    long spreadNanos = spread.get() * (timer.periodNanos() / period);
    return resolved(new Occasion.Timer(timer.periodNanos(), spreadNanos));
  }

  private static Outcome every(DeclarationTree.Component unit, long count) {
    Optional<Long> value = Optional.of(count);
    return switch (unit.name()) {
      case "s", "sec" -> period(value.get(), 1_000_000_000);
      case "ms", "msec" -> period(value.get(), 1_000_000);
      case "us", "usec" -> period(value.get(), 1_000);
      case "ns", "nsec" -> period(value.get(), 1);
      case "jiffies" -> jiffies(value.get());
      case "hz" -> frequency(value.get());
      default -> new Outcome.Unknown();
    };
  }

  private static Outcome period(long value, long unitNanos) {
    long least = Math.max(1, MIN_PERIOD_NANOS / unitNanos);
    long most = MAX_PERIOD_NANOS / unitNanos;
    return inRange(value, least, most)
        .orElseGet(() -> resolved(new Occasion.Timer(value * unitNanos)));
  }

  private static Outcome jiffies(long value) {
    return inRange(value, 1, MAX_JIFFIES)
        .orElseGet(() -> resolved(new Occasion.Timer(value * JIFFY_NANOS)));
  }

  private static Outcome frequency(long hertz) {
    return inRange(hertz, 1, 1_000_000_000 / MIN_PERIOD_NANOS)
        .orElseGet(() -> resolved(new Occasion.Timer(1_000_000_000 / hertz)));
  }

  private static Optional<Outcome> inRange(long value, long least, long most) {
    if (value >= least && value <= most) {
      return Optional.empty();
    }
    return Optional.of(
        new Outcome.Refused(
            StapCode.TIMER_OUT_OF_RANGE,
            "interval value out of range (" + least + ", " + most + ")",
            Optional.empty()));
  }

  private static Outcome process(DeclarationTree.Point point) {
    DeclarationTree.Component process = point.components().getFirst();
    Optional<Occasion.Event> event = event(point);
    if (event.isPresent()) {
      return life(event.get(), process);
    }
    if (number(process).isPresent() && !isPid(number(process).get())) {
      return invalidPid(number(process).get());
    }
    int at = 1;
    Optional<String> library = Optional.empty();
    Optional<String> provider = Optional.empty();
    if (hasText(point, at, "library")) {
      library = text(point.components().get(at++));
    }
    if (hasText(point, at, "provider")) {
      provider = text(point.components().get(at++));
    }
    if (hasText(point, at, "mark") && point.components().size() == at + 1) {
      String mark = text(point.components().get(at)).orElse("");
      return resolved(new Occasion.Marker(program(process), library, provider, mark));
    }
    if (hasText(point, at, "function") && provider.isEmpty()) {
      return function(point, at, program(process), library);
    }
    if (point.components().size() > 1 && OTHER_PROCESS_POINTS.contains(nameAt(point, 1))) {
      return refused(
          "process." + nameAt(point, 1) + " " + reason(nameAt(point, 1)),
          "pytap has process(\"...\").mark(\"...\"), .function(\"...\") and python.function.entry");
    }
    return new Outcome.Unknown();
  }

  private static Optional<String> program(DeclarationTree.Component process) {
    return number(process).map(pid -> "/proc/" + pid + "/exe").or(() -> text(process));
  }

  /// @param at where `function("NAME")` stands in `point`
  private static Outcome function(
      DeclarationTree.Point point, int at, Optional<String> process, Optional<String> library) {
    String name = text(point.components().get(at)).orElse("");
    if (name.indexOf('@') >= 0) {
      return refused(
          "the file and line of a function need debug information, which pytap does not read",
          "name the function alone: function(\"" + name.substring(0, name.indexOf('@')) + "\")");
    }
    int count = point.components().size() - at - 1;
    String suffix = count == 0 ? "" : nameAt(point, at + 1);
    if (count > 1 || (count == 1 && !isPlain(point, at + 1, suffix))) {
      return new Outcome.Unknown();
    }
    return switch (suffix) {
      case "" -> function(process, library, name, Occasion.Side.ENTRY, false);
      case "call" -> function(process, library, name, Occasion.Side.CALL, false);
      case "exported" -> function(process, library, name, Occasion.Side.ENTRY, true);
      case "return" -> function(process, library, name, Occasion.Side.RETURN, false);
      case "inline", "inlines" ->
          refused(
              "where the compiler has put a function into others is written in debug information,"
                  + " which pytap does not read",
              "function(\"" + name + "\") is where it is called");
      case "callee", "callees", "label" ->
          refused(
              "function.label, .callee and .callees need debug information, which pytap does not"
                  + " read",
              "name the function itself");
      default -> new Outcome.Unknown();
    };
  }

  private static Outcome function(
      Optional<String> process,
      Optional<String> library,
      String name,
      Occasion.Side side,
      boolean exported) {
    return resolved(new Occasion.Function(process, library, name, side, exported));
  }

  /// What `begin`, `end`, `thread.begin` or `thread.end` behind `process` stands for.
  private static Optional<Occasion.Event> event(DeclarationTree.Point point) {
    int count = point.components().size();
    if (count == 2 && isPlain(point, 1, "begin")) {
      return Optional.of(Occasion.Event.PROCESS_BEGIN);
    }
    if (count == 2 && isPlain(point, 1, "end")) {
      return Optional.of(Occasion.Event.PROCESS_END);
    }
    if (count == 3 && isPlain(point, 1, "thread") && isPlain(point, 2, "begin")) {
      return Optional.of(Occasion.Event.THREAD_BEGIN);
    }
    return count == 3 && isPlain(point, 1, "thread") && isPlain(point, 2, "end")
        ? Optional.of(Occasion.Event.THREAD_END)
        : Optional.empty();
  }

  /// The process that `point` is about, where the point names it by its id.
  static Optional<Long> pid(DeclarationTree.Point point) {
    DeclarationTree.Component first = point.components().getFirst();
    return first.name().equals("process") ? number(first) : Optional.empty();
  }

  private static boolean isPid(long number) {
    return number >= 2 && number <= Integer.MAX_VALUE;
  }

  private static Outcome invalidPid(long number) {
    return new Outcome.Refused(
        StapCode.UNRESOLVED_PROBE_POINT, "Invalid process ID number " + number, Optional.empty());
  }

  private static Outcome life(Occasion.Event event, DeclarationTree.Component process) {
    Optional<Long> pid = number(process);
    if (pid.isPresent() && !isPid(pid.get())) {
      return invalidPid(pid.get());
    }
    OptionalInt only =
        pid.isPresent() ? OptionalInt.of((int) (long) pid.get()) : OptionalInt.empty();
    return resolved(new Occasion.Life(event, text(process), only));
  }

  private static final List<String> OTHER_PROCESS_POINTS =
      List.of("syscall", "statement", "plt", "insn", "itrace", "library", "provider");

  private static String reason(String name) {
    return switch (name) {
      case "statement" -> "needs debug information, which pytap does not read";
      case "plt" -> "is about calls between files; .function of the file called stands on them";
      case "insn", "itrace" -> "is about each instruction, and pytap probes places";
      case "syscall" -> "is about the kernel, and pytap traces programs";
      default -> "is not followed by a marker";
    };
  }

  private static String nameAt(DeclarationTree.Point point, int index) {
    return point.components().get(index).name();
  }

  private static boolean hasText(DeclarationTree.Point point, int index, String name) {
    return point.components().size() > index
        && nameAt(point, index).equals(name)
        && text(point.components().get(index)).isPresent();
  }

  private static Outcome refused(String reason, String hint) {
    return new Outcome.Refused(StapCode.NOT_SUPPORTED, reason, Optional.of(hint));
  }
}
