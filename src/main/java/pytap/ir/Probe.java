package pytap.ir;

import java.util.List;
import java.util.Optional;
import pytap.probe.Occasion;
import pytap.probe.ProbePoint;
import pytap.source.Span;

/// One handler on one probe point, aliases already expanded into its body.
///
/// @param index order in the script, from 0; a probe with several points is several probes
/// @param occasion when it runs
/// @param point the resolved point: `process("python3").mark("function__entry")`
/// @param written the point as the script wrote it, before aliases: `python.function.entry`
/// @param condition `if (…)` on the probe point: the handler runs only while it is not 0
public record Probe(
    int index,
    Occasion occasion,
    ProbePoint point,
    ProbePoint written,
    Optional<Expr> condition,
    List<Local> locals,
    Stmt body,
    Span span) {
  public Probe {
    locals = List.copyOf(locals);
  }
}
