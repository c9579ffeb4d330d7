package pytap.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import pytap.gen.InProcessImage;
import pytap.probe.Callback;
import pytap.source.TracerException;

/// A word in the state of each of a target's threads that leads to a function of ours. Written to
/// while all threads are stopped.
///
/// @param link where the words are, and the functions
record ThreadSlots(InProcessImage.Link.PerThread link) {
  /// More than anybody has: a list in a circle is none of CPython's.
  private static final int MOST = 100_000;

  private static final int WORDS = 16;

  /// A thread's state and its interpreter's.
  private record State(long interpreter, long thread) {}

  /// What [#decode] makes the same of.
  byte[] encode() {
    Callback.Slots it = link.slots();
    Callback.ThreadList list = it.list();
    Callback.Flag flag = it.flag();
    ByteBuffer out = ByteBuffer.allocate((WORDS + link.functions().size()) * Long.BYTES);
    out.order(ByteOrder.LITTLE_ENDIAN);
    for (long word :
        new long[] {
          list.head(),
          list.nextInterpreter(),
          list.threads(),
          list.nextThread(),
          list.current(),
          it.slot(),
          it.otherSlot(),
          it.depth(),
          flag.pointer(),
          flag.offset(),
          flag.widthBytes(),
          flag.value()
        }) {
      out.putLong(word);
    }
    switch (it.count()) {
      case Callback.Count.None _ -> out.putLong(0).putLong(0).putLong(0);
      case Callback.Count.Static(long address) -> out.putLong(1).putLong(address).putLong(0);
      case Callback.Count.InInterpreter(int pointer, int offset) ->
          out.putLong(2).putLong(pointer).putLong(offset);
    }
    out.putLong(link.replaced());
    link.functions().forEach(out::putLong);
    return out.array();
  }

  static ThreadSlots decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    Callback.ThreadList list =
        new Callback.ThreadList(
            in.getLong(), (int) in.getLong(), (int) in.getLong(), (int) in.getLong(), in.getLong());
    int slot = (int) in.getLong();
    int otherSlot = (int) in.getLong();
    int depth = (int) in.getLong();
    Callback.Flag flag =
        new Callback.Flag(
            (int) in.getLong(), (int) in.getLong(), (int) in.getLong(), (int) in.getLong());
    long kind = in.getLong();
    long place = in.getLong();
    int offset = (int) in.getLong();
    Callback.Count count =
        kind == 0
            ? new Callback.Count.None()
            : kind == 1
                ? new Callback.Count.Static(place)
                : new Callback.Count.InInterpreter((int) place, offset);
    long replaced = in.getLong();
    List<Long> functions = new ArrayList<>();
    while (in.hasRemaining()) {
      functions.add(in.getLong());
    }
    Callback.Slots slots = new Callback.Slots(list, slot, otherSlot, depth, flag, count);
    return new ThreadSlots(new InProcessImage.Link.PerThread(slots, functions, replaced));
  }

  /// Puts a function of ours into every thread's word. Where there is another's, ours calls that;
  /// where there are more of others than we have functions, the last ones are left alone.
  void fill(Memory memory) throws TracerException {
    for (State state : states(memory)) {
      long word = state.thread() + link.slots().slot();
      long there = word(memory, word);
      if (there == 0) {
        write(memory, word, link.functions().getFirst());
        OptionalLong count = countAddress(state);
        if (count.isPresent()) {
          write(memory, count.getAsLong(), int32(memory, count.getAsLong()) + 1, Integer.BYTES);
        }
        setFlag(memory, state);
      } else if (!link.functions().contains(there)) {
        int number = numberFor(memory, there);
        if (number > 0) {
          write(memory, word, link.functions().get(number));
        }
      }
    }
  }

  /// Takes ours out, and puts back what they stood in place of.
  void clear(Memory memory) throws TracerException {
    List<State> states = states(memory);
    for (State state : states) {
      long word = state.thread() + link.slots().slot();
      int number = link.functions().indexOf(word(memory, word));
      if (number == 0) {
        write(memory, word, 0);
        setFlag(memory, state);
      } else if (number > 0) {
        write(memory, word, word(memory, replaced(number)));
      }
    }
    recount(memory, states);
  }

  /// Threads that have ended since may have been counted as well.
  private void recount(Memory memory, List<State> states) throws TracerException {
    Map<Long, Integer> counts = new HashMap<>();
    for (State state : states) {
      int used = word(memory, state.thread() + link.slots().slot()) == 0 ? 0 : 1;
      OptionalLong count = countAddress(state);
      if (count.isPresent()) {
        counts.merge(count.getAsLong(), used, Integer::sum);
      }
    }
    for (Map.Entry<Long, Integer> count : counts.entrySet()) {
      write(memory, count.getKey(), count.getValue(), Integer.BYTES);
    }
  }

  private long replaced(int number) {
    return link.replaced() + (long) number * Long.BYTES;
  }

  /// The number of the function of ours that calls `function`; 0 where none is left.
  private int numberFor(Memory memory, long function) throws TracerException {
    for (int number = 1; number < link.functions().size(); number++) {
      long known = word(memory, replaced(number));
      if (known == 0) {
        write(memory, replaced(number), function);
      }
      if (known == 0 || known == function) {
        return number;
      }
    }
    return 0;
  }

  private OptionalLong countAddress(State state) {
    return switch (link.slots().count()) {
      case Callback.Count.None _ -> OptionalLong.empty();
      case Callback.Count.Static(long address) -> OptionalLong.of(address);
      case Callback.Count.InInterpreter(int _, int offset) ->
          OptionalLong.of(state.interpreter() + offset);
    };
  }

  private void setFlag(Memory memory, State state) throws TracerException {
    Callback.Slots it = link.slots();
    if (int32(memory, state.thread() + it.depth()) != 0) {
      return;
    }
    boolean on =
        word(memory, state.thread() + it.slot()) != 0
            || word(memory, state.thread() + it.otherSlot()) != 0;
    Callback.Flag flag = it.flag();
    long base = flag.pointer() < 0 ? state.thread() : word(memory, state.thread() + flag.pointer());
    if (base != 0) {
      write(memory, base + flag.offset(), on ? flag.value() : 0, flag.widthBytes());
    }
  }

  private List<State> states(Memory memory) throws TracerException {
    Callback.ThreadList list = link.slots().list();
    List<State> found = new ArrayList<>();
    long interpreter = word(memory, list.head());
    while (interpreter != 0 && found.size() < MOST) {
      long thread = word(memory, interpreter + list.threads());
      while (thread != 0 && found.size() < MOST) {
        found.add(new State(interpreter, thread));
        thread = word(memory, thread + list.nextThread());
      }
      interpreter = word(memory, interpreter + list.nextInterpreter());
    }
    return found;
  }

  private static long word(Memory memory, long address) throws TracerException {
    return buffer(memory.read(address, Long.BYTES)).getLong();
  }

  private static int int32(Memory memory, long address) throws TracerException {
    return buffer(memory.read(address, Integer.BYTES)).getInt();
  }

  private static void write(Memory memory, long address, long value) throws TracerException {
    write(memory, address, value, Long.BYTES);
  }

  private static void write(Memory memory, long address, long value, int widthBytes)
      throws TracerException {
    byte[] bytes = new byte[Long.BYTES];
    buffer(bytes).putLong(value);
    memory.write(address, Arrays.copyOf(bytes, widthBytes));
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
