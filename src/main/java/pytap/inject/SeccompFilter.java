package pytap.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// What a process's seccomp filters would answer to a system call: an interpreter of classic BPF
/// over `struct seccomp_data` (Linux 6.6 kernel/seccomp.c, include/uapi/linux/bpf_common.h).
final class SeccompFilter {
  private static final int ARCH_X86_64 = 0xc000003e;
  private static final int DATA_BYTES = 64;
  private static final int ACTION_MASK = 0xffff0000;
  private static final int ALLOW = 0x7fff0000;
  private static final int LOG = 0x7ffc0000;
  private static final int ERRNO = 0x00050000;
  private static final int KILL_PROCESS = 0x80000000;

  private final byte[] instructions;

  /// @param instructions 8 bytes each
  SeccompFilter(byte[] instructions) {
    this.instructions = instructions.clone();
  }

  /// What becomes of a call, the worst first.
  enum Verdict {
    /// It ends the process, raises a signal or waits for another process.
    FATAL,
    /// It answers an error.
    ERROR,
    ALLOWED
  }

  /// A call of the system with its arguments.
  record Call(String name, int number, List<Long> arguments) {
    static Call of(String name, int number, Long... arguments) {
      return new Call(name, number, List.of(arguments));
    }
  }

  /// The worst that any of the filters says.
  static Verdict verdict(List<SeccompFilter> filters, Call call) {
    Verdict worst = Verdict.ALLOWED;
    for (SeccompFilter filter : filters) {
      Verdict verdict = meaning(filter.run(data(call)));
      worst = verdict.compareTo(worst) < 0 ? verdict : worst;
    }
    return worst;
  }

  private static Verdict meaning(int answer) {
    return switch (answer & ACTION_MASK) {
      case ALLOW, LOG -> Verdict.ALLOWED;
      case ERRNO -> Verdict.ERROR;
      default -> Verdict.FATAL;
    };
  }

  private static ByteBuffer data(Call call) {
    ByteBuffer data = ByteBuffer.allocate(DATA_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(0, call.number()).putInt(4, ARCH_X86_64);
    for (int i = 0; i < call.arguments().size(); i++) {
      data.putLong(16 + 8 * i, call.arguments().get(i));
    }
    return data;
  }

  /// What the program returns for `data`; as if it killed, where it does something that the kernel
  /// would not have accepted.
  int run(ByteBuffer data) {
    ByteBuffer code = ByteBuffer.wrap(instructions).order(ByteOrder.LITTLE_ENDIAN);
    int[] scratch = new int[16];
    int a = 0;
    int x = 0;
    int at = 0;
    while (8 * at + 8 <= instructions.length) {
      int op = Short.toUnsignedInt(code.getShort(8 * at));
      int whenTrue = Byte.toUnsignedInt(code.get(8 * at + 2));
      int whenFalse = Byte.toUnsignedInt(code.get(8 * at + 3));
      int k = code.getInt(8 * at + 4);
      at++;
      switch (op) {
        case 0x20 -> a = k >= 0 && k <= DATA_BYTES - 4 ? data.getInt(k) : 0;
        case 0x00 -> a = k;
        case 0x01 -> x = k;
        case 0x60 -> a = scratch[k & 15];
        case 0x61 -> x = scratch[k & 15];
        case 0x02 -> scratch[k & 15] = a;
        case 0x03 -> scratch[k & 15] = x;
        case 0x80 -> a = DATA_BYTES;
        case 0x81 -> x = DATA_BYTES;
        case 0x07 -> x = a;
        case 0x87 -> a = x;
        case 0x05 -> at += k;
        case 0x06 -> {
          return k;
        }
        case 0x16 -> {
          return a;
        }
        default -> {
          int operand = (op & 8) != 0 ? x : k;
          if ((op & 7) == 5) {
            at += jumps(op & 0xf0, a, operand) ? whenTrue : whenFalse;
          } else if ((op & 7) == 4) {
            a = arithmetic(op & 0xf0, a, operand);
          } else {
            return KILL_PROCESS;
          }
        }
      }
    }
    return KILL_PROCESS;
  }

  private static boolean jumps(int op, int a, int operand) {
    return switch (op) {
      case 0x10 -> a == operand;
      case 0x20 -> Integer.compareUnsigned(a, operand) > 0;
      case 0x30 -> Integer.compareUnsigned(a, operand) >= 0;
      default -> (a & operand) != 0;
    };
  }

  private static int arithmetic(int op, int a, int operand) {
    return switch (op) {
      case 0x00 -> a + operand;
      case 0x10 -> a - operand;
      case 0x20 -> a * operand;
      case 0x30 -> operand == 0 ? 0 : Integer.divideUnsigned(a, operand);
      case 0x40 -> a | operand;
      case 0x50 -> a & operand;
      case 0x60 -> Integer.compareUnsigned(operand, 32) < 0 ? a << operand : 0;
      case 0x70 -> Integer.compareUnsigned(operand, 32) < 0 ? a >>> operand : 0;
      case 0x80 -> -a;
      case 0xa0 -> a ^ operand;
      default -> operand == 0 ? 0 : Integer.remainderUnsigned(a, operand);
    };
  }
}
