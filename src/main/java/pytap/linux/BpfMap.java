package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import pytap.source.TracerException;

/// Owner of one BPF map. Keys and values are native memory of exactly the sizes that the map was
/// made with (for a map with a value per processor: [#valueBytes()] times the processors).
public final class BpfMap implements AutoCloseable {
  private final Kernel kernel;
  private final MapSpec spec;
  private final Descriptor descriptor;
  private final int valueBytes;
  private Optional<Mapping> values = Optional.empty();

  private BpfMap(Kernel kernel, MapSpec spec, Descriptor descriptor) {
    this.kernel = kernel;
    this.spec = spec;
    this.descriptor = descriptor;
    this.valueBytes =
        spec.type().perCpu()
            ? roundUp(spec.valueBytes(), 8) * Processors.possible()
            : spec.valueBytes();
  }

  /// Makes the map.
  public static BpfMap create(Kernel kernel, MapSpec spec) throws TracerException {
    long fd =
        kernel.call(
            new BpfCall.MapCreate(
                spec.type().number(),
                spec.keyBytes(),
                spec.valueBytes(),
                spec.entries(),
                spec.flags(),
                spec.name()));
    if (fd < 0) {
      throw Refusal.of("create the BPF map " + spec.name(), fd);
    }
    return new BpfMap(kernel, spec, new Descriptor(kernel, fd));
  }

  public MapSpec spec() {
    return spec;
  }

  /// The descriptor, for programs that name this map.
  public int fd() {
    return descriptor.fd();
  }

  /// How many bytes [#lookup] writes.
  public int valueBytes() {
    return valueBytes;
  }

  /// Copies the value of `key` into `value`. Returns whether there is one.
  public boolean lookup(MemorySegment key, MemorySegment value) throws TracerException {
    return element(BpfCall.ElementCommand.LOOKUP, key, value, 0);
  }

  /// The same, and removes the entry.
  public boolean lookupAndDelete(MemorySegment key, MemorySegment value) throws TracerException {
    return element(BpfCall.ElementCommand.LOOKUP_AND_DELETE, key, value, 0);
  }

  /// Sets the value of `key`, whether or not there was one.
  public void update(MemorySegment key, MemorySegment value) throws TracerException {
    if (!element(BpfCall.ElementCommand.UPDATE, key, value, 0)) {
      throw Refusal.of("write to the BPF map " + spec.name(), -Errno.ENOENT);
    }
  }

  /// Removes the entry. Returns whether there was one.
  public boolean delete(MemorySegment key) throws TracerException {
    return element(BpfCall.ElementCommand.DELETE, key, MemorySegment.NULL, 0);
  }

  /// Copies the key that follows `key` into `next`; the first one where `key` is
  /// [MemorySegment#NULL] or no longer there. Returns whether there is one.
  public boolean nextKey(MemorySegment key, MemorySegment next) throws TracerException {
    return element(BpfCall.ElementCommand.NEXT_KEY, key, next, 0);
  }

  /// The value at `index` of an array of 8-byte values.
  public long get(int index) throws TracerException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(valueBytes, 8);
      MemorySegment key = arena.allocateFrom(Native.INT, index);
      if (!lookup(key, value)) {
        throw new IllegalStateException("no entry " + index + " in map " + spec.name());
      }
      return value.get(Native.LONG, 0);
    }
  }

  /// Sets the value at `index` of an array of 8-byte values.
  public void set(int index, long value) throws TracerException {
    try (Arena arena = Arena.ofConfined()) {
      update(arena.allocateFrom(Native.INT, index), arena.allocateFrom(Native.LONG, value));
    }
  }

  private boolean element(
      BpfCall.ElementCommand command, MemorySegment key, MemorySegment value, long flags)
      throws TracerException {
    long result = kernel.call(new BpfCall.MapElement(command, descriptor.fd(), key, value, flags));
    if (result == -Errno.ENOENT) {
      return false;
    }
    if (result < 0) {
      throw Refusal.of("use the BPF map " + spec.name(), result);
    }
    return true;
  }

  /// Reads up to `keys.byteSize() / keyBytes` entries in one call, and removes them where `delete`.
  ///
  /// @param start what a call before wrote into `next`; [MemorySegment#NULL] to begin
  /// @param next at least 8 bytes and at least a key, for the call after
  /// @param count 4 bytes that receive how many entries came
  /// @return whether there may be more
  public boolean readBatch(
      boolean delete,
      MemorySegment start,
      MemorySegment next,
      MemorySegment keys,
      MemorySegment values,
      MemorySegment count)
      throws TracerException {
    count.set(Native.INT, 0, (int) (keys.byteSize() / spec.keyBytes()));
    long result =
        kernel.call(
            new BpfCall.MapBatch(delete, descriptor.fd(), start, next, keys, values, count));
    if (result < 0 && result != -Errno.ENOENT) {
      throw Refusal.of("read the BPF map " + spec.name(), result);
    }
    return result == 0;
  }

  /// The values of an array made with [MapSpec#MMAPABLE], as memory that programs and this process
  /// share: entry `i` begins at `i * roundUp(valueBytes, 8)`. Closed with the map.
  public MemorySegment mapValues() throws TracerException {
    if (values.isEmpty()) {
      long sizeBytes = (long) roundUp(spec.valueBytes(), 8) * spec.entries();
      long pages = (sizeBytes + Mapping.PAGE_BYTES - 1) & -Mapping.PAGE_BYTES;
      values =
          Optional.of(
              Mapping.readWrite(kernel, "the map " + spec.name(), descriptor.fd(), 0, pages));
    }
    return values.orElseThrow().segment();
  }

  private static int roundUp(int value, int multiple) {
    return (value + multiple - 1) & -multiple;
  }

  @Override
  public void close() {
    values.ifPresent(Mapping::close);
    values = Optional.empty();
    descriptor.close();
  }
}
