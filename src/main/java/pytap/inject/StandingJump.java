package pytap.inject;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.asm.x86.MachineCode;
import pytap.gen.RegionLayout;
import pytap.linux.Kernel;
import pytap.linux.RemoteMemory;
import pytap.source.TracerException;
import pytap.target.Mapping;

/// A jump that stands in a process, as the region there records it.
///
/// Whoever changes the file's code otherwise must keep away from it: a breakpoint of the kernel
/// over a jump is taken back by writing the file's own byte, which leaves half a jump.
///
/// @param owner the pytap that wrote it, which may be dead
public record StandingJump(long address, int sizeBytes, int owner) {

  /// All that stand in process `pid`; none where that is gone or may not be looked into. Stops
  /// nothing.
  public static List<StandingJump> in(Kernel kernel, int pid) {
    ProcessFiles process = new ProcessFiles(pid);
    return switch (RemoteMemory.open(kernel, process.path("mem"))) {
      case RemoteMemory.Opened.Open(RemoteMemory memory) -> {
        try (memory) {
          yield in(process, new Memory(pid, memory));
        } catch (TracerException gone) {
          yield List.of();
        }
      }
      case RemoteMemory.Opened.Refused refused -> List.of();
    };
  }

  private static List<StandingJump> in(ProcessFiles process, Memory memory) throws TracerException {
    List<StandingJump> standing = new ArrayList<>();
    for (Mapping mapping : process.mappings()) {
      if (mapping.isExecutable()
          && mapping.path().startsWith(Target.REGION_PATH)
          && mapping.sizeBytes() == RegionLayout.CODE_BYTES) {
        byte[] bytes = memory.read(mapping.start(), RegionHeader.FIXED_BYTES);
        Optional<RegionHeader> header = RegionHeader.decode(mapping.start(), bytes);
        if (header.isPresent()) {
          standing.addAll(in(header.get(), memory));
        }
      }
    }
    return standing;
  }

  private static List<StandingJump> in(RegionHeader header, Memory memory) throws TracerException {
    List<StandingJump> standing = new ArrayList<>();
    for (RegionHeader.Change change : new PlacedRegion(header, Optional.empty()).changes(memory)) {
      if (change instanceof RegionHeader.Change.Bytes jump) {
        byte[] there = memory.read(jump.address(), jump.replacement().sizeBytes());
        if (MachineCode.of(there).equals(jump.replacement())) {
          standing.add(new StandingJump(jump.address(), there.length, header.owner().pid()));
        }
      }
    }
    return standing;
  }
}
