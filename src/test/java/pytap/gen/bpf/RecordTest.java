package pytap.gen.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.ir.BinaryOperator;
import pytap.place.Capture;
import pytap.place.Capture.TextKind;
import pytap.place.Fact;
import pytap.place.Taken;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.LineTable;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.UnicodeLayout;
import pytap.probe.Value;
import pytap.source.TracerException;

/// What stands in the record of a hit.
final class RecordTest {
  private static final long PATTERN = 0x8899aabbccddeeffL;
  private static final Capture TEXT_1 = new Capture.Text(argument(1), 511);

  /// Shared, because a test with a time limit runs in a thread of its own.
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void close() {
    arena.close();
  }

  private static Taken argument(int number) {
    return new Taken.Argument(number);
  }

  private static Capture number(int argument) {
    return new Capture.Number(argument(argument));
  }

  private static SiteRun run(ProbeSite site, Capture... captures) throws TracerException {
    return new SiteRun(SiteRun.plan(captures), site, false);
  }

  /// What slot 0 holds of `value`, and whether it was readable.
  private static Optional<Long> value(Value value, long... registers) throws TracerException {
    try (SiteRun run = run(Sites.site(Sites.scalar(value)), number(1))) {
      SiteRun.Record record = run.hit(registers).getFirst();
      return record.faults() == 0 ? Optional.of(record.slot(0)) : Optional.empty();
    }
  }

  @Test
  void everyKindOfValueIsComputed() throws TracerException {
    long at = arena.allocateFrom(ValueLayout.JAVA_LONG, PATTERN).address();
    assertThat(value(Sites.RDX, 0, 0, 3)).contains(3L);
    assertThat(value(Value.constant(-3))).contains(-3L);
    assertThat(value(Value.constant(1L << 50))).contains(1L << 50);
    assertThat(value(Value.plus(Sites.RDI, -5), 3)).contains(-2L);
    assertThat(value(Value.plus(Sites.RDI, 1L << 40), 3)).contains((1L << 40) + 3);
    assertThat(value(new Value.Difference(Sites.RDI, Sites.RSI), 3, 10)).contains(-7L);
    assertThat(value(new Value.Masked(Sites.RDI, ~7L), 15)).contains(8L);
    assertThat(value(new Value.Masked(Sites.RDI, 0xffffffffL), -1)).contains(0xffffffffL);
    assertThat(value(new Value.ShiftedLeft(Sites.RDI, 4), 3)).contains(48L);
    assertThat(value(new Value.Narrowed(Sites.RDI, 1, true), 0x1ff)).contains(-1L);
    assertThat(value(new Value.Narrowed(Sites.RDI, 2, false), -1)).contains(0xffffL);
    assertThat(value(new Value.Narrowed(Sites.RDI, 4, true), 0x80000000L)).contains(-1L << 31);
    assertThat(value(new Value.NotZero(Sites.RDI), 1L << 40)).contains(1L);
    assertThat(value(new Value.NotZero(Sites.RDI), 0)).contains(0L);
    assertThat(value(Value.word(Sites.RDI, 8), at - 8)).contains(PATTERN);
    assertThat(value(Value.int32(Sites.RDI, 0), at)).contains((long) (int) PATTERN);
    assertThat(value(Value.uint8(Sites.RDI, 7), at)).contains(0x88L);
    assertThat(value(new Value.Load(Sites.RDI, 2, true), at)).contains((long) (short) PATTERN);
    assertThat(value(new Value.Load(Sites.RDI, 4, false), at)).contains(0xccddeeffL);
    long pointer = arena.allocateFrom(ValueLayout.JAVA_LONG, at).address();
    assertThat(value(Value.word(Value.word(Sites.RDI, 0), 0), pointer)).contains(PATTERN);
  }

