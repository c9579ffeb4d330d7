package pytap.inject;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.linux.Errno;
import pytap.linux.FailingKernel;
import pytap.linux.Kernel;
import pytap.linux.LinuxKernel;
import pytap.source.TracerException;

/// What becomes of a program when the pytap that changes it is killed, refused or not alone.
final class InjectorTest {
  @TempDir static Path directory;
  static Path waits;

  private final Kernel kernel = new LinuxKernel();

  @BeforeAll
  static void compile() {
    Program.run(List.of("chmod", "755", directory.toString()));
    waits = Program.compiled(directory, "waits.c");
  }

  private static Process injector(Program program, String how, String... prefix)
      throws IOException {
    List<String> words = new ArrayList<>(List.of(prefix));
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    words.addAll(List.of("--enable-native-access=ALL-UNNAMED"));
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), "pytap.inject.Injector"));
    words.add(Integer.toString(program.pid()));
    words.addAll(List.of(Long.toString(program.start()), Long.toString(program.end()), how));
    return new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  @Test
  void whereverPytapIsKilledTheProgramIsUnharmedAndTheNextPytapDisarmsIt() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (Program program = Program.start(List.of(waits.toString(), "interrupted"))) {
      byte[] original;
      try (Target target = Target.running(kernel, program.pid())) {
        original = target.read(program.start(), 16);
      }
      for (int i = 0; i < 20; i++) {
        Process injector = injector(program, "for ever");
        assertThat(injector.inputReader().readLine()).isEqualTo("patched");
        LockSupport.parkNanos(random.nextInt(30_000_000));
        injector.destroyForcibly().waitFor();
        program.pass(20);
        try (Target target = Target.running(kernel, program.pid())) {
          TargetTest.region(target, program);
          assertThat(target.read(program.start(), 16)).isEqualTo(original);
        }
        program.pass(20);
      }
      assertThat(program.finish()).isZero();
    }
  }

  @Test
  void theSecondPytapIsRefusedWhileTheFirstIsThere() throws Exception {
    try (Program program = Program.start(List.of(waits.toString(), "quiet"))) {
      Process first = injector(program, "hold");
      assertThat(first.inputReader().readLine()).isEqualTo("patched");
      Process second = injector(program, "once");
      assertThat(second.inputReader().readLine())
          .isEqualTo(
              "put probes into process "
                  + program.pid()
                  + ": process "
                  + first.pid()
                  + " (pytap) is tracing it from inside already (wait for that one to end, or use"
                  + " --engine kernel, which puts nothing into it)");
      first.outputWriter().append("end\n").flush();
      assertThat(first.waitFor()).isZero();
      Process third = injector(program, "once");
      assertThat(third.inputReader().readLine()).isEqualTo("patched");
      assertThat(third.waitFor()).isZero();
      assertThat(program.ask()).endsWith(" 7");
      assertThat(program.finish()).isZero();
    }
  }

  @Test
  void anOrdinaryUserTracesItsOwnProgramsAndNoOthers() throws Exception {
    String[] nobody = {"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"};
    List<String> words = new ArrayList<>(List.of(nobody));
    words.addAll(List.of(waits.toString(), "quiet"));
    try (Program own = Program.start(words);
        Program others = Program.start(List.of(waits.toString(), "quiet"))) {
      Process injector = injector(own, "once", nobody);
      assertThat(injector.inputReader().readLine()).isEqualTo("patched");
      assertThat(injector.waitFor()).isZero();
      assertThat(own.ask()).endsWith(" 7");
      Process refused = injector(others, "once", nobody);
      assertThat(refused.inputReader().readLine())
          .isEqualTo(
              "put probes into process "
                  + others.pid()
                  + ": it belongs to the user with the number 0, pytap runs as 65534 (run pytap as"
                  + " that user, or as root)");
      assertThat(own.finish()).isZero();
      assertThat(others.finish()).isZero();
    }
  }

  @Test
  void aProgramInANamespaceOfItsOwnIsPatched() throws TracerException {
    List<String> words = List.of("unshare", "-pf", "--mount-proc", waits.toString(), "quiet");
    try (Program program = Program.start(words);
        Target target = Target.running(kernel, program.pid())) {
      Region region = TargetTest.region(target, program);
      assertThat(target.samePidNamespace()).isFalse();
      assertThat(target.tidOffset()).isEqualTo(0x2d0);
      target.patch(region, List.of(TargetTest.counting(target, region, program.start())));
      assertThat(program.ask()).endsWith(" 7");
      target.unpatch(region);
      assertThat(program.finish()).isZero();
    }
  }

  @Test
  void whicheverCallIsRefusedTheProgramIsUnharmed() {
    try (Program program = Program.start(List.of(waits.toString()))) {
      int refusals = 0;
      for (int call = 1; ; call++) {
        FailingKernel failing = new FailingKernel(kernel, call, Errno.ENOMEM);
        try (Target target = Target.running(failing, program.pid())) {
          Region region = TargetTest.region(target, program);
          target.patch(region, List.of(TargetTest.counting(target, region, program.start())));
          target.unpatch(region);
        } catch (TracerException refused) {
          refusals++;
        }
        program.pass(5);
        if (!failing.hasFailed()) {
          break;
        }
      }
      assertThat(refusals).isGreaterThan(10);
      assertThat(program.finish()).isZero();
    }
  }
}
