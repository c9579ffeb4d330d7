package pytap.inject;

import java.util.List;
import pytap.linux.LinuxKernel;
import pytap.source.TracerException;

/// A pytap of its own that patches a program and takes it back, for ever, or holds it patched; it
/// is there to be killed. Prints what it met.
final class Injector {
  private Injector() {}

  /// @param words pid, start and end of the code, and `once`, `hold` or `for ever`
  public static void main(String[] words) throws Exception {
    int pid = Integer.parseInt(words[0]);
    long start = Long.parseLong(words[1]);
    long end = Long.parseLong(words[2]);
    try {
      do {
        try (Target target = Target.running(new LinuxKernel(), pid)) {
          Region region = target.region(start, end, 8192, 4096, 1 << 20);
          target.patch(region, List.of(TargetTest.counting(target, region, start)));
          System.out.println("patched");
          if (words[3].equals("hold")) {
            System.in.read();
          }
          target.unpatch(region);
        }
      } while (words[3].equals("for ever"));
    } catch (TracerException refused) {
      System.out.println(refused.getMessage());
    }
  }
}
