package pytap.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import pytap.elf.ElfFile;
import pytap.elf.Symbol;
import pytap.gen.InProcessImage;
import pytap.gen.RegionLayout;
import pytap.linux.Kernel;
import pytap.linux.Ptrace;
import pytap.linux.Registers.Field;
import pytap.linux.RemoteMemory;
import pytap.source.FormatException;
import pytap.source.TracerException;
import pytap.target.Mapping;

/// A process that code is put into. All calls come from the thread that opened it: tracing belongs
/// to a thread. Nothing is stopped between the calls.
///
/// While one of them runs, no other thread of this process may wait for any child (`wait4` with -1)
/// or for this very process: it would take away what the call waits for.
public final class Target implements AutoCloseable {
  /// How a region's file is named in a process's mappings, at the beginning.
  public static final String REGION_PATH = "/memfd:" + Stub.NAME;

  /// Where glibc's `struct pthread` holds the thread's number (glibc 2.17 to 2.41, x86-64
  /// nptl/descr.h `tid`), which is looked at before it is relied on.
  private static final int GLIBC_TID_OFFSET = 0x2d0;

  private static final int ATTEMPTS = 100;

  /// How long the end waits for threads that are still traced, which would stop for good.
  private static final long FAREWELL_NANOS = 2_000_000_000L;

  private static final long PAUSE_NANOS = 1_000_000L;

  private final Kernel kernel;
  private final Ptrace ptrace;
  private final ProcessFiles process;
  private final Memory memory;
  private final boolean isHeld;
  private boolean afterExec;
  private final boolean ownChild;
  private final Set<Integer> deaf = new HashSet<>();
  private final Map<Region, PlacedRegion> regions = new HashMap<>();
  private int tidOffset;

  private Target(
      Kernel kernel, ProcessFiles process, Memory memory, boolean isHeld, boolean afterExec) {
    this.kernel = kernel;
    this.ptrace = new Ptrace(kernel);
    this.process = process;
    this.memory = memory;
    this.isHeld = isHeld;
    this.afterExec = afterExec;
    this.ownChild = process.number(process.pid(), "PPid") == ProcessFiles.own().pid();
  }

  /// A process that runs (`-x`). Refuses what must be refused; touches nothing.
  public static Target running(Kernel kernel, int pid) throws TracerException {
    ProcessFiles process = new ProcessFiles(pid);
    List<ThreadFacts> threads = ThreadFacts.ofLiving(process);
    Memory memory = Refusals.open(kernel, process, threads);
    Target target = new Target(kernel, process, memory, false, false);
    try {
      SeccompCheck.require(kernel, process, threads);
      return target;
    } catch (TracerException refused) {
      target.close();
      throw refused;
    }
  }

  /// A process of one thread that the caller holds in a stop, and goes on holding.
  public static Target stopped(Kernel kernel, StoppedThread thread) throws TracerException {
    ProcessFiles process = new ProcessFiles(thread.pid());
    return switch (RemoteMemory.open(kernel, process.path("mem"))) {
      case RemoteMemory.Opened.Open open ->
          new Target(
              kernel, process, new Memory(thread.pid(), open.memory()), true, thread.afterExec());
      case RemoteMemory.Opened.Refused refused ->
          throw Refusals.notTraceable(process, thread.pid(), refused.errno());
    };
  }

