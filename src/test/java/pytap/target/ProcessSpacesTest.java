package pytap.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.probe.Register;
import pytap.runtime.AddressSpaces;

/// Stacks of a C program, walked by pytap and by glibc.
final class ProcessSpacesTest {
  private static final Path SOURCE = Path.of("src/test/resources/pytap/target/stack.c");
  private static final Register[] PRINTED = {
    Register.RIP,
    Register.RSP,
    Register.RBP,
    Register.RBX,
    Register.R12,
    Register.R13,
    Register.R14,
    Register.R15
  };

  @TempDir private Path directory;

  private Path compile(String optimisation) throws IOException, InterruptedException {
    Path program = directory.resolve("stack" + optimisation);
    Process compiler =
        new ProcessBuilder(
                "gcc",
                optimisation,
                "-g",
                "-fno-optimize-sibling-calls",
                "-o",
                program.toString(),
                SOURCE.toString())
            .inheritIO()
            .start();
    assertThat(compiler.waitFor()).isZero();
    return program;
  }

  /// A large environment lies above the stack, so that the copy does not reach beyond it.
  private static Process start(Path program) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    builder.environment().put("ROOM", "x".repeat(1 << 14));
    return builder.start();
  }

  /// What the program printed of itself, while it waits.
  private static final class Shown {
    private final int pid;
    private final long[] registers;
    private final byte[] stack;
    private final List<Long> frames;

    Shown(int pid, long[] registers, byte[] stack, List<Long> frames) {
      this.pid = pid;
      this.registers = registers;
      this.stack = stack;
      this.frames = frames;
    }

    int pid() {
      return pid;
    }

    long[] registers() {
      return registers;
    }

    byte[] stack() {
      return stack;
    }

    List<Long> frames() {
      return frames;
    }
  }

  private static Shown shown(Process process) throws IOException {
    BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    long[] registers = new long[21];
    String[] words = out.readLine().split(" ", -1);
    for (int i = 0; i < PRINTED.length; i++) {
      registers[PRINTED[i].offset() / 8] = Long.parseUnsignedLong(words[i + 1], 16);
    }
    byte[] stack = HexFormat.of().parseHex(out.readLine().substring("stack ".length()));
    List<Long> frames = new ArrayList<>();
    for (String word : out.readLine().substring("frames ".length()).split(" ", -1)) {
      frames.add(Long.parseUnsignedLong(word, 16));
    }
    return new Shown((int) process.pid(), registers, stack, frames);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-O0", "-O1", "-O2", "-O3"})
  void aStackIsWalkedAsGlibcWalksIt(String optimisation) throws Exception {
    Process process = start(compile(optimisation));
    try {
      Shown shown = shown(process);
      ProcessSpaces spaces = new ProcessSpaces();
      long[] walked = spaces.walk(shown.pid(), shown.registers(), shown.stack(), 64);
      List<Long> callers = Arrays.stream(walked).skip(1).boxed().toList();
      assertThat(callers).hasSizeGreaterThan(10);
      // the first of each is a place in the innermost function itself
      assertThat(callers).isEqualTo(shown.frames().subList(1, shown.frames().size()));
      assertThat(spaces.symbol(shown.pid(), walked[0]).map(AddressSpaces.Symbol::name))
          .hasValue("innermost");
      assertThat(
              callers.stream()
                  .map(at -> spaces.symbol(shown.pid(), at - 1).orElseThrow().name())
                  .map(name -> name.replaceAll("\\..*", "")) // the compiler's own copies
                  .toList())
          .startsWith("on_signal")
          .contains("with_room", "compare", "deeper", "main")
          .endsWith("_start");
    } finally {
      process.destroy();
    }
  }

  /// `stack.c` begins each function that is on the stack on a line of its own.
  @Test
  void theLinesOfAStackAreThoseOfItsFunctions() throws Exception {
    Process process = start(compile("-O0"));
    try {
      Shown shown = shown(process);
      ProcessSpaces spaces = new ProcessSpaces();
      long[] walked = spaces.walk(shown.pid(), shown.registers(), shown.stack(), 64);
      List<String> source = Files.readAllLines(SOURCE);
      List<String> functions = new ArrayList<>();
      for (long address : walked) {
        Optional<AddressSpaces.Line> line = spaces.line(shown.pid(), address - 1);
        if (line.isPresent() && line.get().file().equals(SOURCE.toString())) {
          String name = spaces.symbol(shown.pid(), address - 1).orElseThrow().name();
          functions.add(name);
          List<String> above = source.subList(0, (int) line.get().number());
          String heading =
              above.reversed().stream()
                  .filter(it -> it.matches("[a-z].*\\).*\\{.*"))
                  .findFirst()
                  .orElse("");
          assertThat(heading).contains(name + "(");
        }
      }
      assertThat(functions).startsWith("innermost").contains("compare", "deeper").endsWith("main");
    } finally {
      process.destroy();
    }
  }

  @Test
  void aStackThatWasCutEndsWhereItsCopyEnds() throws Exception {
    Process process = start(compile("-O2"));
    try {
      Shown shown = shown(process);
      ProcessSpaces spaces = new ProcessSpaces();
      long[] whole = spaces.walk(shown.pid(), shown.registers(), shown.stack(), 64);
      byte[] cut = Arrays.copyOf(shown.stack(), 1024);
      long[] part = spaces.walk(shown.pid(), shown.registers(), cut, 64);
      assertThat(part.length).isLessThan(whole.length).isPositive();
      assertThat(part).isEqualTo(Arrays.copyOf(whole, part.length));
      assertThat(spaces.walk(shown.pid(), shown.registers(), shown.stack(), 3))
          .isEqualTo(Arrays.copyOf(whole, 3));
    } finally {
      process.destroy();
    }
  }

  @Test
  void anAddressIsKnownByItsFileAlsoWhenTheProcessHasEnded() throws Exception {
    Path program = compile("-O2");
    Process process = start(program);
    Shown shown = shown(process);
    long address = shown.registers()[Register.RIP.offset() / 8];
    ProcessSpaces spaces = new ProcessSpaces();
    spaces.remember(shown.pid());
    process.destroy();
    process.waitFor();
    AddressSpaces.Module module = spaces.module(shown.pid(), address).orElseThrow();
    assertThat(module.path()).isEqualTo(program.toString());
    assertThat(module.base() + module.offset()).isEqualTo(address);
    assertThat(module.linkAddress()).isEqualTo(module.offset());
    assertThat(spaces.buildId(shown.pid(), address).orElseThrow()).matches("[0-9a-f]{40}");
    assertThat(spaces.module(shown.pid(), 0x10)).isEmpty();
  }
}
