package pytap.inject;

import java.util.List;
import pytap.asm.x86.MachineCode;
import pytap.gen.InProcessImage;
import pytap.linux.ChildProcess;
import pytap.linux.Kernel;
import pytap.source.TracerException;
import pytap.target.Mapping;

/// All the steps of putting code into a process, taken with a child of our own that is there for
/// nothing else: what a JVM does for the first time takes it ten times as long, and a target waits
/// for every step.
public final class Rehearsal {
  private static final int CONTROL_BYTES = 8192;
  private static final int SHARED_BYTES = 4096;
  private static final long RING_BYTES = 4096;

  /// As many as make the JVM compile what runs most.
  private static final int ROUNDS = 8;

  private static final int JUMP_BYTES = 5;

  /// The child may still be on its way from a copy of this process to a shell.
  private static final int ATTEMPTS = 5;

  private Rehearsal() {}

  /// Nothing of it is left when it returns. What this machine refuses it will refuse again where
  /// that is to be said.
  ///
  /// @return whether it went through
  public static boolean run(Kernel kernel) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try (ChildProcess child = ChildProcess.hold(kernel, "true")) {
        run(kernel, child.pid());
        return true;
      } catch (TracerException refused) {
        if (refused.kind() != TracerException.Kind.TARGET_GONE) {
          return false;
        }
      }
    }
    return false;
  }

  private static void run(Kernel kernel, int pid) throws TracerException {
    try (Target target = Target.running(kernel, pid)) {
      Mapping code =
          target.mappings().stream().filter(Mapping::isExecutable).findFirst().orElseThrow();
      Region region =
          target.region(code.start(), code.end(), CONTROL_BYTES, SHARED_BYTES, RING_BYTES);
      target.write(region.layout().base() + target.codeOffset(region), new byte[JUMP_BYTES]);
      target.vdsoFunction("__vdso_clock_gettime");
      // Nothing runs there, and what is written is what there is.
      long end = code.end() - JUMP_BYTES;
      MachineCode there = MachineCode.of(target.read(end, JUMP_BYTES));
      InProcessImage.Hook hook = new InProcessImage.Hook(0, end, JUMP_BYTES, there, there);
      for (int i = 0; i < ROUNDS; i++) {
        target.patch(region, List.of(hook));
        target.unpatch(region);
      }
      target.disarm();
    }
  }
}
