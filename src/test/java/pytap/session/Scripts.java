package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import pytap.compile.Compiler;
import pytap.source.DiagnosticPrinter;
import pytap.source.SourceText;
import pytap.stap.StapCompiler;

/// Compiled scripts.
final class Scripts {
  private Scripts() {}

  static Compiler.Output compile(String script) {
    SourceText source = new SourceText("test.stp", script);
    Compiler.Result result = Compiler.compile(new StapCompiler.Input(source, List.of(), List.of()));
    Optional<Compiler.Output> output = result.output();
    assertThat(output).as(DiagnosticPrinter.print(result.diagnostics())).isPresent();
    return output.get();
  }
}
