package pytap.elf;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.source.FormatException;

/// Reads the argument specification of a USDT note: `width@operand` separated by blanks, where a
/// negative width means signed and the operand is in the assembler's AT&T notation: `%rbx`, `$5`,
/// `112(%rsp)`, `(%rax,%rcx,8)`, `name(%rip)`, `name+4(%rip)`.
public final class UsdtArguments {
  private static final Pattern WIDTH = Pattern.compile("(-?)([1248])f?@(.*)");
  private static final Pattern MEMORY =
      Pattern.compile("([^()]*)\\(\\s*(%\\w+)?\\s*(?:,\\s*(%\\w+)\\s*(?:,\\s*([1248])\\s*)?)?\\)");
  private static final Pattern SYMBOL = Pattern.compile("([A-Za-z_.$][\\w.$]*)?([+-]?\\w*)");

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
      return Value.constant(number(text.substring(1)));
    }
    if (text.startsWith("%")) {
      return register(text, widthBytes, signed);
    }
    return new Value.Load(address(text), widthBytes, signed);
  }

  private Value address(String text) throws FormatException {
    Matcher memory = MEMORY.matcher(text);
    if (!memory.matches()) {
      return new Value.Static(symbolAddress(text));
    }
    String displacement = memory.group(1).strip();
    String base = memory.group(2);
    String index = memory.group(3);
    if ("%rip".equals(base)) {
      return new Value.Static(symbolAddress(displacement));
    }
    long offset = displacement.isEmpty() ? 0 : number(displacement);
    Value sum = base == null ? Value.constant(0) : register(base, 8, false);
    if (index != null) {
      String scale = memory.group(4);
      int bits = scale == null ? 0 : Integer.numberOfTrailingZeros(scale.charAt(0) - '0');
      Value scaled = register(index, 8, false);
      // base + index * scale, written as base - (0 - index * scale).
      sum =
          new Value.Difference(
              sum,
              new Value.Difference(
                  Value.constant(0), bits == 0 ? scaled : new Value.ShiftedLeft(scaled, bits)));
    }
    return Value.plus(sum, offset);
  }

  private long symbolAddress(String text) throws FormatException {
    Matcher symbol = SYMBOL.matcher(text);
    if (!symbol.matches() || symbol.group(1) == null) {
      throw odd(text, "neither a register, a constant nor memory");
    }
    Optional<Symbol> found = file.symbol(symbol.group(1));
    if (found.isEmpty()) {
      throw odd(text, "names a symbol that the file does not have");
    }
    String offset = symbol.group(2);
    return found.get().address() + (offset.isEmpty() ? 0 : number(offset));
  }

  private Value register(String text, int widthBytes, boolean signed) throws FormatException {
    String name = text.substring(1).toLowerCase(Locale.ROOT);
    boolean highByte = name.length() == 2 && name.endsWith("h");
    Optional<Register> register = named(name);
    if (register.isEmpty()) {
      throw odd(text, "no general register");
    }
    if (highByte) {
      throw odd(text, "a high byte register, which no recipe can give");
    }
    Value whole = Value.register(register.get());
    int bytes = Math.min(widthBytes, registerBytes(name));
    return bytes == 8 ? whole : new Value.Narrowed(whole, bytes, signed);
  }

  private static int registerBytes(String name) {
    if (name.startsWith("r") && Character.isDigit(name.charAt(1))) {
      return switch (name.charAt(name.length() - 1)) {
        case 'd' -> 4;
        case 'w' -> 2;
        case 'b' -> 1;
        default -> 8;
      };
    }
    return name.startsWith("r") ? 8 : name.startsWith("e") ? 4 : name.endsWith("l") ? 1 : 2;
  }

  private static Optional<Register> named(String name) {
    String stem = name;
    if (name.matches("r\\d+[dwb]?")) {
      stem = name.replaceAll("[dwb]$", "");
    } else if (name.matches("[re][a-z]{2}")) {
      stem = name.substring(1);
    } else if (name.matches("[abcd][lh]")) {
      stem = name.charAt(0) + "x";
    } else if (name.matches("(si|di|bp|sp)l")) {
      stem = name.substring(0, 2);
    }
    return switch (stem) {
      case "ax" -> Optional.of(Register.RAX);
      case "bx" -> Optional.of(Register.RBX);
      case "cx" -> Optional.of(Register.RCX);
      case "dx" -> Optional.of(Register.RDX);
      case "si" -> Optional.of(Register.RSI);
      case "di" -> Optional.of(Register.RDI);
      case "bp" -> Optional.of(Register.RBP);
      case "sp" -> Optional.of(Register.RSP);
      case "r8" -> Optional.of(Register.R8);
      case "r9" -> Optional.of(Register.R9);
      case "r10" -> Optional.of(Register.R10);
      case "r11" -> Optional.of(Register.R11);
      case "r12" -> Optional.of(Register.R12);
      case "r13" -> Optional.of(Register.R13);
      case "r14" -> Optional.of(Register.R14);
      case "r15" -> Optional.of(Register.R15);
      default -> Optional.empty();
    };
  }

  private long number(String text) throws FormatException {
    try {
      return Long.decode(text);
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
