package pytap.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import pytap.runtime.TargetMemory;

/// Reads other processes' memory through /proc/PID/mem, for addresses that could not be captured at
/// the probe. Reads only.
final class ProcessMemory implements TargetMemory {

  @Override
  public int read(int pid, long address, byte[] target, int length) {
    if (address < 0) {
      return 0;
    }
    Path file = Path.of("/proc/" + pid + "/mem");
    try (FileChannel memory = FileChannel.open(file, StandardOpenOption.READ)) {
      return Math.max(0, memory.read(ByteBuffer.wrap(target, 0, length), address));
    } catch (IOException unreadable) {
      return 0;
    }
  }
}
