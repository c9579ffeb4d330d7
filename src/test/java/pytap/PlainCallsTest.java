package pytap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.constantpool.InvokeDynamicEntry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The build step `src/build/PlainCalls.java`.
@NullMarked
final class PlainCallsTest {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  @Test
  void aClassOfPytapLinksNothingButLambdasAtItsFirstUse() {
    Set<String> others = new TreeSet<>();
    for (CompiledClass compiled : CompiledClass.all()) {
      StreamSupport.stream(compiled.model().constantPool().spliterator(), false)
          .filter(InvokeDynamicEntry.class::isInstance)
          .map(entry -> ((InvokeDynamicEntry) entry).bootstrap().bootstrapMethod())
          .map(method -> method.asSymbol().owner().displayName())
          .filter(bootstrap -> !bootstrap.equals("LambdaMetafactory"))
          .forEach(bootstrap -> others.add(compiled.name() + " by " + bootstrap));
    }
    assertThat(others).isEmpty();
  }

  @Test
  void rewrittenSwitchesAndRecordsAnswerAsTheCompilersOwn(@TempDir Path rewritten)
      throws IOException, InterruptedException {
    Path compiled = Path.of("target", "test-classes");
    List<Path> classes;
    try (Stream<Path> files = Files.list(compiled.resolve("pytap"))) {
      classes =
          files
              .filter(file -> file.getFileName().toString().startsWith("PlainCallsSample"))
              .toList();
    }
    Files.createDirectory(rewritten.resolve("pytap"));
    for (Path file : classes) {
      Files.copy(file, rewritten.resolve("pytap").resolve(file.getFileName()));
    }

    assertThat(run("src/build/PlainCalls.java", rewritten.toString())).isEmpty();

    Path sample = Path.of("pytap", "PlainCallsSample.class");
    assertThat(Files.readAllBytes(rewritten.resolve(sample)))
        .isNotEqualTo(Files.readAllBytes(compiled.resolve(sample)));
    assertThat(run("-cp", rewritten.toString(), "pytap.PlainCallsSample"))
        .isEqualTo(run("-cp", compiled.toString(), "pytap.PlainCallsSample"))
        .contains("Every[flag=true, small=-1, letter=x, number=7, big=9,")
        .hasLineCount(PlainCallsSample.LINES);
  }

  /// What a `java` with these arguments prints.
  private static String run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new java.util.ArrayList<>(List.of(JAVA, "-XX:+UseSerialGC"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }
}
