package pytap.linux;

import java.util.ArrayList;
import java.util.List;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/// Notices SIGINT, SIGTERM and SIGHUP instead of dying of them. A signal that this process was
/// started with ignored (`nohup`, a shell's background job) stays ignored. Closing brings back what
/// was before.
///
/// Goes through `sun.misc.Signal` of the supported module jdk.unsupported: the JVM owns these
/// signals, and a shutdown hook, the other way, cannot tell a second interrupt from the first nor
/// choose the exit status without halting.
public final class Interrupts implements AutoCloseable {
  private record Previous(Signal signal, SignalHandler handler) {}

  private final List<Previous> previous = new ArrayList<>();
  private volatile int count;
  private volatile int last;

  private Interrupts() {}

  /// Takes the signals over.
  public static Interrupts take() {
    Interrupts interrupts = new Interrupts();
    for (String name : new String[] {"INT", "TERM", "HUP"}) {
      interrupts.take(new Signal(name));
    }
    return interrupts;
  }

  private void take(Signal signal) {
    SignalHandler old;
    try {
      old = Signal.handle(signal, this::came);
    } catch (IllegalArgumentException reserved) {
      return; // the JVM runs with -Xrs: the signal keeps its default action
    }
    if (SignalHandler.SIG_IGN.equals(old)) {
      Signal.handle(signal, SignalHandler.SIG_IGN);
    } else {
      previous.add(new Previous(signal, old));
    }
  }

  /// Called by the JVM in a thread of its own, one call at a time per signal.
  private synchronized void came(Signal signal) {
    last = signal.getNumber();
    count++;
  }

  /// How many came so far. One asks to end in good order; a second one says it takes too long.
  public int count() {
    return count;
  }

  /// The number of the last one; 0 before the first.
  public int last() {
    return last;
  }

  @Override
  public void close() {
    for (Previous old : previous) {
      Signal.handle(old.signal(), old.handler());
    }
    previous.clear();
  }
}
