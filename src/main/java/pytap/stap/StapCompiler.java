package pytap.stap;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import pytap.ir.Expr;
import pytap.ir.Program;
import pytap.source.Diagnostic;
import pytap.source.SourceText;

/// SystemTap scripts to programs: passes 1 and 2 of `stap`.
public final class StapCompiler {

  /// What is compiled.
  ///
  /// @param script bytes as ISO 8859-1 characters
  /// @param tapsets the `.stp` and `.stpm` files of `-I` directories, in the order in which they
  ///   are searched
  /// @param arguments what follows the script on the command line
  /// @param globals initial values of scalar globals (`-G name=value`), by their names; what names
  ///   no such global is ignored, as stap does
  public record Input(
      SourceText script,
      List<SourceText> tapsets,
      List<String> arguments,
      Map<String, String> globals) {
    public Input {
      tapsets = List.copyOf(tapsets);
      arguments = List.copyOf(arguments);
      globals = Map.copyOf(globals);
    }

    public Input(SourceText script, List<SourceText> tapsets, List<String> arguments) {
      this(script, tapsets, arguments, Map.of());
    }
  }

  /// How it is compiled.
  ///
  /// @param elide leave out what nobody reads (stap's `-u` turns it off)
  public record Options(boolean elide) {
    public static final Options DEFAULT = new Options(true);
  }

  /// What comes of it.
  ///
  /// @param program absent where a diagnostic is an error
  /// @param diagnostics in the order in which stap would find them
  public record Result(Optional<Program> program, List<Diagnostic> diagnostics) {
    public Result {
      diagnostics = List.copyOf(diagnostics);
    }
  }

  private StapCompiler() {}

  public static Result compile(Input input, Options options) {
    Findings findings = new Findings();
    ScriptArguments arguments = new ScriptArguments(input.arguments());
    Map<String, Macro> macros = macros(input.tapsets(), findings);
    ScriptParser.Result parsed = ScriptParser.parse(input.script(), arguments, macros);
    findings.addAll(parsed.errors());
    if (findings.failed()) {
      return new Result(Optional.empty(), findings.all());
    }
    FileScope script = new FileScope(parsed.tree(), true, findings);
    List<FileScope> tapsets = tapsets(input.tapsets(), macros, findings);
    Library library = new Library(script, tapsets, arguments, findings);
    BoundScript bound = Binder.bind(library, findings);
    reportUnused(arguments, findings);
    if (!findings.failed()) {
      ForeachCheck.check(bound, findings);
    }
    Optional<Program> program =
        findings.failed()
            ? Optional.empty()
            : analyse(bound, parsed.tree(), options, input.globals(), findings);
    return new Result(program, findings.all());
  }

  /// What `-p1` makes of a script.
  ///
  /// @param tree the script as it was understood, in a layout of our own, without what does not
  ///   parse
  public record Parsed(String tree, List<Diagnostic> diagnostics) {
    public Parsed {
      diagnostics = List.copyOf(diagnostics);
    }
  }

  /// Pass 1 alone.
  public static Parsed parse(Input input) {
    Findings findings = new Findings();
    Map<String, Macro> macros = macros(input.tapsets(), findings);
    ScriptArguments arguments = new ScriptArguments(input.arguments());
    ScriptParser.Result parsed = ScriptParser.parse(input.script(), arguments, macros);
    findings.addAll(parsed.errors());
    for (SourceText source : input.tapsets()) {
      if (!isMacros(source)) {
        skipped(
            source, ScriptParser.parse(source, ScriptArguments.NONE, macros).errors(), findings);
      }
    }
    return new Parsed(TreePrinter.print(parsed.tree()), findings.all());
  }

  private static boolean isMacros(SourceText source) {
    return source.name().endsWith(".stpm");
  }

  /// What the files of macros define, by the names.
  private static Map<String, Macro> macros(List<SourceText> sources, Findings findings) {
    Map<String, Macro> all = new HashMap<>();
    for (SourceText source : sources) {
      if (isMacros(source)) {
        try {
          Preprocessor.library(source).forEach(all::putIfAbsent);
        } catch (SyntaxException broken) {
          skipped(source, List.of(broken.diagnostic()), findings);
        }
      }
    }
    return all;
  }

  private static void skipped(SourceText source, List<Diagnostic> errors, Findings findings) {
    if (!errors.isEmpty()) {
      findings.add(
          new Diagnostic(
              StapCode.TAPSET_SKIPPED,
              "tapset \"" + source.name() + "\" has errors, and will be skipped",
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              errors));
    }
  }

  private static List<FileScope> tapsets(
      List<SourceText> sources, Map<String, Macro> macros, Findings findings) {
    List<FileScope> scopes = new ArrayList<>();
    for (SourceText source : sources) {
      if (isMacros(source)) {
        continue;
      }
      ScriptParser.Result parsed = ScriptParser.parse(source, ScriptArguments.NONE, macros);
      if (parsed.errors().isEmpty()) {
        scopes.add(new FileScope(parsed.tree(), false, findings));
      }
      skipped(source, parsed.errors(), findings);
    }
    return scopes;
  }

  private static void reportUnused(ScriptArguments arguments, Findings findings) {
    for (int i = 1; i <= arguments.count(); i++) {
      if (!arguments.isUsed(i)) {
        findings.add(
            Findings.note(StapCode.UNUSED_ARGUMENT, "unused command line option $" + i + "/@" + i));
      }
    }
  }

  private static Optional<Program> analyse(
      BoundScript bound,
      ScriptTree script,
      Options options,
      Map<String, String> values,
      Findings findings) {
    BoundScript kept = options.elide() ? Elider.elide(bound, script, findings) : bound;
    if (kept.probes().isEmpty()) {
      findings.add(Findings.note(StapCode.NO_PROBES, "no probes found"));
      return Optional.empty();
    }
    Set<Variable> globals = usedGlobals(kept);
    TypeInference.infer(kept, globals, findings);
    Map<Variable, Expr> initials = GlobalOptions.initials(globals, values, findings);
    return findings.failed()
        ? Optional.empty()
        : Optional.of(Lowering.lower(kept, script.source(), globals, initials));
  }

  /// In the order of their declarations within a file, files in the order of their use.
  private static Set<Variable> usedGlobals(BoundScript script) {
    Usage usage = Usage.of(script);
    List<Variable> globals = new ArrayList<>();
    for (Variable variable : usage.all()) {
      if (variable.isGlobal()) {
        globals.add(variable);
      }
    }
    globals.sort(StapCompiler::inTextOrder);
    return new LinkedHashSet<>(globals);
  }

  private static int inTextOrder(Variable a, Variable b) {
    return a.token().span().isIn(b.token().span().source())
        ? Integer.compare(a.token().span().start(), b.token().span().start())
        : a.token().span().source().name().compareTo(b.token().span().source().name());
  }
}
