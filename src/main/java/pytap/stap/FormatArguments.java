package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import pytap.ir.FormatPiece;
import pytap.ir.FormatPiece.Amount;
import pytap.ir.FormatPiece.Conversion;
import pytap.ir.FormatPiece.Flag;

/// Which arguments formats take, and which formats arguments make.
final class FormatArguments {
  private FormatArguments() {}

  /// How many arguments `pieces` take.
  static int count(List<FormatPiece> pieces) {
    return types(pieces).size();
  }

  /// The type of each argument that `pieces` take.
  static List<ValueType> types(List<FormatPiece> pieces) {
    List<ValueType> types = new ArrayList<>();
    for (FormatPiece piece : pieces) {
      if (piece instanceof FormatPiece.Directive directive) {
        if (directive.width().dynamic()) {
          types.add(ValueType.LONG);
        }
        if (directive.precision().dynamic()) {
          types.add(ValueType.LONG);
        }
        boolean text = directive.conversion() == Conversion.STRING;
        types.add(text ? ValueType.STRING : ValueType.LONG);
      }
    }
    return types;
  }

  /// The pieces of `print` and its like, once types are known. Text that the script spells out is
  /// part of the format.
  static List<FormatPiece> pieces(BoundExpression.Print print) {
    List<FormatPiece> pieces = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    boolean first = true;
    for (BoundExpression argument : print.arguments()) {
      literal.append(first ? "" : print.delimiter().orElse(""));
      first = false;
      if (argument instanceof BoundExpression.StringConstant constant) {
        literal.append(constant.value());
        continue;
      }
      addLiteral(literal, pieces);
      boolean text = TypeInference.typeOf(argument) == ValueType.STRING;
      Conversion conversion = text ? Conversion.STRING : Conversion.SIGNED;
      pieces.add(new FormatPiece.Directive(Flag.NONE, Amount.NONE, Amount.NONE, conversion));
    }
    literal.append(print.name().newline() ? "\n" : "");
    addLiteral(literal, pieces);
    return pieces;
  }

  private static void addLiteral(StringBuilder literal, List<FormatPiece> pieces) {
    if (!literal.isEmpty()) {
      pieces.add(new FormatPiece.Literal(literal.toString()));
      literal.setLength(0);
    }
  }

  /// The arguments that the directives among [#pieces] take.
  static List<BoundExpression> arguments(BoundExpression.Print print) {
    List<BoundExpression> arguments = new ArrayList<>();
    for (BoundExpression argument : print.arguments()) {
      if (!(argument instanceof BoundExpression.StringConstant)) {
        arguments.add(argument);
      }
    }
    return arguments;
  }
}
