package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import pytap.source.TracerException;

/// Writes bytes to one descriptor through a large buffer, with as few system calls as there are
/// full buffers. When nobody reads any more (`| head`), what is written is dropped and
/// [#readerIsGone] says so; any other failure is an exception. Belongs to one thread.
public final class OutputFile implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 17;

  private final Kernel kernel;
  private final String name;
  private final int fd;
  private final boolean ownsFd;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
  private int used;
  private boolean readerIsGone;
  private boolean closed;

  private OutputFile(Kernel kernel, String name, int fd, boolean ownsFd) {
    this.kernel = kernel;
    this.name = name;
    this.fd = fd;
    this.ownsFd = ownsFd;
  }

  /// This process's standard output; it stays open when this is closed.
  public static OutputFile standardOutput(Kernel kernel) {
    return ofDescriptor(kernel, "standard output", 1);
  }

  /// This process's standard error; it stays open when this is closed.
  public static OutputFile standardError(Kernel kernel) {
    return ofDescriptor(kernel, "standard error", 2);
  }

  /// A descriptor of someone else's.
  static OutputFile ofDescriptor(Kernel kernel, String name, int fd) {
    return new OutputFile(kernel, name, fd, false);
  }

  /// The file at `path`, made empty, readable and writable as the umask allows.
  public static OutputFile create(Kernel kernel, String path) throws TracerException {
    int flags = FileCall.O_WRONLY | FileCall.O_CREAT | FileCall.O_TRUNC | FileCall.O_CLOEXEC;
    long fd = kernel.call(new FileCall.Open(path, flags, 0666));
    if (fd < 0) {
      throw failed("open " + path + " for writing", fd);
    }
    return new OutputFile(kernel, path, (int) fd, true);
  }

  /// Adds `length` bytes of `bytes` from `offset`.
  public void write(byte[] bytes, int offset, int length) throws TracerException {
    int done = 0;
    while (done < length) {
      if (used == BUFFER_BYTES) {
        flush();
      }
      int part = Math.min(length - done, BUFFER_BYTES - used);
      MemorySegment.copy(bytes, offset + done, buffer, Native.BYTE, used, part);
      used += part;
      done += part;
    }
  }

  /// Adds `length` bytes of `bytes` from `offset`.
  public void write(MemorySegment bytes, long offset, long length) throws TracerException {
    long done = 0;
    while (done < length) {
      if (used == BUFFER_BYTES) {
        flush();
      }
      long part = Math.min(length - done, BUFFER_BYTES - used);
      MemorySegment.copy(bytes, offset + done, buffer, used, part);
      used += (int) part;
      done += part;
    }
  }

  /// Adds `text` as UTF-8.
  public void write(String text) throws TracerException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    write(bytes, 0, bytes.length);
  }

  /// Writes what was added so far.
  public void flush() throws TracerException {
    int done = 0;
    int end = used;
    used = 0;
    while (done < end && !readerIsGone) {
      long written = kernel.call(new FileCall.Write(fd, buffer.asSlice(done, end - done)));
      if (written >= 0) {
        done += (int) written;
      } else if (written == -Errno.EPIPE) {
        readerIsGone = true;
      } else if (written == -Errno.EAGAIN) {
        waitUntilWritable();
      } else if (written != -Errno.EINTR) {
        throw failed("write to " + name, written);
      }
    }
  }

  /// A descriptor that someone made non-blocking is full.
  private void waitUntilWritable() {
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment entry = temporary.allocate(8, 4);
      entry.set(Native.INT, 0, fd);
      entry.set(Native.SHORT, 4, FileCall.POLLOUT);
      kernel.call(new FileCall.Poll(entry, 1, -1));
    }
  }

  /// Whether a write found that nobody reads any more. From then on everything is dropped.
  public boolean readerIsGone() {
    return readerIsGone;
  }

  private static TracerException failed(String tried, long result) {
    return new TracerException(
        TracerException.Kind.OUTPUT_FAILED, tried, Errno.text((int) -result), "");
  }

  /// Writes what is left and, where this opened the file, closes it.
  @Override
  public void close() throws TracerException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      flush();
    } finally {
      arena.close();
      if (ownsFd) {
        kernel.call(new FileCall.Close(fd));
      }
    }
  }
}
