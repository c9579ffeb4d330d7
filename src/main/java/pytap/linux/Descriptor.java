package pytap.linux;

/// Owner of one file descriptor.
final class Descriptor implements AutoCloseable {
  private static final int CLOSED = -1;

  private final Kernel kernel;
  private int fd;

  Descriptor(Kernel kernel, long fd) {
    this.kernel = kernel;
    this.fd = (int) fd;
  }

  int fd() {
    if (fd == CLOSED) {
      throw new IllegalStateException("descriptor used after it was closed");
    }
    return fd;
  }

  boolean isOpen() {
    return fd != CLOSED;
  }

  /// Closes once. What close answers is of no use: Linux frees the number in every case.
  @Override
  public void close() {
    if (fd != CLOSED) {
      kernel.call(new FileCall.Close(fd));
      fd = CLOSED;
    }
  }
}
