package pytap.runtime;

import java.util.Locale;
import java.util.Optional;
import pytap.probe.Register;
import pytap.probe.RegisterPart;

/// Functions of the registers at a probe. Arguments and results are where the System V ABI for
/// x86-64 (1.0, 3.2.3) has integers and pointers.
public final class RegisterFunctions {
  private static final Register[] ARGUMENTS = {
    Register.RDI, Register.RSI, Register.RDX, Register.RCX, Register.R8, Register.R9
  };

  private RegisterFunctions() {}

  /// Argument `number`, from 1, of the function whose first instruction was hit.
  public static long longArg(long number, Machine machine, Site site) {
    if (number < 1 || number > Integer.MAX_VALUE || !isOfFunction(machine)) {
      throw ScriptError.at(site, "cannot access arg(" + number + ") at " + machine.point());
    }
    if (number <= ARGUMENTS.length) {
      return machine.moment.register(ARGUMENTS[(int) number - 1]);
    }
    // The return address lies below those on the stack.
    long address = machine.moment.register(Register.RSP) + 8 * (number - ARGUMENTS.length);
    if (machine.reader.faultsInteger(address, 8)) {
      throw ScriptError.at(site, "cannot access arg(" + number + ") at " + machine.point());
    }
    return machine.reader.integer(address, 8);
  }

  private static boolean isOfFunction(Machine machine) {
    return machine.moment.hasRegisters() && machine.point().toString().indexOf(".function(") > 0;
  }

  public static long intArg(long number, Machine machine, Site site) {
    return (int) longArg(number, machine, site);
  }

  public static long uintArg(long number, Machine machine, Site site) {
    return longArg(number, machine, site) & 0xffffffffL;
  }

  public static long ulongArg(long number, Machine machine, Site site) {
    return longArg(number, machine, site);
  }

  public static long longlongArg(long number, Machine machine, Site site) {
    return longArg(number, machine, site);
  }

  public static long ulonglongArg(long number, Machine machine, Site site) {
    return longArg(number, machine, site);
  }

  public static long pointerArg(long number, Machine machine, Site site) {
    return longArg(number, machine, site);
  }

  public static long s32Arg(long number, Machine machine, Site site) {
    return intArg(number, machine, site);
  }

  public static long u32Arg(long number, Machine machine, Site site) {
    return uintArg(number, machine, site);
  }

  public static long s64Arg(long number, Machine machine, Site site) {
    return longArg(number, machine, site);
  }

  public static long u64Arg(long number, Machine machine, Site site) {
    return longArg(number, machine, site);
  }

  /// What the function that was left gives back.
  public static long returnval(Machine machine, Site site) {
    if (!isOfFunction(machine)) {
      throw ScriptError.at(site, "cannot access the return value at " + machine.point());
    }
    return machine.moment.register(Register.RAX);
  }

  /// The same as text.
  ///
  /// @param format 1 decimal, 2 hexadecimal, 3 octal
  public static ByteString returnstr(long format, Machine machine, Site site) {
    long value = returnval(machine, site);
    return ByteString.ofLatin1(
        format == 3
            ? "0" + Long.toOctalString(value)
            : format == 2 ? LateReader.hex(value) : Long.toString(value));
  }

  /// A register by its name, such as `rax`, `eax` or `r8d`, zero-extended.
  public static long uRegister(ByteString name, Machine machine, Site site) {
    String text = name.toString().toLowerCase(Locale.ROOT);
    Optional<RegisterPart> part = RegisterPart.named(text);
    if (part.isEmpty()) {
      throw ScriptError.at(site, "unknown register: " + name);
    }
    if (!machine.moment.hasRegisters()) {
      throw ScriptError.at(site, "no register values available in this context");
    }
    return part.get().of(machine.moment.register(part.get().register()));
  }

  /// The same, sign-extended where it is narrower than 64 bits.
  public static long register(ByteString name, Machine machine, Site site) {
    long value = uRegister(name, machine, site);
    int bits = RegisterPart.named(name.toString().toLowerCase(Locale.ROOT)).orElseThrow().bits();
    return value << (64 - bits) >> (64 - bits);
  }
}
