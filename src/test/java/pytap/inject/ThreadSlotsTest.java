package pytap.inject;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import pytap.gen.InProcessImage;
import pytap.linux.LinuxKernel;
import pytap.linux.RemoteMemory;
import pytap.probe.Callback;
import pytap.source.TracerException;

/// Two interpreters with two threads and one, made of memory of this very process.
final class ThreadSlotsTest {
  private static final List<Long> OURS = List.of(0x1000L, 0x1100L, 0x1200L);
  private static final long HEAD = 0;
  private static final long COUNT = 8;
  private static final long REPLACED = 16;
  private static final long[] INTERPRETERS = {0x100, 0x200};
  private static final long[] THREADS = {0x300, 0x400, 0x500};
  private static final int NEXT_INTERPRETER = 0;
  private static final int FIRST_THREAD = 8;
  private static final int COUNT_OF_INTERPRETER = 16;
  private static final int NEXT_THREAD = 8;
  private static final int SLOT = 16;
  private static final int OTHER_SLOT = 24;
  private static final int DEPTH = 32;
  private static final int FLAG = 36;
  private static final int POINTER = 40;

  private final MemorySegment words = Arena.ofAuto().allocate(0x1000, 8);

  private final Memory memory =
      switch (RemoteMemory.open(new LinuxKernel(), "/proc/self/mem")) {
        case RemoteMemory.Opened.Open(RemoteMemory open) ->
            new Memory((int) ProcessHandle.current().pid(), open);
        case RemoteMemory.Opened.Refused refused -> throw new AssertionError(refused.toString());
      };

  ThreadSlotsTest() {
    put(HEAD, at(INTERPRETERS[0]));
    put(INTERPRETERS[0] + NEXT_INTERPRETER, at(INTERPRETERS[1]));
    put(INTERPRETERS[0] + FIRST_THREAD, at(THREADS[0]));
    put(INTERPRETERS[1] + FIRST_THREAD, at(THREADS[2]));
    put(THREADS[0] + NEXT_THREAD, at(THREADS[1]));
  }

  private ThreadSlots slots(Callback.Flag flag, Callback.Count count) {
    Callback.ThreadList list =
        new Callback.ThreadList(at(HEAD), NEXT_INTERPRETER, FIRST_THREAD, NEXT_THREAD, at(0x600));
    Callback.Slots slots = new Callback.Slots(list, SLOT, OTHER_SLOT, DEPTH, flag, count);
    return new ThreadSlots(new InProcessImage.Link.PerThread(slots, OURS, at(REPLACED)));
  }

  private ThreadSlots slots() {
    return slots(new Callback.Flag(-1, FLAG, 4, 1), new Callback.Count.Static(at(COUNT)));
  }

  private long at(long offset) {
    return words.address() + offset;
  }

  private void put(long offset, long value) {
    words.set(ValueLayout.JAVA_LONG, offset, value);
  }

  private List<Long> functions() {
    return List.of(word(THREADS[0] + SLOT), word(THREADS[1] + SLOT), word(THREADS[2] + SLOT));
  }

  private List<Integer> flags() {
    return List.of(int32(THREADS[0] + FLAG), int32(THREADS[1] + FLAG), int32(THREADS[2] + FLAG));
  }

  private long word(long offset) {
    return words.get(ValueLayout.JAVA_LONG, offset);
  }

  private int int32(long offset) {
    return words.get(ValueLayout.JAVA_INT, offset);
  }

