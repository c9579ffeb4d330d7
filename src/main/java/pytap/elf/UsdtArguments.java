package pytap.elf;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import pytap.probe.Register;
import pytap.probe.RegisterPart;
import pytap.probe.Value;
import pytap.source.FormatException;

/// Reads the argument specification of a USDT note: `width@operand` separated by blanks, where a
/// negative width means signed and the operand is in the assembler's AT&T notation: `%rbx`, `%ah`,
/// `$5`, `$name`, `112(%rsp)`, `(%rax,%rcx,8)`, `name(%rip)`, `8+name(,%rax,4)`, `%fs:16`.
public final class UsdtArguments {
  private static final Pattern WIDTH = Pattern.compile("(-?)([1248])f?@(.*)");
  private static final Pattern MEMORY =
      Pattern.compile("([^()]*)\\(\\s*(%\\w+)?\\s*(?:,\\s*(%\\w+)\\s*(?:,\\s*([1248])\\s*)?)?\\)");
  private static final Pattern TERM = Pattern.compile("([+-]?)([\\w.$@]+)");

  private static final Set<Register> GENERAL =
      EnumSet.complementOf(
          EnumSet.of(Register.ORIG_RAX, Register.RIP, Register.CS, Register.FLAGS, Register.SS));

  private final ElfFile file;
  private final String spec;

  private UsdtArguments(ElfFile file, String spec) {
    this.file = file;
    this.spec = spec;
  }

  /// The values of the arguments at the probe's site, in order.
  ///
  /// @param file looks up the symbols that an operand may name
  public static List<Value> parse(String spec, ElfFile file) throws FormatException {
    UsdtArguments parser = new UsdtArguments(file, spec);
    List<Value> values = new ArrayList<>();
    for (String argument : split(spec)) {
      values.add(parser.argument(argument));
    }
    return values;
  }

  private Value argument(String text) throws FormatException {
    Matcher width = WIDTH.matcher(text);
    if (!width.matches()) {
      // The oldest sdt.h wrote operands without a width; they are 8 bytes.
      return operand(text, 8, false);
    }
    int widthBytes = width.group(2).charAt(0) - '0';
    return operand(width.group(3).strip(), widthBytes, !width.group(1).isEmpty());
  }

  private Value operand(String text, int widthBytes, boolean signed) throws FormatException {
    if (text.startsWith("$")) {
      return sum(text.substring(1));
    }
    if (text.startsWith("%") && text.indexOf(':') < 0) {
      return register(text, widthBytes, signed);
    }
    return new Value.Load(address(text), widthBytes, signed);
  }

  private Value address(String text) throws FormatException {
    if (text.startsWith("%fs:")) {
      return together(new Value.ThreadPointer(), address(text.substring("%fs:".length())));
    }
    Matcher memory = MEMORY.matcher(text);
    if (!memory.matches()) {
      return sum(text);
    }
    String displacement = memory.group(1).strip();
    String base = memory.group(2);
    String index = memory.group(3);
    boolean based = base != null && !base.equals("%rip");
    Value sum = based ? register(base, 8, false) : Value.constant(0);
    if (index != null) {
      String scale = memory.group(4);
      int bits = scale == null ? 0 : Integer.numberOfTrailingZeros(scale.charAt(0) - '0');
      Value scaled = register(index, 8, false);
      sum = together(sum, bits == 0 ? scaled : new Value.ShiftedLeft(scaled, bits));
    }
    return displacement.isEmpty() ? sum : together(sum, sum(displacement));
  }

  private static Value together(Value left, Value right) {
    if (right instanceof Value.Constant(long offset)) {
      return Value.plus(left, offset);
    }
    if (left.equals(Value.constant(0))) {
      return right;
    }
    // There is no sum of two values: left - (0 - right).
    return new Value.Difference(left, new Value.Difference(Value.constant(0), right));
  }

  /// Numbers and at most one symbol, as in `name`, `name+8`, `-8+name` and `16`.
  private Value sum(String text) throws FormatException {
    Matcher term = TERM.matcher(text);
    long offset = 0;
    Optional<Symbol> symbol = Optional.empty();
    int end = 0;
    while (end < text.length()) {
      if (!term.find() || term.start() != end || (end > 0 && term.group(1).isEmpty())) {
        throw odd(text, "neither a register, a constant nor memory");
      }
      end = term.end();
      boolean minus = term.group(1).equals("-");
      if (Character.isDigit(term.group(2).charAt(0))) {
        long number = number(term.group(2));
        offset += minus ? -number : number;
      } else if (minus || symbol.isPresent()) {
        throw odd(text, "no sum of one symbol and numbers");
      } else {
        symbol = file.symbol(term.group(2));
        if (symbol.isEmpty()) {
          throw odd(text, "names a symbol that the file does not have");
        }
      }
    }
    if (text.isEmpty()) {
      throw odd(text, "not a number");
    }
    return symbol.isPresent()
        ? new Value.Static(symbol.get().address() + offset)
        : Value.constant(offset);
  }

  private Value register(String text, int widthBytes, boolean signed) throws FormatException {
    Optional<RegisterPart> part =
        RegisterPart.named(text.substring(1).toLowerCase(Locale.ROOT))
            .filter(it -> GENERAL.contains(it.register()));
    if (part.isEmpty()) {
      throw odd(text, "no general register");
    }
    Value whole = Value.register(part.get().register());
    if (part.get().shift() > 0) {
      whole = new Value.ShiftedRight(whole, part.get().shift());
    }
    int bytes = Math.min(widthBytes, part.get().bits() / 8);
    return bytes == 8 ? whole : new Value.Narrowed(whole, bytes, signed);
  }

  private long number(String text) throws FormatException {
    try {
      boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
      boolean octal = !hexadecimal && text.length() > 1 && text.charAt(0) == '0';
      return hexadecimal
          ? Long.parseUnsignedLong(text.substring(2), 16)
          : Long.parseUnsignedLong(text, octal ? 8 : 10);
    } catch (NumberFormatException notANumber) {
      throw odd(text, "not a number");
    }
  }

  private FormatException odd(String text, String found) {
    return new FormatException(
        "USDT arguments \"" + spec + "\" of " + file.name(),
        Math.max(0, spec.indexOf(text)),
        "`" + text + "`: " + found);
  }

  /// At blanks, but not at those inside parentheses.
  private static List<String> split(String spec) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i <= spec.length(); i++) {
      char c = i == spec.length() ? ' ' : spec.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ' ' && depth <= 0) {
        if (i > start) {
          parts.add(spec.substring(start, i));
        }
        start = i + 1;
      }
    }
    return parts;
  }
}
