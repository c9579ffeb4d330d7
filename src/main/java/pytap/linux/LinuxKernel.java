package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/// The kernel that this process runs on, reached through the C library's `syscall`.
///
/// Safe for use by several threads. Every C function is called with one shape, seven longs, through
/// one handle that takes the function's address: linking a shape costs milliseconds in a fresh JVM,
/// and on x86-64 a function that takes fewer arguments does not look at the rest. For the same
/// reason `syscall` is not linked as the variadic function that C declares: the two conventions
/// differ only in what `%al` says of vector registers, which it does not use (System V ABI, AMD64
/// supplement 1.0, 3.5.7), and the difference costs 5 ms.
///
/// Making one takes 15 ms and more, and the first calls as much again, with an AOT cache too (JDK
/// 25): it is worth doing in a thread of its own while the script is compiled.
public final class LinuxKernel implements Kernel {

  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG);

  /// errno is the only thing the linker captures on Linux, a single int.
  private static final long CAPTURE_BYTES = Linker.Option.captureStateLayout().byteSize();

  @SuppressWarnings("restricted")
  private final MethodHandle function =
      Linker.nativeLinker().downcallHandle(SHAPE, Linker.Option.captureCallState("errno"));

  private final MemorySegment syscall = symbol("syscall");

  private static MemorySegment symbol(String name) {
    SymbolLookup library = Linker.nativeLinker().defaultLookup();
    return library
        .find(name)
        .orElseThrow(() -> new IllegalStateException("the C library has no " + name));
  }

  @Override
  public long call(Syscall request) {
    try (Arena arena = Arena.ofConfined()) {
      return switch (request) {
        case Syscall.Direct direct -> direct(arena, direct);
        case Spawn spawn -> spawn(arena, spawn);
      };
    }
  }

  private long direct(Arena arena, Syscall.Direct request) {
    CallFrame frame = new CallFrame(arena);
    request.marshal(frame);
    MemorySegment state = arena.allocate(CAPTURE_BYTES, 8);
    long result =
        invoke(
            syscall,
            state,
            frame.number(),
            frame.argument(0),
            frame.argument(1),
            frame.argument(2),
            frame.argument(3),
            frame.argument(4),
            frame.argument(5));
    request.collect(frame);
    return result == -1 ? -state.get(Native.INT, 0) : result;
  }

  private long invoke(
      MemorySegment address,
      MemorySegment state,
      long a,
      long b,
      long c,
      long d,
      long e,
      long f,
      long g) {
    try {
      return (long) function.invokeExact(address, state, a, b, c, d, e, f, g);
    } catch (Throwable failure) {
      throw new IllegalStateException("calling the C library", failure);
    }
  }

  /// Calls a C function of at most six arguments that answers an int.
  private int library(Arena arena, String name, long... arguments) {
    MemorySegment state = arena.allocate(CAPTURE_BYTES, 8);
    long[] six = new long[6];
    System.arraycopy(arguments, 0, six, 0, arguments.length);
    return (int) invoke(symbol(name), state, six[0], six[1], six[2], six[3], six[4], six[5], 0L);
  }

  private long spawn(Arena arena, Spawn request) {
    MemorySegment actions = arena.allocate(FILE_ACTIONS_BYTES, 8);
    long file = actions.address();
    library(arena, "posix_spawn_file_actions_init", file);
    try {
      int failed =
          library(
              arena,
              "posix_spawn_file_actions_adddup2",
              file,
              request.inheritedFd(),
              request.childFd());
      if (failed != 0) {
        return -failed;
      }
      MemorySegment pid = arena.allocate(8, 8);
      failed =
          library(
              arena,
              "posix_spawn",
              pid.address(),
              arena.allocateFrom(request.path()).address(),
              file,
              attributes(arena).address(),
              strings(arena, request.argv()).address(),
              environment());
      return failed != 0 ? -failed : pid.get(Native.INT, 0);
    } finally {
      library(arena, "posix_spawn_file_actions_destroy", file);
    }
  }

  /// `sizeof (posix_spawn_file_actions_t)` is 80 in glibc 2.36 and in musl 1.2; with room to spare.
  private static final long FILE_ACTIONS_BYTES = 256;

  /// `posix_spawnattr_t` begins, in glibc 2.36 as in musl 1.2, with flags (4 bytes), process group
  /// (4), signals to reset (128), signals to block (128); zero is what `posix_spawnattr_init`
  /// makes.
  private static MemorySegment attributes(Arena arena) {
    MemorySegment attributes = arena.allocate(512, 8);
    attributes.set(Native.SHORT, 0, (short) (SPAWN_SETSIGDEF | SPAWN_SETSIGMASK));
    attributes.set(Native.LONG, 8, 1L << (Signals.PIPE - 1));
    return attributes;
  }

  private static final int SPAWN_SETSIGDEF = 0x04;
  private static final int SPAWN_SETSIGMASK = 0x08;

  private static MemorySegment strings(Arena arena, List<String> values) {
    MemorySegment vector = arena.allocate(8L * (values.size() + 1), 8);
    for (int i = 0; i < values.size(); i++) {
      vector.setAtIndex(Native.LONG, i, arena.allocateFrom(values.get(i)).address());
    }
    return vector;
  }

  /// The C variable `environ`: the very bytes that this process was started with.
  @SuppressWarnings("restricted")
  private static long environment() {
    return symbol("environ").reinterpret(8).get(Native.LONG, 0);
  }
}
