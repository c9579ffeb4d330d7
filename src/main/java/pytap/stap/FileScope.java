package pytap.stap;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What one file declares.
final class FileScope {
  private final boolean userScript;
  private final Map<String, Variable> globals = new LinkedHashMap<>();
  private final Map<String, List<FunctionSymbol>> functions = new LinkedHashMap<>();
  private final List<DeclarationTree.Alias> aliases = new ArrayList<>();
  private final List<DeclarationTree.Probe> probes = new ArrayList<>();

  /// @param userScript the script itself, which alone is warned about
  FileScope(ScriptTree tree, boolean userScript, Findings findings) {
    this.userScript = userScript;
    Map<String, List<DeclarationTree.Function>> declared = new LinkedHashMap<>();
    for (DeclarationTree declaration : tree.declarations()) {
      if (declaration instanceof DeclarationTree.Probe probe) {
        probes.add(probe);
      } else if (declaration instanceof DeclarationTree.Alias alias) {
        aliases.add(alias);
      } else if (declaration instanceof DeclarationTree.Global global) {
        globals.put(global.name(), Variable.global(global));
      } else if (declaration instanceof DeclarationTree.Function function) {
        declared.computeIfAbsent(function.name(), _ -> new ArrayList<>()).add(function);
      }
    }
    for (List<DeclarationTree.Function> sameName : declared.values()) {
      functions.put(sameName.getFirst().name(), symbols(sameName, findings));
    }
  }

  /// Overloads of one name and arity are tried in the order of their priorities, then of the text.
  private List<FunctionSymbol> symbols(List<DeclarationTree.Function> sameName, Findings findings) {
    List<DeclarationTree.Function> ordered = new ArrayList<>(sameName);
    ordered.sort((a, b) -> Long.compare(priority(a), priority(b)));
    checkDuplicates(sameName, findings);
    List<FunctionSymbol> symbols = new ArrayList<>();
    for (int i = ordered.size() - 1; i >= 0; i--) {
      DeclarationTree.Function function = ordered.get(i);
      Optional<FunctionSymbol> next = firstOfArity(symbols, function.parameters().size());
      String unique = i == 0 ? function.name() : function.name() + "#" + (i + 1);
      symbols.addFirst(new FunctionSymbol(function, this, unique, next));
    }
    return symbols;
  }

  private static long priority(DeclarationTree.Function function) {
    return function.priority().orElse(1L);
  }

  private static Optional<FunctionSymbol> firstOfArity(List<FunctionSymbol> symbols, int arity) {
    for (FunctionSymbol symbol : symbols) {
      if (symbol.parameters().size() == arity) {
        return Optional.of(symbol);
      }
    }
    return Optional.empty();
  }

  /// Without `next` in the first, a second function of the same arity could never run.
  private static void checkDuplicates(List<DeclarationTree.Function> sameName, Findings findings) {
    for (int i = 0; i < sameName.size(); i++) {
      DeclarationTree.Function later = sameName.get(i);
      for (DeclarationTree.Function earlier : sameName.subList(0, i)) {
        boolean overload = earlier.priority().isPresent() || later.priority().isPresent();
        if (!overload && earlier.parameters().size() == later.parameters().size()) {
          findings.report(
              StapCode.DUPLICATE_FUNCTION,
              "conflicting functions",
              later.token(),
              Findings.note(StapCode.DUPLICATE_FUNCTION, "", earlier.token()));
        }
      }
    }
  }

  boolean isUserScript() {
    return userScript;
  }

  Map<String, Variable> globals() {
    return globals;
  }

  Map<String, List<FunctionSymbol>> functions() {
    return functions;
  }

  Optional<FunctionSymbol> function(String name, int arity) {
    List<FunctionSymbol> sameName = functions.get(name);
    return sameName == null ? Optional.empty() : firstOfArity(sameName, arity);
  }

  List<DeclarationTree.Alias> aliases() {
    return aliases;
  }

  List<DeclarationTree.Probe> probes() {
    return probes;
  }
}
