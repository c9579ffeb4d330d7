package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import pytap.source.TracerException;

/// The first two numbers of a kernel release.
public record KernelVersion(int major, int minor) {

  private static final int NAME_BYTES = 65;
  private static final int RELEASE = 2;

  /// That of the running kernel.
  public static KernelVersion running(Kernel kernel) throws TracerException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment names = arena.allocate(6 * NAME_BYTES, 8);
      long answer = kernel.call(new ProcessCall.Uname(names));
      if (answer < 0) {
        throw Refusal.of("ask for the kernel's version", answer);
      }
      return parse(names.getString((long) RELEASE * NAME_BYTES));
    }
  }

  /// Reads the numbers at the beginning of `release`, as in `6.1.0-18-amd64`; those missing are 0.
  static KernelVersion parse(String release) {
    int[] numbers = new int[2];
    int which = 0;
    for (int i = 0; i < release.length() && which < 2; i++) {
      char c = release.charAt(i);
      if (c >= '0' && c <= '9') {
        numbers[which] = numbers[which] * 10 + (c - '0');
      } else if (c == '.') {
        which++;
      } else {
        break;
      }
    }
    return new KernelVersion(numbers[0], numbers[1]);
  }

  public boolean isBefore(KernelVersion other) {
    return major < other.major || (major == other.major && minor < other.minor);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
