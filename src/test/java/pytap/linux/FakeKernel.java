package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A kernel that only keeps books: it hands out descriptors, memory and pids, records every call,
/// and can fail the n-th. What was not given back shows in [#leftovers].
public final class FakeKernel implements Kernel {
  private static final int FIRST_FD = 100;
  private static final int CHILD_PID = 4242;

  private final List<Syscall> calls = new ArrayList<>();
  private final Map<Integer, Syscall> open = new TreeMap<>();
  private final Map<Long, Arena> mapped = new HashMap<>();
  private int childrenHeld;
  private int failAt;
  private int failWith;
  private int nextFd = FIRST_FD;

  /// A kernel that fails no call.
  public FakeKernel() {}

  /// A kernel that answers the call with this number, from 1, with `errno`. Calls that give things
  /// back do not count: what cannot be undone is not what we test.
  public static FakeKernel failing(int call, int errno) {
    FakeKernel kernel = new FakeKernel();
    kernel.failAt = call;
    kernel.failWith = errno;
    return kernel;
  }

  /// Every call so far.
  public List<Syscall> calls() {
    return calls;
  }

  /// Whether the call that was to fail has come.
  public boolean hasFailed() {
    return failAt == 0 && failWith != 0;
  }

  /// What is still held, in words; empty when all was given back.
  public List<String> leftovers() {
    List<String> found = new ArrayList<>();
    for (Syscall opener : open.values()) {
      found.add("open: " + opener.getClass().getSimpleName());
    }
    for (int i = 0; i < mapped.size(); i++) {
      found.add("mapped memory");
    }
    for (int i = 0; i < childrenHeld; i++) {
      found.add("held child process");
    }
    return found;
  }

  @Override
  public long call(Syscall syscall) {
    calls.add(syscall);
    if (!givesBack(syscall) && failAt > 0 && --failAt == 0) {
      return -failWith;
    }
    return switch (syscall) {
      case Spawn spawn -> {
        childrenHeld++;
        yield CHILD_PID;
      }
      case FileCall file -> file(file);
      case MemoryCall memory -> memory(memory);
      case BpfCall bpf -> bpf(bpf);
      case ProcessCall process -> process(process);
      case TraceCall trace -> trace(trace);
    };
  }

  private static boolean givesBack(Syscall syscall) {
    return switch (syscall) {
      case FileCall.Close close -> true;
      case MemoryCall.Munmap munmap -> true;
      case ProcessCall.Wait wait -> true;
      default -> false;
    };
  }

  private long file(FileCall call) {
    return switch (call) {
      case FileCall.Open file -> opened(call);
      case FileCall.Close close -> {
        if (open.remove(close.fd()) == null) {
          throw new AssertionError("close of " + close.fd() + ", which is not open");
        }
        yield 0;
      }
      case FileCall.Pipe pipe -> {
        pipe.ends().set(Native.INT, 0, opened(call));
        pipe.ends().set(Native.INT, 4, opened(call));
        yield 0;
      }
      case FileCall.Write write -> {
        if (open.get(write.fd()) instanceof FileCall.Pipe) {
          childrenHeld = 0; // released
        }
        yield write.from().byteSize();
      }
      case FileCall.Read read -> 0;
      case FileCall.Poll poll -> 0;
      case FileCall.CloseRange range -> 0;
      case FileCall.Ioctl ioctl -> 0;
      case FileCall.CreateInMemory file -> opened(call);
      case FileCall.Truncate truncate -> 0;
      case FileCall.WriteAt write -> write.from().byteSize();
      case FileCall.ReadAt read -> read.into().byteSize();
      case FileCall.PunchHole hole -> 0;
    };
  }

  private long memory(MemoryCall call) {
    return switch (call) {
      case MemoryCall.Mmap map -> {
        Arena arena = Arena.ofShared();
        MemorySegment segment = arena.allocate(map.lengthBytes(), 4096);
        mapped.put(segment.address(), arena);
        yield segment.address();
      }
      case MemoryCall.MmapAt map -> map.address();
      case MemoryCall.Munmap unmap -> {
        Arena arena = mapped.remove(unmap.address());
        if (arena == null) {
          throw new AssertionError("munmap of what is not mapped");
        }
        arena.close();
        yield 0;
      }
    };
  }

  private long bpf(BpfCall call) {
    return switch (call) {
      case BpfCall.MapElement element -> 0;
      case BpfCall.MapBatch batch -> 0;
      case BpfCall.ProgramRun run -> 0;
      case BpfCall.MapCreate map -> map.type() == 0 ? -Errno.EINVAL : opened(call);
      case BpfCall.LinkUprobeMulti link when link.path().equals("/") -> -Errno.EBADF;
      case BpfCall.ProgramLoad load -> opened(call);
      case BpfCall.BtfLoad load -> opened(call);
      case BpfCall.RawTracepointOpen link -> opened(call);
      case BpfCall.LinkUprobeMulti link -> opened(call);
      case BpfCall.LinkPerfEvent link -> opened(call);
      case BpfCall.PerfUprobeOpen event -> opened(call);
    };
  }

  private long process(ProcessCall call) {
    return switch (call) {
      case ProcessCall.PidfdOpen pidfd -> opened(call);
      case ProcessCall.Wait wait -> {
        childrenHeld = 0;
        wait.status().set(Native.INT, 0, 0);
        yield wait.pid();
      }
      case ProcessCall.Uname uname -> {
        uname.names().setString(2 * 65, "6.6.0-fake");
        yield 0;
      }
      case ProcessCall.Peek peek -> -Errno.ECHILD;
      case ProcessCall.Kill kill -> 0;
      case ProcessCall.PidfdSendSignal kill -> 0;
      case ProcessCall.ClockGettime clock -> 0;
      case ProcessCall.Getpid getpid -> 1;
      case ProcessCall.WaitForStop wait -> 0;
    };
  }

  private static long trace(TraceCall call) {
    return switch (call) {
      case TraceCall.GetSeccompFilter filter -> -Errno.ENOENT;
      case TraceCall.GetRegisters registers -> 0;
      case TraceCall.GetSignalMask mask -> 0;
      case TraceCall.GetEventMessage message -> 0;
      case TraceCall.GetRseqConfiguration rseq -> 0;
      case TraceCall.Seize seize -> 0;
      case TraceCall.Interrupt interrupt -> 0;
      case TraceCall.Resume resume -> 0;
      case TraceCall.SetRegisters registers -> 0;
      case TraceCall.SetSignalMask mask -> 0;
      case TraceCall.SetOptions options -> 0;
    };
  }

  private int opened(Syscall by) {
    int fd = nextFd;
    nextFd++;
    open.put(fd, by);
    return fd;
  }
}
