package pytap.gen.jvm;

import java.util.ArrayList;
import java.util.List;
import pytap.runtime.ByteString;
import pytap.runtime.Site;
import pytap.source.Span;

/// The literals of one class: each string and each place that can fail is a field of it.
final class Literals {
  private final List<String> texts = new ArrayList<>();
  private final List<ByteString> bytes = new ArrayList<>();
  private final List<Site> sites = new ArrayList<>();
  private final List<String> patterns = new ArrayList<>();

  /// The number of the string literal `text`, one byte a character.
  int text(String text) {
    int known = texts.indexOf(text);
    if (known >= 0) {
      return known;
    }
    texts.add(text);
    bytes.add(ByteString.ofLatin1(text));
    return texts.size() - 1;
  }

  /// The number of the regular expression `pattern`, one byte a character.
  int pattern(String pattern) {
    int known = patterns.indexOf(pattern);
    if (known >= 0) {
      return known;
    }
    patterns.add(pattern);
    return patterns.size() - 1;
  }

  /// The number of the place `span`, at which `token` stands.
  int site(String token, Span span) {
    for (int i = 0; i < sites.size(); i++) {
      Site site = sites.get(i);
      if (site.token().equals(token) && isSame(site.span(), span)) {
        return i;
      }
    }
    sites.add(new Site(token, span));
    return sites.size() - 1;
  }

  private static boolean isSame(Span left, Span right) {
    return left.start() == right.start()
        && left.end() == right.end()
        && left.source().name().equals(right.source().name());
  }

  List<ByteString> texts() {
    return bytes;
  }

  List<Site> sites() {
    return sites;
  }

  List<ByteString> patterns() {
    List<ByteString> all = new ArrayList<>();
    for (String pattern : patterns) {
      all.add(ByteString.ofLatin1(pattern));
    }
    return all;
  }

  static String textField(int number) {
    return "text" + number;
  }

  static String siteField(int number) {
    return "site" + number;
  }
}
