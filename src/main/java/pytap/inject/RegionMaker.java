package pytap.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import pytap.gen.RegionLayout;
import pytap.linux.Errno;
import pytap.linux.Kernel;
import pytap.linux.Ptrace;
import pytap.linux.Registers;
import pytap.linux.Registers.Field;
import pytap.linux.SharedMemory;
import pytap.source.TracerException;
import pytap.target.Mapping;

/// Makes regions in a stopped process.
final class RegionMaker {
  private static final int LONG_MODE = 0x33;

  /// futex, nanosleep, clock_nanosleep, poll, ppoll, select, pselect6, wait4: what waits there is
  /// begun again without a trace.
  private static final Set<Integer> PATIENT = Set.of(202, 35, 230, 7, 271, 23, 270, 61);

  private final Kernel kernel;
  private final Ptrace ptrace;
  private final ProcessFiles process;
  private final Memory memory;
  private final AllStop stop;
  private final Findings findings;
  private final Standing standing;
  private final Set<Integer> deaf;

  /// @param findings what is true now
  /// @param deaf gets a thread that could not be stopped any more
  RegionMaker(
      Kernel kernel,
      Ptrace ptrace,
      ProcessFiles process,
      Memory memory,
      AllStop stop,
      Findings findings,
      Set<Integer> deaf) {
    this.kernel = kernel;
    this.ptrace = ptrace;
    this.process = process;
    this.memory = memory;
    this.stop = stop;
    this.findings = findings;
    this.standing = Standing.of(stop, memory);
    this.deaf = deaf;
  }

  /// Takes over one of the leftovers, which are disarmed, or makes a new one; empty where no thread
  /// can do it at this moment.
  ///
  /// @param wanted sizes; its base does not matter
  /// @param patient whether to wait rather than to make a new one while a thread seems to be in the
  ///   old one's code
  Optional<PlacedRegion> make(long textStart, long textEnd, RegionLayout wanted, boolean patient)
      throws TracerException {
    Optional<AllStop.Held> volunteer = volunteer();
    if (volunteer.isEmpty()) {
      return Optional.empty();
    }
    for (PlacedRegion leftover : findings.leftovers()) {
      RegionHeader header = leftover.header();
      RegionLayout layout = at(header.layout().base(), wanted);
      if (fits(header, layout, textStart, textEnd)) {
        if (!standing.isIn(layout.base(), layout.base() + RegionLayout.CODE_BYTES)) {
          return again(leftover, layout, volunteer.get());
        }
        if (patient) {
          return Optional.empty();
        }
      }
    }
    long size = wanted.sizeBytes();
    OptionalLong base = Hole.find(findings.mappings(), textStart, textEnd, nearBytes(wanted), size);
    if (base.isEmpty()) {
      throw Refusals.refuse(
          process.pid(), "there are no " + (size >> 20) + " MiB of free addresses near its code");
    }
    return fresh(at(base.getAsLong(), wanted), volunteer.get());
  }

  private boolean fits(RegionHeader header, RegionLayout layout, long textStart, long textEnd) {
    return header.ready()
        && header.reservedBytes() >= layout.sizeBytes()
        && Hole.reaches(textStart, textEnd, layout.base(), nearBytes(layout))
        && isWhole(header, findings.mappings());
  }

  private static RegionLayout at(long base, RegionLayout sizes) {
    return new RegionLayout(base, sizes.controlBytes(), sizes.sharedBytes(), sizes.ringBytes());
  }

  private static long nearBytes(RegionLayout layout) {
    return layout.ring() - layout.base();
  }

  /// Whether all its addresses are still mapped as we mapped them.
  private static boolean isWhole(RegionHeader header, List<Mapping> mappings) {
    long at = header.layout().base();
    long end = at + header.reservedBytes();
    for (Mapping mapping : mappings) {
      if (mapping.start() == at && at < end) {
        boolean isPrivate =
            isFrom(mapping, header.layout().data(), header.layout().control())
                || isFrom(mapping, header.layout().control(), header.layout().shared());
        if (!isPrivate && !mapping.path().startsWith(Target.REGION_PATH)) {
          return false;
        }
        at = mapping.end();
      }
    }
    return at == end;
  }

