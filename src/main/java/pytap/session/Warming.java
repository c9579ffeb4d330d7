package pytap.session;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import pytap.place.Capture;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.runtime.ByteString;
import pytap.runtime.Handlers;
import pytap.runtime.Machine;
import pytap.runtime.ScriptError;
import pytap.runtime.ScriptEvents;
import pytap.runtime.SessionInfo;
import pytap.runtime.TargetMemory;

/// Runs the handlers on made-up records before anything is probed, on a machine of its own that is
/// thrown away: the first run of a handler takes milliseconds for loading and linking, for which
/// the first events would have to wait in the ring.
final class Warming {
  private static final SessionInfo NOBODY = new SessionInfo(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "");

  private static final int TEXT_BYTES = 24;
  private static final int ROUNDS = 16;

  private Warming() {}

  /// Stops after `limitNanos` at the latest.
  static void run(Plan plan, Handlers handlers, long limitNanos) {
    long start = System.nanoTime();
    if (machine(handlers).refusesGlobals()) {
      return; // no handler will run
    }
    try (Arena arena = Arena.ofConfined()) {
      for (Plan.Channel channel : plan.channels()) {
        MemorySegment record = record(channel, arena);
        Machine machine = machine(handlers);
        for (int i = 0; i < ROUNDS && System.nanoTime() - start < limitNanos; i++) {
          handlers.channel(channel.id(), record, 0, (int) record.byteSize(), machine);
          if (machine.exiting()) {
            machine = machine(handlers);
          }
        }
      }
    }
  }

  private static Machine machine(Handlers handlers) {
    return new Machine(handlers, NOBODY, TargetMemory.NONE, new Silence());
  }

  private static final class Silence implements ScriptEvents {
    @Override
    public void failed(ScriptError error) {}

    @Override
    public void warned(ByteString text) {}
  }

  private static MemorySegment record(Plan.Channel channel, Arena arena) {
    int texts = 0;
    for (RecordLayout.Slot slot : channel.layout().slots()) {
      texts += slot.capture() instanceof Capture.Text ? 1 : 0;
    }
    int fixedBytes = channel.layout().fixedBytes();
    MemorySegment record = arena.allocate(fixedBytes + (long) texts * TEXT_BYTES, 8);
    record.set(ValueLayout.JAVA_INT, RecordLayout.CHANNEL_OFFSET, channel.id());
    for (RecordLayout.Slot slot : channel.layout().slots()) {
      if (slot.capture() instanceof Capture.Text) {
        record.set(ValueLayout.JAVA_INT, slot.offset(), TEXT_BYTES);
      }
    }
    record.asSlice(fixedBytes).fill((byte) 'w');
    return record;
  }
}
