package pytap.probe;

import java.util.List;

/// When a hit at a site counts as an event. An unreadable value makes a condition false and is
/// counted as an unreadable hit by the engine.
public sealed interface Condition {

  record Always() implements Condition {}

  record Equal(Value left, Value right) implements Condition {}

  /// Signed comparison `left < right`.
  record Less(Value left, Value right) implements Condition {}

  record Not(Condition condition) implements Condition {}

  record All(List<Condition> conditions) implements Condition {
    public All {
      conditions = List.copyOf(conditions);
    }
  }

  record Any(List<Condition> conditions) implements Condition {
    public Any {
      conditions = List.copyOf(conditions);
    }
  }
}
