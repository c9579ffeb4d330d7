package pytap.runtime;

import java.util.ArrayList;
import java.util.List;

/// Reads regular expressions of SystemTap's dialect: POSIX extended expressions on bytes.
///
/// ```
/// alternatives   term | term
/// term           factor factor …
/// factor         atom, then any of * + ? {n} {n,} {n,m}
/// atom           c  \c  .  [set]  (alternatives)  (?:alternatives)  ^  $
/// ```
///
/// In a set stand bytes, ranges, `[:alpha:]` and its like, and `\c`; `^` at its front inverts it.
final class RegexParser {
  private static final int MOST_REPETITIONS = 12_345; // of SystemTap 4.8's parser
  private static final int MOST_DEPTH = 200;
  private static final int ENDLESS = -1;

  /// A part of an expression.
  sealed interface Node {
    /// The bytes that fit, one bit for each, 64 in each part.
    record OneOf(long first, long second, long third, long fourth) implements Node {
      static OneOf of(long[] words) {
        return new OneOf(words[0], words[1], words[2], words[3]);
      }
    }

    record Sequence(List<Node> parts) implements Node {}

    record Choice(Node preferred, Node other) implements Node {}

    /// @param most or -1 for any number
    record Repeat(Node part, int least, int most) implements Node {}

    record Group(Node part, int number) implements Node {}

    /// `^` or `$`
    record Anchor(boolean start) implements Node {}
  }

  private final ByteString pattern;
  private int at;
  private int depth;
  private int groups = 1;

  private RegexParser(ByteString pattern) {
    this.pattern = pattern;
  }

  /// The program that matches `pattern`; it saves two positions for each group and two for the
  /// whole.
  static RegexProgram parse(ByteString pattern) throws RegexSyntaxException {
    RegexProgram program = new RegexProgram();
    write(tree(pattern), program);
    program.add(RegexProgram.MATCH, 0, 0);
    return program;
  }

  /// `pattern` as group 0.
  static Node tree(ByteString pattern) throws RegexSyntaxException {
    RegexParser parser = new RegexParser(pattern);
    Node whole = parser.alternatives();
    if (parser.at < pattern.length()) {
      throw parser.error("unbalanced ')'");
    }
    return new Node.Group(whole, 0);
  }

  private RegexSyntaxException error(String message) {
    return new RegexSyntaxException(message, at);
  }

  private int peek() {
    return at < pattern.length() ? pattern.byteAt(at) : -1;
  }

  private int next() throws RegexSyntaxException {
    if (at == pattern.length()) {
      throw error("unexpected end of regex");
    }
    return pattern.byteAt(at++);
  }

  private void expect(char wanted) throws RegexSyntaxException {
    int found = peek();
    if (found < 0) {
      throw error("expected " + wanted + ", found end of regex");
    }
    if (found != wanted) {
      throw error("expected " + wanted + ", found " + (char) found);
    }
    at++;
  }

  private Node alternatives() throws RegexSyntaxException {
    if (++depth > MOST_DEPTH) {
      throw error("nested more than " + MOST_DEPTH + " groups deep");
    }
    List<Node> terms = new ArrayList<>();
    terms.add(term());
    while (peek() == '|') {
      at++;
      terms.add(term());
    }
    depth--;
    Node result = terms.removeLast();
    while (!terms.isEmpty()) {
      result = new Node.Choice(terms.removeLast(), result);
    }
    return result;
  }

  private Node term() throws RegexSyntaxException {
    List<Node> parts = new ArrayList<>();
    while (peek() >= 0 && peek() != '|' && peek() != ')') {
      parts.add(factor());
    }
    return new Node.Sequence(parts);
  }

  private static boolean isClosure(int c) {
    return c == '*' || c == '+' || c == '?' || c == '{';
  }

  private Node factor() throws RegexSyntaxException {
    if (isClosure(peek())) {
      throw error("unexpected '" + (char) peek() + "'");
    }
    Node part = atom();
    while (isClosure(peek())) {
      if (part instanceof Node.Anchor) {
        throw error("postfix closure '" + (char) peek() + "' applied to anchoring operator");
      }
      part =
          switch (next()) {
            case '*' -> new Node.Repeat(part, 0, ENDLESS);
            case '+' -> new Node.Repeat(part, 1, ENDLESS);
            case '?' -> new Node.Repeat(part, 0, 1);
            default -> counted(part);
          };
    }
    return part;
  }

  private Node atom() throws RegexSyntaxException {
    int c = next();
    return switch (c) {
      case '.' -> new Node.OneOf(-1, -1, -1, -1);
      case '[' -> set();
      case '(' -> group();
      case '^' -> new Node.Anchor(true);
      case '$' -> new Node.Anchor(false);
      case '\\' -> only(next());
      default -> only(c);
    };
  }

  private static Node only(int octet) {
    long[] words = new long[4];
    add(words, octet, octet);
    return Node.OneOf.of(words);
  }

  private static void add(long[] words, int from, int to) {
    for (int octet = from; octet <= to; octet++) {
      words[octet >> 6] |= 1L << (octet & 63);
    }
  }

  private Node group() throws RegexSyntaxException {
    if (peek() == '?') {
      at++;
      if (peek() != ':') {
        throw error("unexpected '(?" + (peek() < 0 ? "" : String.valueOf((char) peek())) + "'");
      }
      at++;
      Node part = alternatives();
      expect(')');
      return new Node.Sequence(List.of(part));
    }
    int number = groups++;
    Node part = alternatives();
    expect(')');
    return new Node.Group(part, number);
  }