  /// The larger one is not built in the stack.
  @ParameterizedTest
  @ValueSource(ints = {7, 8})
  void aRecordIsWholeWhereverItIsBuilt(int numbers) throws TracerException {
    Argument[] arguments = new Argument[numbers];
    Capture[] captures = new Capture[numbers];
    for (int i = 0; i < numbers; i++) {
      Value value = i == 3 ? Value.word(Sites.RSI, 0) : Value.plus(Sites.RDI, i);
      arguments[i] = Sites.scalar(value);
      captures[i] = number(i + 1);
    }
    long at = arena.allocateFrom(ValueLayout.JAVA_LONG, PATTERN).address();
    try (SiteRun run = run(Sites.site(arguments), captures)) {
      SiteRun.Record record = run.hit(100, at).getFirst();
      assertThat(record.faults()).isZero();
      for (int i = 0; i < numbers; i++) {
        assertThat(record.slot(i)).isEqualTo(i == 3 ? PATTERN : 100 + i);
      }
      assertThat(run.hit(100, Sites.UNREADABLE).getFirst().faults()).isNotZero();
    }
  }

  @Test
  void unreadableMemoryIsAFaultAndNotAZero() throws TracerException {
    assertThat(value(Value.word(Sites.RDI, 0), Sites.UNREADABLE)).isEmpty();
    assertThat(value(Value.word(Value.word(Sites.RDI, 0), 0), Sites.UNREADABLE)).isEmpty();
  }

  @Test
  void aStaticAddressIsMovedByTheLoadBias() throws TracerException {
    try (SiteRun run = run(Sites.site(Sites.scalar(new Value.Static(0x5000))), number(1))) {
      MemorySegment registers = run.registers();
      SiteRun.set(registers, Register.RIP, 0x7f0000001000L);
      run.hit(registers);
      assertThat(run.drain().getFirst().slot(0)).isEqualTo(0x7f0000005000L);
    }
  }

  @Test
  void theThreadPointerLeadsToItself() throws TracerException {
    Value self = Value.word(new Value.ThreadPointer(), 16);
    Optional<Long> header = value(self);
    assertThat(header).isPresent().isEqualTo(value(new Value.ThreadPointer()));
  }

  @Test
  void theFrameIsTheArgumentBehindTheLast() throws TracerException {
    ProbeSite plain = Sites.site(Sites.scalar(Sites.RDI));
    ProbeSite framed =
        new ProbeSite(
            plain.address(),
            plain.fileOffset(),
            plain.semaphoreFileOffset(),
            plain.condition(),
            Optional.of(Sites.RSI),
            plain.arguments(),
            plain.cost(),
            plain.what());
    try (SiteRun run = run(framed, number(2))) {
      assertThat(run.hit(1, 99).getFirst().slot(0)).isEqualTo(99);
    }
  }

  /// Of all but the place, which the kernel says only where a program is attached.
  @Test
  void factsAreThoseOfThisThread() throws Exception {
    List<Fact> facts = new ArrayList<>(List.of(Fact.values()));
    facts.remove(Fact.PLACE);
    Capture[] captures = facts.stream().map(Capture.OfFact::new).toArray(Capture[]::new);
    List<String> status = Files.readAllLines(Path.of("/proc/thread-self/status"));
    try (SiteRun run = run(Sites.site(), captures)) {
      long before = System.nanoTime();
      SiteRun.Record record = run.hit().getFirst();
      long after = System.nanoTime();
      assertThat(record.faults()).isZero();
      assertThat(record.slot(facts.indexOf(Fact.PID_TGID)))
          .isEqualTo(field(status, "Tgid:", 1) << 32 | field(status, "Pid:", 1));
      assertThat(record.slot(facts.indexOf(Fact.TIME_NANOS))).isBetween(before, after);
      assertThat(record.slot(facts.indexOf(Fact.UID_GID)))
          .isEqualTo(field(status, "Gid:", 1) << 32 | field(status, "Uid:", 1));
      assertThat(record.slot(facts.indexOf(Fact.EUID_EGID)))
          .isEqualTo(field(status, "Gid:", 2) << 32 | field(status, "Uid:", 2));
      assertThat(record.slot(facts.indexOf(Fact.PPID))).isEqualTo(field(status, "PPid:", 1));
      assertThat(record.slot(facts.indexOf(Fact.CPU))).isBetween(0L, 1024L);
      int name = record.layout().slots().get(facts.indexOf(Fact.EXECNAME)).offset();
      String shown = new String(record.bytes(), name, 16, StandardCharsets.UTF_8);
      assertThat(shown.replace("\0", "")).isEqualTo(status.getFirst().substring(6));
    }
  }

