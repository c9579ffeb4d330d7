package pytap.runtime;

import java.util.Optional;
import pytap.probe.Register;

/// The library functions on registers, user stacks and addresses. Their layouts are those of
/// `_stp_snprint_addr` in SystemTap 4.8's runtime.
public final class StackFunctions {
  private static final int HEX_DIGITS = 16;

  /// What is said of an address.
  private enum Form {
    /// ` 0x4c77ce : main+0x1e/0x30 [/usr/bin/python3]`, and a newline.
    FULL,
    /// The same with file and line of the source where they are known.
    FULL_WITH_LINE,
    /// `main+0x1e`, and a newline.
    BRIEF,
    /// ` main+0x1e [python3]`, and a newline.
    SIMPLE,
    /// `main+0x1e/0x30 [/usr/bin/python3]`.
    DATA
  }

  private StackFunctions() {}

  /// Whether there are registers: where an instruction was hit.
  public static long registersValid(Machine machine) {
    return machine.moment.uaddr() == 0 ? 0 : 1;
  }

  public static long userMode(Machine machine) {
    return registersValid(machine);
  }

  /// Prints the registers; nothing where there are none.
  public static void printRegs(Machine machine) {
    if (!machine.moment.hasRegisters()) {
      return;
    }
    row(machine, "RIP: ", Register.RIP);
    row(machine, "RSP: ", Register.RSP, "  EFLAGS: ", Register.FLAGS);
    row(machine, "RAX: ", Register.RAX, " RBX: ", Register.RBX, " RCX: ", Register.RCX);
    row(machine, "RDX: ", Register.RDX, " RSI: ", Register.RSI, " RDI: ", Register.RDI);
    row(machine, "RBP: ", Register.RBP, " R08: ", Register.R8, " R09: ", Register.R9);
    row(machine, "R10: ", Register.R10, " R11: ", Register.R11, " R12: ", Register.R12);
    row(machine, "R13: ", Register.R13, " R14: ", Register.R14, " R15: ", Register.R15);
  }

  private static void row(Machine machine, Object... parts) {
    OutputBuffer out = machine.out;
    for (Object part : parts) {
      if (part instanceof Register register) {
        int digits = register == Register.FLAGS ? HEX_DIGITS / 2 : HEX_DIGITS;
        Printf.number(
            machine.moment.register(register),
            Printf.HEX_LOWER,
            Printf.FLAG_ZERO,
            digits,
            digits,
            out);
      } else {
        out.text(ByteString.ofLatin1(part.toString()));
      }
    }
    out.octet('\n');
  }

  public static void printUbacktrace(Machine machine) {
    print(machine, machine.stack(), Form.FULL, machine.out);
  }

  /// The same from other values of the registers.
  public static void printUbacktrace(long pc, long sp, long fp, Machine machine) {
    print(machine, UserStack.walk(machine, pc, sp, fp), Form.FULL, machine.out);
  }

  public static void printUbacktraceBrief(Machine machine) {
    print(machine, machine.stack(), Form.BRIEF, machine.out);
  }

  public static void printUbacktraceFileline(Machine machine) {
    print(machine, machine.stack(), Form.FULL_WITH_LINE, machine.out);
  }

  public static void printUbacktraceFileline(long pc, long sp, long fp, Machine machine) {
    print(machine, UserStack.walk(machine, pc, sp, fp), Form.FULL_WITH_LINE, machine.out);
  }

  public static ByteString sprintUbacktrace(Machine machine) {
    long[] stack = machine.stack();
    OutputBuffer out = machine.scratch();
    print(machine, stack, Form.SIMPLE, out);
    return machine.scratchText();
  }

  private static void print(Machine machine, long[] stack, Form form, OutputBuffer out) {
    if (stack.length == 0) {
      ByteString point = SessionFunctions.pp(machine.point(), machine);
      out.text(ByteString.ofLatin1("<no user backtrace at " + point + ">\n"));
    }
    for (long address : stack) {
      out.text(ByteString.ofLatin1(describe(machine, address, form)));
    }
  }

