package pytap.gen.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static pytap.gen.jvm.Ir.argument;
import static pytap.gen.jvm.Ir.binary;
import static pytap.gen.jvm.Ir.intrinsic;
import static pytap.gen.jvm.Ir.number;
import static pytap.gen.jvm.Ir.printf;
import static pytap.gen.jvm.Ir.println;
import static pytap.gen.jvm.Ir.read;
import static pytap.gen.jvm.Ir.run;
import static pytap.gen.jvm.Ir.text;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import pytap.ir.BinaryOperator;
import pytap.ir.Expr;
import pytap.ir.Global;
import pytap.ir.Probe;
import pytap.ir.Stmt;
import pytap.place.Capture;
import pytap.place.Fact;
import pytap.place.Taken;
import pytap.runtime.TargetMemory;

/// Records through channels, by hand.
final class ChannelTest {
  private static final Taken ARG1 = new Taken.Argument(1);
  private static final Taken ARG2 = new Taken.Argument(2);
  private static final long PID_TGID = (77L << 32) | 78;
  private static final byte[] NO_TEXT = {};

  private final Script script = new Script();

  private Probe marker(Stmt... body) {
    return script.probe(Script.ENTRY, Optional.empty(), List.of(), body);
  }

  private static Capture fact(Fact fact) {
    return new Capture.OfFact(fact);
  }

  /// The slot of a text: its length and kind.
  private static long slot(int length, Capture.TextKind kind) {
    return length | (long) kind.code() << 32;
  }

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void aHandlerReadsTheFactsOfItsRecord() {
    Probe probe =
        marker(
            printf(
                "%d %d %d %d %d %d %d %d %s\n",
                intrinsic("pid"),
                intrinsic("tid"),
                intrinsic("uid"),
                intrinsic("gid"),
                intrinsic("euid"),
                intrinsic("egid"),
                intrinsic("ppid"),
                intrinsic("cpu"),
                intrinsic("execname")),
            printf(
                "%d %d %d %d\n",
                intrinsic("gettimeofday_s"),
                intrinsic("gettimeofday_ms"),
                intrinsic("gettimeofday_us"),
                intrinsic("gettimeofday_ns")),
            printf(
                "%d %d %d %d\n",
                intrinsic("local_clock_s"),
                intrinsic("local_clock_ms"),
                intrinsic("local_clock_us"),
                intrinsic("local_clock_ns")));
    script.channel(
        List.of(
            fact(Fact.PID_TGID),
            fact(Fact.TIME_NANOS),
            fact(Fact.UID_GID),
            fact(Fact.EUID_EGID),
            fact(Fact.PPID),
            fact(Fact.CPU),
            fact(Fact.EXECNAME)),
        probe);
    script.send(
        0,
        Script.record(
            0,
            0,
            latin1("python3\0\0\0\0\0\0\0\0\0"),
            PID_TGID,
            5_000_000_123L,
            (20L << 32) | 10,
            (40L << 32) | 30,
            55,
            3));
    assertThat(script.output())
        .isEqualTo(
            """
            77 78 10 20 30 40 55 3 python3
            1000000005 1000000005000 1000000005000000 1000000005000000123
            5 5000 5000000 5000000123
            """);
  }

  @Test
  void textsAreDecodedByTheirKind() {
    Probe probe =
        marker(
            printf(
                "%s|%s|%d\n",
                intrinsic("user_string", argument(2)),
                intrinsic("user_string", argument(1)),
                argument(1)));
    script.channel(
        List.of(new Capture.Text(ARG1, 511), new Capture.Number(ARG1), new Capture.Text(ARG2, 511)),
        probe);
    script.send(
        0,
        Script.record(
            0,
            0,
            latin1("na\u00efve" + "4\u0004"),
            slot(5, Capture.TextKind.LATIN1),
            4096,
            slot(2, Capture.TextKind.UCS2)));
    assertThat(script.output()).isEqualTo("\u00d0\u00b4|na\u00c3\u00afve|4096\n");
  }

