package pytap.stap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import pytap.ir.Intrinsic;
import pytap.ir.Intrinsics;
import pytap.source.SourceText;

/// Everything a name can mean: the script's own declarations, then the user's tapsets, then
/// intrinsics, then our tapsets. What comes earlier hides what comes later.
final class Library {
  /// An alias and the file that declares it.
  record AliasIn(DeclarationTree.Alias alias, FileScope file) {}

  /// A function of a script or of pytap.
  sealed interface Callable {
    record OfScript(FunctionSymbol function) implements Callable {}

    record Native(Intrinsic intrinsic) implements Callable {}
  }

  private final FileScope script;
  private final List<FileScope> userTapsets;
  private final Map<String, FileScope> ownTapsets = new HashMap<>();
  private final ScriptArguments arguments;
  private final Findings findings;
  private final List<FileScope> used = new ArrayList<>();
  private Optional<FileScope> argumentGlobals = Optional.empty();

  Library(
      FileScope script, List<FileScope> userTapsets, ScriptArguments arguments, Findings findings) {
    this.script = script;
    this.userTapsets = userTapsets;
    this.arguments = arguments;
    this.findings = findings;
  }

  FileScope script() {
    return script;
  }

  /// The global called `name` as code in `file` sees it.
  Optional<Variable> global(FileScope file, String name) {
    Variable own = file.globals().get(name);
    if (own != null) {
      return Optional.of(own);
    }
    for (FileScope tapset : userTapsets) {
      Variable variable = tapset.globals().get(name);
      if (variable != null && !isPrivate(variable)) {
        markUsed(tapset);
        return Optional.of(variable);
      }
    }
    return name.equals("argc") || name.equals("argv") ? argumentGlobal(name) : Optional.empty();
  }

  /// `argc` and `argv`, the script's arguments as variables.
  private Optional<Variable> argumentGlobal(String name) {
    if (argumentGlobals.isEmpty()) {
      SourceText source = arguments.asTapset();
      ScriptTree tree = ScriptParser.parse(source, arguments).tree();
      argumentGlobals = Optional.of(new FileScope(tree, false, findings));
      markUsed(argumentGlobals.get());
    }
    return Optional.ofNullable(argumentGlobals.get().globals().get(name));
  }

  private void markUsed(FileScope tapset) {
    if (tapset != script && !used.contains(tapset)) {
      used.add(tapset);
    }
  }

  /// The tapsets that the script uses something of, in the order of their first use. Their own
  /// probes are part of the script.
  List<FileScope> used() {
    return used;
  }

  private static boolean isPrivate(Variable global) {
    return global.declaration().map(DeclarationTree.Global::isPrivate).orElse(false);
  }

  /// The function that `name` with so many arguments calls, seen from code in `file`.
  Optional<Callable> function(FileScope file, String name, int arity) {
    Optional<FunctionSymbol> found = file.function(name, arity);
    if (found.isEmpty()) {
      found = shared(script, name, arity);
    }
    for (int i = 0; i < userTapsets.size() && found.isEmpty(); i++) {
      found = shared(userTapsets.get(i), name, arity);
    }
    if (found.isPresent()) {
      markUsed(found.get().file());
      return Optional.of(new Callable.OfScript(found.get()));
    }
    for (Intrinsic intrinsic : Intrinsics.all()) {
      if (intrinsic.parameters().size() == arity && intrinsic.name().equals(name)) {
        return Optional.of(new Callable.Native(intrinsic));
      }
    }
    Optional<Tapsets.Entry> entry = Tapsets.definingFunction(name);
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    found = own(entry.get()).function(name, arity);
    return found.isEmpty() ? Optional.empty() : Optional.of(new Callable.OfScript(found.get()));
  }

  private static Optional<FunctionSymbol> shared(FileScope file, String name, int arity) {
    Optional<FunctionSymbol> found = file.function(name, arity);
    return found.isPresent() && found.get().declaration().isPrivate() ? Optional.empty() : found;
  }

  /// How many arguments functions called `name` take.
  Collection<Integer> aritiesOf(FileScope file, String name) {
    TreeSet<Integer> arities = new TreeSet<>();
    for (int arity = 0; arity <= 8; arity++) {
      if (function(file, name, arity).isPresent()) {
        arities.add(arity);
      }
    }
    return arities;
  }

  /// The names of all functions that could be called.
  Collection<String> functionNames(FileScope file) {
    TreeSet<String> names = new TreeSet<>(file.functions().keySet());
    names.addAll(script.functions().keySet());
    for (FileScope tapset : userTapsets) {
      names.addAll(tapset.functions().keySet());
    }
    for (Intrinsic intrinsic : Intrinsics.all()) {
      if (!intrinsic.name().startsWith(Intrinsics.OF_MARKER)) {
        names.add(intrinsic.name());
      }
    }
    for (Tapsets.Entry entry : Tapsets.INDEX) {
      names.addAll(entry.functions());
    }
    return names;
  }

  /// The aliases whose names the first components of `point` match, from the nearest file that has
  /// any.
  List<AliasIn> aliases(DeclarationTree.Point point) {
    List<AliasIn> found = new ArrayList<>();
    addMatching(script, point, found);
    for (FileScope tapset : userTapsets) {
      addMatching(tapset, point, found);
    }
    if (!found.isEmpty()) {
      return found;
    }
    for (Tapsets.Entry entry : Tapsets.INDEX) {
      if (matchesAny(entry.aliases(), point)) {
        addMatching(own(entry), point, found);
      }
    }
    return found;
  }

  private static boolean matchesAny(List<String> aliases, DeclarationTree.Point point) {
    for (String alias : aliases) {
      if (PointNames.matches(point, PointNames.split(alias))) {
        return true;
      }
    }
    return false;
  }

  private static void addMatching(
      FileScope file, DeclarationTree.Point point, List<AliasIn> found) {
    for (DeclarationTree.Alias alias : file.aliases()) {
      for (DeclarationTree.Point name : alias.names()) {
        if (PointNames.matches(point, PointNames.of(name))) {
          found.add(new AliasIn(alias, file));
        }
      }
    }
  }

  /// The component names of all aliases.
  List<List<String>> aliasNames() {
    List<List<String>> names = new ArrayList<>();
    addAliasNames(script, names);
    for (FileScope tapset : userTapsets) {
      addAliasNames(tapset, names);
    }
    for (Tapsets.Entry entry : Tapsets.INDEX) {
      for (String alias : entry.aliases()) {
        names.add(PointNames.split(alias));
      }
    }
    return names;
  }

  private static void addAliasNames(FileScope file, List<List<String>> names) {
    for (DeclarationTree.Alias alias : file.aliases()) {
      for (DeclarationTree.Point name : alias.names()) {
        names.add(PointNames.of(name));
      }
    }
  }

  private FileScope own(Tapsets.Entry entry) {
    FileScope loaded = ownTapsets.get(entry.file());
    if (loaded == null) {
      ScriptParser.Result parsed =
          ScriptParser.parse(Tapsets.read(entry.file()), ScriptArguments.NONE);
      if (!parsed.errors().isEmpty()) {
        throw new IllegalStateException("our tapset does not parse: " + parsed.errors());
      }
      loaded = new FileScope(parsed.tree(), false, findings);
      ownTapsets.put(entry.file(), loaded);
    }
    return loaded;
  }
}
