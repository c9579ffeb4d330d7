package pytap.session;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.runtime.Machine;
import pytap.target.ProcessStatus;
import pytap.target.RunningProcess;

/// Tells [Lives] what `/proc` shows, now and then: of processes whose beginnings and ends nobody
/// else tells. One other than the target that begins and ends between two looks is not seen.
final class LifeWatch {
  private static final long TREE_NANOS = 4_000_000;
  private static final long ALL_NANOS = 100_000_000;

  private final Lives lives;

  /// The target; 0 where there is none.
  private final int root;

  private final Optional<Launch> launch;

  /// Named processes that are looked at where all of the target's tree is told of; empty where all
  /// is looked for.
  private final Optional<Set<Integer>> outside;

  private Optional<ProcessStatus> rootStatus;
  private long lookedNanos;
  private boolean looked;

  /// A command that a shell `exec`s.
  ///
  /// @param shell what runs until the command takes over
  /// @param program what runs then, where that can be found
  record Launch(Optional<Path> shell, Optional<Path> program) {}

  /// @param told whether all of the target's tree is told of by [LifeEvents]
  LifeWatch(Lives lives, int root, Optional<Launch> launch, boolean told) {
    this.lives = lives;
    this.root = root;
    this.launch = launch;
    this.outside = told ? Optional.of(there(lives.named())) : Optional.empty();
    rootStatus = root == 0 ? Optional.empty() : ProcessStatus.of(root).map(this::named);
  }

  private static Set<Integer> there(Set<Integer> pids) {
    Set<Integer> there = new LinkedHashSet<>(pids);
    there.removeIf(pid -> !new RunningProcess(pid).exists());
    return there;
  }

  /// `status` with the name that the command will have: the kernel cuts it at 15 bytes.
  private ProcessStatus named(ProcessStatus status) {
    Optional<Path> program = launch.flatMap(Launch::program);
    if (program.isEmpty()) {
      return status;
    }
    String name = program.get().getFileName().toString();
    return status.named(name.substring(0, Math.min(name.length(), 15)));
  }

  /// Looks, unless it has done so just now.
  void look(long nowNanos, Machine machine) {
    long pause = root == 0 ? ALL_NANOS : TREE_NANOS;
    if (lives.isEmpty() || (looked && nowNanos - lookedNanos < pause)) {
      return;
    }
    looked = true;
    lookedNanos = nowNanos;
    Set<Integer> seen = new LinkedHashSet<>();
    for (RunningProcess process : candidates()) {
      if (look(process, machine)) {
        seen.add(process.pid());
      }
    }
    for (int pid : lives.running().reversed()) { // children first
      if (!seen.contains(pid) && (outside.isEmpty() || outside.get().contains(pid))) {
        lives.ended(pid, machine);
      }
    }
  }

  /// The target has ended. One that was never seen running its program has begun all the same.
  void rootEnded(Machine machine) {
    if (lives.isEmpty() || root == 0) {
      return;
    }
    if (!lives.knows(root) && rootStatus.isPresent()) {
      lives.began(root, launch.flatMap(Launch::program), rootStatus.get(), machine);
    }
    lives.ended(root, machine);
  }

  private boolean look(RunningProcess process, Machine machine) {
    Optional<Path> program = process.executable();
    Optional<ProcessStatus> status = ProcessStatus.of(process.pid());
    if (status.isEmpty() || status.get().ended()) {
      return false;
    }
    if (!program.equals(process.executable())) {
      return true; // it is executing a program just now: the next look will tell
    }
    if (process.pid() == root && launch.isPresent() && program.equals(launch.get().shell())) {
      return false;
    }
    lives.began(process.pid(), program, status.get(), machine);
    lives.look(process.pid(), machine);
    return true;
  }

  private List<RunningProcess> candidates() {
    List<RunningProcess> candidates = new ArrayList<>();
    for (int pid : outside.orElseGet(lives::named)) {
      candidates.add(new RunningProcess(pid));
    }
    if (outside.isEmpty() && lives.anyUnnamed()) {
      if (root != 0) {
        collect(new RunningProcess(root), candidates);
      } else {
        candidates.addAll(RunningProcess.all());
      }
    }
    return candidates;
  }

  private static void collect(RunningProcess process, List<RunningProcess> tree) {
    tree.add(process);
    for (RunningProcess child : process.children()) {
      collect(child, tree);
    }
  }
}