  private static boolean isFrom(Mapping mapping, long start, long end) {
    return mapping.start() == start
        && mapping.end() == end
        && mapping.inode() == 0
        && mapping.permissions().equals("rw-p");
  }

  private Optional<PlacedRegion> fresh(RegionLayout layout, AllStop.Held volunteer)
      throws TracerException {
    RegionHeader header =
        new RegionHeader(
            layout, true, layout.sizeBytes(), RegionHeader.CODE_START, findings.self());
    Optional<SharedMemory> shared = run(layout, false, volunteer, List.of(), header);
    return shared.isEmpty() ? Optional.empty() : Optional.of(placed(header, shared.get()));
  }

  private Optional<PlacedRegion> again(
      PlacedRegion leftover, RegionLayout layout, AllStop.Held volunteer) throws TracerException {
    leftover.put(memory, leftover.header().owned(findings.self()).withLayout(layout, false));
    TextTail own =
        new TextTail(
            layout.base() + RegionHeader.STUB_OFFSET,
            layout.base() + RegionHeader.STUB_OFFSET + RegionHeader.STUB_BYTES);
    Optional<SharedMemory> shared;
    try {
      shared = run(layout, true, volunteer, List.of(own), leftover.header());
    } catch (TracerException refused) {
      try {
        keep(leftover, volunteer);
      } catch (TracerException lost) {
        refused.addSuppressed(lost);
      }
      throw refused;
    }
    if (shared.isEmpty()) {
      return Optional.empty();
    }
    RegionHeader header =
        leftover.header().withLayout(layout, true).withCodeEnd(RegionHeader.CODE_START);
    try {
      leftover.put(memory, header); // whole from here on, whoever goes on with it
    } catch (TracerException refused) {
      shared.get().close();
      throw refused;
    }
    return Optional.of(placed(header, shared.get()));
  }

  /// What could not be taken over, and is still mapped as it was, stays good for the next attempt.
  private void keep(PlacedRegion leftover, AllStop.Held volunteer) throws TracerException {
    if (!deaf.contains(volunteer.tid())
        && isWhole(leftover.header(), Mapping.parseAll(process.maps()))) {
      leftover.put(memory, leftover.header());
    }
  }

  private PlacedRegion placed(RegionHeader header, SharedMemory shared) throws TracerException {
    try {
      shared.map(header.layout().sharedBytes(), header.layout().ringBytes());
    } catch (TracerException refused) {
      shared.close();
      throw refused;
    }
    return new PlacedRegion(header, Optional.of(new Region(header.layout(), shared)));
  }

  /// Empty where the addresses are not free any more.
  private Optional<SharedMemory> run(
      RegionLayout layout,
      boolean again,
      AllStop.Held volunteer,
      List<TextTail> preferred,
      RegionHeader header)
      throws TracerException {
    stop.releaseAllBut(volunteer.tid());
    long blocked =
        ptrace.signalMask(volunteer.tid()).orElseThrow(() -> Refusals.gone(process.pid()));
    TextTail tail = tail(preferred, Stub.MOST_BYTES);
    byte[] stub = Stub.assemble(tail.address(), layout, again, volunteer.registers(), blocked);
    byte[] before = memory.read(tail.address(), stub.length);
    memory.write(tail.address(), stub);
    List<SharedMemory> opened = new ArrayList<>();
    try {
      List<StubRun.Answer> answers =
          StubRun.run(
              ptrace,
              process,
              volunteer,
              tail.address() + Stub.ENTRY_OFFSET,
              blocked,
              fd -> opened.add(share(volunteer.tid(), fd, again, layout, header)),
              deaf);
      if (answers.stream().anyMatch(RegionMaker::isTaken)) {
        opened.forEach(SharedMemory::close);
        return Optional.empty();
      }
      requireSuccess(answers);
      return Optional.of(opened.getFirst());
    } catch (TracerException refused) {
      opened.forEach(SharedMemory::close);
      throw refused;
    } finally {
      if (!deaf.contains(volunteer.tid())) {
        memory.memory().write(tail.address(), before);
      }
    }
  }

