package pytap.gen.x86;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import pytap.gen.KernelMap;
import pytap.gen.RegionLayout;
import pytap.gen.Scratch;
import pytap.gen.SharedHeader;

/// The control memory of a process: private to it, wiped in a forked child. The first page is laid
/// out below, the SCRATCH map's value follows.
///
/// To arm: the template is written both here and into [SharedHeader#TEMPLATE_OFFSET], then the
/// jumps, then 1 into the byte at [#ENABLED_OFFSET]. To disarm a process 0 is written there; the
/// rest stays, so that it does not take itself for a forked child.
public final class ControlPage {
  /// One byte: hits count.
  public static final int ENABLED_OFFSET = 0;

  /// 8 bytes: 0 in a forked child that has not had a hit, 1 while it sets itself up, else 2.
  static final int OWNER = 8;

  /// The process id as the tool sees it, 4 bytes.
  public static final int PID_OFFSET = 16;

  /// The process id as the process itself sees it, 4 bytes.
  static final int OWN_PID = 20;

  static final int CLOCK = 24;
  static final int CLOCK_OFFSET = 32;
  static final int TID = 40;
  static final int PROCESSOR = 48;
  static final int FLAGS = 56;
  static final int PATIENCE = 64;
  static final int COMM = 72;
  static final int MAPS = 88;

  /// What a function that the target calls for an event goes on to; 0: nothing listens.
  public static final int CALLBACK = MAPS + 16 * 4;

  static final int TEMPLATE_END = CALLBACK + 8;

  /// Hits so far, for [#TAG].
  static final int HITS = 512;

  /// What a word of the page cache has in its upper bits to count.
  static final int TAG = 520;

  /// The heartbeat at which a lossless writer gave up waiting.
  static final int GAVE_UP = 528;

  /// 256 words, one for each page whose number ends in the word's number.
  static final int PAGES = 1024;

  static final int SCRATCH = RegionLayout.PAGE_BYTES;

  static final int FLAG_LOSSLESS = 1;
  static final int COMM_BYTES = 16;

  static final int READY = 2;

  private ControlPage() {}

  /// What the code in one process goes by.
  ///
  /// @param region where its memory is
  /// @param pid its id as the tool sees it
  /// @param ownPid its id as it sees itself; another one where it lives in a pid namespace. Thread
  ///   ids in records are those it sees itself, but for its first thread, which has `pid`
  /// @param vdsoClockGettime the address of `__vdso_clock_gettime`; 0: the system call
  /// @param clockOffsetNanos what to add to its CLOCK_MONOTONIC to get the tool's: not 0 in a time
  ///   namespace
  /// @param tidOffset where from `%fs` the thread's id stands; 0: the system call
  /// @param processorOffset where from `%fs` `rseq.cpu_id` stands (glibc 2.35 and later:
  ///   `__rseq_offset + 4`); 0: asked of the machine, which costs more
  /// @param lossless whether a writer waits where the ring is full
  /// @param patienceNanos how long it waits while the tool's heart does not beat
  /// @param comm the name, for where the process may not ask for its thread's
  public record Settings(
      RegionLayout region,
      int pid,
      int ownPid,
      long vdsoClockGettime,
      long clockOffsetNanos,
      int tidOffset,
      int processorOffset,
      boolean lossless,
      long patienceNanos,
      String comm) {}

  /// Size of the control memory: whole pages.
  public static int sizeBytes(Scratch scratch) {
    int bytes = SCRATCH + scratch.valueBytes();
    return bytes + RegionLayout.PAGE_BYTES - 1 & -RegionLayout.PAGE_BYTES;
  }

  /// What the control memory begins with, disabled: [SharedHeader#TEMPLATE_BYTES].
  public static byte[] template(Settings settings) {
    byte[] bytes = new byte[SharedHeader.TEMPLATE_BYTES];
    ByteBuffer page = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    page.putLong(OWNER, READY);
    page.putInt(PID_OFFSET, settings.pid());
    page.putInt(OWN_PID, settings.ownPid());
    page.putLong(CLOCK, settings.vdsoClockGettime());
    page.putLong(CLOCK_OFFSET, settings.clockOffsetNanos());
    page.putLong(TID, settings.tidOffset());
    page.putLong(PROCESSOR, settings.processorOffset());
    page.putLong(FLAGS, settings.lossless() ? FLAG_LOSSLESS : 0);
    page.putLong(PATIENCE, settings.patienceNanos());
    byte[] comm = settings.comm().getBytes(StandardCharsets.UTF_8);
    page.put(COMM, comm, 0, Math.min(comm.length, COMM_BYTES - 1));
    array(page, KernelMap.SCRATCH, settings.region().control() + SCRATCH);
    array(page, KernelMap.COUNTERS, settings.region().shared() + SharedHeader.COUNTERS_OFFSET);
    return bytes;
  }

  /// Enters the callback into a template.
  public static void setCallback(byte[] template, long address) {
    ByteBuffer.wrap(template).order(ByteOrder.LITTLE_ENDIAN).putLong(CALLBACK, address);
  }

  /// An array of one value is known by the value's address; the other maps are not looked into.
  private static void array(ByteBuffer page, KernelMap map, long address) {
    page.putLong(MAPS + 16 * map.number(), address);
    page.putLong(MAPS + 16 * map.number() + 8, address);
  }
}
