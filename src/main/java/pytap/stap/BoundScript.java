package pytap.stap;

import java.util.List;
import java.util.Optional;

/// A script whose names are resolved: functions that something calls, and handlers.
record BoundScript(List<FunctionSymbol> functions, List<BoundProbe> probes) {
  BoundScript {
    functions = List.copyOf(functions);
    probes = List.copyOf(probes);
  }

  record BoundProbe(
      DerivedProbe probe, Optional<BoundExpression> condition, BoundStatement body) {}
}
