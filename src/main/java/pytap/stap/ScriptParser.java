package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pytap.source.Diagnostic;
import pytap.source.SourceText;

/// Pass 1: one file's text to its tree, with every parse error that one run can find. After an
/// error it goes on at the next `probe`, `global`, `function` or `private`.
final class ScriptParser {

  /// @param errors in the order of the text; where there are any the tree lacks what they stand in
  record Result(ScriptTree tree, List<Diagnostic> errors) {}

  private ScriptParser() {}

  static Result parse(SourceText source, ScriptArguments arguments) {
    return parse(source, arguments, Map.of());
  }

  /// @param macros those of tapsets, by their names
  static Result parse(SourceText source, ScriptArguments arguments, Map<String, Macro> macros) {
    Preprocessor.Result expanded = Preprocessor.expand(Lexer.tokenize(source, arguments), macros);
    TokenStream stream = new TokenStream(source, expanded.tokens(), expanded.broken());
    DeclarationParser parser = new DeclarationParser(stream);
    List<DeclarationTree> declarations = new ArrayList<>();
    List<Diagnostic> errors = new ArrayList<>();
    while (!stream.atEnd()) {
      try {
        parser.declaration(declarations);
      } catch (SyntaxException e) {
        errors.add(e.diagnostic());
        stream.recover();
      }
    }
    if (errors.isEmpty() && declarations.isEmpty()) {
      errors.add(empty(source));
    }
    return new Result(new ScriptTree(source, declarations), errors);
  }

  private static Diagnostic empty(SourceText source) {
    return new Diagnostic(
        StapCode.EMPTY_SCRIPT,
        "Input file '" + source.name() + "' is empty.",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }
}
