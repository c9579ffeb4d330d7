package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import pytap.probe.Glob;
import pytap.probe.Occasion;
import pytap.probe.ProbePoint;
import pytap.source.Diagnostic;

/// Probe points to built-in points, through aliases.
///
/// `probe NAME = POINT { body }` makes `probe NAME { handler }` run body, then handler, on POINT;
/// with `+=` the other way round. What follows NAME in a point is appended to POINT.
final class ProbeExpander {
  private static final int MAX_ALIAS_DEPTH = 50;

  /// Aliases that name two aliases each, and so on, double at every step.
  private static final int MAX_STEPS = 10_000;

  /// How an expansion ended.
  private enum End {
    FOUND,
    /// Nothing found, and nothing said yet.
    NO_MATCH,
    /// Nothing found, and the reason is said.
    SAID
  }

  /// The handler on its way down the aliases.
  private record Work(
      DeclarationTree.Probe probe,
      DeclarationTree.Point written,
      List<DerivedProbe.Part> parts,
      List<DerivedProbe.ConditionPart> conditions) {}

  private final Library library;
  private final Findings findings;

  /// The points of aliases that are being expanded, outermost first.
  private final List<DeclarationTree.Point> active = new ArrayList<>();

  private final List<DerivedProbe> derived = new ArrayList<>();
  private int steps;

  private ProbeExpander(Library library, Findings findings) {
    this.library = library;
    this.findings = findings;
  }

  /// The handlers that `probe`, declared in `file`, stands for.
  static List<DerivedProbe> expand(
      DeclarationTree.Probe probe, FileScope file, Library library, Findings findings) {
    ProbeExpander expander = new ProbeExpander(library, findings);
    List<DerivedProbe.Part> parts = List.of(new DerivedProbe.Part(probe.body(), file));
    for (DeclarationTree.Point point : probe.points()) {
      End end = expander.point(point, file, new Work(probe, point, parts, List.of()));
      if (end == End.FOUND && point.sufficient()) {
        break;
      }
    }
    return expander.derived;
  }

  private End point(DeclarationTree.Point point, FileScope file, Work work) {
    Work here = work;
    if (point.condition().isPresent()) {
      List<DerivedProbe.ConditionPart> conditions = new ArrayList<>(work.conditions);
      conditions.add(new DerivedProbe.ConditionPart(point.condition().get(), file));
      here = new Work(work.probe, work.written, work.parts, conditions);
    }
    if (PointPatterns.isPattern(point)) {
      return pattern(point, file, here);
    }
    List<Library.AliasIn> aliases = library.aliases(point);
    if (!aliases.isEmpty()) {
      return throughAliases(point, aliases, here);
    }
    return switch (BuiltinPoints.resolve(point)) {
      case BuiltinPoints.Outcome.Resolved(var occasion, var exits) -> {
        derive(point, occasion, exits, here);
        yield End.FOUND;
      }
      case BuiltinPoints.Outcome.Refused refused -> {
        if (!point.optional()) {
          unresolved(
              refused.code(),
              point,
              Findings.note(refused.code(), refused.reason()),
              refused.hint());
        }
        yield End.SAID;
      }
      case BuiltinPoints.Outcome.Unknown() -> {
        if (!point.optional()) {
          mismatch(point);
        }
        yield point.optional() ? End.NO_MATCH : End.SAID;
      }
    };
  }

  /// One handler for each point that a pattern fits; each is known by its own name.
  private End pattern(DeclarationTree.Point pattern, FileScope file, Work work) {
    int before = derived.size();
    List<DeclarationTree.Point> fitting =
        PointPatterns.fitting(pattern, library.aliasNames(), BuiltinPoints.plainNames());
    for (DeclarationTree.Point point : fitting) {
      DeclarationTree.Point written = active.isEmpty() ? required(point) : work.written;
      point(point, file, new Work(work.probe, written, work.parts, work.conditions));
    }
    if (derived.size() > before) {
      return End.FOUND;
    }
    if (!pattern.optional()) {
      mismatch(pattern);
    }
    return pattern.optional() ? End.NO_MATCH : End.SAID;
  }

