package pytap.runtime;

/// What `=~` found last, for `matched()` and `ngroups()`.
final class LastMatch {
  private ByteString text = ByteString.EMPTY;
  private int[] bounds = {};
  private boolean found;

  void failed() {
    found = false;
    bounds = new int[0];
  }

  void found(ByteString in, Regex regex) {
    found = true;
    text = in;
    int count = 2 * regex.groups();
    if (bounds.length != count) {
      bounds = new int[count];
    }
    for (int i = 0; i < regex.groups(); i++) {
      bounds[2 * i] = regex.start(i);
      bounds[2 * i + 1] = regex.end(i);
    }
  }

  /// How many groups the last match has, the whole among them; 0 where it failed.
  long groups() {
    return bounds.length / 2;
  }

  ByteString group(long number, Site site) {
    if (!found) {
      throw ScriptError.at(site, "Attempted to get subexpression " + number + " from failed match");
    }
    if (number < 0 || number >= groups()) {
      throw ScriptError.at(site, "Attempted to get nonexistent subexpression " + number);
    }
    int start = bounds[2 * (int) number];
    int end = bounds[2 * (int) number + 1];
    return start < 0 || end < start ? ByteString.EMPTY : text.slice(start, end);
  }
}
