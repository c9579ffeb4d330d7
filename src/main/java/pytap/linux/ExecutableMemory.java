package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import pytap.source.TracerException;

/// Owner of memory in this process whose bytes can be executed, but not written: they are written
/// through a file that lies in memory, so that no page is ever both.
///
/// It belongs to the thread that made it. What is executed is trusted: nothing protects this
/// process from it.
public final class ExecutableMemory implements AutoCloseable {
  private static final int ALIGNMENT = 16;

  private final Kernel kernel;
  private final Descriptor file;
  private final Mapping mapping;
  private final MethodHandle function = function();
  private int usedBytes;

  private ExecutableMemory(Kernel kernel, Descriptor file, Mapping mapping) {
    this.kernel = kernel;
    this.file = file;
    this.mapping = mapping;
  }

  /// Empty memory.
  ///
  /// @param sizeBytes a multiple of 4096
  public static ExecutableMemory create(Kernel kernel, String name, int sizeBytes)
      throws TracerException {
    String what = "executable memory";
    long fd = kernel.call(new FileCall.CreateInMemory(name));
    if (fd < 0) {
      throw Refusal.of("make " + what, fd);
    }
    Descriptor file = new Descriptor(kernel, fd);
    try {
      long result = kernel.call(new FileCall.Truncate(file.fd(), sizeBytes));
      if (result < 0) {
        throw Refusal.of("make " + what, result);
      }
      Mapping mapping = Mapping.readExecute(kernel, what, file.fd(), sizeBytes);
      return new ExecutableMemory(kernel, file, mapping);
    } catch (TracerException refused) {
      file.close();
      throw refused;
    }
  }

  /// Appends `code`, which must not care where it lies. Returns its address.
  public long place(byte[] code) throws TracerException {
    if (code.length > mapping.segment().byteSize() - usedBytes) {
      throw new IllegalStateException("no room for " + code.length + " bytes of code");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(Native.BYTE, code);
      long result = kernel.call(new FileCall.WriteAt(file.fd(), bytes, usedBytes));
      if (result != code.length) {
        throw Refusal.of("write to executable memory", result);
      }
    }
    long address = mapping.segment().address() + usedBytes;
    usedBytes += code.length + ALIGNMENT - 1 & -ALIGNMENT;
    return address;
  }

  /// Calls the C function `long f(void *, void *)` at `address`.
  public long call(long address, MemorySegment first, MemorySegment second) {
    try {
      return (long) function.invokeExact(MemorySegment.ofAddress(address), first, second);
    } catch (Throwable failure) {
      throw new IllegalStateException("calling code at " + Long.toHexString(address), failure);
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle function() {
    return Linker.nativeLinker()
        .downcallHandle(
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
  }

  @Override
  public void close() {
    mapping.close();
    file.close();
  }
}
