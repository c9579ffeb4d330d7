package pytap.stap;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.ir.Type;
import pytap.probe.ProbePoint;

/// A declaration as it was written.
sealed interface DeclarationTree {
  Token token();

  /// @param token the keyword `probe`
  record Probe(Token token, List<Point> points, StatementTree body) implements DeclarationTree {}

  /// `probe NAME = POINTS { … }`
  ///
  /// @param epilogue written with `+=`: its body runs behind the handler's
  record Alias(
      Token token, List<Point> names, List<Point> points, boolean epilogue, StatementTree body)
      implements DeclarationTree {}

  /// @param token the name
  record Function(
      Token token,
      boolean isPrivate,
      Optional<Type> result,
      List<Parameter> parameters,
      Optional<Long> priority,
      StatementTree body)
      implements DeclarationTree {
    String name() {
      return token.text();
    }
  }

  record Parameter(Token token, Optional<Type> type) {}

  /// @param token the name
  /// @param initial a [ExpressionTree.Number] or [ExpressionTree.Text]
  record Global(
      Token token,
      boolean isPrivate,
      OptionalInt size,
      boolean wrap,
      Optional<ExpressionTree> initial)
      implements DeclarationTree {
    String name() {
      return token.text();
    }
  }

  /// A probe point as it was written.
  ///
  /// @param components never empty
  record Point(
      List<Component> components,
      boolean optional,
      boolean sufficient,
      Optional<ExpressionTree> condition) {
    public Point {
      components = List.copyOf(components);
    }

    /// Where messages about the point stand.
    Token token() {
      return components.getFirst().token();
    }

    ProbePoint toProbePoint() {
      ProbePoint.Component[] plain = new ProbePoint.Component[components.size()];
      for (int i = 0; i < plain.length; i++) {
        Component component = components.get(i);
        plain[i] = new ProbePoint.Component(component.name(), component.argument());
      }
      return new ProbePoint(List.of(plain), optional, sufficient);
    }
  }

  /// @param name may hold `*` and `?`
  record Component(Token token, String name, Optional<ProbePoint.Literal> argument) {}
}
