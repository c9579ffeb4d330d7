package pytap.inject;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import pytap.gen.InProcessImage;
import pytap.gen.RegionLayout;
import pytap.source.TracerException;

/// A region as it lies in a target, with its record of what was replaced.
final class PlacedRegion {
  private static final int ATTEMPTS = 500;
  private static final long PAUSE_NANOS = 1_000_000L;
  private static final int CODE_ALIGNMENT = 16;

  private RegionHeader header;
  private final Optional<Region> region;

  PlacedRegion(RegionHeader header, Optional<Region> region) {
    this.header = header;
    this.region = region;
  }

  /// How all threads are stopped.
  interface Stopper {
    AllStop stop() throws TracerException;
  }

  RegionHeader header() {
    return header;
  }

  /// This side of it; only where this pytap made it.
  Region region() {
    return region.orElseThrow();
  }

  int codeEnd() {
    return header.codeEnd();
  }

  /// Code is about to be written there: what comes later goes behind it.
  void reserve(Memory memory, long address, int sizeBytes) throws TracerException {
    long base = header.layout().base();
    if (address < base + RegionHeader.CODE_START || address >= header.layout().resident()) {
      return;
    }
    long end = address - base + sizeBytes + CODE_ALIGNMENT - 1 & -CODE_ALIGNMENT;
    if (end > RegionLayout.CODE_BYTES - RegionLayout.RESIDENT_BYTES) {
      throw Refusals.refuse(memory.pid(), "the code for all probes takes more room than there is");
    }
    if (end > header.codeEnd()) {
      put(memory, header.withCodeEnd((int) end));
    }
  }

  /// Whether the record in the target says of it what this knows.
  boolean isAsRecorded(Memory memory) throws TracerException {
    byte[] there = memory.read(header.layout().base(), RegionHeader.FIXED_BYTES);
    return Arrays.equals(there, header.encode());
  }

  void put(Memory memory, RegionHeader changed) throws TracerException {
    header = changed;
    memory.write(header.layout().base(), header.encode());
  }

  boolean isArmed(Memory memory) throws TracerException {
    return count(memory) > 0;
  }

  private int count(Memory memory) throws TracerException {
    byte[] bytes = memory.read(header.layout().base() + RegionHeader.COUNT_OFFSET, 1 << 2);
    int count = (bytes[0] & 0xff) | (bytes[1] & 0xff) << 8;
    return Math.min(count, RegionHeader.MAX_CHANGES);
  }

  private void setCount(Memory memory, int count) throws TracerException {
    byte[] bytes = {(byte) count, (byte) (count >> 8), 0, 0};
    memory.write(header.layout().base() + RegionHeader.COUNT_OFFSET, bytes);
  }

  List<RegionHeader.Change> changes(Memory memory) throws TracerException {
    int size = count(memory) * RegionHeader.CHANGE_BYTES;
    if (size == 0) {
      return List.of();
    }
    return RegionHeader.decodeChanges(memory.read(list(), size));
  }

  private long list() {
    return header.layout().base() + RegionHeader.CHANGES_OFFSET;
  }

