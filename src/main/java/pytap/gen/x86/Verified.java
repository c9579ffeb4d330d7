package pytap.gen.x86;

import java.util.BitSet;
import java.util.Map;

/// A program that [Verifier] let pass, with what it found out on the way. Only it makes them, so
/// nothing else can be translated.
public final class Verified {
  private final String name;
  private final ControlFlow flow;
  private final BitSet reached;
  private final Map<Integer, Integer> stackBytes;
  private final Map<Integer, Integer> loopBodies;

  Verified(
      String name,
      ControlFlow flow,
      BitSet reached,
      Map<Integer, Integer> stackBytes,
      Map<Integer, Integer> loopBodies) {
    this.name = name;
    this.flow = flow;
    this.reached = (BitSet) reached.clone();
    this.stackBytes = Map.copyOf(stackBytes);
    this.loopBodies = Map.copyOf(loopBodies);
  }

  /// The name of the main program.
  public String name() {
    return name;
  }

  ControlFlow flow() {
    return flow;
  }

  /// Whether any input can lead to `slot`.
  boolean isReached(int slot) {
    return reached.get(slot);
  }

  /// How much stack the function that begins at `start` touches.
  int stackBytes(int start) {
    return stackBytes.getOrDefault(start, 0);
  }

  /// The subprogram that the loop at `slot` calls.
  int loopBody(int slot) {
    Integer body = loopBodies.get(slot);
    if (body == null) {
      throw new IllegalStateException("no loop was verified at slot " + slot);
    }
    return body;
  }
}
