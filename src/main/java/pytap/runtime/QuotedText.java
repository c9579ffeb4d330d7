package pytap.runtime;

/// Text with escapes for what is not printable, as in C; UTF-8 as its character number. It follows
/// `_stp_text_str` of SystemTap 4.8's runtime, cuts included.
public final class QuotedText {
  private static final int LEAST_QUOTED = 5;

  private QuotedText() {}

  /// `text` escaped, as much of it as a string holds.
  public static ByteString textStr(ByteString text, Machine machine) {
    return render(text, 0, false, false, machine);
  }

  /// The same in at most `length` bytes, in double quotes where `quoted` is not 0.
  public static ByteString textStrn(ByteString text, long length, long quoted, Machine machine) {
    int limit = (int) Math.clamp(length, 0L, (long) machine.textBytes + 1);
    return render(text, limit, quoted != 0, false, machine);
  }

  /// In double quotes, `...` behind them where it had to be cut.
  public static ByteString stringQuoted(ByteString text, Machine machine) {
    return render(text, 0, true, false, machine);
  }

  /// The same, cut once more at `length` bytes as `user_string_n_quoted` does it.
  public static ByteString within(ByteString text, long length, Machine machine) {
    ByteString quoted = stringQuoted(text, machine);
    if (quoted.length() <= length - 2) {
      return quoted;
    }
    ByteString kept = TextFunctions.substr(quoted, 0, length - 4);
    return kept.concat(ByteString.ofLatin1("\"..."), machine.textBytes);
  }

  /// @param limit at most so many bytes come of it; 0 for as many as a string holds
  /// @param all NUL does not end the text
  static ByteString render(
      ByteString text, int limit, boolean quoted, boolean all, Machine machine) {
    int most = limit <= 0 || limit > machine.textBytes ? machine.textBytes : limit;
    int left = quoted ? Math.max(most, LEAST_QUOTED) - 2 : most;
    OutputBuffer out = machine.scratch();
    if (quoted) {
      out.octet('"');
    }
    int cut = -1; // where the first escape starts that cutting may hit
    int cutLength = 0;
    int at = 0;
    boolean complete = true;
    while (at < text.length()) {
      int length = Utf8.lengthAt(text, at);
      int character = length > 1 ? Utf8.characterAt(text, at, length) : text.byteAt(at);
      if (character == 0 && !all) {
        break;
      }
      int needed = needed(character, length);
      if (needed > 1 && cut < 0 && left - 3 < needed) {
        cut = out.size();
        cutLength = needed;
      }
      if (left < needed) {
        complete = false;
        break;
      }
      append(character, length, needed, out);
      left -= needed;
      at += length;
    }
    if (quoted) {
      close(out, complete, out.size() - 3 + left, cut, cutLength);
    }
    return machine.scratchText();
  }

  private static int needed(int character, int length) {
    return length == 1 ? Escapes.lengthOf(character, '"') : character > 0xffff ? 10 : 6;
  }

  private static void append(int character, int length, int needed, OutputBuffer out) {
    if (length == 1) {
      Escapes.append(character, '"', out);
      return;
    }
    out.octet('\\');
    out.octet(character > 0xffff ? 'U' : 'u');
    int digits = needed - 2;
    Printf.number(character, Printf.HEX_UPPER, Printf.FLAG_ZERO, digits, digits, out);
  }

  private static void close(OutputBuffer out, boolean complete, int end, int cut, int cutLength) {
    if (!complete) {
      out.truncate(cut >= 0 && cut < end && end < cut + cutLength ? cut : end);
    }
    out.octet('"');
    if (!complete) {
      out.fill('.', 3);
    }
  }
}
