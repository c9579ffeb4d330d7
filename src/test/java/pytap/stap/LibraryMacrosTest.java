package pytap.stap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import pytap.source.DiagnosticPrinter;
import pytap.source.SourceText;

/// The macros of `.stpm` files in the directories of `-I`.
final class LibraryMacrosTest {
  private static StapCompiler.Parsed parse(String script, String... libraries) {
    List<SourceText> tapsets = new ArrayList<>();
    for (String library : libraries) {
      tapsets.add(new SourceText("library" + tapsets.size() + ".stpm", library));
    }
    SourceText source = new SourceText("test.stp", script);
    return StapCompiler.parse(new StapCompiler.Input(source, tapsets, List.of()));
  }

  private static void assertBody(String body, StapCompiler.Parsed parsed) {
    assertThat(DiagnosticPrinter.print(parsed.diagnostics())).isEmpty();
    assertThat(parsed.tree()).isEqualTo("probe begin\n{\n  " + body + "\n}\n");
  }

  @Test
  void aScriptUsesThem() {
    assertBody(
        "println(1 + 1)",
        parse("probe begin { println(@twice(1)) }", "@define twice(x) %( (@x + @x) %)"));
  }

  @Test
  void onesOfTheScriptHideThemButNotFromEachOther() {
    assertBody(
        "println(1, 2)",
        parse(
            "@define one %( 2 %) probe begin { println(@library_s, @one) }",
            "@define one %( 1 %) @define library_s %( @one %)"));
  }

  @Test
  void whatTheyAreGivenSeesTheScriptsOwn() {
    assertBody(
        "println(2 + 2)",
        parse(
            "@define one %( 2 %) probe begin { println(@twice(@one)) }",
            "@define one %( 1 %) @define twice(x) %( @x + @x %)"));
  }

  @Test
  void tapsetsUseThemAsWell() {
    SourceText script = new SourceText("test.stp", "probe begin { println(f()) }");
    List<SourceText> tapsets =
        List.of(
            new SourceText("a.stp", "function f() { return @three }"),
            new SourceText(
                "b.stpm", "%( 1 == 1 %? @define three %( 3 %) %: @define four %( 4 %) %)"));
    StapCompiler.Result result =
        StapCompiler.compile(
            new StapCompiler.Input(script, tapsets, List.of()), StapCompiler.Options.DEFAULT);
    assertThat(DiagnosticPrinter.print(result.diagnostics())).isEmpty();
    assertThat(result.program()).isPresent();
  }

  @Test
  void aFileThatHoldsAnythingElseIsLeftOutAndSaid() {
    StapCompiler.Parsed parsed =
        parse("probe begin { println(@one) }", "@define one %( 1 %) probe end { }");
    assertThat(DiagnosticPrinter.print(parsed.diagnostics()))
        .isEqualTo(
            """
            parse error: unexpected token in library macro file 'library0.stpm'
                     at: keyword at library0.stpm:1:21
                 source: @define one %( 1 %) probe end { }
                                             ^

            WARNING: tapset "library0.stpm" has errors, and will be skipped
            parse error: unknown operator @one
                    saw: operator '@one' at test.stp:1:23
                 source: probe begin { println(@one) }
                                               ^
            Tip: macros are defined with @define NAME %( ... %) before they are used

            1 parse error.
            Pass 1: parse failed.  [man error::pass1]
            """);
  }
}
