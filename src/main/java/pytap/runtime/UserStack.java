package pytap.runtime;

import pytap.probe.Register;

/// Walks the user stack that a record holds.
final class UserStack {
  /// MAXBACKTRACE of SystemTap 4.8.
  static final int MOST_FRAMES = 20;

  private static final int REGISTER_WORDS = 21;
  private static final long[] NONE = {};

  private UserStack() {}

  /// The addresses, innermost first; none where there is no user stack.
  static long[] walk(Machine machine) {
    Moment moment = machine.moment;
    if (!moment.hasRegisters()) {
      return NONE;
    }
    return walk(machine, registers(moment));
  }

  /// The same from other values of three registers.
  static long[] walk(Machine machine, long pc, long sp, long fp) {
    Moment moment = machine.moment;
    if (!moment.hasRegisters()) {
      return NONE;
    }
    long[] registers = registers(moment);
    long captured = registers[Register.RSP.offset() / Long.BYTES];
    registers[Register.RIP.offset() / Long.BYTES] = pc;
    registers[Register.RSP.offset() / Long.BYTES] = sp;
    registers[Register.RBP.offset() / Long.BYTES] = fp;
    byte[] stack = machine.record.stack();
    long skipped = sp - captured;
    if (skipped < 0 || skipped > stack.length) {
      return machine.outside.spaces().walk((int) moment.pid(), registers, new byte[0], MOST_FRAMES);
    }
    byte[] rest = new byte[stack.length - (int) skipped];
    System.arraycopy(stack, (int) skipped, rest, 0, rest.length);
    return machine.outside.spaces().walk((int) moment.pid(), registers, rest, MOST_FRAMES);
  }

  private static long[] walk(Machine machine, long[] registers) {
    int pid = (int) machine.moment.pid();
    return machine.outside.spaces().walk(pid, registers, machine.record.stack(), MOST_FRAMES);
  }

  private static long[] registers(Moment moment) {
    long[] registers = new long[REGISTER_WORDS];
    for (Register register : Register.values()) {
      registers[register.offset() / Long.BYTES] = moment.register(register);
    }
    return registers;
  }
}
