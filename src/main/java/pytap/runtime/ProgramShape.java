package pytap.runtime;

import java.util.List;

/// What a machine must hold for one program.
///
/// @param sites places that can fail, by the numbers that the handlers use for them
/// @param points `pp()` of each probe of the program
/// @param written `pn()` of each probe of the program
/// @param patterns regular expressions, by the numbers that the handlers use for them
public record ProgramShape(
    List<GlobalShape> globals,
    List<Site> sites,
    List<ByteString> points,
    List<ByteString> written,
    List<ByteString> patterns,
    Limits limits) {
  public ProgramShape {
    globals = List.copyOf(globals);
    sites = List.copyOf(sites);
    points = List.copyOf(points);
    written = List.copyOf(written);
    patterns = List.copyOf(patterns);
  }
}