  @Test
  void equalTakenExpressionsShareASlotHoweverTheyAreWritten() {
    Taken sum = new Taken.Arithmetic(BinaryOperator.ADD, ARG1, new Taken.Constant(8));
    Expr written = binary(argument(1), BinaryOperator.ADD, number(8));
    Probe probe = marker(println(intrinsic("user_int", written)), println(written));
    script.channel(List.of(new Capture.Integer(sum, 4), new Capture.Number(sum)), probe);
    script.send(0, Script.record(0, 0, NO_TEXT, -5, 1234));
    assertThat(script.output()).isEqualTo("-5\n1234\n");
  }

  @Test
  void anUnreadableTextFailsAsUserStringDoes() {
    Probe probe = marker(println(intrinsic("user_string", number(16))), println(text("not")));
    script.channel(List.of(new Capture.Text(new Taken.Constant(16), 511)), probe);
    script.send(0, Script.record(0, 1, NO_TEXT, 0));
    assertThat(script.errors)
        .containsExactly(
            "user string copy fault -14 at 0x10 near identifier 'user_string' at t.stp:2:8");
    assertThat(script.output()).isEmpty();
  }

  @Test
  void anUnreadableTextHasASubstituteWhereOneIsGiven() {
    Probe probe =
        marker(
            println(intrinsic("user_string", argument(2), text("?"))),
            println(intrinsic("user_string_n", argument(2), number(3), text("!"))),
            println(intrinsic("user_string_warn", argument(2))),
            println(intrinsic("user_string_quoted", argument(2))),
            println(intrinsic("user_int", argument(2))),
            println(intrinsic("user_string_n", argument(1), number(3))));
    script.channel(
        List.of(
            new Capture.Text(ARG1, 511),
            new Capture.Text(ARG2, 511),
            new Capture.Number(ARG2),
            new Capture.Integer(ARG2, 4)),
        probe);
    byte[] record =
        Script.record(0, 0b1010, latin1("python"), slot(6, Capture.TextKind.BYTES), 0, 0x20, 9);
    script.send(0, record);
    assertThat(script.errors).isEmpty();
    assertThat(script.output()).isEqualTo("?\n!\n\n0x20\n0\npyt\n");
    assertThat(script.warnings).containsExactly("user string copy fault -14 at 0x20");
  }

  @Test
  void anUnreadableArgumentEndsTheHandler() {
    Probe probe = marker(println(argument(1)));
    script.channel(List.of(new Capture.Number(ARG1)), probe);
    script.send(0, Script.record(0, 1, NO_TEXT, 0));
    assertThat(script.errors).containsExactly("read fault near identifier '$arg1' at t.stp:1:1");
  }

  @Test
  void handlersOfAChannelRunInTurnAndEachOnItsOwn() {
    Probe failing = marker(run(intrinsic("error", text("first"))));
    Probe second = marker(println(argument(1)));
    script.channel(List.of(new Capture.Number(ARG1)), failing, second);
    script.send(0, Script.record(0, 0, NO_TEXT, 7));
    assertThat(script.errors).containsExactly("first");
    assertThat(script.output()).isEqualTo("7\n");
  }

  @Test
  void afterExitNoHandlerOfAChannelRuns() {
    Probe leaving = marker(run(intrinsic("exit")), println(text("last")));
    Probe second = marker(println(text("never")));
    script.channel(List.of(), leaving, second);
    script.send(0, Script.record(0, 0, NO_TEXT));
    script.send(0, Script.record(0, 0, NO_TEXT));
    assertThat(script.output()).isEqualTo("last\n");
  }

