package pytap.place;

import java.util.List;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.probe.Occasion;

/// A placed program: which records the target side sends, and which handlers run on them.
///
/// @param channels one for each different marker that the program probes; a channel's id is its
///   index
public record Plan(Program program, List<Channel> channels) {
  public Plan {
    channels = List.copyOf(channels);
  }

  /// Whether any record holds a copy of a stack.
  public boolean capturesStacks() {
    for (Channel channel : channels) {
      for (RecordLayout.Slot slot : channel.layout().slots()) {
        if (slot.capture() instanceof Capture.Stack) {
          return true;
        }
      }
    }
    return false;
  }

  /// One kind of record: a marker or function, what its handlers capture, and the handlers in the
  /// order in which they run.
  ///
  /// @param handlers probes of the program; SystemTap runs the later one in the script first
  public record Channel(int id, Occasion.InFile point, RecordLayout layout, List<Probe> handlers) {
    public Channel {
      handlers = List.copyOf(handlers);
    }
  }
}
