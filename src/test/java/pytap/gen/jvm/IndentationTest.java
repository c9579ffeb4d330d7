package pytap.gen.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static pytap.gen.jvm.Ir.argument;
import static pytap.gen.jvm.Ir.intrinsic;
import static pytap.gen.jvm.Ir.number;
import static pytap.gen.jvm.Ir.printf;
import static pytap.gen.jvm.Ir.println;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import pytap.ir.Probe;
import pytap.place.Capture;
import pytap.place.Fact;
import pytap.place.Taken;

/// Transcripts of `thread_indent` as SystemTap prints them.
final class IndentationTest {
  private final Script script = new Script();

  private void callsAndReturns() {
    List<Capture> captures =
        List.of(
            new Capture.OfFact(Fact.PID_TGID),
            new Capture.OfFact(Fact.TIME_NANOS),
            new Capture.OfFact(Fact.EXECNAME),
            new Capture.Number(new Taken.Argument(1)));
    Probe call =
        script.probe(
            Script.ENTRY,
            Optional.empty(),
            List.of(),
            printf("%s => %d\n", intrinsic("thread_indent", number(1)), argument(1)));
    Probe back =
        script.probe(
            Script.ENTRY,
            Optional.empty(),
            List.of(),
            printf("%s <= %d\n", intrinsic("thread_indent", number(-1)), argument(1)));
    script.channel(captures, call).channel(captures, back);
  }

  private void event(int channel, int tid, long micros, String name, long argument) {
    byte[] padded = new byte[24];
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, padded, 0, bytes.length);
    padded[16] = (byte) argument;
    script.send(channel, Script.record(channel, 0, padded, tid, micros * 1000));
  }

  @Test
  void callAndReturnOfOneLevelStandInOneColumn() {
    callsAndReturns();
    event(0, 9, 1000, "python3", 1);
    event(0, 9, 1004, "python3", 2);
    event(0, 9, 1010, "python3", 3);
    event(1, 9, 1011, "python3", 3);
    event(1, 9, 1500, "python3", 2);
    event(1, 9, 1_001_000, "python3", 1);
    event(0, 9, 2_000_000, "python3", 4);
    event(1, 9, 2_000_007, "python3", 4);
    assertThat(script.output())
        .isEqualTo(
            """
                 0 python3(9): => 1
                 4 python3(9):  => 2
                10 python3(9):   => 3
                11 python3(9):   <= 3
               500 python3(9):  <= 2
            1000000 python3(9): <= 1
                 0 python3(9): => 4
                 7 python3(9): <= 4
            """);
  }

  @Test
  void everyThreadHasItsOwnDepthAndClock() {
    callsAndReturns();
    for (int tid = 1; tid <= 40; tid++) {
      event(0, tid, 100, "a", 1);
    }
    event(0, 7, 103, "b", 2);
    event(0, 8, 105, "c", 3);
    event(1, 7, 107, "b", 2);
    assertThat(script.output().lines().skip(40))
        .containsExactly("     3 b(7):  => 2", "     5 c(8):  => 3", "     7 b(7):  <= 2");
  }

  @Test
  void aReturnWithoutItsCallIsNotIndented() {
    callsAndReturns();
    event(1, 9, 50, "p", 1);
    event(0, 9, 60, "p", 2);
    assertThat(script.output()).isEqualTo("     0 p(9): <= 1\n    10 p(9): => 2\n");
  }

  @Test
  void indentHasNoNameAndIsNoThreads() {
    Script other = new Script();
    other.run(
        other.begin(
            printf(
                "[%s]", intrinsic("substr", intrinsic("indent", number(1)), number(6), number(9))),
            printf(
                "[%s]", intrinsic("substr", intrinsic("indent", number(3)), number(6), number(9))),
            printf(
                "[%s]", intrinsic("substr", intrinsic("indent", number(-1)), number(6), number(9))),
            println(intrinsic("thread_indent_depth", number(1))),
            println(intrinsic("thread_indent_depth", number(1))),
            println(intrinsic("thread_indent_depth", number(-1)))));
    assertThat(other.output()).isEqualTo("[ :][ :   ][ :   ]0\n1\n1\n");
  }
}
