package pytap.gen.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import pytap.place.Capture;
import pytap.place.Taken;
import pytap.probe.Argument;
import pytap.probe.LineTable;
import pytap.probe.LineTable.Form;
import pytap.probe.Register;
import pytap.source.TracerException;

/// The walk over line tables in the kernel gives the line that the interpreter itself gives
/// (`PyCode_Addr2Line`), on code of its own standard library, on every interpreter found.
final class LineTableTest {
  private static final int MOST_TABLE_BYTES = 1 << 17;
  private static final int FAULT = Integer.MIN_VALUE;

  static List<Path> interpreters() throws IOException {
    List<Path> found = new ArrayList<>(List.of(Path.of("/usr/bin/python3")));
    Path versions = Path.of(System.getProperty("user.home"), ".pyenv", "versions");
    if (Files.isDirectory(versions)) {
      try (Stream<Path> entries = Files.list(versions)) {
        entries.map(entry -> entry.resolve("bin/python")).sorted().forEach(found::add);
      }
    }
    return found;
  }

  /// A code object and its table in this process's memory, and a program that looks lines up.
  private static final class Search implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment code = arena.allocate(16, 8);
    private final MemorySegment bytes = arena.allocate(8 + MOST_TABLE_BYTES, 8);
    private final MemorySegment registers;
    private final SiteRun run;

    Search(Form form) throws TracerException {
      run =
          new SiteRun(
              SiteRun.plan(new Capture.Number(new Taken.Argument(1))),
              Sites.site(Sites.line(form)),
              false);
      registers = run.registers();
      code.set(ValueLayout.JAVA_LONG, 8, bytes.address());
      SiteRun.set(registers, Register.RDI, code.address());
    }

    void table(int firstLine, byte[] table) {
      assertThat(table.length).isLessThanOrEqualTo(MOST_TABLE_BYTES);
      code.set(ValueLayout.JAVA_INT, 0, firstLine);
      bytes.set(ValueLayout.JAVA_LONG, 0, table.length);
      MemorySegment.copy(MemorySegment.ofArray(table), 0, bytes, 8, table.length);
    }

    /// The table is at `address`, whatever is there.
    void tableAt(long address) {
      code.set(ValueLayout.JAVA_LONG, 8, address);
    }

    int line(int offset) throws TracerException {
      SiteRun.set(registers, Register.RSI, offset);
      run.hit(registers);
      List<SiteRun.Record> records = run.drain();
      assertThat(records).hasSize(1);
      assertThat(run.lost()).isZero();
      SiteRun.Record record = records.getFirst();
      return record.faults() == 0 ? (int) record.slot(0) : FAULT;
    }

    @Override
    public void close() {
      run.close();
      arena.close();
    }
  }

  /// What `linetables.py` tells: for each code object its first line, its table, and what lines the
  /// interpreter gives for some offsets.
  @ParameterizedTest
  @MethodSource("interpreters")
  void everyLineIsTheInterpretersOwn(Path python) throws Exception {
    Path script = Path.of("src/test/resources/pytap/gen/bpf/linetables.py");
    Process process =
        new ProcessBuilder(python.toString(), "-S", script.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (DataInputStream told = new DataInputStream(process.getInputStream())) {
      Form form = Form.values()[told.readInt()];
      int pairs = 0;
      try (Search search = new Search(form)) {
        for (int samples = told.readInt(); samples >= 0; samples = told.readInt()) {
          pairs += samples;
          compare(search, told, samples);
        }
      }
      assertThat(pairs).isGreaterThan(5000);
    }
    assertThat(process.waitFor()).isZero();
  }

  private static void compare(Search search, DataInputStream told, int samples)
      throws IOException, TracerException {
    int firstLine = told.readInt();
    byte[] table = new byte[told.readInt()];
    told.readFully(table);
    search.table(firstLine, table);
    StringBuilder wrong = new StringBuilder();
    for (int i = 0; i < samples; i++) {
      int offset = told.readInt();
      int expected = told.readInt();
      int found = search.line(offset);
      if (found != expected) {
        wrong.append(offset).append(": ").append(found).append(", not ").append(expected);
        wrong.append("; ");
      }
    }
    assertThat(wrong.toString())
        .as("first line %d, table %s", firstLine, HexFormat.of().formatHex(table))
        .isEmpty();
  }

  @Test
  void anEmptyTableGivesTheFirstLine() throws TracerException {
    for (Form form : List.of(Form.LNOTAB_UNSIGNED, Form.LNOTAB_SIGNED)) {
      try (Search search = new Search(form)) {
        search.table(77, new byte[0]);
        assertThat(search.line(10)).isEqualTo(77);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anOffsetBeforeTheFirstInstructionGivesTheFirstLine(Form form) throws TracerException {
    try (Search search = new Search(form)) {
      search.table(123, new byte[] {2, 1, 2, 1});
      assertThat(search.line(-1)).isEqualTo(123);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anUnreadableTableIsAFaultAndNoLine(Form form) throws TracerException {
    try (Search search = new Search(form)) {
      search.table(123, new byte[] {2, 1, 2, 1});
      search.tableAt(Sites.UNREADABLE);
      assertThat(search.line(3)).isEqualTo(FAULT);
    }
  }

  @Test
  void aSiteWithoutAnOffsetGivesTheFirstLine() throws TracerException {
    LineTable table = Sites.table(Form.LOCATIONS_311);
    Argument line = new Argument.Line(Sites.RDI, Optional.empty(), table);
    try (SiteRun run =
            new SiteRun(
                SiteRun.plan(new Capture.Number(new Taken.Argument(1))), Sites.site(line), false);
        Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocateFrom(ValueLayout.JAVA_LONG, 41);
      assertThat(run.hit(code.address()).getFirst().slot(0)).isEqualTo(41);
      SiteRun.Record unreadable = run.hit(Sites.UNREADABLE).getFirst();
      assertThat(unreadable.faults()).isEqualTo(1);
      assertThat(unreadable.slot(0)).isZero();
    }
  }
}
