package pytap.endtoend;

import java.util.ArrayList;
import java.util.List;

/// How pytap is told to trace.
enum Engine {
  KERNEL("kernel"),
  IN_PROCESS("in-process");

  private final String word;

  Engine(String word) {
    this.word = word;
  }

  /// `arguments` with this engine chosen.
  List<String> with(List<String> arguments) {
    List<String> all = new ArrayList<>(List.of("--engine", word));
    all.addAll(arguments);
    return all;
  }

  @Override
  public String toString() {
    return word;
  }
}
