package pytap.linux;

import java.lang.foreign.MemorySegment;

/// `ptrace`: calls on a thread that this thread traces (requests: Linux 6.6
/// include/uapi/linux/ptrace.h and arch/x86/include/uapi/asm/ptrace-abi.h).
///
/// All but [Seize] and [Interrupt] answer ESRCH unless the thread is in a stop.
sealed interface TraceCall extends Syscall.Direct {

  int NUMBER = 101;

  /// Becomes the tracer of `tid` without stopping it.
  record Seize(int tid, int options) implements TraceCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(NUMBER, 0x4206, tid, 0, options);
    }
  }

  /// Asks a seized thread to stop.
  record Interrupt(int tid) implements TraceCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(NUMBER, 0x4207, tid);
    }
  }

  /// Lets a stopped thread run on and delivers `signal`, 0 for none.
  record Resume(int tid, Ptrace.Until until, int signal) implements TraceCall {
    @Override
    public void marshal(CallFrame frame) {
      int request =
          switch (until) {
            case SIGNAL -> 7;
            case SYSTEM_CALL -> 24;
            case CONTINUED -> 0x4208;
            case NEVER -> 17;
          };
      frame.set(NUMBER, request, tid, 0, signal);
    }
  }

  /// Writes `struct user_regs_struct`, 216 bytes.
  record GetRegisters(int tid, MemorySegment into) implements TraceCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(NUMBER, 12, tid, 0, into.address());
    }
  }

  record SetRegisters(int tid, MemorySegment from) implements TraceCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(NUMBER, 13, tid, 0, from.address());
    }
  }

  /// Writes the 8 bytes of the signals that the thread blocks.
  record GetSignalMask(int tid, MemorySegment into) implements TraceCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(NUMBER, 0x420a, tid, into.byteSize(), into.address());
    }
  }

  record SetSignalMask(int tid, MemorySegment from) implements TraceCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(NUMBER, 0x420b, tid, from.byteSize(), from.address());
    }
  }

  /// Writes the 8 bytes that belong to the event that stopped the thread.
  record GetEventMessage(int tid, MemorySegment into) implements TraceCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(NUMBER, 0x4201, tid, 0, into.address());
    }
  }

  record SetOptions(int tid, int options) implements TraceCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(NUMBER, 0x4200, tid, 0, options);
    }
  }

  /// Returns how many instructions of 8 bytes the filter has, and writes them unless `into` is
  /// NULL. `index` 0 is the filter installed last; ENOENT past the first.
  record GetSeccompFilter(int tid, int index, MemorySegment into) implements TraceCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(NUMBER, 0x420c, tid, index, into.address());
    }
  }

  /// Writes `struct ptrace_rseq_configuration`, 24 bytes.
  record GetRseqConfiguration(int tid, MemorySegment into) implements TraceCall {
    @Override
    public void marshal(CallFrame frame) {
      frame.set(NUMBER, 0x420f, tid, into.byteSize(), into.address());
    }
  }
}