  private SharedMemory share(
      int tid, int fd, boolean again, RegionLayout layout, RegionHeader header)
      throws TracerException {
    String path = "/proc/" + process.pid() + "/task/" + tid + "/fd/" + fd;
    SharedMemory shared = SharedMemory.open(kernel, path);
    if (!again) {
      try {
        shared.write(Stub.codeInFile(layout), header.encode());
      } catch (TracerException refused) {
        shared.close();
        throw refused;
      }
    }
    return shared;
  }

  private TextTail tail(List<TextTail> preferred, int sizeBytes) throws TracerException {
    List<TextTail> all = new ArrayList<>(preferred);
    all.addAll(findings.tails());
    for (TextTail tail : all) {
      if (tail.sizeBytes() >= sizeBytes && !standing.isIn(tail.address(), tail.end())) {
        return tail;
      }
    }
    throw Refusals.refuse(
        process.pid(), "no page of its code has " + sizeBytes + " bytes left at its end");
  }

  private static boolean isTaken(StubRun.Answer answer) {
    return answer.call() == Stub.MMAP && answer.result() == -Errno.EEXIST;
  }

  private void requireSuccess(List<StubRun.Answer> answers) throws TracerException {
    for (StubRun.Answer answer : answers) {
      boolean failed = answer.result() < 0 && answer.result() > -4096;
      if (failed) {
        throw Refusals.refuse(
            process.pid(),
            "it may not make memory: "
                + name(answer.call())
                + " answered "
                + Errno.text((int) -answer.result()));
      }
    }
  }

  private static String name(int call) {
    return switch (call) {
      case Stub.MEMFD_CREATE -> "memfd_create";
      case Stub.FTRUNCATE -> "ftruncate";
      case Stub.MMAP -> "mmap";
      case Stub.MADVISE -> "madvise";
      default -> "system call " + call;
    };
  }

  /// The thread that is disturbed least.
  private Optional<AllStop.Held> volunteer() {
    List<AllStop.Held> fit = new ArrayList<>();
    for (AllStop.Held thread : stop.threads()) {
      if (thread.registers().get(Field.CS) == LONG_MODE && !thread.groupStop()) {
        fit.add(thread);
      }
    }
    fit.sort(Comparator.comparingInt(thread -> disturbance(thread.registers())));
    for (AllStop.Held thread : fit) {
      if (!isInRestartableSequence(thread)) {
        return Optional.of(thread);
      }
    }
    return Optional.empty();
  }

  private static int disturbance(Registers registers) {
    int call = (int) registers.get(Field.ORIG_RAX);
    if (call < 0) {
      return 1;
    }
    return PATIENT.contains(call) ? 0 : 2;
  }

  /// Whether the kernel would send the thread to an abort handler if it had been preempted: that
  /// would be lost on the way through the stub (`struct rseq` and `struct rseq_cs`, Linux 6.6
  /// include/uapi/linux/rseq.h).
  private boolean isInRestartableSequence(AllStop.Held thread) {
    long area = ptrace.rseqArea(thread.tid());
    if (area == 0) {
      return false;
    }
    long section = longAt(area + 8);
    long start = section == 0 ? 0 : longAt(section + 8);
    long into = thread.registers().get(Field.RIP) - start;
    return section != 0 && into >= 0 && into < longAt(section + 16);
  }

  private long longAt(long address) {
    return ByteBuffer.wrap(memory.at(address, 8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }
}
