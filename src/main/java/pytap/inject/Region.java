package pytap.inject;

import java.lang.foreign.MemorySegment;
import pytap.gen.RegionLayout;
import pytap.linux.SharedMemory;
import pytap.source.TracerException;

/// Memory in a target, and this side's view of what is shared. Owned by the [Target] that made it,
/// which closes it.
public final class Region {
  private final RegionLayout layout;
  private final SharedMemory memory;

  Region(RegionLayout layout, SharedMemory memory) {
    this.layout = layout;
    this.memory = memory;
  }

  public RegionLayout layout() {
    return layout;
  }

  /// The shared memory before the ring's data, zero at first. Any thread may use it until the
  /// target is closed.
  public MemorySegment shared() {
    return memory.header();
  }

  /// The ring's data, twice in a row. Any thread may use it until the target is closed.
  public MemorySegment ring() {
    return memory.ring();
  }

  /// Gives the ring's memory back; its content is lost. For when nothing writes to it any more.
  void releaseMemory() throws TracerException {
    memory.punch(layout.sharedBytes(), layout.ringBytes());
  }

  void close() {
    memory.close();
  }
}
