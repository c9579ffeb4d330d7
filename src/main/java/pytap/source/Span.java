package pytap.source;

/// A half-open range of characters in one source text.
///
/// @param start first character, from 0
/// @param end one past the last character; equal to `start` for a place between characters
public record Span(SourceText source, int start, int end) {

  /// `FILE:LINE:COLUMN`, both from 1, as messages give it.
  public String position() {
    return source.name() + ":" + source.lineOf(start) + ":" + source.columnOf(start);
  }

  /// Whether it is a range of that very text.
  @SuppressWarnings(
      "ReferenceEquality") // equal texts are common (a script run twice), one is meant
  public boolean isIn(SourceText text) {
    return source == text;
  }

  /// The characters themselves.
  public String text() {
    return source.text().substring(start, end);
  }
}
