package pytap.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The libraries of a program are those that the dynamic linker itself finds.
final class LibrarySearchTest {
  @TempDir Path directory;

  static List<Path> programs() throws IOException {
    List<Path> programs = new ArrayList<>();
    programs.add(Path.of("/usr/bin/python3"));
    programs.add(Path.of("/bin/bash"));
    Path versions = Path.of(System.getProperty("user.home"), ".pyenv", "versions");
    if (Files.isDirectory(versions)) {
      try (Stream<Path> entries = Files.list(versions)) {
        entries.map(entry -> entry.resolve("bin/python")).sorted().forEach(programs::add);
      }
    }
    return programs;
  }

  /// What ldd(1) says: `name => path (address)`; the linker itself has no arrow.
  private static Set<Path> ldd(Path program, String libraryPath) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("ldd", program.toString());
    builder.environment().put("LD_LIBRARY_PATH", libraryPath);
    Process process = builder.start();
    Set<Path> found = new TreeSet<>();
    try (BufferedReader lines = process.inputReader()) {
      for (String line : lines.lines().toList()) {
        String[] words = line.strip().split(" ", -1);
        if (words.length > 2 && words[1].equals("=>") && words[2].startsWith("/")) {
          found.add(Path.of(words[2]).toRealPath());
        }
      }
    }
    assertThat(process.waitFor()).isZero();
    return found;
  }

  private static Set<Path> ours(Path program, String libraryPath) throws IOException {
    Set<Path> found = new TreeSet<>();
    for (Path file : new LibrarySearch(libraryPath).needed(program)) {
      if (!file.getFileName().toString().startsWith("ld-linux")) {
        found.add(file.toRealPath());
      }
    }
    return found;
  }

  @ParameterizedTest
  @MethodSource("programs")
  void theLibrariesAreThoseThatLddNames(Path program) throws Exception {
    assertThat(ours(program, "")).isNotEmpty().isEqualTo(ldd(program, ""));
  }

  /// Compiles a shared library or program with gcc.
  private Path link(String name, String source, String... options) throws Exception {
    Path code = Files.writeString(directory.resolve(name + ".c"), source);
    Path out = directory.resolve(name);
    Files.createDirectories(out.getParent());
    List<String> command = new ArrayList<>(List.of("gcc", "-o", out.toString(), code.toString()));
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).directory(directory.toFile()).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s\n%s", command, said).isZero();
    return out;
  }

  private Path copyOfLibrary(Path library, String into) throws IOException {
    Path target = directory.resolve(into);
    Files.createDirectories(target);
    return Files.copy(library, target.resolve("libwanted.so"));
  }

  @Test
  void searchPathsAreTriedInTheLinkersOrder() throws Exception {
    Path library = link("libwanted.so", "int wanted(void) { return 1; }", "-shared", "-fPIC");
    String source = "int wanted(void); int main(void) { return wanted(); }";
    Path byRunpath = link("a", source, "libwanted.so", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/run");
    Path byRpath =
        link("b", source, "libwanted.so", "-Wl,--disable-new-dtags,-rpath,${ORIGIN}/run");
    Path found = copyOfLibrary(library, "run");
    Path environment = copyOfLibrary(library, "environment");
    Files.delete(library);
    String libraryPath = "/no/such:" + environment.getParent();
    for (Path program : List.of(byRunpath, byRpath)) {
      assertThat(ours(program, "")).contains(found).isEqualTo(ldd(program, ""));
      assertThat(ours(program, libraryPath)).isEqualTo(ldd(program, libraryPath));
    }
    assertThat(ours(byRunpath, libraryPath)).contains(environment);
    assertThat(ours(byRpath, libraryPath)).contains(found);
  }

  @Test
  void aLibraryThatIsNowhereIsLeftOut() throws Exception {
    Path library = link("libwanted.so", "int wanted(void) { return 1; }", "-shared", "-fPIC");
    Path program =
        link("c", "int wanted(void); int main(void) { return wanted(); }", "libwanted.so");
    Files.delete(library);
    assertThat(ours(program, ""))
        .isNotEmpty()
        .noneMatch(file -> file.toString().contains("wanted"));
  }
}
