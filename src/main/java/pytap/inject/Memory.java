package pytap.inject;

import pytap.linux.Errno;
import pytap.linux.RemoteMemory;
import pytap.source.TracerException;

/// A target's memory, in words: short reads and writes become refusals.
record Memory(int pid, RemoteMemory memory) {

  byte[] read(long address, int sizeBytes) throws TracerException {
    byte[] bytes = new byte[sizeBytes];
    if (sizeBytes == 0) {
      return bytes;
    }
    check("read", address, sizeBytes, memory.read(address, bytes));
    return bytes;
  }

  /// The same; zeros where it cannot be read.
  byte[] at(long address, int sizeBytes) {
    byte[] bytes = new byte[sizeBytes];
    memory.read(address, bytes);
    return bytes;
  }

  void write(long address, byte[] bytes) throws TracerException {
    check("write", address, bytes.length, memory.write(address, bytes));
  }

  private void check(String verb, long address, int wanted, long answer) throws TracerException {
    String tried =
        verb + " " + wanted + " bytes at 0x" + Long.toHexString(address) + " of process " + pid;
    if (answer == 0) {
      throw new TracerException(
          TracerException.Kind.TARGET_GONE,
          tried,
          "the program that was there has ended or become another (exec)",
          "");
    }
    if (answer != wanted) {
      throw new TracerException(
          TracerException.Kind.KERNEL_REFUSED,
          tried,
          answer < 0
              ? "the kernel answered " + Errno.text((int) -answer)
              : "only " + answer + " of them can be reached",
          "use --engine kernel, which writes nothing");
    }
  }
}
