package pytap.gen.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import pytap.asm.x86.MachineCode;
import pytap.gen.DataPage;
import pytap.gen.InProcessImage;
import pytap.gen.KernelImage;
import pytap.probe.Callback;
import pytap.probe.Condition;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.source.FormatException;

/// A function in a list of callbacks, called as its owner calls it.
final class ListedFunctionTest {
  private static final String FAREWELL = "the.end";
  private static final long LINK_ADDRESS = 0x401000;
  private static final int HEAD = 0;
  private static final int OTHER = 64;

  /// The function, and a list in which it may stand.
  private static final class Listed implements AutoCloseable {
    private final OwnProcess process = new OwnProcess(InProcessTest.plan(InProcessTest.number(1)));
    private final InProcessImage.Link.Listed link;

    Listed() throws FormatException {
      long bias = process.textEnd() - LINK_ADDRESS;
      ProbeSite site =
          new ProbeSite(
              LINK_ADDRESS,
              0x1000,
              OptionalLong.empty(),
              new Condition.Always(),
              Optional.empty(),
              List.of(InProcessTest.scalar(Value.register(Register.RSI))),
              ProbeSite.Cost.EMULATED,
              Optional.empty(),
              Optional.of(new Callback.Listed(process.data().address() + HEAD - bias, FAREWELL)),
              "made for a test");
      InProcessImage made =
          process.patch(
              List.of(new KernelImage.ArmedSite(0, site)),
              List.of(MachineCode.of(new byte[0])),
              bias);
      assertThat(made.hooks()).isEmpty();
      link = (InProcessImage.Link.Listed) made.links().getFirst();
      assertThat(link.guard()).isEqualTo(process.region().data() + DataPage.GUARD_ENTRY);
      assertThat(link.entry()).isEqualTo(process.region().data() + DataPage.LIST_ENTRY);
    }

    long call(String event, long arguments, long last) {
      MemorySegment text = process.arena().allocateFrom(event);
      return process.c().at(link.function(), text.address(), arguments, last, 0, 0, 0);
    }

    /// head → guard → another's → ours
    void listAll() {
      long other = process.data().address() + OTHER;
      word(process.data(), HEAD, link.guard());
      word(process.regionData(), DataPage.GUARD_ENTRY, other);
      word(process.data(), OTHER, link.entry());
      word(process.regionData(), DataPage.LIST_ENTRY, 0);
    }

    List<Long> listed() {
      return List.of(
          process.data().get(ValueLayout.JAVA_LONG, HEAD),
          process.data().get(ValueLayout.JAVA_LONG, OTHER));
    }

    private static void word(MemorySegment memory, long offset, long value) {
      memory.set(ValueLayout.JAVA_LONG, offset, value);
    }

    List<Long> told() {
      return process.drain().stream()
          .map(record -> MemorySegment.ofArray(record).get(ValueLayout.JAVA_LONG_UNALIGNED, 8))
          .toList();
    }

    @Override
    public void close() {
      process.close();
    }
  }

  @Test
  void everyCallIsToldAndAnswersThatAllIsWell() throws Exception {
    try (Listed listed = new Listed()) {
      listed.listAll();
      List<Long> before = listed.listed();
      for (String event : List.of("open", "", "t", "the.en", "the.end.of", "the_end")) {
        assertThat((int) listed.call(event, 5, 0)).as(event).isZero();
      }
      assertThat(listed.told()).containsExactly(5L, 5L, 5L, 5L, 5L, 5L);
      assertThat(listed.listed()).isEqualTo(before);
    }
  }

  @Test
  void theGuardTellsNothing() throws Exception {
    try (Listed listed = new Listed()) {
      assertThat((int) listed.call("open", 5, 1)).isZero();
      assertThat(listed.told()).isEmpty();
    }
  }

  @Test
  void theGuardTakesBothEntriesOutAtTheFarewellAndTellsIt() throws Exception {
    try (Listed listed = new Listed()) {
      listed.listAll();
      long other = listed.process.data().address() + OTHER;
      assertThat((int) listed.call(FAREWELL, 7, 1)).isZero();
      assertThat(listed.listed()).containsExactly(other, 0L);
      assertThat(listed.told()).containsExactly(7L);
    }
  }

  @Test
  void anEntryTakesItselfOutOfAListOfItsOwnAlsoWhereHitsDoNotCount() throws Exception {
    try (Listed listed = new Listed()) {
      Listed.word(listed.process.data(), HEAD, listed.link.entry());
      listed.process.enable(false);
      assertThat((int) listed.call(FAREWELL, 7, 0)).isZero();
      assertThat(listed.listed()).containsExactly(0L, 0L);
      assertThat(listed.told()).isEmpty();
    }
  }
}
