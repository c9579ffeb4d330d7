package pytap.inject;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import pytap.gen.InProcessImage;
import pytap.linux.LinuxKernel;
import pytap.linux.RemoteMemory;
import pytap.source.TracerException;

/// Lists in this very process.
final class CallbackListTest {
  private static final long GUARD = 100 * 24;
  private static final long ENTRY = 101 * 24;
  private static final long FUNCTION = 0x1234;

  /// A head, at 0, and room for entries.
  private final MemorySegment words = Arena.ofAuto().allocate(200 * 24, 8);

  private final InProcessImage.Link.Listed link =
      new InProcessImage.Link.Listed(at(0), at(GUARD), at(ENTRY), FUNCTION);

  private final Memory memory =
      switch (RemoteMemory.open(new LinuxKernel(), "/proc/self/mem")) {
        case RemoteMemory.Opened.Open(RemoteMemory open) ->
            new Memory((int) ProcessHandle.current().pid(), open);
        case RemoteMemory.Opened.Refused refused -> throw new AssertionError(refused.toString());
      };

  private long at(long offset) {
    return words.address() + offset;
  }

  private void put(long offset, long value) {
    words.set(ValueLayout.JAVA_LONG, offset, value);
  }

  private long get(long offset) {
    return words.get(ValueLayout.JAVA_LONG, offset);
  }

  /// The offsets of the entries, in the order of the list.
  private List<Long> entries() {
    List<Long> found = new ArrayList<>();
    for (long next = get(0); next != 0; next = get(next - at(0))) {
      found.add(next - at(0));
    }
    return found;
  }

  @Test
  void anEmptyListGetsOneEntry() throws TracerException {
    CallbackList.add(memory, link);
    assertThat(entries()).containsExactly(ENTRY);
    assertThat(List.of(get(ENTRY + 8), get(ENTRY + 16))).containsExactly(FUNCTION, 0L);
    CallbackList.remove(memory, at(0), List.of(at(GUARD), at(ENTRY)));
    assertThat(entries()).isEmpty();
  }

  @Test
  void aListWithEntriesIsTakenBetweenAGuardAndOurs() throws TracerException {
    put(0, at(24));
    put(24, at(48));
    CallbackList.add(memory, link);
    assertThat(entries()).containsExactly(GUARD, 24L, 48L, ENTRY);
    assertThat(List.of(get(GUARD + 8), get(GUARD + 16))).containsExactly(FUNCTION, 1L);
    CallbackList.remove(memory, at(0), List.of(at(GUARD), at(ENTRY)));
    assertThat(entries()).containsExactly(24L, 48L);
  }

  @Test
  void whatWasAddedBehindOursStays() throws TracerException {
    CallbackList.add(memory, link);
    put(ENTRY, at(24));
    CallbackList.remove(memory, at(0), List.of(at(GUARD), at(ENTRY)));
    assertThat(entries()).containsExactly(24L);
    assertThat(get(ENTRY)).as("for who stands there").isEqualTo(at(24));
  }

  @Test
  void whatIsNotThereAnyMoreIsNotTakenOut() throws TracerException {
    put(0, at(24));
    CallbackList.remove(memory, at(0), List.of(at(GUARD), at(ENTRY)));
    assertThat(entries()).containsExactly(24L);
  }
}
