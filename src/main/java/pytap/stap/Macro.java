package pytap.stap;

import java.util.List;

/// What `@define` says.
///
/// @param name the identifier behind `@define`
/// @param fromLibrary of a file of macros: its body sees no macro of the script
record Macro(Token name, List<String> parameters, List<Token> body, boolean fromLibrary) {
  Macro {
    parameters = List.copyOf(parameters);
    body = List.copyOf(body);
  }

  Macro ofLibrary() {
    return new Macro(name, parameters, body, true);
  }
}
