package pytap.inject;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import pytap.gen.RegionLayout;
import pytap.source.TracerException;
import pytap.target.Mapping;

/// What must be known of a process before it is changed. It is looked at while the process runs, so
/// that nobody waits for that, and once it stands still it is asked whether all is as it was.
///
/// @param maps as the kernel tells them
/// @param tails where a stub may lie
/// @param leftovers regions that are there and nobody uses
/// @param self this pytap, as the owner of a region
record Findings(
    String maps,
    List<Mapping> mappings,
    List<TextTail> tails,
    List<PlacedRegion> leftovers,
    RegionHeader.Owner self) {

  /// @param inUse regions that count as no leftovers
  /// @throws TracerException where a region is another pytap's that lives
  static Findings of(ProcessFiles process, Memory memory, Collection<PlacedRegion> inUse)
      throws TracerException {
    RegionHeader.Owner self = RegionHeader.Owner.self();
    String maps = process.maps();
    List<Mapping> mappings = Mapping.parseAll(maps);
    return new Findings(
        maps,
        mappings,
        TextTail.all(mappings, memory),
        leftovers(process, memory, mappings, inUse, self),
        self);
  }

  /// Whether the process still is like that.
  boolean areTrue(ProcessFiles process, Memory memory) throws TracerException {
    for (PlacedRegion leftover : leftovers) {
      if (!leftover.isAsRecorded(memory)) {
        return false;
      }
    }
    return maps.equals(process.maps());
  }

  private static List<PlacedRegion> leftovers(
      ProcessFiles process,
      Memory memory,
      List<Mapping> mappings,
      Collection<PlacedRegion> inUse,
      RegionHeader.Owner self)
      throws TracerException {
    List<PlacedRegion> found = new ArrayList<>();
    for (Mapping mapping : mappings) {
      if (mapping.isExecutable()
          && mapping.path().startsWith(Target.REGION_PATH)
          && mapping.sizeBytes() == RegionLayout.CODE_BYTES
          && inUse.stream().noneMatch(it -> it.header().layout().base() == mapping.start())) {
        byte[] bytes = memory.read(mapping.start(), RegionHeader.FIXED_BYTES);
        Optional<RegionHeader> header = RegionHeader.decode(mapping.start(), bytes);
        if (header.isPresent()) {
          requireFree(process, header.get().owner(), self);
          found.add(new PlacedRegion(header.get(), Optional.empty()));
        }
      }
    }
    return found;
  }

  private static void requireFree(
      ProcessFiles process, RegionHeader.Owner owner, RegionHeader.Owner self)
      throws TracerException {
    if (owner.equals(RegionHeader.Owner.NONE) || owner.equals(self)) {
      return;
    }
    ProcessFiles other = new ProcessFiles(owner.pid());
    // One that was killed may be a zombie for long, where nobody asks how it ended.
    boolean lives = other.lives(owner.pid()) && other.startTime() == owner.startTime();
    if (owner.namespace() == self.namespace() && lives) {
      throw Refusals.busy(process.pid(), owner.pid());
    }
  }
}
