package pytap.ir;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.source.Span;

/// A global variable: a scalar where `keyTypes` is empty, else an associative array.
///
/// @param index position in the program's list of globals, from 0
/// @param maxEntries the declared size of an array (`global a[10]`); absent: MAXMAPENTRIES
/// @param wrap a full array replaces its oldest entry instead of failing (`global a%`)
/// @param initial a [Expr.LongConstant] or [Expr.StringConstant]; absent: 0 or ""
/// @param aggregation for a statistic, what it keeps
/// @param unread whether it is the script's own and nothing comes of its value but its next value;
///   if it is written, it is printed when the session ends, as SystemTap does
public record Global(
    int index,
    String name,
    Type type,
    List<Type> keyTypes,
    OptionalInt maxEntries,
    boolean wrap,
    Optional<Expr> initial,
    boolean unread,
    Aggregation aggregation,
    Span span) {
  public Global {
    keyTypes = List.copyOf(keyTypes);
  }

  public boolean isArray() {
    return !keyTypes.isEmpty();
  }
}
