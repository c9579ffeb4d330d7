package pytap.place;

/// How the bytes of a captured tuple are laid out: numbers are little-endian.
///
/// ```
/// 0   u32 how many items the tuple has
/// 4   u32 1 where ints begin with a tag, 0 where they begin with a size
/// 8   the first items, as many as there is room for, each:
///     0   u64 tp_flags; 0 where the item could not be read
///     8   [#NAME_BYTES] of tp_name, up to a NUL
///     40  [#FIELDS_BYTES] from where the object's own fields begin
///     72  u32 how many bytes of text follow
///     76  u32 their [Capture.TextKind] code
///     80  the text: of a str or of bytes, as much of it as is kept
/// ```
public final class TupleText {
  public static final int HEADER_BYTES = 8;
  public static final int NAME_OFFSET = 8;
  public static final int NAME_BYTES = 32;
  public static final int FIELDS_OFFSET = 40;
  public static final int FIELDS_BYTES = 32;
  public static final int TEXT_SIZE_OFFSET = 72;
  public static final int TEXT_KIND_OFFSET = 76;
  public static final int ITEM_BYTES = 80;

  public static final int MOST_ITEMS = 6;

  private static final int MOST_CHARACTERS = 256;

  private TupleText() {}

  /// So many characters of a str, or bytes, are kept where `maxBytes` of text are wanted.
  public static int characters(int maxBytes) {
    return Math.min(MOST_CHARACTERS, maxBytes / 2);
  }

  /// As long as no more bytes than these are taken there is room for an item: four times `maxBytes`
  /// are reserved for a text. Negative where there never is.
  public static int lastStart(int maxBytes) {
    return 4 * maxBytes - ITEM_BYTES - 4 * characters(maxBytes);
  }
}
