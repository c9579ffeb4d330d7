package pytap.probe;

import java.util.List;
import java.util.Optional;

/// A probe point: components joined by dots, each with at most one literal argument.
///
/// @param sufficient written with `!`: points behind it in the list are not tried once it resolves
/// @param optional written with `?`: no error where it does not resolve
public record ProbePoint(List<Component> components, boolean optional, boolean sufficient) {
  public ProbePoint {
    components = List.copyOf(components);
  }

  /// One component: `process("python3")`, `timer`, `ms(1000)`.
  public record Component(String name, Optional<Literal> argument) {}

  /// A component's argument.
  public sealed interface Literal {
    record Text(String bytes) implements Literal {}

    record Number(long value) implements Literal {}
  }

  /// As a script writes it: `process("python3").mark("function__entry")`.
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    for (Component component : components) {
      if (!out.isEmpty()) {
        out.append('.');
      }
      out.append(component.name());
      component.argument().ifPresent(argument -> appendLiteral(out, argument));
    }
    return out.append(sufficient ? "!" : optional ? "?" : "").toString();
  }

  private static void appendLiteral(StringBuilder out, Literal literal) {
    switch (literal) {
      case Literal.Text text -> out.append("(\"").append(text.bytes()).append("\")");
      case Literal.Number number -> out.append('(').append(number.value()).append(')');
    }
  }
}
