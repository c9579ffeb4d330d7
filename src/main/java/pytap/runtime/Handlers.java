package pytap.runtime;

import java.lang.foreign.MemorySegment;

/// A script's handlers as code. It has no state of its own: every call works on the machine that it
/// is given, so one `Handlers` can first warm up on a throw-away machine.
public interface Handlers {
  /// Runs the handlers of channel `id` on one record, each in turn, until the script stops. A
  /// handler's run-time error goes to [ScriptEvents#failed].
  ///
  /// @param ring memory that holds the record
  /// @param offset where the record starts in it
  /// @param length bytes of the record
  void channel(int id, MemorySegment ring, long offset, int length, Machine machine);

  /// Runs the handler of the program's probe `probeIndex`, which is no marker's: `begin`, `end`,
  /// `error` or a timer. It sees pytap's own process and the present time. A run-time error goes to
  /// [ScriptEvents#failed].
  void run(int probeIndex, Machine machine);

  /// What a machine for these handlers must hold.
  ProgramShape shape();
}