  /// Makes memory near the code from `textStart` to `textEnd`, or takes over what an earlier pytap
  /// left there, whose patches are undone first. Control, shared and ring memory are zero.
  ///
  /// @param controlBytes a multiple of the page size, as are the others
  /// @param ringBytes a power of two
  public Region region(
      long textStart, long textEnd, int controlBytes, int sharedBytes, long ringBytes)
      throws TracerException {
    RegionLayout sizes = new RegionLayout(0, controlBytes, sharedBytes, ringBytes);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Findings before = findings(regions.values());
      Map<Integer, Integer> numbers = ownNumbers();
      try (AllStop stop = stopAside(textStart, before.leftovers())) {
        tidOffset = findTidOffset(stop, numbers);
        Findings now = before.areTrue(process, memory) ? before : findings(regions.values());
        for (PlacedRegion leftover : now.leftovers()) {
          leftover.disarm(memory);
        }
        RegionMaker maker = new RegionMaker(kernel, ptrace, process, memory, stop, now, deaf);
        Optional<PlacedRegion> made = maker.make(textStart, textEnd, sizes, attempt < ATTEMPTS / 2);
        if (made.isPresent()) {
          regions.put(made.get().region(), made.get());
          return made.get().region();
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    throw Refusals.refuse(process.pid(), "none of its threads is where it may be interrupted");
  }

  private Findings findings(Collection<PlacedRegion> inUse) throws TracerException {
    return Findings.of(process, memory, inUse);
  }

  /// Where the next code may go, from the region's base; a multiple of 16. What is written there by
  /// [#write] moves it on.
  public int codeOffset(Region region) {
    return placed(region).codeEnd();
  }

  /// Writes to the target's memory, whatever its protection is there.
  public void write(long address, byte[] bytes) throws TracerException {
    for (PlacedRegion region : regions.values()) {
      region.reserve(memory, address, bytes.length);
    }
    memory.write(address, bytes);
  }

  /// Reads the target's memory.
  public byte[] read(long address, int sizeBytes) throws TracerException {
    return memory.read(address, sizeBytes);
  }

  /// Writes the jumps, all or none, while all threads are stopped. Code and control memory must be
  /// in place.
  public void patch(Region region, List<InProcessImage.Hook> hooks) throws TracerException {
    patch(region, hooks, List.of());
  }

  /// The same, and the links.
  public void patch(Region region, List<InProcessImage.Hook> hooks, List<InProcessImage.Link> links)
      throws TracerException {
    placed(region).patch(memory, hooks, links, () -> stop(region.layout().base()));
  }

  /// Takes the jumps back, as far as they are still ours. What was on its way through the code ends
  /// there and may still write to the ring. Does nothing the second time.
  public void unpatch(Region region) throws TracerException {
    PlacedRegion placed = placed(region);
    if (placed.isArmed(memory)) {
      try (AllStop _ = stopAside(region.layout().base(), List.of(placed))) {
        placed.disarm(memory);
      }
    }
  }

  /// Undoes what stands in this process by the record of its regions, where that is ours or a dead
  /// pytap's: for children that were forked while their parent was traced. Returns whether there
  /// was anything.
  public boolean disarm() throws TracerException {
    Findings before = findings(List.of());
    if (before.mappings().isEmpty()) {
      return false;
    }
    try (AllStop _ = stopAside(before.mappings().getFirst().start(), before.leftovers())) {
      Findings now = before.areTrue(process, memory) ? before : findings(List.of());
      boolean any = false;
      for (PlacedRegion leftover : now.leftovers()) {
        any |= leftover.disarm(memory);
      }
      return any;
    }
  }

  /// Lets threads go that could not be stopped when all were: parents of a vfork. Cheap; to be
  /// called now and then.
  public void tend() {
    if (!deaf.isEmpty()) {
      AllStop.settleDeaf(ptrace, process, ownChild, deaf);
    }
  }

  /// The address of a function of the target's vDSO, such as `__vdso_clock_gettime`; 0 where there
  /// is none.
  public long vdsoFunction(String name) throws TracerException {
    Optional<Mapping> vdso =
        process.mappings().stream().filter(it -> it.path().equals("[vdso]")).findFirst();
    if (vdso.isEmpty()) {
      return 0;
    }
    byte[] bytes = memory.read(vdso.get().start(), (int) vdso.get().sizeBytes());
    try {
      Optional<Symbol> symbol = ElfFile.of(ByteBuffer.wrap(bytes), "[vdso]").exported(name);
      return symbol.map(it -> vdso.get().start() + it.address()).orElse(0L);
    } catch (FormatException odd) {
      return 0; // the system call does as well
    }
  }

  /// Where each thread finds its own number, 4 bytes, from `%fs:0`; 0 where that is not known.
  /// Known once a [#region] was made.
  public int tidOffset() {
    return tidOffset;
  }

  /// Whether the target sees itself and its threads under the numbers that we see.
  public boolean samePidNamespace() {
    return process.pidNamespace() == ProcessFiles.own().pidNamespace();
  }

  /// What is mapped now, in the order of addresses.
  public List<Mapping> mappings() throws TracerException {
    List<Mapping> mappings = process.mappings();
    if (mappings.isEmpty()) {
      throw Refusals.gone(process.pid());
    }
    return mappings;
  }

  /// Ends it: regions are free for the next pytap, and the memory of their rings is given back.
  /// What was patched and not taken back stays patched, until then.
  @Override
  public void close() {
    for (PlacedRegion placed : regions.values()) {
      placed.giveUp(memory);
    }
    regions.clear();
    AllStop.settleDeaf(ptrace, process, ownChild, deaf, FAREWELL_NANOS);
    memory.memory().close();
  }

  private PlacedRegion placed(Region region) {
    PlacedRegion placed = regions.get(region);
    if (placed == null) {
      throw new IllegalStateException("a region of another target");
    }
    return placed;
  }

  /// All threads, stopped, in the program that was there when this was opened.
  private AllStop stop(long knownAddress) throws TracerException {
    AllStop stop;
    if (isHeld) {
      leaveExec();
      stop = AllStop.holding(ptrace, process);
    } else {
      stop = AllStop.of(ptrace, process, ownChild, deaf);
    }
    if (memory.memory().read(knownAddress, new byte[1]) != 1) {
      stop.close();
      throw Refusals.becameAnother(process.pid());
    }
    return stop;
  }

  /// The same where no thread is about to write to what `placed` put into lists; that takes it a
  /// few instructions, so it is not waited for very long.
  private AllStop stopAside(long knownAddress, List<PlacedRegion> placed) throws TracerException {
    for (int attempt = 1; ; attempt++) {
      AllStop stop = stop(knownAddress);
      try {
        boolean aside = true;
        for (PlacedRegion region : placed) {
          aside &= region.mayDisarm(stop, memory);
        }
        if (aside || attempt == ATTEMPTS) {
          return stop;
        }
      } catch (TracerException refused) {
        stop.close();
        throw refused;
      }
      stop.close();
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /// From the stop at exec to the exit from that call, where the registers are the new program's.
  private void leaveExec() throws TracerException {
    if (afterExec) {
      ptrace.resume(process.pid(), Ptrace.Until.SYSTEM_CALL, 0);
      if (ptrace.await(process.pid()).filter(event -> !event.hasEnded()).isEmpty()) {
        throw Refusals.gone(process.pid());
      }
      afterExec = false;
    }
  }

  /// What its threads know themselves by: numbers of their own namespace.
  private Map<Integer, Integer> ownNumbers() {
    Map<Integer, Integer> numbers = new HashMap<>();
    for (int tid : process.threads()) {
      numbers.put(tid, process.ownNumber(tid));
    }
    return numbers;
  }

  /// Whether every stopped thread has its number where glibc puts it.
  private int findTidOffset(AllStop stop, Map<Integer, Integer> numbers) {
    for (AllStop.Held thread : stop.threads()) {
      byte[] there = memory.at(thread.registers().get(Field.FS_BASE) + GLIBC_TID_OFFSET, 4);
      int found = ByteBuffer.wrap(there).order(ByteOrder.LITTLE_ENDIAN).getInt();
      Integer known = numbers.get(thread.tid());
      if (found != (known == null ? process.ownNumber(thread.tid()) : known)) {
        return 0;
      }
    }
    return stop.threads().isEmpty() ? 0 : GLIBC_TID_OFFSET;
  }
}