  private static DeclarationTree.Point required(DeclarationTree.Point point) {
    return new DeclarationTree.Point(point.components(), false, false, point.condition());
  }

  /// A pattern of a Python's markers stands for all of CPython's that it fits: one handler for
  /// each, so that `$$parms` and `$arg1` mean something in it.
  private void derive(DeclarationTree.Point point, Occasion occasion, boolean exits, Work work) {
    if (occasion instanceof Occasion.Marker marker
        && Glob.isPattern(marker.marker())
        && PythonMarkers.areMeant(marker)) {
      List<String> names = PythonMarkers.fitting(marker.marker());
      Optional<String> provider = marker.provider().map(pattern -> PythonMarkers.PROVIDER);
      for (String name : names) {
        Occasion one = new Occasion.Marker(marker.process(), marker.library(), provider, name);
        add(named(point, name), one, exits, work);
      }
      if (!names.isEmpty()) {
        return;
      }
    }
    add(point, occasion, exits, work);
  }

  private void add(DeclarationTree.Point point, Occasion occasion, boolean exits, Work work) {
    List<DerivedProbe.ConditionPart> conditions = new ArrayList<>(work.conditions);
    Optional<Long> pid = BuiltinPoints.pid(point);
    if (pid.isPresent() && occasion instanceof Occasion.InFile) {
      conditions.addFirst(onlyIn(pid.get(), point.token()));
    }
    Token keyword = work.probe.token();
    derived.add(
        new DerivedProbe(point, work.written, occasion, work.parts, conditions, exits, keyword));
  }

  /// `pid() == PID`: probes are on files, which other processes may run, too.
  private DerivedProbe.ConditionPart onlyIn(long pid, Token at) {
    Token equals = new Token(Token.Kind.OPERATOR, "==", at.span());
    ExpressionTree condition =
        new ExpressionTree.Binary(
            equals,
            new ExpressionTree.Call(at, "pid", List.of()),
            new ExpressionTree.LongLiteral(at, pid));
    return new DerivedProbe.ConditionPart(condition, library.script());
  }

  /// `point` with a marker's name for its pattern. What a pattern names need not be in every file.
  private static DeclarationTree.Point named(DeclarationTree.Point point, String name) {
    List<DeclarationTree.Component> components = new ArrayList<>(point.components());
    DeclarationTree.Component mark = components.removeLast();
    components.add(
        new DeclarationTree.Component(
            mark.token(), mark.name(), Optional.of(new ProbePoint.Literal.Text(name))));
    return new DeclarationTree.Point(components, true, point.sufficient(), point.condition());
  }

  private End throughAliases(
      DeclarationTree.Point point, List<Library.AliasIn> aliases, Work work) {
    int before = derived.size();
    boolean said = false;
    for (Library.AliasIn found : aliases) {
      said |= throughAlias(point, found, work);
    }
    if (derived.size() > before) {
      return End.FOUND;
    }
    if (!said && !point.optional()) {
      Diagnostic note = Findings.note(StapCode.UNRESOLVED_PROBE_POINT, "no match");
      unresolved(StapCode.UNRESOLVED_PROBE_POINT, point, note, Optional.empty());
      return End.SAID;
    }
    return said ? End.SAID : End.NO_MATCH;
  }

  private boolean throughAlias(DeclarationTree.Point point, Library.AliasIn found, Work work) {
    DeclarationTree.Alias alias = found.alias();
    List<DerivedProbe.Part> parts = new ArrayList<>(work.parts);
    DerivedProbe.Part body = new DerivedProbe.Part(alias.body(), found.file());
    parts.add(alias.epilogue() ? parts.size() : 0, body);
    Work inner = new Work(work.probe, work.written, parts, work.conditions);
    boolean said = false;
    for (DeclarationTree.Point target : alias.points()) {
      if (active.contains(target) || active.size() >= MAX_ALIAS_DEPTH || ++steps > MAX_STEPS) {
        recursive(target);
        return false;
      }
      active.add(target);
      End end = point(withSuffix(target, alias, point), found.file(), inner);
      active.removeLast();
      said |= end == End.SAID;
      if (end == End.FOUND && target.sufficient()) {
        break;
      }
    }
    return said;
  }

