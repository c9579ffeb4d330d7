package pytap.linux;

/// One call to the system, as data.
public sealed interface Syscall permits Syscall.Direct, Spawn {

  /// A call that goes to the kernel as a number and up to six arguments.
  sealed interface Direct extends Syscall
      permits FileCall, MemoryCall, BpfCall, ProcessCall, TraceCall {

    /// Lays the call out: its number, its arguments and the memory that they point to.
    void marshal(CallFrame frame);

    /// Takes what the kernel wrote into the frame's memory, after the call, also where it failed.
    default void collect(CallFrame frame) {}
  }
}
