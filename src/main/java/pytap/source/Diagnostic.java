package pytap.source;

import java.util.List;
import java.util.Optional;

/// Something wrong, or doubtful, in a script. Shown in SystemTap's form:
///
/// ```
/// semantic error: MESSAGE: identifier 'x' at FILE:LINE:COLUMN
///         source: the line of the script
///                 ^
/// ```
///
/// @param code which message of the catalogue this is
/// @param subject the kind of thing at the place, as messages call it: `identifier 'x'`
/// @param hint what to type instead; empty where there is nothing useful to say
/// @param notes further places that belong to it, such as "alias expanded from"
public record Diagnostic(
    Code code,
    String message,
    Optional<String> subject,
    Optional<Span> span,
    Optional<String> hint,
    List<Diagnostic> notes) {

  public Diagnostic {
    notes = List.copyOf(notes);
  }

  /// A message of a catalogue: each language has an enum of them, and each constant a `ko` case.
  public interface Code {
    /// The constant's name: `UNRESOLVED_FUNCTION`.
    String name();

    Severity severity();

    /// Whether a parse error is about the very place that it names; others only tell where reading
    /// stopped.
    default boolean isAboutItsPlace() {
      return false;
    }
  }

  /// What follows from a diagnostic.
  public enum Severity {
    /// Pass 1 fails.
    PARSE_ERROR,
    /// Pass 2 fails.
    SEMANTIC_ERROR,
    /// Said, and the session goes on.
    WARNING
  }
}