  /// The addresses in hexadecimal, a space behind each.
  public static ByteString ubacktrace(Machine machine) {
    long[] stack = machine.stack();
    OutputBuffer out = machine.scratch();
    for (long address : stack) {
      out.text(ByteString.ofLatin1(LateReader.hex(address) + " "));
    }
    return stack.length == 0 ? ByteString.ofLatin1("\n") : machine.scratchText();
  }

  /// Address `level` of the stack, the probe's own being 0; a run-time error beyond its end.
  public static long ustack(long level, Machine machine, Site site) {
    long[] stack = machine.stack();
    if (level < 0 || level >= stack.length) {
      throw ScriptError.at(site, "reached end of stack before unwinding to level " + level);
    }
    return stack[(int) level];
  }

  /// The addresses up to `level`, all where that is -1, in hexadecimal with spaces between them.
  public static ByteString ucallers(long level, Machine machine, Site site) {
    long[] stack = machine.stack();
    if (level != -1) {
      ustack(level, machine, site);
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < stack.length && (level == -1 || i <= level); i++) {
      String next = (i > 0 ? " " : "") + LateReader.hex(stack[i]);
      if (out.length() + next.length() > machine.textBytes) {
        break;
      }
      out.append(next);
    }
    return ByteString.ofLatin1(out.toString());
  }

  public static ByteString callers(long level, Machine machine, Site site) {
    return ucallers(level, machine, site);
  }

  public static long callerAddr(Machine machine, Site site) {
    return ustack(1, machine, site);
  }

  /// The symbol that the probe's function was called from, and the address.
  public static ByteString caller(Machine machine, Site site) {
    long address = ustack(1, machine, site);
    return ByteString.ofLatin1(name(machine, address) + " " + LateReader.hex(address));
  }

  /// The function that was hit; "" where nothing was.
  public static ByteString probefunc(Machine machine) {
    ByteString function = SessionFunctions.ppfunc(machine);
    if (function.length() > 0) {
      return function;
    }
    long address = machine.moment.uaddr();
    return address == 0 ? ByteString.EMPTY : usymname(address, machine);
  }

  /// The symbol's name, the address where none is known.
  public static ByteString usymname(long address, Machine machine) {
    return ByteString.ofLatin1(name(machine, address)).cut(machine.textBytes);
  }

  private static String name(Machine machine, long address) {
    Optional<AddressSpaces.Symbol> symbol = symbol(machine, address);
    return symbol.isPresent() ? symbol.get().name() : LateReader.hex(address);
  }

  public static ByteString usymdata(long address, Machine machine) {
    return ByteString.ofLatin1(describe(machine, address, Form.DATA)).cut(machine.textBytes);
  }

  /// The file of the source; the address where it is not known.
  public static ByteString usymfile(long address, Machine machine) {
    Optional<AddressSpaces.Line> line = line(machine, address);
    return ByteString.ofLatin1(line.isPresent() ? line.get().file() : LateReader.hex(address));
  }

  /// The number of the line; the address where it is not known.
  public static ByteString usymline(long address, Machine machine) {
    Optional<AddressSpaces.Line> line = line(machine, address);
    return ByteString.ofLatin1(
        line.isPresent() ? String.valueOf(line.get().number()) : LateReader.hex(address));
  }

  public static ByteString usymfileline(long address, Machine machine) {
    Optional<AddressSpaces.Line> line = line(machine, address);
    return ByteString.ofLatin1(
        line.isPresent() ? line.get().file() + ":" + line.get().number() : LateReader.hex(address));
  }

  /// The file that is mapped at an address; a run-time error where there is none.
  public static ByteString umodname(long address, Machine machine, Site site) {
    Optional<AddressSpaces.Module> module = module(machine, address);
    if (module.isEmpty()) {
      throw ScriptError.at(site, "module cannot be found");
    }
    return ByteString.ofLatin1(module.get().path()).cut(machine.textBytes);
  }

  /// How far an address is from where its file is mapped.
  public static long umodaddr(long address, Machine machine, Site site) {
    Optional<AddressSpaces.Module> module = module(machine, address);
    if (module.isEmpty()) {
      throw ScriptError.at(site, "umodaddr " + LateReader.hex(address) + " unknown");
    }
    return module.get().offset();
  }

