package pytap.place;

import java.util.HashSet;
import java.util.Set;
import pytap.ir.Children;
import pytap.ir.Expr;
import pytap.ir.Intrinsic;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.ir.Stmt;

/// Whether a program asks what the tool looks up of processes, in `/proc` and in their files, when
/// a handler runs. Then the tool looks at each process when it first hears of it, because it may
/// have ended by the time the script asks.
public final class Lookups {
  private final Program program;
  private final Set<String> visited = new HashSet<>();
  private boolean found;

  private Lookups(Program program) {
    this.program = program;
  }

  public static boolean areMade(Program program) {
    Lookups lookups = new Lookups(program);
    for (Probe probe : program.probes()) {
      probe.condition().ifPresent(lookups::visit);
      lookups.visit(probe.body());
    }
    return lookups.found;
  }

  private void visit(Stmt statement) {
    Children.expressions(statement).forEach(this::visit);
    Children.statements(statement).forEach(this::visit);
  }

  private void visit(Expr expression) {
    if (expression instanceof Expr.Call call && visited.add(call.function())) {
      visit(program.function(call.function()).body());
    } else if (expression instanceof Expr.IntrinsicCall call) {
      found |= isLookup(call.intrinsic());
    }
    Children.of(expression).forEach(this::visit);
  }

  private static boolean isLookup(Intrinsic intrinsic) {
    return switch (intrinsic.kind()) {
      case CONTEXT -> Facts.areLookedUp(intrinsic);
      case SESSION -> intrinsic.name().startsWith("task_") || intrinsic.name().startsWith("proc_");
      case PURE, MEMORY, PROBE -> false;
    };
  }
}
