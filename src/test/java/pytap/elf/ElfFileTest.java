package pytap.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.source.FormatException;

/// Compares what [ElfFile] says of real files with what readelf says.
final class ElfFileTest {
  private static final Path PYTHON = Path.of("/usr/bin/python3.11");
  private static final Path LIBRARY =
      Path.of(System.getProperty("user.home"), ".pyenv/versions/3.8.18/lib/libpython3.8.so.1.0");

  @Test
  void theNotesOfDebiansPythonAreThoseReadelfShows() throws Exception {
    Pattern note =
        Pattern.compile(
            "Provider: (\\S+)\\s+Name: (\\S+)\\s+Location: 0x0*([0-9a-f]+), Base: \\S+"
                + " Semaphore: 0x0*([0-9a-f]+)\\s+Arguments:([^\\n]*)");
    List<UsdtProbe> expected = new ArrayList<>();
    Matcher matcher = note.matcher(run("readelf", "-n", PYTHON.toString()));
    while (matcher.find()) {
      expected.add(
          new UsdtProbe(
              matcher.group(1),
              matcher.group(2),
              Long.parseLong(matcher.group(3), 16),
              OptionalLong.of(Long.parseLong(matcher.group(4), 16)),
              matcher.group(5).strip()));
    }
    assertThat(expected).hasSize(8);
    assertThat(ElfFile.open(PYTHON).usdtProbes()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyExportedSymbolIsFoundByName(boolean executable) throws Exception {
    Path path = executable ? PYTHON : LIBRARY;
    ElfFile file = ElfFile.open(path);
    Pattern line =
        Pattern.compile(
            "(?m)^ +\\d+: ([0-9a-f]{16}) +(\\w+) (FUNC|OBJECT) +\\w+ +\\w+ +\\d+ (\\S+)$");
    Matcher matcher = line.matcher(run("readelf", "-W", "--dyn-syms", path.toString()));
    int count = 0;
    while (matcher.find()) {
      String name = matcher.group(4).replaceAll("@.*", "");
      Symbol expected =
          new Symbol(
              name,
              Long.parseLong(matcher.group(1), 16),
              Long.decode(matcher.group(2)),
              matcher.group(3).equals("FUNC") ? 2 : 1);
      assertThat(file.exported(name)).contains(expected);
      count++;
    }
    assertThat(count).isGreaterThan(1000);
    assertThat(file.exported("no_such_symbol")).isEmpty();
    assertThat(file.exported("malloc")).as("imported, not defined").isEmpty();
  }

  @Test
  void aLocalSymbolIsFoundInTheFullTableOnly() throws Exception {
    ElfFile file = ElfFile.open(LIBRARY);
    assertThat(file.exported("call_trace_protected")).isEmpty();
    assertThat(file.symbol("call_trace_protected")).isPresent();
  }

  @Test
  void functionExtentsAreThoseOfTheFrameDescriptions() throws Exception {
    Pattern entry = Pattern.compile("FDE cie=\\S+ pc=([0-9a-f]+)\\.\\.([0-9a-f]+)");
    Set<FunctionExtent> expected = new HashSet<>();
    Matcher matcher = entry.matcher(run("readelf", "--debug-dump=frames", LIBRARY.toString()));
    while (matcher.find()) {
      expected.add(
          new FunctionExtent(
              Long.parseLong(matcher.group(1), 16), Long.parseLong(matcher.group(2), 16)));
    }
    ElfFile file = ElfFile.open(LIBRARY);
    assertThat(file.functions()).hasSizeGreaterThan(4000).hasSameElementsAs(expected);
    FunctionExtent some = file.functions().get(1000);
    assertThat(file.functionAt(some.start())).contains(some);
    assertThat(file.functionAt(some.end() - 1)).contains(some);
    assertThat(file.functionAt(0)).isEmpty();
  }

  @Test
  void theDynamicSectionIsReadAsReadelfReadsIt() throws Exception {
    String dynamic = run("readelf", "-dW", LIBRARY.toString());
    ElfFile file = ElfFile.open(LIBRARY);
    assertThat(file.needed()).isEqualTo(bracketed(dynamic, "\\(NEEDED\\)"));
    assertThat(file.soname().stream().toList()).isEqualTo(bracketed(dynamic, "\\(SONAME\\)"));
    assertThat(file.runpath().stream().toList()).isEqualTo(bracketed(dynamic, "\\(RUNPATH\\)"));
    assertThat(file.rpath().stream().toList()).isEqualTo(bracketed(dynamic, "\\(RPATH\\)"));
    assertThat(file.interpreter()).isEmpty();
    assertThat(ElfFile.open(PYTHON).interpreter()).contains("/lib64/ld-linux-x86-64.so.2");
    assertThat(file.positionIndependent()).isTrue();
    assertThat(ElfFile.open(PYTHON).positionIndependent()).isFalse();
  }

  @Test
  void slotsOfTheGlobalOffsetTableHaveTheirNames() throws Exception {
    Pattern slot =
        Pattern.compile("(?m)^([0-9a-f]{16}) .*R_X86_64_(?:JUMP_SLO\\w*|GLOB_DAT) +\\S+ (\\S+) ");
    Matcher matcher = slot.matcher(run("readelf", "-rW", LIBRARY.toString()));
    ElfFile file = ElfFile.open(LIBRARY);
    int count = 0;
    while (matcher.find()) {
      assertThat(file.symbolInSlot(Long.parseLong(matcher.group(1), 16)))
          .contains(matcher.group(2).replaceAll("@.*", ""));
      count++;
    }
    assertThat(count).isGreaterThan(500);
  }

  @Test
  void aRelocatedPointerIsTheRelocationsAddend() throws Exception {
    Pattern relative = Pattern.compile("(?m)^([0-9a-f]{16}) .*R_X86_64_RELATIVE +([0-9a-f]+)$");
    Matcher matcher = relative.matcher(run("readelf", "-rW", LIBRARY.toString()));
    ElfFile file = ElfFile.open(LIBRARY);
    int count = 0;
    while (matcher.find()) {
      assertThat(file.pointer(Long.parseLong(matcher.group(1), 16)))
          .isEqualTo(Long.parseLong(matcher.group(2), 16));
      count++;
    }
    assertThat(count).isGreaterThan(5000);
  }

  @Test
  void addressesAndFileOffsetsAreInverse() throws Exception {
    ElfFile file = ElfFile.open(PYTHON);
    long address = file.exported("_PyRuntime").orElseThrow().address();
    long offset = file.fileOffset(address).orElseThrow();
    assertThat(file.address(offset)).isEqualTo(OptionalLong.of(address));
    assertThat(file.fileOffset(1)).isEmpty();
  }

  @Test
  void aStrippedCopyStillAnswers(@TempDir Path directory) throws Exception {
    Path copy = directory.resolve("stripped");
    run("strip", "--strip-all", "-o", copy.toString(), LIBRARY.toString());
    ElfFile whole = ElfFile.open(LIBRARY);
    ElfFile stripped = ElfFile.open(copy);
    assertThat(stripped.symbol("call_trace_protected")).isEmpty();
    assertThat(stripped.exported("Py_GetVersion")).isEqualTo(whole.exported("Py_GetVersion"));
    assertThat(stripped.functions()).isEqualTo(whole.functions());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 63, 64, 200, 4096, 1_000_000})
  void aTruncatedFileIsRefusedAndNeverGuessed(int sizeBytes) throws Exception {
    byte[] start = new byte[sizeBytes];
    ByteBuffer.wrap(Files.readAllBytes(PYTHON)).get(start);
    assertThatThrownBy(() -> ElfFile.of(ByteBuffer.wrap(start), "truncated"))
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith("truncated at 0x");
  }

  @Test
  void aFileCutInItsNotesIsRefused() throws Exception {
    Optional<Section> notes = ElfFile.open(PYTHON).section(".note.stapsdt");
    int sizeBytes = (int) notes.orElseThrow().fileOffset() + 20;
    byte[] start = new byte[sizeBytes];
    ByteBuffer.wrap(Files.readAllBytes(PYTHON)).get(start);
    ElfFile cut = ElfFile.of(ByteBuffer.wrap(start), "cut");
    assertThatThrownBy(cut::usdtProbes).isInstanceOf(FormatException.class);
  }

  @Test
  void textIsNotAnElfFile() {
    ByteBuffer text = ByteBuffer.wrap("#!/bin/sh\n".repeat(20).getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> ElfFile.of(text, "script"))
        .isInstanceOf(FormatException.class)
        .hasMessage("script at 0x0: not an ELF file");
  }

  private static List<String> bracketed(String text, String tag) {
    Matcher matcher = Pattern.compile(tag + ".*\\[(.*)]").matcher(text);
    List<String> found = new ArrayList<>();
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command).toLowerCase(Locale.ROOT)).isZero();
    return output;
  }
}