  /// Writes the jumps and the links, all or none.
  void patch(
      Memory memory,
      List<InProcessImage.Hook> hooks,
      List<InProcessImage.Link> links,
      Stopper stopper)
      throws TracerException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try (AllStop stop = stopper.stop()) {
        if (nobodyIsInside(Standing.of(stop, memory), hooks)
            && nobodyChangesLists(stop, memory, links)) {
          requireOriginals(memory, hooks);
          for (InProcessImage.Link link : links) {
            if (link instanceof InProcessImage.Link.Monitored monitored) {
              Residence.require(memory, header.layout(), monitored);
            }
          }
          record(memory, hooks, links);
          write(memory, hooks, links);
          return;
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS); // somebody stands in the middle; let them leave
    }
    throw Refusals.refuse(
        memory.pid(), "a thread of it does not leave the instructions to be replaced");
  }

  private static boolean nobodyIsInside(Standing anywhere, List<InProcessImage.Hook> hooks) {
    long first = Long.MAX_VALUE;
    long end = 0;
    for (InProcessImage.Hook hook : hooks) {
      first = Math.min(first, hook.address());
      end = Math.max(end, hook.address() + hook.sizeBytes());
    }
    Standing near = anywhere.near(first, end);
    for (InProcessImage.Hook hook : hooks) {
      if (near.isIn(hook.address() + 1, hook.address() + hook.sizeBytes())) {
        return false;
      }
    }
    return true;
  }

  private static void requireOriginals(Memory memory, List<InProcessImage.Hook> hooks)
      throws TracerException {
    for (InProcessImage.Hook hook : hooks) {
      byte[] expected = hook.original().toArray();
      byte[] found = memory.read(hook.address(), expected.length);
      if (!Arrays.equals(expected, found)) {
        throw Refusals.refuse(
            memory.pid(),
            "its code at 0x"
                + Long.toHexString(hook.address())
                + " is not that of its file: "
                + HexFormat.ofDelimiter(" ").formatHex(found)
                + " instead of "
                + hook.original()
                + "; a debugger or another tracer has changed it");
      }
    }
  }

  private static boolean nobodyChangesLists(
      AllStop stop, Memory memory, List<InProcessImage.Link> links) throws TracerException {
    for (InProcessImage.Link link : links) {
      switch (link) {
        case InProcessImage.Link.Listed listed -> {
          if (stop.holds(List.of(CallbackList.end(memory, listed.head())))) {
            return false;
          }
        }
        case InProcessImage.Link.PerThread _ -> {}
        case InProcessImage.Link.Monitored _ -> {}
      }
    }
    return true;
  }

  /// Whether no thread is about to write to an entry of ours that a list leads to: what it adds
  /// there would be lost with the entry.
  boolean mayDisarm(AllStop stop, Memory memory) throws TracerException {
    for (RegionHeader.Change change : changes(memory)) {
      if (change instanceof RegionHeader.Change.Listed(long _, long guard, long entry)
          && stop.holds(List.of(guard, entry))) {
        return false;
      }
    }
    return true;
  }

  /// First the list, then how long it is.
  private void record(
      Memory memory, List<InProcessImage.Hook> hooks, List<InProcessImage.Link> links)
      throws TracerException {
    List<RegionHeader.Change> added = new ArrayList<>();
    hooks.forEach(hook -> added.add(RegionHeader.Change.Bytes.of(hook)));
    for (InProcessImage.Link link : links) {
      added.add(change(memory, link));
    }
    int before = count(memory);
    if (before + added.size() > RegionHeader.MAX_CHANGES) {
      throw Refusals.refuse(memory.pid(), "more than " + RegionHeader.MAX_CHANGES + " probes");
    }
    memory.write(list() + (long) before * RegionHeader.CHANGE_BYTES, RegionHeader.encode(added));
    setCount(memory, before + added.size());
  }

  private RegionHeader.Change change(Memory memory, InProcessImage.Link link)
      throws TracerException {
    return switch (link) {
      case InProcessImage.Link.Listed(long head, long guard, long entry, long _) ->
          new RegionHeader.Change.Listed(head, guard, entry);
      case InProcessImage.Link.PerThread words -> {
        byte[] description = new ThreadSlots(words).encode();
        long address = header.layout().base() + header.codeEnd();
        reserve(memory, address, description.length);
        memory.write(address, description);
        yield new RegionHeader.Change.Slots(address, description.length);
      }
      case InProcessImage.Link.Monitored monitored ->
          new RegionHeader.Change.Monitored(monitored.word());
    };
  }

  private void write(
      Memory memory, List<InProcessImage.Hook> hooks, List<InProcessImage.Link> links)
      throws TracerException {
    try {
      for (InProcessImage.Hook hook : hooks) {
        memory.write(hook.address(), hook.replacement().toArray());
      }
      for (InProcessImage.Link link : links) {
        switch (link) {
          case InProcessImage.Link.Listed listed -> CallbackList.add(memory, listed);
          case InProcessImage.Link.PerThread words -> new ThreadSlots(words).fill(memory);
          case InProcessImage.Link.Monitored monitored ->
              Residence.begin(memory, header.layout(), monitored);
        }
      }
    } catch (TracerException refused) {
      disarm(memory);
      throw refused;
    }
  }

  /// Takes back what is still ours, while all threads are stopped. A jump that somebody else has
  /// written over stays in the list; what it leads to stays too. Returns whether there was any.
  boolean disarm(Memory memory) throws TracerException {
    List<RegionHeader.Change> changes = changes(memory);
    if (changes.isEmpty()) {
      return false;
    }
    List<RegionHeader.Change> kept = new ArrayList<>();
    for (RegionHeader.Change change : changes) {
      if (!undo(memory, change)) {
        kept.add(change);
      }
    }
    if (!kept.isEmpty()) {
      memory.write(list(), RegionHeader.encode(kept));
    }
    setCount(memory, kept.size());
    return true;
  }

  /// Returns whether nothing of it is left.
  private boolean undo(Memory memory, RegionHeader.Change change) throws TracerException {
    switch (change) {
      case RegionHeader.Change.Bytes jump -> {
        byte[] now = memory.at(jump.address(), jump.original().sizeBytes());
        if (Arrays.equals(now, jump.replacement().toArray())) {
          memory.write(jump.address(), jump.original().toArray());
          return true;
        }
        return !isPartly(now, jump.replacement().toArray());
      }
      case RegionHeader.Change.Listed(long head, long guard, long entry) -> {
        CallbackList.remove(memory, head, List.of(guard, entry));
        return true;
      }
      case RegionHeader.Change.Slots(long description, int size) -> {
        ThreadSlots.decode(memory.read(description, size)).clear(memory);
        return true;
      }
      case RegionHeader.Change.Monitored(long word) -> {
        Residence.end(memory, header.layout(), word);
        return true;
      }
    }
  }

  /// Nobody uses it from here on, unless it is still armed. A target that is gone needs nothing.
  void giveUp(Memory memory) {
    try {
      if (!isArmed(memory)) {
        put(memory, header.owned(RegionHeader.Owner.NONE));
        region().releaseMemory();
      }
    } catch (TracerException gone) {
      return;
    } finally {
      region().close();
    }
  }

  /// Whether all but the first byte is ours: then that is another's breakpoint.
  private static boolean isPartly(byte[] now, byte[] replacement) {
    return Arrays.equals(now, 1, now.length, replacement, 1, replacement.length);
  }
}
