package pytap.stap;

import java.util.List;
import pytap.probe.Occasion;

/// One handler on one built-in probe point: what a probe declaration comes to once aliases are
/// expanded.
///
/// @param point the built-in point
/// @param written the point as the script has it
/// @param parts alias bodies and the handler's own, in the order in which they run
/// @param conditions of the point and of the aliases on the way; all must hold
/// @param exits the session ends after the handler (`oneshot`)
/// @param keyword the `probe` of the declaration
record DerivedProbe(
    DeclarationTree.Point point,
    DeclarationTree.Point written,
    Occasion occasion,
    List<Part> parts,
    List<ConditionPart> conditions,
    boolean exits,
    Token keyword) {
  DerivedProbe {
    parts = List.copyOf(parts);
    conditions = List.copyOf(conditions);
  }

  /// A body and the file whose names it sees.
  record Part(StatementTree body, FileScope file) {}

  record ConditionPart(ExpressionTree condition, FileScope file) {}
}
