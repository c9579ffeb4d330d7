package pytap.stap;

import java.util.Optional;

/// The printing built-ins.
///
/// @param asText gives text instead of printing it
/// @param formatted takes a format string
/// @param delimited takes a delimiter
/// @param newline ends with a newline
record PrintName(boolean asText, boolean formatted, boolean delimited, boolean newline) {

  /// What `name` stands for; empty where it is no printing built-in.
  static Optional<PrintName> of(String name) {
    boolean asText = name.startsWith("sprint");
    if (!asText && !name.startsWith("print")) {
      return Optional.empty();
    }
    return switch (name.substring(asText ? 6 : 5)) {
      case "" -> Optional.of(new PrintName(asText, false, false, false));
      case "f" -> Optional.of(new PrintName(asText, true, false, false));
      case "d" -> Optional.of(new PrintName(asText, false, true, false));
      case "ln" -> Optional.of(new PrintName(asText, false, false, true));
      case "dln" -> Optional.of(new PrintName(asText, false, true, true));
      default -> Optional.empty();
    };
  }

  String text() {
    return (asText ? "sprint" : "print")
        + (formatted ? "f" : "")
        + (delimited ? "d" : "")
        + (newline ? "ln" : "");
  }
}
