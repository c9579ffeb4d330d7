package pytap.source;

import java.util.List;
import java.util.Optional;

/// Diagnostics as text, in SystemTap's layout:
///
/// ```
/// parse error: expected statement
///         saw: keyword at FILE:1:15
///      source: probe begin { probe = 1 }
///                            ^
///
/// 1 parse error.
/// Pass 1: parse failed.  [man error::pass1]
/// ```
///
/// A hint follows its caret as a line that begins with `Tip: `. Behind the first place in a file
/// semantic errors and warnings leave the file's name out (`at :1:15`), as SystemTap does.
public final class DiagnosticPrinter {
  private final StringBuilder out = new StringBuilder();
  private Optional<SourceText> lastSource = Optional.empty();

  private DiagnosticPrinter() {}

  /// Every diagnostic, and behind errors which pass failed. Like script text this is bytes in
  /// characters: write it out as ISO 8859-1.
  public static String print(List<Diagnostic> diagnostics) {
    DiagnosticPrinter printer = new DiagnosticPrinter();
    int parseErrors = 0;
    int semanticErrors = 0;
    for (Diagnostic diagnostic : diagnostics) {
      printer.diagnostic(diagnostic);
      switch (diagnostic.code().severity()) {
        case PARSE_ERROR -> parseErrors += diagnostic.span().isPresent() ? 1 : 0;
        case SEMANTIC_ERROR -> semanticErrors++;
        case WARNING -> {}
      }
    }
    printer.trailer(diagnostics, parseErrors, semanticErrors);
    return printer.out.toString();
  }

  private void trailer(List<Diagnostic> diagnostics, int parseErrors, int semanticErrors) {
    if (parseErrors > 0) {
      out.append(parseErrors).append(parseErrors == 1 ? " parse error.\n" : " parse errors.\n");
    }
    boolean parseFailed = false;
    for (Diagnostic diagnostic : diagnostics) {
      parseFailed |= diagnostic.code().severity() == Diagnostic.Severity.PARSE_ERROR;
    }
    if (parseFailed) {
      out.append("Pass 1: parse failed.  [man error::pass1]\n");
    } else if (semanticErrors > 0) {
      out.append("Pass 2: analysis failed.  [man error::pass2]\n");
    }
  }

  private void diagnostic(Diagnostic diagnostic) {
    switch (diagnostic.code().severity()) {
      case PARSE_ERROR -> parseError(diagnostic);
      case SEMANTIC_ERROR -> semanticError(diagnostic);
      case WARNING -> warning(diagnostic);
    }
  }

  /// The end of a file has no subject, a whole file no place.
  private void parseError(Diagnostic error) {
    if (error.span().isEmpty()) {
      out.append(error.message()).append('\n');
      return;
    }
    Span span = error.span().get();
    out.append("parse error: ").append(error.message()).append('\n');
    if (error.subject().isEmpty()) {
      out.append("        saw: ").append(span.source().name()).append(" EOF\n");
    } else {
      String subject = error.subject().get();
      boolean there = subject.startsWith("junk") || error.code().isAboutItsPlace();
      out.append(there ? "         at: " : "        saw: ");
      out.append(subject).append(" at ").append(span.position()).append('\n');
      source("     source: ", span);
    }
    hint(error);
    out.append('\n');
  }

  private void semanticError(Diagnostic error) {
    out.append("semantic error: ").append(error.message());
    place(": ", "        source: ", error);
    for (Diagnostic note : error.notes()) {
      if (note.message().isEmpty()) {
        place("", "        source: ", note);
      }
    }
    hint(error);
    out.append('\n');
    for (Diagnostic note : error.notes()) {
      if (!note.message().isEmpty()) {
        semanticError(note);
      }
    }
  }

  private void warning(Diagnostic warning) {
    for (Diagnostic note : warning.notes()) {
      diagnostic(note);
    }
    out.append("WARNING: ").append(warning.message());
    place(": ", " source: ", warning);
    hint(warning);
  }

  /// The rest of the line, the source line and the caret.
  private void place(String separator, String indentation, Diagnostic diagnostic) {
    if (diagnostic.span().isEmpty()) {
      out.append('\n');
      return;
    }
    Span span = diagnostic.span().get();
    boolean sameFile = lastSource.isPresent() && span.isIn(lastSource.get());
    lastSource = Optional.of(span.source());
    out.append(separator).append(diagnostic.subject().orElse("")).append(" at ");
    out.append(
        sameFile ? span.position().substring(span.source().name().length()) : span.position());
    out.append('\n');
    source(indentation, span);
  }

  private void source(String indentation, Span span) {
    String line = span.source().line(span.source().lineOf(span.start()));
    int column = span.source().columnOf(span.start());
    out.append(indentation).append(line).append('\n');
    out.append(" ".repeat(indentation.length()));
    for (int i = 0; i < column - 1 && i < line.length(); i++) {
      out.append(line.charAt(i) == '\t' ? '\t' : ' ');
    }
    out.append("^\n");
  }

  private void hint(Diagnostic diagnostic) {
    diagnostic.hint().ifPresent(hint -> out.append("Tip: ").append(hint).append('\n'));
  }
}
