package pytap.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/// A user without any privilege, with a copy of pytap: the checkout may be where only root can
/// look.
///
/// @param home where the copy is
record OrdinaryUser(Workbench bench, Path home) implements AutoCloseable {

  static OrdinaryUser with(Workbench bench) {
    try {
      Path home =
          Files.createTempDirectory(
              "pytap-copy",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
      bench
          .bash(
              "mkdir %1$s/target && cp -r $PYTAP examples %1$s && cp target/pytap.jar %1$s/target"
                  .formatted(home))
          .succeeded();
      return new OrdinaryUser(bench, home);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The words that run a program as this user.
  List<String> run(List<String> program) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "env",
                "HOME=/nonexistent",
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups"));
    words.addAll(program);
    return words;
  }

  /// The words that run pytap as this user.
  List<String> pytap(String... arguments) {
    List<String> program = new ArrayList<>(List.of(home.resolve("pytap").toString()));
    program.addAll(List.of(arguments));
    return run(program);
  }

  @Override
  public void close() {
    bench.bash("rm -r " + home).succeeded();
  }
}
