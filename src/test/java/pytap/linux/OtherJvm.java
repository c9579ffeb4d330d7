package pytap.linux;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import pytap.source.TracerException;

/// Runs a class of the tests in a JVM of its own: for what ends a JVM, or needs one that was
/// started in another way.
final class OtherJvm {
  private OtherJvm() {}

  /// Runs `main` to its end.
  ///
  /// @param wrapper a program that runs the JVM, with its arguments; empty for none
  static ExitStatus run(List<String> wrapper, Class<?> main, String... arguments)
      throws TracerException {
    List<String> argv = new ArrayList<>(wrapper);
    argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    argv.add("--enable-native-access=ALL-UNNAMED");
    argv.add("-XX:+UseSerialGC");
    argv.add("-XX:-UsePerfData");
    argv.add("-cp");
    argv.add(System.getProperty("java.class.path"));
    argv.add(main.getName());
    argv.addAll(List.of(arguments));
    try (ChildProcess child = ChildProcess.holdProgram(new LinuxKernel(), argv)) {
      child.release();
      return child.waitFor();
    }
  }
}
