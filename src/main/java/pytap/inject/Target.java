package pytap.inject;

import java.util.List;
import pytap.gen.InProcessImage;
import pytap.linux.Kernel;
import pytap.source.TracerException;

/// A process that code is put into. All calls come from the thread that opened it: tracing belongs
/// to a thread. Nothing is stopped between the calls.
///
/// While one of them runs, no other thread of this process may wait for any child (`wait4` with
/// -1) or for this very process: it would take away what the call waits for.
public final class Target implements AutoCloseable {
  private Target() {}

  private static Object later() {
    throw new IllegalStateException("not there yet");
  }

  /// A process that runs (`-x`). Refuses what must be refused; touches nothing.
  public static Target running(Kernel kernel, int pid) throws TracerException {
    return (Target) later();
  }

  /// A process of one thread that the caller holds in a stop, and goes on holding.
  public static Target stopped(Kernel kernel, StoppedThread thread) throws TracerException {
    return (Target) later();
  }

  /// Makes memory near the code from `textStart` to `textEnd`, or takes over what an earlier pytap
  /// left there, whose patches are undone first. Control, shared and ring memory are zero.
  ///
  /// @param controlBytes a multiple of the page size, as are the others
  /// @param ringBytes a power of two
  public Region region(
      long textStart, long textEnd, int controlBytes, int sharedBytes, long ringBytes)
      throws TracerException {
    return (Region) later();
  }

  /// Where the next code may go, from the region's base; a multiple of 16. What is written there by
  /// [#write] moves it on.
  public int codeOffset(Region region) {
    return (Integer) later();
  }

  /// Writes to the target's memory, whatever its protection is there.
  public void write(long address, byte[] bytes) throws TracerException {
    later();
  }

  /// Reads the target's memory.
  public byte[] read(long address, int sizeBytes) throws TracerException {
    return (byte[]) later();
  }

  /// Writes the jumps, all or none, while all threads are stopped. Code and control memory must be
  /// in place.
  public void patch(Region region, List<InProcessImage.Hook> hooks) throws TracerException {
    later();
  }

  /// Takes the jumps back, as far as they are still ours, and gives the ring's memory back. What
  /// the ring holds must have been read before. Does nothing the second time.
  public void unpatch(Region region) throws TracerException {
    later();
  }

  /// Undoes what stands in this process by the record of its regions, where that is ours or a dead
  /// pytap's: for children that were forked while their parent was traced. Returns whether there
  /// was anything.
  public boolean disarm() throws TracerException {
    return (Boolean) later();
  }

  /// The address of a function of the target's vDSO, such as `__vdso_clock_gettime`; 0 where there
  /// is none.
  public long vdsoFunction(String name) throws TracerException {
    return (Long) later();
  }

  /// Where each thread finds its own number, 4 bytes, from `%fs:0`; 0 where that is not known.
  /// Known once a [#region] was made.
  public int tidOffset() {
    return (Integer) later();
  }

  /// Whether the target sees itself and its threads under the numbers that we see.
  public boolean samePidNamespace() {
    return (Boolean) later();
  }

  /// What is mapped now, in the order of addresses.
  public List<Mapping> mappings() throws TracerException {
    return List.of((Mapping) later());
  }

  /// Ends it; what was patched and not taken back stays patched.
  @Override
  public void close() {
    later();
  }
}
