package pytap.session;

import java.util.Optional;

/// Which engine a session is to use (`--engine`).
public enum EngineChoice {
  /// In-process for a target's Python where that is possible, else the kernel's.
  AUTO("auto"),
  /// Uprobes: sees every process, needs BPF.
  KERNEL("kernel"),
  /// Code put into the target: needs a target, and no privilege but to trace it.
  IN_PROCESS("in-process");

  private final String word;

  EngineChoice(String word) {
    this.word = word;
  }

  /// What the user writes.
  public String word() {
    return word;
  }

  /// The one that is written so.
  public static Optional<EngineChoice> named(String word) {
    for (EngineChoice choice : values()) {
      if (choice.word.equals(word)) {
        return Optional.of(choice);
      }
    }
    return Optional.empty();
  }
}
