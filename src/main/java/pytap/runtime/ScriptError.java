package pytap.runtime;

import java.util.Optional;

/// A run-time error of the script: the handler ends there, what it printed before stays. It is
/// thrown through generated code only and has no stack trace.
public final class ScriptError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Optional<Site> site;
  private final boolean aborts;

  ScriptError(String message, Optional<Site> site) {
    this(message, site, false);
  }

  private ScriptError(String message, Optional<Site> site, boolean aborts) {
    super(message, null, false, false);
    this.site = site;
    this.aborts = aborts;
  }

  /// What `abort()` throws: the handler ends here, and nothing is wrong. `catch` does not catch it.
  static ScriptError abort() {
    return new ScriptError("", Optional.empty(), true);
  }

  public boolean isAbort() {
    return aborts;
  }

  static ScriptError at(Site site, String message) {
    return new ScriptError(message, Optional.of(site));
  }

  /// Ends the handler at `site`.
  public static ScriptError failure(ByteString message, Site site) {
    return at(site, message.toString());
  }

  /// The error without its place, as `catch (message)` sees it: `division by 0`.
  public String message() {
    return String.valueOf(getMessage());
  }

  /// The error as it is printed behind `ERROR: `: `division by 0 near operator '/' at f.stp:2:13`.
  /// One character for each byte.
  public String report() {
    return site.isPresent() ? message() + " " + site.get().near() : message();
  }
}
