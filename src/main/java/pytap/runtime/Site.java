package pytap.runtime;

import pytap.source.Span;

/// A place in the script that can fail when it runs.
///
/// @param token what stands there, as messages call it: `operator '/'`, `identifier 'a'`
public record Site(String token, Span span) {

  /// `near operator '/' at FILE:LINE:COLUMN`.
  String near() {
    return "near " + token + " at " + span.position();
  }
}
