package pytap.session;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pytap.linux.RecordHandler;
import pytap.place.Capture;
import pytap.place.Fact;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.target.RunningProcess;

/// Puts pytap's numbers of processes and threads into records of a target that lives in another pid
/// namespace: code in the target only knows the numbers that the target has itself. A thread that
/// is gone before its first record is read keeps its own.
final class ForeignNumbers {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private final List<Plan.Channel> channels;
  private final RunningProcess process;
  private final Map<Long, Numbers> known = new HashMap<>();

  /// `pid << 32 | tid`.
  ///
  /// @param found whether these are pytap's, not the target's own
  private record Numbers(long both, boolean found) {}

  /// @param process the one that was armed; the others of its namespace were forked from it
  ForeignNumbers(Plan plan, RunningProcess process) {
    this.channels = plan.channels();
    this.process = process;
  }

  /// Gives `handler` each record with pytap's numbers.
  RecordHandler before(RecordHandler handler) {
    return (ring, offset, length) -> {
      translate(ring, offset);
      handler.record(ring, offset, length);
    };
  }

  /// The record is still the reader's alone.
  private void translate(MemorySegment ring, long offset) {
    int channel = ring.get(ValueLayout.JAVA_INT, offset + RecordLayout.CHANNEL_OFFSET);
    Optional<RunningProcess> owner = Optional.of(process);
    for (RecordLayout.Slot slot : channels.get(channel).layout().slots()) {
      if (slot.capture() instanceof Capture.OfFact(Fact fact) && fact == Fact.PID_TGID) {
        long own = ring.get(LONG, offset + slot.offset());
        Numbers ours = known.computeIfAbsent(own, this::translated);
        ring.set(LONG, offset + slot.offset(), ours.both());
        owner = ours.found() ? Optional.of(ownerOf(ours)) : Optional.empty();
      }
    }
    for (RecordLayout.Slot slot : channels.get(channel).layout().slots()) {
      if (slot.capture() instanceof Capture.OfFact(Fact fact) && fact == Fact.PPID) {
        Optional<RunningProcess> parent = owner.flatMap(RunningProcess::parent);
        parent.ifPresent(found -> ring.set(LONG, offset + slot.offset(), found.pid()));
      }
    }
  }

  /// @param own `pid << 32 | tid`: of the armed process pytap's number of it and of its first
  ///   thread, else the target's own
  private Numbers translated(long own) {
    int ownPid = (int) (own >>> 32);
    int ownTid = (int) own;
    Optional<RunningProcess> found =
        ownPid == process.pid() ? Optional.of(process) : forked(ownPid);
    if (found.isEmpty()) {
      return new Numbers(own, false);
    }
    int pid = found.get().pid();
    int tid = ownTid == ownPid ? pid : found.get().threadNumbered(ownTid).orElse(ownTid);
    return new Numbers((long) pid << 32 | tid, true);
  }

  private static RunningProcess ownerOf(Numbers numbers) {
    return new RunningProcess((int) (numbers.both() >>> 32));
  }

  private Optional<RunningProcess> forked(int ownPid) {
    Optional<String> namespace = process.pidNamespace();
    for (RunningProcess other : RunningProcess.all()) {
      if (other.ownNumber().orElse(0) == ownPid && other.pidNamespace().equals(namespace)) {
        return Optional.of(other);
      }
    }
    return Optional.empty();
  }
}
