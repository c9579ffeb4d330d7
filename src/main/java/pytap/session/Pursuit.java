package pytap.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import pytap.inject.Target;
import pytap.linux.Kernel;
import pytap.source.TracerException;
import pytap.target.Mapping;
import pytap.target.ProgramImage;
import pytap.target.RunningProcess;

/// Finds programs that the processes of an attached tree execute, and arms them as running
/// processes are armed. Nobody is stopped at an exec for that (`-x` holds no one), so what a
/// program does before it is found is not seen, nor is one that ends before. A descendant counts as
/// one for as long as it lives, whoever its parent is then. Belongs to the tracer's thread.
final class Pursuit {
  /// A look takes at most this part of the thread's time.
  private static final int SHARE = 20;

  private static final long PAUSE_NANOS = 10_000_000;

  /// A program that has shown no Python for so long is no Python.
  private static final long YOUNG_NANOS = 1_000_000_000;

  private static final long ORPHANS_NANOS = 1_000_000_000;

  private final Kernel kernel;
  private final Injector injector;
  private final Inbox inbox;
  private final RingSizes sizes;
  private final RunningProcess root;
  private final MarkerNotices notices;
  private final Stamping stamping = new Stamping(false);
  private final List<Strand> strands;
  private final Map<Integer, Seen> seen = new HashMap<>();
  private long nextNanos;
  private long orphansNanos;

  /// @param settled nothing more is to be done about it
  private record Seen(ProgramImage image, long sinceNanos, boolean settled) {}

  /// @param armed the strands of the tree
  Pursuit(
      Kernel kernel,
      Injector injector,
      Inbox inbox,
      RingSizes sizes,
      RunningProcess root,
      List<Strand> armed) {
    this.kernel = kernel;
    this.injector = injector;
    this.inbox = inbox;
    this.notices = new MarkerNotices(inbox);
    this.sizes = sizes;
    this.root = root;
    this.strands = new ArrayList<>(armed);
    stamping.opened(armed);
  }

  /// Looks, unless it has done so just now.
  void look() {
    long startNanos = System.nanoTime();
    if (startNanos < nextNanos) {
      return;
    }
    Set<Integer> tree = new LinkedHashSet<>();
    collect(root, tree);
    for (int pid : List.copyOf(seen.keySet())) {
      collect(new RunningProcess(pid), tree);
    }
    for (int pid : tree) {
      look(pid, startNanos);
    }
    seen.keySet().retainAll(tree);
    retire(startNanos);
    long tookNanos = System.nanoTime() - startNanos;
    nextNanos = startNanos + tookNanos + Math.max(PAUSE_NANOS, SHARE * tookNanos);
  }

  /// Nothing writes to this strand any more, and all of it has been read.
  void drained(Strand strand) {
    stamping.drained(strand);
  }

  private static void collect(RunningProcess process, Set<Integer> tree) {
    if (!tree.contains(process.pid()) && process.exists()) {
      tree.add(process.pid());
      for (RunningProcess child : process.children()) {
        collect(child, tree);
      }
    }
  }

  private void look(int pid, long nowNanos) {
    Optional<ProgramImage> image = ProgramImage.of(pid);
    if (image.isEmpty()) {
      return;
    }
    Seen known = seen.get(pid);
    if (known == null || !known.image().equals(image.get())) {
      known = new Seen(image.get(), nowNanos, false);
    }
    if (!known.settled()
        && nowNanos - known.sinceNanos() < YOUNG_NANOS
        && !isUnarmedCopy(pid, known)) {
      known = new Seen(known.image(), known.sinceNanos(), settle(new RunningProcess(pid)));
    }
    seen.put(pid, known);
  }

  /// Whether it has executed nothing since its parent made it, and that is not armed: then it may
  /// share its parent's memory (vfork), which must not be changed while the parent runs.
  private boolean isUnarmedCopy(int pid, Seen known) {
    Optional<RunningProcess> parent = new RunningProcess(pid).parent();
    return pid != root.pid()
        && parent.isPresent()
        && ProgramImage.of(parent.get().pid()).equals(Optional.of(known.image()))
        && !hasRegion(parent.get());
  }

  /// Returns whether nothing more is to be done about it.
  private boolean settle(RunningProcess process) {
    try {
      return hasRegion(process) || injector.mayHaveMarkers(process) && arm(process);
    } catch (TracerException refused) {
      boolean mayCome = refused.kind() == TracerException.Kind.TARGET_GONE || !process.runs();
      if (!mayCome) {
        inbox.warn(refused);
      }
      return !mayCome;
    }
  }

  private boolean arm(RunningProcess process) throws TracerException {
    Target target = Target.running(kernel, process.pid());
    List<Strand> armed;
    try {
      List<Prepared> prepared = injector.prepareAvailable(process);
      boolean stamped = stamping.beforeAnother();
      armed = injector.arm(target, process, prepared, sizes.next(strands.size()), stamped);
      stamping.opened(armed);
    } catch (TracerException refused) {
      target.close();
      throw refused;
    }
    if (armed.isEmpty()) {
      target.close();
      return false;
    }
    strands.addAll(armed);
    armed.forEach(strand -> inbox.put(new Inbox.Message.Opened(strand)));
    notices.late(process);
    return true;
  }

  private boolean hasRegion(RunningProcess process) {
    for (Mapping mapping : process.mappings(Target.REGION_PATH)) {
      for (Strand strand : strands) {
        if (strand.inode() == mapping.inode()) {
          return true;
        }
      }
    }
    return false;
  }

  /// Strands that no process has any more. Their own has lost them where it has ended or runs
  /// another program; what it has forked may be anywhere.
  private void retire(long nowNanos) {
    List<Strand> orphans = new ArrayList<>();
    for (Strand strand : strands) {
      if (!strand.isMapped()) {
        orphans.add(strand);
      }
    }
    if (orphans.isEmpty() || nowNanos < orphansNanos) {
      return;
    }
    orphansNanos = nowNanos + ORPHANS_NANOS;
    Set<Long> inUse = new HashSet<>();
    for (RunningProcess process : RunningProcess.all()) {
      if (process.pid() != ProcessHandle.current().pid()) {
        process.mappings(Target.REGION_PATH).forEach(mapping -> inUse.add(mapping.inode()));
      }
    }
    for (Strand orphan : orphans) {
      if (!inUse.contains(orphan.inode())) {
        strands.remove(orphan);
        inbox.put(new Inbox.Message.Retired(orphan));
      }
    }
  }
}
