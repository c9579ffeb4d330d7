package pytap.compile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.gen.jvm.Generation;
import pytap.gen.jvm.HandlerClass;
import pytap.gen.jvm.HandlerGenerator;
import pytap.ir.Program;
import pytap.place.Plan;
import pytap.place.Planner;
import pytap.runtime.Limits;
import pytap.source.Diagnostic;
import pytap.stap.StapCompiler;

/// Compiles a SystemTap script: parse and type, place, generate.
public final class Compiler {
  private Compiler() {}

  /// What came of it. Diagnostics are warnings where there is an output, else at least one error is
  /// among them.
  public record Result(Optional<Output> output, List<Diagnostic> diagnostics) {
    public Result {
      diagnostics = List.copyOf(diagnostics);
    }
  }

  /// A compiled script.
  public record Output(Plan plan, HandlerClass handlers) {}

  /// Compiles for SystemTap's own limits.
  public static Result compile(StapCompiler.Input input) {
    return compile(input, StapCompiler.Options.DEFAULT, Limits.DEFAULT);
  }

  /// @param limits what the script may do in one run
  public static Result compile(
      StapCompiler.Input input, StapCompiler.Options options, Limits limits) {
    StapCompiler.Result front = StapCompiler.compile(input, options);
    Optional<Program> program = front.program();
    if (program.isEmpty()) {
      return new Result(Optional.empty(), front.diagnostics());
    }
    Plan plan = Planner.plan(program.get(), limits.textBytes());
    return switch (HandlerGenerator.generate(plan, limits)) {
      case Generation.Made(HandlerClass handlers) ->
          new Result(Optional.of(new Output(plan, handlers)), front.diagnostics());
      case Generation.Refused(Diagnostic refusal) -> {
        List<Diagnostic> all = new ArrayList<>(front.diagnostics());
        all.add(refusal);
        yield new Result(Optional.empty(), all);
      }
    };
  }
}