  static List<ThreadSlots> kinds() {
    ThreadSlotsTest test = new ThreadSlotsTest();
    return List.of(
        test.slots(),
        test.slots(new Callback.Flag(POINTER, 3, 1, 255), new Callback.Count.None()),
        test.slots(
            new Callback.Flag(-1, FLAG, 4, 1),
            new Callback.Count.InInterpreter(48, COUNT_OF_INTERPRETER)));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theNextPytapReadsWhatThisOneWrote(ThreadSlots slots) {
    assertThat(ThreadSlots.decode(slots.encode())).isEqualTo(slots);
  }

  @Test
  void everyThreadIsFilledAndCleared() throws TracerException {
    slots().fill(memory);
    assertThat(functions()).containsExactly(OURS.get(0), OURS.get(0), OURS.get(0));
    assertThat(flags()).containsExactly(1, 1, 1);
    assertThat(int32(COUNT)).isEqualTo(3);
    slots().clear(memory);
    assertThat(functions()).containsExactly(0L, 0L, 0L);
    assertThat(flags()).containsExactly(0, 0, 0);
    assertThat(int32(COUNT)).isZero();
  }

  @Test
  void functionsOfOthersAreKeptAndPutBack() throws TracerException {
    put(THREADS[0] + SLOT, 0x77);
    put(THREADS[2] + SLOT, 0x77);
    words.set(ValueLayout.JAVA_INT, COUNT, 2);
    slots().fill(memory);
    assertThat(functions()).containsExactly(OURS.get(1), OURS.get(0), OURS.get(1));
    assertThat(word(REPLACED + 8)).isEqualTo(0x77);
    assertThat(int32(COUNT)).isEqualTo(3);
    slots().clear(memory);
    assertThat(functions()).containsExactly(0x77L, 0L, 0x77L);
    assertThat(int32(COUNT)).isEqualTo(2);
  }

  @Test
  void aFunctionForWhichNoneOfOursIsLeftIsLeftAlone() throws TracerException {
    put(THREADS[0] + SLOT, 0x77);
    put(THREADS[1] + SLOT, 0x88);
    put(THREADS[2] + SLOT, 0x99);
    slots().fill(memory);
    assertThat(functions()).containsExactly(OURS.get(1), OURS.get(2), 0x99L);
    slots().clear(memory);
    assertThat(functions()).containsExactly(0x77L, 0x88L, 0x99L);
  }

  @Test
  void threadsThatEndedMeanwhileAreNotCountedForEver() throws TracerException {
    slots().fill(memory);
    put(THREADS[0] + NEXT_THREAD, 0);
    slots().clear(memory);
    assertThat(int32(COUNT)).isZero();
  }

  @Test
  void theFlagOfAThreadInATraceFunctionIsLeftAlone() throws TracerException {
    words.set(ValueLayout.JAVA_INT, THREADS[1] + DEPTH, 1);
    slots().fill(memory);
    assertThat(flags()).containsExactly(1, 0, 1);
  }

  @Test
  void aProfileFunctionKeepsTheFlagSet() throws TracerException {
    put(THREADS[1] + OTHER_SLOT, 0x55);
    slots().fill(memory);
    slots().clear(memory);
    assertThat(flags()).containsExactly(0, 1, 0);
  }

  @Test
  void aFlagMayLieElsewhereAndTheCountInEachInterpreter() throws TracerException {
    for (int i = 0; i < 3; i++) {
      put(THREADS[i] + POINTER, at(0x700 + 8L * i));
    }
    ThreadSlots slots =
        slots(
            new Callback.Flag(POINTER, 0, 1, 255),
            new Callback.Count.InInterpreter(48, COUNT_OF_INTERPRETER));
    slots.fill(memory);
    assertThat(List.of(word(0x700), word(0x708), word(0x710))).containsExactly(255L, 255L, 255L);
    assertThat(int32(INTERPRETERS[0] + COUNT_OF_INTERPRETER)).isEqualTo(2);
    assertThat(int32(INTERPRETERS[1] + COUNT_OF_INTERPRETER)).isEqualTo(1);
    slots.clear(memory);
    assertThat(List.of(word(0x700), word(0x708), word(0x710))).containsExactly(0L, 0L, 0L);
    assertThat(int32(INTERPRETERS[0] + COUNT_OF_INTERPRETER)).isZero();
  }
}