  @Test
  void aConditionArmsAndDisarmsAHandler() {
    Global armed = script.scalar("armed", number(0));
    Probe probe =
        script.probe(Script.ENTRY, Optional.of(read(armed)), List.of(), println(text("armed")));
    Probe arming = script.begin(run(Ir.assign(Ir.target(armed), number(1))));
    script.channel(List.of(), probe);
    script.send(0, Script.record(0, 0, NO_TEXT));
    script.run(arming);
    script.send(0, Script.record(0, 0, NO_TEXT));
    assertThat(script.output()).isEqualTo("armed\n");
  }

  @Test
  void eachChannelHasItsOwnRecords() {
    Probe first = marker(printf("first %d\n", argument(1)));
    Probe second = marker(printf("second %d\n", argument(1)));
    script.channel(List.of(new Capture.Number(ARG1)), first);
    script.channel(List.of(fact(Fact.CPU), new Capture.Number(ARG1)), second);
    script.send(1, Script.record(1, 0, NO_TEXT, 0, 5));
    script.send(0, Script.record(0, 0, NO_TEXT, 6));
    assertThat(script.output()).isEqualTo("second 5\nfirst 6\n");
    assertThatThrownBy(() -> script.send(2, Script.record(2, 0, NO_TEXT)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aContextFunctionWithoutItsFactIsAMistakeOfThePlan() {
    script.channel(List.of(), marker(println(intrinsic("pid"))));
    assertThatThrownBy(script::made)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("pid() needs PID_TGID, which is not captured");
  }

  @Test
  void aRecordWhoseTextsOverrunItIsRefused() {
    Probe probe = marker(println(intrinsic("user_string", argument(1))));
    script.channel(List.of(new Capture.Text(ARG1, 511)), probe);
    byte[] record = Script.record(0, 0, latin1("abc"), slot(4, Capture.TextKind.BYTES));
    assertThatThrownBy(() -> script.send(0, record))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a record's texts end at 20 of 19");
  }

  @Test
  void whatIsNotInTheRecordIsReadLate() {
    script.memory(new FakeMemory(77, 0x1000, latin1("late text\0\u00fe\u00ff\u00ff\u00ff")));
    Global address = script.scalar("address", number(0x1000));
    Probe probe =
        marker(
            println(intrinsic("user_string", read(address))),
            println(intrinsic("user_string_n", read(address), number(4))),
            println(intrinsic("user_int", binary(read(address), BinaryOperator.ADD, number(10)))),
            printf("%.4m %.2M|\n", read(address), read(address)),
            println(intrinsic("user_string", number(0x2000), text("none"))),
            println(intrinsic("user_string", number(0x2000))));
    script.channel(List.of(fact(Fact.PID_TGID)), probe);
    script.send(0, Script.record(0, 0, NO_TEXT, PID_TGID));
    assertThat(script.output()).isEqualTo("late text\nlate\n-2\nlate 6c61|\nnone\n");
    assertThat(script.errors)
        .containsExactly(
            "user string copy fault -14 at 0x2000 near identifier 'user_string' at t.stp:2:8");
  }

  @Test
  void withoutItsProcessIdARecordIsTakenForTheTargets() {
    script.memory(new FakeMemory(4242, 0x1000, latin1("of the target\0")));
    Global address = script.scalar("address", number(0x1000));
    script.channel(List.of(), marker(println(intrinsic("user_string", read(address)))));
    script.send(0, Script.record(0, 0, NO_TEXT));
    assertThat(script.output()).isEqualTo("of the target\n");
  }

  /// A process with a few readable bytes.
  private static final class FakeMemory implements TargetMemory {
    private final int process;
    private final long start;
    private final byte[] bytes;

    FakeMemory(int process, long start, byte[] bytes) {
      this.process = process;
      this.start = start;
      this.bytes = bytes;
    }

    @Override
    public int read(int pid, long address, byte[] target, int length) {
      if (pid != process || address < start || address >= start + bytes.length) {
        return 0;
      }
      int from = (int) (address - start);
      int count = Math.min(length, bytes.length - from);
      System.arraycopy(bytes, from, target, 0, count);
      return count;
    }
  }
}
