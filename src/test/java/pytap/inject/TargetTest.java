package pytap.inject;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import pytap.asm.x86.MachineCode;
import pytap.gen.InProcessImage;
import pytap.gen.RegionLayout;
import pytap.linux.ChildProcess;
import pytap.linux.ExitStatus;
import pytap.linux.Kernel;
import pytap.linux.LinuxKernel;
import pytap.linux.Ptrace;
import pytap.linux.ThreadEvent;
import pytap.source.TracerException;
import pytap.target.Mapping;

/// Regions and patches in real programs that check every answer they get.
final class TargetTest {
  private static final int CONTROL_BYTES = 8192;
  private static final int SHARED_BYTES = 4096;
  private static final long RING_BYTES = 1 << 20;

  @TempDir static Path directory;
  static Path waits;

  private final Kernel kernel = new LinuxKernel();

  @BeforeAll
  static void compile() {
    waits = Program.compiled(directory, "waits.c");
  }

  static Region region(Target target, Program program) throws TracerException {
    return target.region(program.start(), program.end(), CONTROL_BYTES, SHARED_BYTES, RING_BYTES);
  }

  /// Code that counts in the shared memory, does what it displaces (`lea 1(%rdi),%rax; nop`) and
  /// goes back; and the jump to it.
  static InProcessImage.Hook counting(Target target, Region region, long start)
      throws TracerException {
    long address = region.layout().base() + target.codeOffset(region);
    ByteBuffer code = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
    code.put(new byte[] {(byte) 0x9c, (byte) 0xf0, 0x48, (byte) 0xff, 0x05});
    code.putInt((int) (region.layout().shared() - (address + 9))); // pushf; lock inc count(%rip)
    code.put((byte) 0x9d).put(new byte[] {0x48, (byte) 0x8d, 0x47, 1, (byte) 0x90});
    code.put((byte) 0xe9).putInt((int) (start + 5 - (address + 20)));
    target.write(address, code.array());
    ByteBuffer jump = ByteBuffer.allocate(5).order(ByteOrder.LITTLE_ENDIAN);
    jump.put((byte) 0xe9).putInt((int) (address - (start + 5)));
    return new InProcessImage.Hook(
        0,
        start,
        5,
        MachineCode.of(new byte[] {0x48, (byte) 0x8d, 0x47, 1, (byte) 0x90}),
        MachineCode.of(jump.array()));
  }

  private static long counted(Region region) {
    return region.shared().get(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, 0);
  }

  @Test
  void aRegionIsMadeWhereItWasSaidAndIsShared() throws TracerException {
    try (Program program = Program.start(List.of(waits.toString(), "quiet"));
        Target target = Target.running(kernel, program.pid())) {
      List<String> before = program.look();
      Region region = region(target, program);
      RegionLayout layout = region.layout();
      List<String> added = program.look().stream().filter(line -> !before.contains(line)).toList();
      assertThat(added)
          .extracting(line -> line.replaceAll(" +[0-9:]+ [0-9]+ +", " "))
          .containsExactly(
              range(layout.base(), layout.data(), "r-xp 00101000 /memfd:pytap (deleted)"),
              range(layout.data(), layout.control(), "rw-p 00000000 "),
              range(layout.control(), layout.shared(), "rw-p 00000000 "),
              range(
                  layout.shared(),
                  layout.ring() + RING_BYTES,
                  "rw-s 00000000 /memfd:pytap (deleted)"),
              range(
                  layout.ring() + RING_BYTES,
                  layout.ring() + 2 * RING_BYTES,
                  "rw-s 00001000 /memfd:pytap (deleted)"));
      assertThat(program.look()).containsAll(before);
      target.write(layout.ring() + 5, new byte[] {42});
      var bytes = java.lang.foreign.ValueLayout.JAVA_BYTE;
      assertThat(region.ring().get(bytes, 5)).isEqualTo((byte) 42);
      assertThat(region.ring().get(bytes, RING_BYTES + 5)).isEqualTo((byte) 42);
      assertThat(target.read(layout.ring() + RING_BYTES + 5, 1)).containsExactly(42);
      assertThat(target.tidOffset()).isEqualTo(0x2d0);
      assertThat(target.vdsoFunction("__vdso_clock_gettime")).isNotZero();
      assertThat(target.samePidNamespace()).isTrue();
      assertThat(program.finish()).isZero();
    }
  }

  private static String range(long start, long end, String rest) {
    return "%08x-%08x %s".formatted(start, end, rest);
  }

