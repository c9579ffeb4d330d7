package pytap.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Lines of a C program's instructions, as binutils' addr2line tells them.
final class SourceLinesTest {
  private static final Path SOURCE = Path.of("src/test/resources/pytap/target/stack.c");

  @TempDir private Path directory;

  private Path compile(String... options) throws IOException, InterruptedException {
    Path program = directory.resolve("program");
    List<String> command = new ArrayList<>(List.of("gcc", "-O2"));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", program.toString(), SOURCE.toString()));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    return program;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-gdwarf-2",
        "-gdwarf-3",
        "-gdwarf-4",
        "-gdwarf-5",
        "-gdwarf-5 -gz=zlib",
        "-gdwarf-4 -ffunction-sections -Wl,--gc-sections"
      })
  void everyAddressIsOfTheLineThatBinutilsFinds(String options) throws Exception {
    Path program = compile(options.split(" ", -1));
    ElfFile file = ElfFile.open(program);
    Section text = file.section(".text").orElseThrow();
    List<Long> addresses = new ArrayList<>();
    for (long at = text.address(); at < text.address() + text.sizeBytes(); at++) {
      addresses.add(at);
    }
    List<String> ours = lines(program);
    assertThat(ours).isEqualTo(binutils(program, addresses));
    assertThat(ours.stream().filter(it -> it.startsWith("stack.c:")).distinct())
        .hasSizeGreaterThan(20);
  }

  /// Of every byte of the code.
  private static List<String> lines(Path program) throws Exception {
    ElfFile file = ElfFile.open(program);
    SourceLines lines = SourceLines.of(file).orElseThrow();
    Section text = file.section(".text").orElseThrow();
    List<String> shown = new ArrayList<>();
    for (long at = text.address(); at < text.address() + text.sizeBytes(); at++) {
      shown.add(lines.at(at).map(SourceLinesTest::shown).orElse("??:0"));
    }
    return shown;
  }

  /// Binutils finds nothing in it.
  @Test
  void theFormatForLargeFilesSaysTheSame() throws Exception {
    assertThat(lines(compile("-gdwarf-5", "-gdwarf64"))).isEqualTo(lines(compile("-gdwarf-5")));
  }

  private static String shown(SourceLines.Place place) {
    return Path.of(place.source().path()).getFileName() + ":" + place.line();
  }

  /// `FILE:LINE` without directories, and without what distinguishes parts of a line. A file
  /// without a line is from the symbol table.
  private List<String> binutils(Path program, List<Long> addresses)
      throws IOException, InterruptedException {
    StringBuilder asked = new StringBuilder();
    addresses.forEach(at -> asked.append("0x").append(Long.toHexString(at)).append('\n'));
    Path questions = Files.writeString(directory.resolve("questions"), asked);
    Process process =
        new ProcessBuilder("addr2line", "-s", "-e", program.toString())
            .redirectInput(questions.toFile())
            .start();
    List<String> answers =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .map(line -> line.replaceAll(" \\(.*", "").replaceAll("^.*:[?0]$", "??:0"))
            .toList();
    assertThat(process.waitFor()).isZero();
    return answers;
  }

  @Test
  void theFileIsNamedByItsDirectory() throws Exception {
    ElfFile file = ElfFile.open(compile("-gdwarf-5"));
    long main = file.symbol("main").orElseThrow().address();
    SourceLines.Place place = SourceLines.of(file).orElseThrow().at(main).orElseThrow();
    assertThat(place.source().relative()).isFalse();
    assertThat(place.source().path()).isEqualTo(SOURCE.toString());
    long declared =
        Files.readAllLines(SOURCE).stream().takeWhile(it -> !it.contains(" main(")).count() + 1;
    assertThat(place.line()).isEqualTo(declared);
  }

  @Test
  void aFileWithoutLinesHasNone() throws Exception {
    assertThat(SourceLines.of(ElfFile.open(compile("-g0")))).isEqualTo(Optional.empty());
  }
}
