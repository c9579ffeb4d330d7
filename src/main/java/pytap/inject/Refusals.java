package pytap.inject;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import pytap.linux.Errno;
import pytap.linux.Kernel;
import pytap.linux.RemoteMemory;
import pytap.source.TracerException;
import pytap.source.TracerException.Kind;
import pytap.target.ThreadStat;

/// Why code may not be put into a process, found out before anything is touched.
final class Refusals {
  private static final String KERNEL_ENGINE = "use --engine kernel, which puts nothing into it";
  private static final Path YAMA = Path.of("/proc/sys/kernel/yama/ptrace_scope");

  private Refusals() {}

  /// Opens the memory of a process that runs and may be traced.
  ///
  /// @param threads those of it that have not ended
  static Memory open(Kernel kernel, ProcessFiles process, List<ThreadFacts> threads)
      throws TracerException {
    int pid = process.pid();
    if (!process.exists()) {
      throw refuse(Kind.NO_SUCH_PROCESS, pid, "there is no such process", "");
    }
    int leader = process.number(pid, "Tgid");
    if (leader != pid) {
      throw refuse(
          Kind.NO_SUCH_PROCESS, pid, "that is a thread of process " + leader, "trace " + leader);
    }
    if (threads.isEmpty()) {
      throw refuse(
          Kind.NO_SUCH_PROCESS,
          pid,
          "it has ended, only its parent has not asked how (zombie)",
          "");
    }
    for (ThreadFacts thread : threads) {
      requireUntraced(process, thread.tracer());
    }
    Memory memory = openMemory(kernel, process);
    try {
      requireRunning(process, threads);
      requireWide(process);
      return memory;
    } catch (TracerException refused) {
      memory.memory().close();
      throw refused;
    }
  }

  private static Memory openMemory(Kernel kernel, ProcessFiles process) throws TracerException {
    return switch (RemoteMemory.open(kernel, process.path("mem"))) {
      case RemoteMemory.Opened.Open open -> new Memory(process.pid(), open.memory());
      case RemoteMemory.Opened.Refused refused ->
          throw refused.errno() == Errno.ENOENT || refused.errno() == Errno.ESRCH
              ? gone(process.pid())
              : notTraceable(process, process.pid(), refused.errno());
    };
  }

  private static void requireUntraced(ProcessFiles process, int tracer) throws TracerException {
    // pytap stops a process for milliseconds; that is waited for.
    if (tracer != 0 && !isPytap(tracer)) {
      throw traced(process.pid(), tracer);
    }
  }

  private static boolean isPytap(int pid) {
    return new ProcessFiles(pid).command(pid).equals("java");
  }

  private static TracerException traced(int pid, int tracer) {
    String name = new ProcessFiles(tracer).command(tracer);
    return refuse(
        Kind.KERNEL_REFUSED,
        pid,
        "it is traced by process " + tracer + " (" + name + "), and a process has one tracer only",
        "end that one, or " + KERNEL_ENGINE);
  }

  private static void requireRunning(ProcessFiles process, List<ThreadFacts> threads)
      throws TracerException {
    for (ThreadFacts thread : threads) {
      if (thread.state() == 'T') {
        throw refuse(
            Kind.KERNEL_REFUSED,
            process.pid(),
            "it is stopped (SIGSTOP or a terminal's ^Z)",
            "let it run: kill -CONT " + process.pid());
      }
    }
  }

  private static void requireWide(ProcessFiles process) throws TracerException {
    try (InputStream program = Files.newInputStream(Path.of(process.path("exe")))) {
      byte[] start = program.readNBytes(20);
      if (start.length < 20 || start[4] != 2 || start[18] != 62) {
        throw refuse(
            Kind.KERNEL_REFUSED,
            process.pid(),
            "it is no 64-bit process for x86-64",
            "pytap traces only those");
      }
    } catch (IOException hidden) {
      throw withoutProgram(
          process.pid(), process.flags(process.pid()), String.valueOf(hidden.getMessage()));
    }
  }

  /// A process shows no program.
  ///
  /// @param flags of its first thread: one that ends gives up its memory some time before it counts
  ///   as ended
  static TracerException withoutProgram(int pid, long flags, String reason) {
    if ((flags & ThreadStat.EXITING) != 0) {
      return gone(pid);
    }
    return refuse(
        Kind.KERNEL_REFUSED,
        pid,
        "its program cannot be read: " + reason,
        (flags & ThreadStat.OF_KERNEL) != 0
            ? "a thread of the kernel cannot be traced"
            : "run pytap as its user or as root");
  }

  /// A thread may not be traced, for what the kernel answered.
  static TracerException notTraceable(ProcessFiles process, int tid, int errno) {
    int tracer = process.number(tid, "TracerPid");
    if (tracer != 0) {
      return traced(process.pid(), tracer);
    }
    ProcessFiles own = ProcessFiles.own();
    return permission(
        process.pid(),
        process.status(tid, "Uid").orElse("?").split("\\s", 2)[0],
        own.status(own.pid(), "Uid").orElse("?").split("\\s", 2)[0],
        yamaScope(),
        errno);
  }

  private static Optional<String> yamaScope() {
    try {
      return Optional.of(Files.readString(YAMA, StandardCharsets.ISO_8859_1).strip());
    } catch (IOException noYama) {
      return Optional.empty();
    }
  }

  /// @param yama the value of kernel.yama.ptrace_scope; empty where the kernel has no such thing
  static TracerException permission(
      int pid, String owner, String self, Optional<String> yama, int errno) {
    if (!owner.equals(self) && !self.equals("0")) {
      return refuse(
          Kind.NO_PERMISSION,
          pid,
          "it belongs to the user with the number " + owner + ", pytap runs as " + self,
          "run pytap as that user, or as root");
    }
    if (yama.isPresent() && !yama.get().equals("0")) {
      return refuse(
          Kind.NO_PERMISSION,
          pid,
          "kernel.yama.ptrace_scope is " + yama.get() + ": " + yamaMeaning(yama.get()),
          yama.get().equals("3")
              ? "it stays so until the next boot; " + KERNEL_ENGINE
              : "run pytap as root, start the program with -c, or sysctl"
                  + " kernel.yama.ptrace_scope=0");
    }
    return refuse(
        Kind.NO_PERMISSION,
        pid,
        "the kernel does not let this process trace it: " + Errno.text(errno),
        "it has privileges that pytap has not, or has made itself undumpable, or a container or a"
            + " security module forbids it; run pytap as root of the host");
  }

  private static String yamaMeaning(String scope) {
    return switch (scope) {
      case "1" -> "only a process's ancestors may trace it";
      case "2" -> "only root may trace";
      default -> "nobody may trace";
    };
  }

  static TracerException gone(int pid) {
    return refuse(Kind.TARGET_GONE, pid, "it has ended", "");
  }

  static TracerException becameAnother(int pid) {
    return refuse(Kind.TARGET_GONE, pid, "it has become another program meanwhile (exec)", "");
  }

  static TracerException busy(int pid, int owner) {
    return refuse(
        Kind.KERNEL_REFUSED,
        pid,
        "process " + owner + " (pytap) is tracing it from inside already",
        "wait for that one to end, or " + KERNEL_ENGINE);
  }

  static TracerException refuse(Kind kind, int pid, String found, String remedy) {
    return new TracerException(kind, "put probes into process " + pid, found, remedy);
  }

  static TracerException refuse(int pid, String found) {
    return refuse(Kind.KERNEL_REFUSED, pid, found, KERNEL_ENGINE);
  }
}
