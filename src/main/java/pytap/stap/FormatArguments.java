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

  /// The pieces of `print` and its like for arguments of `types`.
  ///
  /// @param delimiter between them; may be empty
  static List<FormatPiece> pieces(List<ValueType> types, String delimiter, boolean newline) {
    List<FormatPiece> pieces = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      if (i > 0 && !delimiter.isEmpty()) {
        pieces.add(new FormatPiece.Literal(delimiter));
      }
      Conversion conversion =
          types.get(i) == ValueType.STRING ? Conversion.STRING : Conversion.SIGNED;
      pieces.add(new FormatPiece.Directive(Flag.NONE, Amount.NONE, Amount.NONE, conversion));
    }
    if (newline) {
      pieces.add(new FormatPiece.Literal("\n"));
    }
    return pieces;
  }
}
