package pytap.ir;

import java.util.List;

/// A function that pytap provides natively. The catalogue is [Intrinsics].
///
/// @param name its name in SystemTap's tapset library
/// @param kind where its value comes from
public record Intrinsic(String name, List<Type> parameters, Type result, Kind kind) {
  /// Those that give a value and change something all the same.
  private static final List<String> CHANGING =
      List.of(
          "indent",
          "indent_depth",
          "thread_indent",
          "thread_indent_depth",
          "tokenize",
          "randint",
          "speculation");

  public Intrinsic {
    parameters = List.copyOf(parameters);
  }

  /// Whether a call matters where nobody takes its value.
  public boolean hasEffect() {
    return result == Type.VOID || CHANGING.contains(name);
  }

  /// Where an intrinsic's value comes from.
  public enum Kind {
    /// From its arguments alone.
    PURE,
    /// From the moment the probe fired: captured at the probe.
    CONTEXT,
    /// From the target's memory, read when the probe fired. How is said by [MemoryRead].
    MEMORY,
    /// From the probe itself, known when the script is compiled.
    PROBE,
    /// From the session, or changes it.
    SESSION
  }
}