  /// `n}`, `n,}` or `n,m}`
  private Node counted(Node part) throws RegexSyntaxException {
    int least = number();
    if (peek() == ',') {
      at++;
      if (peek() == '}') {
        at++;
        return new Node.Repeat(part, least, ENDLESS);
      }
      int most = number();
      expect('}');
      if (most < least) {
        throw error("inverted repetition {" + least + "," + most + "}");
      }
      return new Node.Repeat(part, least, most);
    }
    if (peek() != '}') {
      throw error("expected ',' or '}'");
    }
    at++;
    return new Node.Repeat(part, least, least);
  }

  private int number() throws RegexSyntaxException {
    if (peek() < '0' || peek() > '9') {
      throw error("expected number");
    }
    int value = 0;
    while (peek() >= '0' && peek() <= '9') {
      value = Math.min(value * 10 + next() - '0', MOST_REPETITIONS);
    }
    if (value >= MOST_REPETITIONS) {
      throw error(value + " is too large");
    }
    return value;
  }

  private Node set() throws RegexSyntaxException {
    boolean inverted = peek() == '^';
    if (inverted) {
      at++;
    }
    long[] words = new long[4];
    do {
      if (peek() < 0) {
        throw error("unclosed character class");
      }
      range(words);
    } while (peek() != ']');
    at++;
    if (inverted) {
      for (int i = 0; i < 4; i++) {
        words[i] = ~words[i];
      }
    }
    return Node.OneOf.of(words);
  }

  private void range(long[] words) throws RegexSyntaxException {
    int from = next();
    if (from == '[' && peek() == ':') {
      at++;
      named(words);
      return;
    }
    if (from == '\\') {
      from = next();
    }
    int to = from;
    boolean range = peek() == '-' && at + 1 < pattern.length() && pattern.byteAt(at + 1) != ']';
    if (range) {
      at++;
      to = next();
      if (to < from) {
        throw error("Inverted character range " + (char) from + "-" + (char) to);
      }
    }
    add(words, from, to);
  }

  private void named(long[] words) throws RegexSyntaxException {
    StringBuilder name = new StringBuilder();
    while (!(peek() == ':' && at + 1 < pattern.length() && pattern.byteAt(at + 1) == ']')) {
      if (peek() < 0) {
        throw error("unclosed character class '[:" + name + "'");
      }
      name.append((char) next());
    }
    at += 2;
    String bytes = members(name.toString());
    for (int i = 0; i + 1 < bytes.length(); i += 2) {
      add(words, bytes.charAt(i), bytes.charAt(i + 1));
    }
  }

  /// Pairs of first and last bytes.
  private String members(String name) throws RegexSyntaxException {
    return switch (name) {
      case "alpha" -> "azAZ";
      case "alnum" -> "azAZ09";
      case "blank" -> "  \t\t";
      case "cntrl" -> "\u0001\u001f\u007f\u007f";
      case "d", "digit" -> "09";
      case "xdigit" -> "09afAF";
      case "graph" -> "!~";
      case "l", "lower" -> "az";
      case "print" -> " ~";
      case "punct" -> "!/:@[`{~";
      case "s", "space" -> "\t\r  ";
      case "u", "upper" -> "AZ";
      default -> throw error("unknown character class '" + name + "'");
    };
  }

  private static void write(Node node, RegexProgram program) throws RegexSyntaxException {
    switch (node) {
      case Node.OneOf set -> {
        long[] words = {set.first(), set.second(), set.third(), set.fourth()};
        program.add(RegexProgram.SET, program.addSet(words), 0);
      }
      case Node.Sequence(List<Node> parts) -> {
        for (Node part : parts) {
          write(part, program);
        }
      }
      case Node.Choice(Node preferred, Node other) -> {
        int split = program.add(RegexProgram.SPLIT, program.size() + 1, 0);
        write(preferred, program);
        int jump = program.add(RegexProgram.JUMP, 0, 0);
        program.setY(split, program.size());
        write(other, program);
        program.setX(jump, program.size());
      }
      case Node.Repeat repeat -> writeRepeat(repeat, program);
      case Node.Group(Node part, int number) -> {
        program.add(RegexProgram.SAVE, 2 * number, 0);
        write(part, program);
        program.add(RegexProgram.SAVE, 2 * number + 1, 0);
      }
      case Node.Anchor(boolean start) ->
          program.add(start ? RegexProgram.START : RegexProgram.END, 0, 0);
    }
  }

  private static void writeRepeat(Node.Repeat repeat, RegexProgram program)
      throws RegexSyntaxException {
    int last = program.size();
    for (int i = 0; i < repeat.least(); i++) {
      last = program.size();
      write(repeat.part(), program);
    }
    if (repeat.most() != ENDLESS) {
      writeOptional(repeat, program);
    } else if (repeat.least() > 0) {
      int split = program.add(RegexProgram.SPLIT, last, 0);
      program.setY(split, program.size());
    } else {
      int split = program.add(RegexProgram.SPLIT, program.size() + 1, 0);
      write(repeat.part(), program);
      int again = program.add(RegexProgram.SPLIT, split + 1, 0);
      program.setY(again, program.size());
      program.setY(split, program.size());
    }
  }

  /// The copies beyond the least number, each of which may be the last.
  private static void writeOptional(Node.Repeat repeat, RegexProgram program)
      throws RegexSyntaxException {
    List<Integer> splits = new ArrayList<>();
    for (int i = repeat.least(); i < repeat.most(); i++) {
      splits.add(program.add(RegexProgram.SPLIT, program.size() + 1, 0));
      write(repeat.part(), program);
    }
    for (int split : splits) {
      program.setY(split, program.size());
    }
  }
}
