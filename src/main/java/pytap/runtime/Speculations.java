package pytap.runtime;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/// Output that is kept back until the script commits or discards it: SystemTap's speculations.
public final class Speculations {
  /// As many as SystemTap's wrapping arrays hold (MAXMAPENTRIES); then the oldest is forgotten.
  private static final int MOST = 2048;

  private record Kept(long id, ByteString text) {}

  private final Deque<Kept> kept = new ArrayDeque<>();
  private long lastId;

  Speculations() {}

  /// A new number to speculate under.
  public static long speculation(Machine machine) {
    return ++machine.speculations.lastId;
  }

  public static void speculate(long id, ByteString text, Machine machine) {
    Deque<Kept> kept = machine.speculations.kept;
    if (kept.size() == MOST) {
      kept.removeFirst();
    }
    kept.addLast(new Kept(id, text));
  }

  /// Prints what was kept under `id`, in its order.
  public static void commit(long id, Machine machine) {
    Iterator<Kept> all = machine.speculations.kept.iterator();
    while (all.hasNext()) {
      Kept next = all.next();
      if (next.id() == id) {
        machine.out.text(next.text());
        all.remove();
      }
    }
  }

  public static void discard(long id, Machine machine) {
    machine.speculations.kept.removeIf(next -> next.id() == id);
  }
}