  private static long field(List<String> status, String name, int column) {
    for (String line : status) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.split("\t", -1)[column]);
      }
    }
    throw new AssertionError("no " + name);
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "ADD",
        "SUBTRACT",
        "MULTIPLY",
        "AND",
        "OR",
        "XOR",
        "SHIFT_LEFT",
        "SHIFT_RIGHT",
        "SHIFT_RIGHT_UNSIGNED"
      })
  void takenArithmeticIsThatOfTheScript(BinaryOperator operator) throws TracerException {
    Taken nested = new Taken.Arithmetic(operator, new Taken.Constant(3), argument(2));
    Taken taken =
        new Taken.Arithmetic(
            BinaryOperator.ADD, new Taken.Arithmetic(operator, argument(1), argument(2)), nested);
    long seed = Long.getLong("pytap.seed", new Random().nextLong());
    Random random = new Random(seed);
    try (SiteRun run =
        run(
            Sites.site(Sites.scalar(Sites.RDI), Sites.scalar(Sites.RSI)),
            new Capture.Number(taken))) {
      for (int i = 0; i < 200; i++) {
        long left = random.nextLong() >> random.nextInt(64);
        long right = i < 70 ? i : random.nextLong() >> random.nextInt(64);
        assertThat(run.hit(left, right).getFirst().slot(0))
            .as("%d %s %d, -Dpytap.seed=%d", left, operator, right, seed)
            .isEqualTo(java(operator, left, right) + java(operator, 3, right));
      }
    }
  }

  private static long java(BinaryOperator operator, long left, long right) {
    return switch (operator) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case AND -> left & right;
      case OR -> left | right;
      case XOR -> left ^ right;
      case SHIFT_LEFT -> left << right;
      case SHIFT_RIGHT -> left >> right;
      case SHIFT_RIGHT_UNSIGNED -> left >>> right;
      default -> throw new AssertionError(operator);
    };
  }

  @ParameterizedTest
  @CsvSource({"1,-1", "2,-4353", "4,-857870593", "8,-8603657889541918977"})
  void anIntegerInMemoryIsSigned(int widthBytes, long expected) throws TracerException {
    long at = arena.allocateFrom(ValueLayout.JAVA_LONG, PATTERN).address();
    Taken address =
        new Taken.Arithmetic(BinaryOperator.SUBTRACT, argument(1), new Taken.Constant(8));
    Capture.Integer integer = new Capture.Integer(address, widthBytes);
    try (SiteRun run = run(Sites.site(Sites.scalar(Sites.RDI)), integer)) {
      assertThat(run.hit(at + 8).getFirst().slot(0)).isEqualTo(expected);
      SiteRun.Record unreadable = run.hit(Sites.UNREADABLE).getFirst();
      assertThat(unreadable.faults()).isEqualTo(1);
      assertThat(unreadable.slot(0)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 510, 511, 512, 2000})
  void textEndsAtItsNulOrAt511Bytes(int length) throws TracerException {
    String text = "x".repeat(length);
    long at = arena.allocateFrom(text).address();
    try (SiteRun run = run(Sites.site(Sites.scalar(Sites.RDI)), TEXT_1)) {
      SiteRun.Record record = run.hit(at).getFirst();
      assertThat(record.faults()).isZero();
      assertThat(record.kind(0)).isEqualTo(TextKind.BYTES.code());
      assertThat(record.text(0)).asString().isEqualTo(text.substring(0, Math.min(length, 511)));
      assertThat(record.bytes()).hasSize(16 + Math.min(length, 511));
    }
  }

  @Test
  void unreadableTextIsAFaultAndTheRecordIsSent() throws TracerException {
    long at = arena.allocateFrom("second").address();
    try (SiteRun run =
        run(
            Sites.site(Sites.scalar(Sites.RDI), Sites.scalar(Sites.RSI)),
            TEXT_1,
            new Capture.Text(argument(2), 511),
            number(1))) {
      SiteRun.Record record = run.hit(Sites.UNREADABLE, at).getFirst();
      assertThat(record.faults()).isEqualTo(1);
      assertThat(record.text(0)).isEmpty();
      assertThat(record.text(1)).asString().isEqualTo("second");
      assertThat(record.slot(2)).isEqualTo(Sites.UNREADABLE);
      assertThat(run.hit(at, Sites.UNREADABLE).getFirst().faults()).isEqualTo(2);
      assertThat(run.lost() + run.unreadable()).isZero();
    }
  }

  /// A compact string object: state 0x20 is "compact", 0x40 "ASCII", the kind is shifted by 2.
  private long object(String text, int kind, boolean ascii) {
    byte[] characters =
        switch (kind) {
          case 1 -> text.getBytes(StandardCharsets.ISO_8859_1);
          case 2 -> text.getBytes(StandardCharsets.UTF_16LE);
          default -> text.getBytes(Charset.forName("UTF-32LE"));
        };
    int data = ascii ? 48 : 72;
    MemorySegment object = arena.allocate(data + characters.length + 512, 8);
    object.set(ValueLayout.JAVA_LONG, 16, text.codePointCount(0, text.length()));
    object.set(ValueLayout.JAVA_INT, 32, 0x20 | (ascii ? 0x40 : 0) | kind << 2);
    MemorySegment.copy(MemorySegment.ofArray(characters), 0, object, data, characters.length);
    return object.address();
  }

  private static Argument python(UnicodeLayout layout) {
    return new Argument.PythonText(Sites.RDI, layout);
  }

  @Test
  void pythonTextOfEveryKindComesAsItLies() throws TracerException {
    try (SiteRun run = run(Sites.site(python(Sites.PEP_393)), TEXT_1)) {
      SiteRun.Record ascii = run.hit(object("plain", 1, true)).getFirst();
      assertThat(ascii.kind(0)).isEqualTo(TextKind.BYTES.code());
      assertThat(ascii.text(0)).asString().isEqualTo("plain");
      SiteRun.Record latin = run.hit(object("caf\u00e9", 1, false)).getFirst();
      assertThat(latin.kind(0)).isEqualTo(TextKind.LATIN1.code());
      assertThat(latin.text(0)).isEqualTo("caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
      SiteRun.Record two = run.hit(object("\u0416\u4e2d", 2, false)).getFirst();
      assertThat(two.kind(0)).isEqualTo(TextKind.UCS2.code());
      assertThat(two.text(0)).isEqualTo("\u0416\u4e2d".getBytes(StandardCharsets.UTF_16LE));
      SiteRun.Record four = run.hit(object("\ud83d\udc0d!", 4, false)).getFirst();
      assertThat(four.kind(0)).isEqualTo(TextKind.UCS4.code());
      assertThat(four.text(0)).containsExactly(0x0d, 0xf4, 1, 0, '!', 0, 0, 0);
    }
  }

  @ParameterizedTest
  @CsvSource({"1,true", "1,false", "2,false", "4,false"})
  void pythonTextIsCutAt511Characters(int kind, boolean ascii) throws TracerException {
    try (SiteRun run = run(Sites.site(python(Sites.PEP_393)), TEXT_1, number(1))) {
      for (int length : new int[] {0, 1, 510, 511, 512, 5000}) {
        SiteRun.Record record = run.hit(object("y".repeat(length), kind, ascii)).getFirst();
        assertThat(record.faults()).isZero();
        assertThat(record.text(0)).hasSize(Math.min(length, 511) * kind);
      }
    }
  }

  @Test
  void theNumberOfPythonTextIsWhereItsCharactersAre() throws TracerException {
    try (SiteRun run = run(Sites.site(python(Sites.PEP_393)), number(1))) {
      long ascii = object("a", 1, true);
      assertThat(run.hit(ascii).getFirst().slot(0)).isEqualTo(ascii + 48);
      long wide = object("\u4e2d", 2, false);
      assertThat(run.hit(wide).getFirst().slot(0)).isEqualTo(wide + 72);
    }
  }

  @Test
  void pythonTextThatCannotBeReadIsAFault() throws TracerException {
    try (SiteRun run = run(Sites.site(python(Sites.PEP_393)), TEXT_1, number(1))) {
      SiteRun.Record record = run.hit(Sites.UNREADABLE).getFirst();
      assertThat(record.faults()).isEqualTo(3);
      assertThat(record.text(0)).isEmpty();
      MemorySegment notCompact = arena.allocate(128, 8);
      notCompact.set(ValueLayout.JAVA_LONG, 16, 3);
      assertThat(run.hit(notCompact.address()).getFirst().faults()).isEqualTo(3);
    }
  }

  @Test
  void aBytesObjectOfPython2GivesItsBytes() throws TracerException {
    try (SiteRun run = run(Sites.site(python(new UnicodeLayout.Bytes(16, 36))), TEXT_1)) {
      for (int length : new int[] {0, 3, 511, 900}) {
        MemorySegment object = arena.allocate(40 + length, 8);
        object.set(ValueLayout.JAVA_LONG, 16, length);
        object.asSlice(36, length).fill((byte) 'z');
        SiteRun.Record record = run.hit(object.address()).getFirst();
        assertThat(record.kind(0)).isEqualTo(TextKind.BYTES.code());
        assertThat(record.text(0)).asString().isEqualTo("z".repeat(Math.min(length, 511)));
      }
      assertThat(run.hit(Sites.UNREADABLE).getFirst().faults()).isEqualTo(1);
    }
  }

  /// As many captures as a record holds, of the kinds that need the most room in the kernel's
  /// stack.
  @Test
  void thirtyTwoCapturesFitIntoAProgram() throws TracerException {
    List<Capture> captures = new ArrayList<>(List.of(number(1), number(2), TEXT_1));
    for (int i = captures.size(); i < 32; i++) {
      Taken address =
          new Taken.Arithmetic(BinaryOperator.ADD, argument(1), new Taken.Constant(8L * i));
      captures.add(i % 2 == 0 ? new Capture.Integer(address, 8) : new Capture.Text(address, 511));
    }
    Argument line =
        new Argument.Line(
            Sites.RSI, Optional.of(Sites.RDX), Sites.table(LineTable.Form.LOCATIONS_311));
    ProbeSite site = Sites.site(python(Sites.PEP_393), line);
    try (SiteRun run = run(site, captures.toArray(Capture[]::new))) {
      SiteRun.Record record = run.hit(object("abc", 1, true), 16, 0).getFirst();
      assertThat(record.text(2)).asString().isEqualTo("abc");
      assertThat(record.faults() & 0b111).isEqualTo(0b010);
    }
  }

  @Test
  void onlyMembersOfTheTreeAreSeen() throws TracerException {
    try (SiteRun run = new SiteRun(SiteRun.plan(), Sites.site(new Condition.Always()), true)) {
      int self = (int) ProcessHandle.current().pid();
      assertThat(run.hit()).isEmpty();
      run.member(self + 1);
      assertThat(run.hit()).isEmpty();
      run.member(self);
      assertThat(run.hit()).hasSize(1);
      assertThat(run.hit()).hasSize(1);
      assertThat(run.lost() + run.unreadable()).isZero();
    }
  }

  @Test
  void whatFindsNoRoomIsCountedAndNothingElse() throws TracerException {
    long at = arena.allocateFrom("x".repeat(300)).address();
    try (SiteRun run = run(Sites.site(Sites.scalar(Sites.RDI)), TEXT_1)) {
      MemorySegment registers = run.registers();
      SiteRun.set(registers, Register.RDI, at);
      int delivered = 0;
      int hits = 0;
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++, hits++) {
          run.hit(registers);
        }
        delivered += run.drain().size();
      }
      // a record of 316 bytes takes 328 of the ring's 65,536
      assertThat(delivered).isEqualTo(3 * (65_535 / 328));
      assertThat(run.lost()).isEqualTo(hits - delivered);
      assertThat(run.unreadable()).isZero();
    }
  }
}
