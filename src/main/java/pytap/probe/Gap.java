package pytap.probe;

import java.util.Optional;

/// What a mechanism does not see exactly.
public sealed interface Gap {

  /// One sentence.
  String what();

  /// Of every process.
  record Always(String what) implements Gap {}

  /// Of processes whose environment asks for it.
  ///
  /// @param variable asks where its value is neither empty nor begins with `0`
  /// @param unasked whether it is so where the variable is missing or empty
  record OnRequest(String what, String variable, boolean unasked) implements Gap {

    /// Whether a process that was started with this value has the gap.
    public boolean isIn(Optional<String> value) {
      return value
          .filter(text -> !text.isEmpty())
          .map(text -> !text.startsWith("0"))
          .orElse(unasked);
    }
  }
}
