package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalInt;

/// Tracing threads of other processes.
///
/// What the kernel answers is handed on, negative for an error ([Errno]): a thread may end between
/// any two calls, and what that means only the caller knows. The kernel ties a traced thread to the
/// thread that seized it: all calls on it must come from that one, and when that one ends, however,
/// the traced thread runs on.
public final class Ptrace {
  /// Stops at system calls can be told from others.
  public static final int TRACE_SYSTEM_CALLS = 1;

  public static final int TRACE_FORK = 2;
  public static final int TRACE_VFORK = 4;
  public static final int TRACE_CLONE = 8;
  public static final int TRACE_EXEC = 16;

  private static final int WAIT_FOR_ALL = 0x40000000;
  private static final int NOT_OF_OTHER_THREADS = 0x20000000;
  private static final int SIGINFO_BYTES = 128;

  /// What a thread runs on until.
  public enum Until {
    /// A signal, an interrupt or an event that was asked for.
    SIGNAL,
    /// The same, or the entry to or exit from a system call.
    SYSTEM_CALL,
    /// It stays in its group stop, until that ends or an interrupt.
    CONTINUED,
    /// It is not traced any more.
    NEVER
  }

  private final Kernel kernel;

  public Ptrace(Kernel kernel) {
    this.kernel = kernel;
  }

  /// Becomes the tracer of a thread, which runs on.
  public long seize(int tid, int options) {
    return kernel.call(new TraceCall.Seize(tid, options));
  }

  /// Asks for a stop, which [#poll] reports.
  public long interrupt(int tid) {
    return kernel.call(new TraceCall.Interrupt(tid));
  }

  public long setOptions(int tid, int options) {
    return kernel.call(new TraceCall.SetOptions(tid, options));
  }

  /// Lets a stopped thread go.
  ///
  /// @param signal delivered to it; 0 for none
  public long resume(int tid, Until until, int signal) {
    return kernel.call(new TraceCall.Resume(tid, until, signal));
  }

  /// The registers of a stopped thread; empty where it is not stopped, or gone.
  public Optional<Registers> registers(int tid) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(Registers.SIZE_BYTES, 8);
      long answer = kernel.call(new TraceCall.GetRegisters(tid, into));
      return answer < 0 ? Optional.empty() : Optional.of(Registers.read(into));
    }
  }

  public long setRegisters(int tid, Registers registers) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment from = arena.allocate(Registers.SIZE_BYTES, 8);
      registers.write(from);
      return kernel.call(new TraceCall.SetRegisters(tid, from));
    }
  }

  /// The signals that a stopped thread blocks, bit 0 for signal 1; empty where it is gone.
  public Optional<Long> signalMask(int tid) {
    return word(into -> new TraceCall.GetSignalMask(tid, into));
  }

  public long setSignalMask(int tid, long mask) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment from = arena.allocate(8, 8);
      from.set(Native.LONG, 0, mask);
      return kernel.call(new TraceCall.SetSignalMask(tid, from));
    }
  }

  /// What belongs to the event that stopped the thread: a new thread's or child's id, say.
  public Optional<Long> eventMessage(int tid) {
    return word(into -> new TraceCall.GetEventMessage(tid, into));
  }

  private interface IntoWord {
    Syscall into(MemorySegment word);
  }

  private Optional<Long> word(IntoWord call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment word = arena.allocate(8, 8);
      return kernel.call(call.into(word)) < 0
          ? Optional.empty()
          : Optional.of(word.get(Native.LONG, 0));
    }
  }

  /// Where the thread's `struct rseq` lies in its memory; 0 where it has none or the kernel does
  /// not say (before Linux 5.13).
  public long rseqArea(int tid) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(24, 8);
      long answer = kernel.call(new TraceCall.GetRseqConfiguration(tid, into));
      return answer < 0 ? 0 : into.get(Native.LONG, 0);
    }
  }

  /// A seccomp filter of a stopped thread, 8 bytes for each instruction; empty past the last. Needs
  /// CAP_SYS_ADMIN.
  ///
  /// @param index 0 for the one installed last
  public Optional<byte[]> seccompFilter(int tid, int index) {
    long count = kernel.call(new TraceCall.GetSeccompFilter(tid, index, MemorySegment.NULL));
    if (count < 0) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(Math.max(8, 8 * count), 8);
      long answer = kernel.call(new TraceCall.GetSeccompFilter(tid, index, into));
      return answer < 0
          ? Optional.empty()
          : Optional.of(into.asSlice(0, 8 * count).toArray(Native.BYTE));
    }
  }

  /// What became of a traced thread; empty while nothing did. Does not wait.
  public Optional<ThreadEvent> poll(int tid) {
    return await(tid, WAIT_FOR_ALL | ProcessCall.WNOHANG);
  }

  /// A stop of a traced thread; empty while there is none. Does not wait, and leaves the end of the
  /// thread to be asked for by others.
  public Optional<ThreadEvent> pollStop(int tid) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(SIGINFO_BYTES, 8);
      long answer = kernel.call(new ProcessCall.WaitForStop(tid, info));
      return answer < 0 || info.get(Native.INT, 16) == 0
          ? Optional.empty()
          : Optional.of(new ThreadEvent(tid, info.get(Native.INT, 24) << 8 | 0x7f));
    }
  }

  /// Waits for what becomes of a traced thread, or with `tid` -1 of any child or traced thread;
  /// empty where there is none.
  public Optional<ThreadEvent> await(int tid) {
    return await(tid, WAIT_FOR_ALL);
  }

  /// Waits until something becomes of a child of the calling thread, or of a thread that it traces,
  /// which [#awaitOwn] then tells. Until that is called no one else learns that one has ended.
  ///
  /// @return which; empty where there is none to wait for
  public OptionalInt peekOwn() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(SIGINFO_BYTES, 8);
      long answer;
      do {
        answer = kernel.call(new ProcessCall.Peek(info));
      } while (answer == -Errno.EINTR);
      return answer < 0 ? OptionalInt.empty() : OptionalInt.of(info.get(Native.INT, 12));
    }
  }

  /// What has become of that one; stops of own children included. Empty where it is none.
  public Optional<ThreadEvent> awaitOwn(int tid) {
    return await(tid, WAIT_FOR_ALL | NOT_OF_OTHER_THREADS | ProcessCall.WUNTRACED);
  }

  private Optional<ThreadEvent> await(int tid, int options) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(4, 4);
      long answer;
      do {
        answer = kernel.call(new ProcessCall.Wait(tid, status, options));
      } while (answer == -Errno.EINTR);
      return answer <= 0
          ? Optional.empty()
          : Optional.of(new ThreadEvent((int) answer, status.get(Native.INT, 0)));
    }
  }
}
