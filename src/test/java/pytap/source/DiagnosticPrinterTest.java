package pytap.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class DiagnosticPrinterTest {
  private enum Said implements Diagnostic.Code {
    PARSE(Diagnostic.Severity.PARSE_ERROR),
    SEMANTIC(Diagnostic.Severity.SEMANTIC_ERROR),
    WARNED(Diagnostic.Severity.WARNING);

    private final Diagnostic.Severity severity;

    Said(Diagnostic.Severity severity) {
      this.severity = severity;
    }

    @Override
    public Diagnostic.Severity severity() {
      return severity;
    }
  }

  private static final SourceText FIRST = new SourceText("a.stp", "one two\n\tthree\n");
  private static final SourceText SECOND = new SourceText("b.stp", "four");

  private static Diagnostic about(
      Said code, String message, SourceText source, int start, List<Diagnostic> notes) {
    return new Diagnostic(
        code,
        message,
        Optional.of("identifier 'x'"),
        Optional.of(new Span(source, start, start + 1)),
        Optional.empty(),
        notes);
  }

  @Test
  void nothingToSayIsNothing() {
    assertThat(DiagnosticPrinter.print(List.of())).isEmpty();
  }

  @Test
  void aWarningStandsAloneAndFailsNothing() {
    Diagnostic warning = about(Said.WARNED, "careful", FIRST, 4, List.of());
    assertThat(DiagnosticPrinter.print(List.of(warning)))
        .isEqualTo(
            """
            WARNING: careful: identifier 'x' at a.stp:1:5
             source: one two
                         ^
            """);
  }

  @Test
  void aTabInFrontOfTheCaretStaysATab() {
    Diagnostic warning = about(Said.WARNED, "careful", FIRST, 9, List.of());
    assertThat(DiagnosticPrinter.print(List.of(warning)))
        .isEqualTo(
            """
            WARNING: careful: identifier 'x' at a.stp:2:2
             source: \tthree
                     \t^
            """);
  }

  @Test
  void laterPlacesInTheSameFileLeaveItsNameOut() {
    Diagnostic inFirst = about(Said.SEMANTIC, "bad", FIRST, 0, List.of());
    Diagnostic again = about(Said.SEMANTIC, "worse", FIRST, 4, List.of());
    Diagnostic elsewhere = about(Said.SEMANTIC, "worst", SECOND, 0, List.of());
    assertThat(DiagnosticPrinter.print(List.of(inFirst, again, elsewhere)))
        .isEqualTo(
            """
            semantic error: bad: identifier 'x' at a.stp:1:1
                    source: one two
                            ^

            semantic error: worse: identifier 'x' at :1:5
                    source: one two
                                ^

            semantic error: worst: identifier 'x' at b.stp:1:1
                    source: four
                            ^

            Pass 2: analysis failed.  [man error::pass2]
            """);
  }

  @Test
  void aNoteFollowsAndASecondPlaceBelongsToItsError() {
    Diagnostic second = about(Said.SEMANTIC, "", FIRST, 4, List.of());
    Diagnostic cause =
        new Diagnostic(
            Said.SEMANTIC,
            "because",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of());
    Diagnostic error = about(Said.SEMANTIC, "bad", FIRST, 0, List.of(second, cause));
    assertThat(DiagnosticPrinter.print(List.of(error)))
        .isEqualTo(
            """
            semantic error: bad: identifier 'x' at a.stp:1:1
                    source: one two
                            ^
            identifier 'x' at :1:5
                    source: one two
                                ^

            semantic error: because

            Pass 2: analysis failed.  [man error::pass2]
            """);
  }

  @Test
  void parseErrorsAreCountedAndTheEndOfAFileHasNoLine() {
    Diagnostic error = about(Said.PARSE, "expected statement", FIRST, 4, List.of());
    Diagnostic atEnd =
        new Diagnostic(
            Said.PARSE,
            "unexpected end-of-file",
            Optional.empty(),
            Optional.of(new Span(FIRST, 15, 15)),
            Optional.of("close the block"),
            List.of());
    assertThat(DiagnosticPrinter.print(List.of(error, atEnd)))
        .isEqualTo(
            """
            parse error: expected statement
                    saw: identifier 'x' at a.stp:1:5
                 source: one two
                             ^

            parse error: unexpected end-of-file
                    saw: a.stp EOF
            Tip: close the block

            2 parse errors.
            Pass 1: parse failed.  [man error::pass1]
            """);
  }
}