  /// `target`, followed by what `point` has behind the alias's name.
  private static DeclarationTree.Point withSuffix(
      DeclarationTree.Point target, DeclarationTree.Alias alias, DeclarationTree.Point point) {
    int nameLength = 0;
    for (DeclarationTree.Point name : alias.names()) {
      if (PointNames.matches(point, PointNames.of(name))) {
        nameLength = Math.max(nameLength, name.components().size());
      }
    }
    List<DeclarationTree.Component> components = new ArrayList<>(target.components());
    components.addAll(point.components().subList(nameLength, point.components().size()));
    return new DeclarationTree.Point(
        components,
        target.optional() || point.optional(),
        target.sufficient() || point.sufficient(),
        target.condition());
  }

  private void recursive(DeclarationTree.Point point) {
    String message =
        "recursive loop in alias expansion of "
            + point.toProbePoint()
            + " at "
            + point.token().span().position();
    unresolved(
        StapCode.RECURSIVE_ALIAS,
        point,
        Findings.note(StapCode.RECURSIVE_ALIAS, message),
        Optional.of("an alias must end in a probe point that is no alias"));
  }

  private void unresolved(
      StapCode code, DeclarationTree.Point point, Diagnostic note, Optional<String> hint) {
    findings.report(code, "while resolving probe point", point.token(), hint, List.of(note));
  }

  /// Says which component is the first that fits nothing, and what would.
  private void mismatch(DeclarationTree.Point point) {
    List<List<String>> known = BuiltinPoints.names();
    known.addAll(library.aliasNames());
    int matched = 0;
    TreeSet<String> candidates = new TreeSet<>();
    for (int i = 0; i < point.components().size(); i++) {
      candidates.clear();
      boolean fits = false;
      for (List<String> names : known) {
        if (names.size() > i && samePrefix(point, names, i)) {
          candidates.add(names.get(i));
          fits |= names.get(i).equals(point.components().get(i).name());
        }
      }
      if (!fits) {
        break;
      }
      matched++;
    }
    boolean everyNameFits = matched == point.components().size();
    Token at = everyNameFits ? point.token() : point.components().get(matched).token();
    String wanted = everyNameFits ? "" : point.components().get(matched).name();
    String similar = everyNameFits ? "" : Suggestions.near("similar", wanted, candidates);
    Diagnostic note =
        Findings.note(StapCode.UNRESOLVED_PROBE_POINT, "probe point mismatch" + similar, at);
    unresolved(StapCode.UNRESOLVED_PROBE_POINT, point, note, hint(point, everyNameFits));
  }

  private static boolean samePrefix(DeclarationTree.Point point, List<String> names, int length) {
    for (int i = 0; i < length; i++) {
      if (!names.get(i).equals(point.components().get(i).name())) {
        return false;
      }
    }
    return true;
  }

  private static Optional<String> hint(DeclarationTree.Point point, boolean everyNameFits) {
    return switch (point.components().getFirst().name()) {
      case "kernel",
          "module",
          "kprobe",
          "syscall",
          "nd_syscall",
          "netfilter",
          "scheduler",
          "signal",
          "vm",
          "vfs",
          "tcp",
          "udp",
          "socket",
          "netdev",
          "ioblock",
          "ioscheduler",
          "irq_handler",
          "softirq",
          "workqueue" ->
          Optional.of("pytap traces CPython processes, not the kernel");
      case "perf" ->
          Optional.of("pytap has no hardware counters; timer.profile fires at every tick");
      case "procfs" ->
          Optional.of("pytap makes no files in /proc; print to a file with -o, or on a timer");
      case "timer" -> Optional.of("timers are written timer.ms(100)");
      case "process" -> Optional.of("markers are written process(\"python3\").mark(\"NAME\")");
      case "java", "python2", "python3" ->
          Optional.of("pytap has python.function.entry and python.function.return");
      default ->
          everyNameFits
              ? Optional.of("a component lacks its argument, or has one too many")
              : Optional.empty();
    };
  }
}