  /// The build id of the file that is mapped at an address.
  public static ByteString umodbuildid(long address, Machine machine, Site site) {
    Optional<String> id = machine.outside.spaces().buildId((int) machine.moment.pid(), address);
    if (id.isEmpty()) {
      throw ScriptError.at(site, "umodbuildid " + LateReader.hex(address) + " unknown");
    }
    return ByteString.ofLatin1(id.get());
  }

  /// Prints what the addresses in `list` are, a line for each.
  public static void printUsyms(ByteString list, Machine machine) {
    for (String address : addresses(list)) {
      machine.out.text(ByteString.ofLatin1(line(machine, address)));
    }
  }

  public static void printUstack(ByteString list, Machine machine) {
    printUsyms(list, machine);
  }

  /// The same as text, whole lines of it.
  public static ByteString sprintUsyms(ByteString list, Machine machine) {
    StringBuilder out = new StringBuilder();
    for (String address : addresses(list)) {
      String line = line(machine, address);
      if (out.length() + line.length() > machine.textBytes) {
        break;
      }
      out.append(line);
    }
    return ByteString.ofLatin1(out.toString());
  }

  public static ByteString sprintUstack(ByteString list, Machine machine) {
    return sprintUsyms(list, machine);
  }

  private static String[] addresses(ByteString list) {
    String text = list.toString().strip();
    return text.isEmpty() ? new String[0] : text.split(" +", -1);
  }

  private static String line(Machine machine, String address) {
    long number = TextFunctions.strtol(ByteString.ofLatin1(address), 16);
    return " " + address + " : " + describe(machine, number, Form.DATA) + "\n";
  }

  private static Optional<AddressSpaces.Module> module(Machine machine, long address) {
    return machine.outside.spaces().module((int) machine.moment.pid(), address);
  }

  private static Optional<AddressSpaces.Symbol> symbol(Machine machine, long address) {
    return machine.outside.spaces().symbol((int) machine.moment.pid(), address);
  }

  private static Optional<AddressSpaces.Line> line(Machine machine, long address) {
    return machine.outside.spaces().line((int) machine.moment.pid(), address);
  }

  private static String describe(Machine machine, long address, Form form) {
    Optional<AddressSpaces.Module> module = module(machine, address);
    Optional<AddressSpaces.Symbol> symbol = symbol(machine, address);
    String hex = LateReader.hex(address);
    return switch (form) {
      case BRIEF ->
          symbol.isPresent()
              ? symbol.get().name() + "+" + LateReader.hex(symbol.get().offset()) + "\n"
              : hex + "\n";
      case SIMPLE -> " " + body(hex, symbol, module, false) + "\n";
      case DATA -> body(hex, symbol, module, true);
      case FULL -> " " + full(hex, symbol, module, "") + "\n";
      case FULL_WITH_LINE -> {
        Optional<AddressSpaces.Line> line = line(machine, address);
        String at = line.isPresent() ? " at " + line.get().file() + ":" + line.get().number() : "";
        yield " " + full(hex, symbol, module, at) + "\n";
      }
    };
  }

  private static String full(
      String hex,
      Optional<AddressSpaces.Symbol> symbol,
      Optional<AddressSpaces.Module> module,
      String at) {
    if (symbol.isEmpty()) {
      return body(hex, symbol, module, true) + at;
    }
    String path = module.isPresent() ? " [" + module.get().path() + "]" : "";
    return hex + " : " + name(symbol.get(), true) + at + path;
  }

  private static String body(
      String hex,
      Optional<AddressSpaces.Symbol> symbol,
      Optional<AddressSpaces.Module> module,
      boolean whole) {
    if (module.isEmpty()) {
      return symbol.isPresent() ? name(symbol.get(), whole) : hex;
    }
    String path = whole ? module.get().path() : lastPart(module.get().path());
    if (symbol.isPresent()) {
      return name(symbol.get(), whole) + " [" + path + "]";
    }
    String size = whole ? "/" + LateReader.hex(module.get().sizeBytes()) : "";
    return hex + " [" + path + "+" + LateReader.hex(module.get().offset()) + size + "]";
  }

  private static String name(AddressSpaces.Symbol symbol, boolean sized) {
    String size = sized ? "/" + LateReader.hex(symbol.sizeBytes()) : "";
    return symbol.name() + "+" + LateReader.hex(symbol.offset()) + size;
  }

  private static String lastPart(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
