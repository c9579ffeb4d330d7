package pytap.ir;

import java.util.List;
import pytap.source.Span;

/// A function of the script or of a tapset that the script uses.
///
/// @param name unique in the program
/// @param parameters how many of `locals`, from the first, are parameters
public record Function(
    String name, int parameters, Type result, List<Local> locals, Stmt body, Span span) {
  public Function {
    locals = List.copyOf(locals);
  }
}