  @Test
  void fiftyAttachesLeaveTheMappingsOfOne() throws TracerException {
    try (Program program = Program.start(List.of(waits.toString(), "quiet"))) {
      List<String> first = List.of();
      for (int i = 0; i < 50; i++) {
        try (Target target = Target.running(kernel, program.pid())) {
          Region region = region(target, program);
          target.patch(region, List.of(counting(target, region, program.start())));
          assertThat(program.ask()).endsWith(" 7");
          assertThat(counted(region)).isEqualTo(1);
          target.unpatch(region);
          assertThat(program.ask()).endsWith(" 7");
          assertThat(counted(region)).isEqualTo(1);
        }
        List<String> now =
            program.look().stream().map(line -> line.replaceAll(" [0-9]+ +", " ")).toList();
        first = first.isEmpty() ? now : first;
        assertThat(now).isEqualTo(first);
      }
      assertThat(program.finish()).isZero();
    }
  }

  @Test
  void noWaitIsDisturbedByAHundredRoundsOfPatching() throws TracerException {
    try (Program program = Program.start(List.of(waits.toString()))) {
      for (int i = 0; i < 100; i++) {
        try (Target target = Target.running(kernel, program.pid())) {
          Region region = region(target, program);
          target.patch(region, List.of(counting(target, region, program.start())));
          program.pass(20);
          assertThat(counted(region)).isPositive();
          target.unpatch(region);
        }
      }
      program.pass(100);
      assertThat(program.finish()).isZero();
    }
  }

  @Test
  void aProgramHeldAtExecGetsARegionAndRunsAsIfItHadNot() throws TracerException {
    Ptrace ptrace = new Ptrace(kernel);
    try (ChildProcess child = ChildProcess.holdProgram(kernel, List.of("sh", "-c", "exit 23"))) {
      int options = Ptrace.TRACE_EXEC | Ptrace.TRACE_SYSTEM_CALLS;
      assertThat(ptrace.seize(child.pid(), options)).isZero();
      child.release();
      ThreadEvent event = ptrace.await(child.pid()).orElseThrow();
      while (event.event() == 0) {
        ptrace.resume(child.pid(), Ptrace.Until.SIGNAL, event.pendingSignal());
        event = ptrace.await(child.pid()).orElseThrow();
      }
      assertThat(event.event()).isEqualTo(4); // PTRACE_EVENT_EXEC
      try (Target target = Target.stopped(kernel, new StoppedThread(child.pid(), true))) {
        Mapping code =
            target.mappings().stream().filter(Mapping::isExecutable).findFirst().orElseThrow();
        Region region =
            target.region(code.start(), code.end(), CONTROL_BYTES, SHARED_BYTES, RING_BYTES);
        assertThat(target.mappings())
            .filteredOn(it -> it.path().startsWith(Target.REGION_PATH))
            .extracting(Mapping::start)
            .contains(region.layout().base(), region.layout().shared());
      }
      assertThat(ptrace.resume(child.pid(), Ptrace.Until.NEVER, 0)).isZero();
      assertThat(child.waitFor()).isEqualTo(new ExitStatus.Exited(23));
    }
  }

  private static final String PYTHON =
      """
      import os, sys, threading, time, select
      def work():
          while True:
              r, w = os.pipe()
              assert select.select([r], [], [], 0.003) == ([], [], [])
              assert sum(range(1000)) == 499500
              os.close(r); os.close(w)
      for i in range(4):
          t = threading.Thread(target=work); t.daemon = True; t.start()
      maps = [l.split() for l in open("/proc/self/maps") if "r-xp" in l and "python" in l]
      print("%s %d" % (maps[0][0].replace("-", " "), os.getpid())); sys.stdout.flush()
      for line in iter(sys.stdin.readline, ""):
          print("7"); sys.stdout.flush()
      os._exit(0)
      """;

  static List<Path> pythons() throws IOException {
    List<Path> found = new ArrayList<>(List.of(Path.of("/usr/bin/python3")));
    Path pyenv = Path.of(System.getProperty("user.home"), ".pyenv", "versions");
    if (Files.isDirectory(pyenv)) {
      try (var versions = Files.list(pyenv)) {
        versions
            .map(it -> it.resolve("bin/python"))
            .filter(Files::isExecutable)
            .sorted()
            .forEach(found::add);
      }
    }
    return found;
  }

  @ParameterizedTest
  @MethodSource("pythons")
  void aPythonGetsARegionAgainAndAgain(Path python) throws TracerException {
    try (Program program = Program.start(List.of(python.toString(), "-c", PYTHON))) {
      for (int i = 0; i < 10; i++) {
        try (Target target = Target.running(kernel, program.pid())) {
          Region region = region(target, program);
          assertThat(target.tidOffset()).isEqualTo(0x2d0);
          assertThat(Math.abs(region.layout().base() - program.start())).isLessThan(1L << 31);
        }
        assertThat(program.ask()).isEqualTo("7");
      }
      assertThat(program.look()).filteredOn(line -> line.contains("memfd:pytap")).hasSize(3);
      assertThat(program.finish()).isZero();
    }
  }
}
