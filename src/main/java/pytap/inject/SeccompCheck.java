package pytap.inject;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.linux.Capability;
import pytap.linux.ExecutableMemory;
import pytap.linux.Kernel;
import pytap.linux.Privileges;
import pytap.linux.Ptrace;
import pytap.source.TracerException;

/// Whether a process's seccomp filters let it make the calls that our code makes in it. A call that
/// is not allowed may kill the process, so this is known before the first one is made.
final class SeccompCheck {
  private static final int STRICT = 1;
  private static final int FILTERED = 2;
  private static final int MAX_FILTERS = 64;
  private static final long FAREWELL_NANOS = 2_000_000_000L;

  /// Any address and descriptor: filters see the numbers only.
  private static final long SOMEWHERE = 0x7f0000000000L;

  private static final long FD = 3;

  /// What the stub cannot do without.
  private static final List<SeccompFilter.Call> STUB =
      List.of(
          SeccompFilter.Call.of("memfd_create", Stub.MEMFD_CREATE, SOMEWHERE, 1L),
          SeccompFilter.Call.of("ftruncate", Stub.FTRUNCATE, FD, 1L << 20),
          SeccompFilter.Call.of("mmap", Stub.MMAP, SOMEWHERE, 4096L, 5L, 0x100002L, FD, 0L),
          SeccompFilter.Call.of("mmap", Stub.MMAP, SOMEWHERE, 4096L, 3L, 0x100022L, -1L, 0L),
          SeccompFilter.Call.of("mmap", Stub.MMAP, SOMEWHERE, 4096L, 3L, 0x100001L, FD, 0L),
          SeccompFilter.Call.of("mmap", Stub.MMAP, SOMEWHERE, 4096L, 3L, 0x11L, FD, 0L),
          SeccompFilter.Call.of("madvise", Stub.MADVISE, SOMEWHERE, 4096L, 18L),
          SeccompFilter.Call.of("munmap", Stub.MUNMAP, SOMEWHERE, 4096L),
          SeccompFilter.Call.of("close", Stub.CLOSE, FD),
          SeccompFilter.Call.of("rt_sigprocmask", Stub.RT_SIGPROCMASK, 2L, SOMEWHERE, 0L, 8L));

  /// What probes may ask for, and live with an error.
  private static final List<SeccompFilter.Call> PROBES =
      List.of(
          SeccompFilter.Call.of("rt_sigprocmask", Stub.RT_SIGPROCMASK, -1L, SOMEWHERE, 0L, 8L),
          SeccompFilter.Call.of("gettid", 186),
          SeccompFilter.Call.of("getpid", 39),
          SeccompFilter.Call.of("getppid", 110),
          SeccompFilter.Call.of("getuid", 102),
          SeccompFilter.Call.of("geteuid", 107),
          SeccompFilter.Call.of("getgid", 104),
          SeccompFilter.Call.of("getegid", 108),
          SeccompFilter.Call.of("clock_gettime", 228, 1L, SOMEWHERE),
          SeccompFilter.Call.of("prctl", 157, 16L, SOMEWHERE),
          SeccompFilter.Call.of("sched_yield", 24),
          SeccompFilter.Call.of("nanosleep", 35, SOMEWHERE, 0L));

  private SeccompCheck() {}

  /// @param threads those of the process that have not ended
  static void require(Kernel kernel, ProcessFiles process, List<ThreadFacts> threads)
      throws TracerException {
    boolean filtered = false;
    boolean byOthers = false;
    for (ThreadFacts thread : threads) {
      if (thread.seccomp() == STRICT) {
        throw Refusals.refuse(
            process.pid(), "its thread " + thread.tid() + " is in seccomp's strict mode");
      }
      filtered |= thread.seccomp() == FILTERED;
      byOthers |= thread.seccomp() == FILTERED && !hasOurFilters(thread);
    }
    if (byOthers) {
      readFilters(kernel, process);
    } else if (filtered) {
      tryOurselves(kernel, process);
    }
  }

  /// As many filters as this process has: then they are those of the container that both are in.
  private static boolean hasOurFilters(ThreadFacts thread) {
    ProcessFiles self = ProcessFiles.own();
    Optional<String> ours = self.status(self.pid(), "Seccomp_filters");
    return self.number(self.pid(), "Seccomp") == FILTERED
        && ours.isPresent()
        && ours.equals(thread.filters());
  }

  private static void tryOurselves(Kernel kernel, ProcessFiles process) throws TracerException {
    try (ExecutableMemory made = ExecutableMemory.create(kernel, Stub.NAME, 4096)) {
      made.place(new byte[] {(byte) 0xc3});
    } catch (TracerException refused) {
      throw Refusals.refuse(
          process.pid(), "seccomp filters, pytap's own as well: " + refused.getMessage());
    }
  }

  private static void readFilters(Kernel kernel, ProcessFiles process) throws TracerException {
    if (!Privileges.ofSelf().has(Capability.CAP_SYS_ADMIN)) {
      throw unknown(process, "and only root may see what they allow");
    }
    Ptrace ptrace = new Ptrace(kernel);
    boolean ownChild = process.number(process.pid(), "PPid") == ProcessFiles.own().pid();
    Set<Integer> deaf = new HashSet<>();
    try (AllStop stop = AllStop.of(ptrace, process, ownChild, deaf)) {
      for (AllStop.Held thread : stop.threads()) {
        if (process.number(thread.tid(), "Seccomp") == FILTERED) {
          judge(process, filters(ptrace, process, thread.tid()));
        }
      }
    } finally {
      AllStop.settleDeaf(ptrace, process, ownChild, deaf, FAREWELL_NANOS);
    }
  }

  private static List<SeccompFilter> filters(Ptrace ptrace, ProcessFiles process, int tid)
      throws TracerException {
    List<SeccompFilter> filters = new ArrayList<>();
    while (filters.size() < MAX_FILTERS) {
      Optional<byte[]> filter = ptrace.seccompFilter(tid, filters.size());
      if (filter.isEmpty()) {
        break;
      }
      filters.add(new SeccompFilter(filter.get()));
    }
    if (filters.isEmpty()) {
      throw unknown(process, "and the kernel does not show them");
    }
    return filters;
  }

  private static void judge(ProcessFiles process, List<SeccompFilter> filters)
      throws TracerException {
    for (SeccompFilter.Call call : STUB) {
      if (SeccompFilter.verdict(filters, call) != SeccompFilter.Verdict.ALLOWED) {
        throw unknown(process, "which do not allow " + call.name());
      }
    }
    for (SeccompFilter.Call call : PROBES) {
      if (SeccompFilter.verdict(filters, call) == SeccompFilter.Verdict.FATAL) {
        throw unknown(process, "which would kill it for " + call.name());
      }
    }
  }

  private static TracerException unknown(ProcessFiles process, String how) {
    return Refusals.refuse(process.pid(), "it has seccomp filters, " + how);
  }
}
