package pytap.stap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import pytap.ir.Printer;
import pytap.ir.Verifier;
import pytap.source.Diagnostic;
import pytap.source.DiagnosticPrinter;
import pytap.source.SourceText;

/// To rewrite what is expected: `mvn -q test -Dtest=GoldenTest -Dpytap.golden=rewrite`.
final class GoldenTest {
  static List<GoldenCase> parseOk() throws IOException {
    return GoldenCase.all("parse", "ok");
  }

  static List<GoldenCase> parseKo() throws IOException {
    return GoldenCase.all("parse", "ko");
  }

  static List<GoldenCase> semaOk() throws IOException {
    return GoldenCase.all("sema", "ok");
  }

  static List<GoldenCase> semaKo() throws IOException {
    return GoldenCase.all("sema", "ko");
  }

  @ParameterizedTest
  @MethodSource("parseOk")
  void aScriptIsUnderstoodAsItsTreeShows(GoldenCase golden) throws IOException {
    ScriptParser.Result parsed =
        ScriptParser.parse(golden.script(), new ScriptArguments(golden.arguments()));
    assertThat(DiagnosticPrinter.print(parsed.errors())).isEmpty();
    String tree = TreePrinter.print(parsed.tree());
    assertThat(tree).isEqualTo(golden.expected(tree));
  }

  @ParameterizedTest
  @MethodSource("parseOk")
  void aPrintedTreeParsesToTheSameTree(GoldenCase golden) throws IOException {
    String printed = printed(golden.script(), golden.arguments());
    SourceText again = new SourceText("again", printed);
    assertThat(printed(again, List.of())).isEqualTo(printed);
  }

  private static String printed(SourceText script, List<String> arguments) {
    return StapCompiler.parse(new StapCompiler.Input(script, List.of(), arguments)).tree();
  }

  @ParameterizedTest
  @MethodSource("parseKo")
  void aScriptThatDoesNotParseIsRefusedWithAllItsErrors(GoldenCase golden) throws IOException {
    StapCompiler.Result result = golden.compile();
    assertThat(result.program()).isEmpty();
    String text = DiagnosticPrinter.print(result.diagnostics());
    assertThat(text).isEqualTo(golden.expected(text));
  }

  @ParameterizedTest
  @MethodSource("semaOk")
  void aScriptBecomesThisProgram(GoldenCase golden) throws IOException {
    StapCompiler.Result result = golden.compile();
    String warnings = DiagnosticPrinter.print(result.diagnostics());
    assertThat(result.program()).as(warnings).isPresent();
    Verifier.verify(result.program().get());
    String text = warnings + Printer.print(result.program().get());
    assertThat(text).isEqualTo(golden.expected(text));
  }

  @ParameterizedTest
  @MethodSource("semaKo")
  void aScriptThatMakesNoSenseIsRefusedWithAllItsErrors(GoldenCase golden) throws IOException {
    StapCompiler.Result result = golden.compile();
    assertThat(result.program()).isEmpty();
    String text = DiagnosticPrinter.print(result.diagnostics());
    assertThat(text).isEqualTo(golden.expected(text));
  }

  @Test
  void everyDiagnosticHasACase() throws IOException {
    Set<StapCode> shown = EnumSet.noneOf(StapCode.class);
    for (List<GoldenCase> cases : List.of(parseKo(), semaKo(), semaOk())) {
      for (GoldenCase golden : cases) {
        for (Diagnostic diagnostic : golden.compile().diagnostics()) {
          if (diagnostic.code() instanceof StapCode code) {
            shown.add(code);
          }
        }
      }
    }
    assertThat(EnumSet.complementOf(EnumSet.copyOf(shown))).isEmpty();
  }
}
