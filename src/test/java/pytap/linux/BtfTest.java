package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Reg;
import pytap.asm.bpf.Size;
import pytap.source.FormatException;
import pytap.source.TracerException;

final class BtfTest {
  @TempDir Path directory;

  /// Follows the offsets found inside the kernel, and compares with what the kernel says otherwise.
  @Test
  void theRunningKernelsTasksAreLaidOutAsItsTypesSay() throws Exception {
    List<OptionalInt> offsets =
        Btf.offsets(
            List.of(
                new Btf.Member("task_struct", "tgid"),
                new Btf.Member("task_struct", "real_parent"),
                new Btf.Member("task_struct", "mm"),
                new Btf.Member("mm_struct", "arg_start")));
    int tgid = offsets.get(0).orElseThrow();
    int parent = offsets.get(1).orElseThrow();
    int mm = offsets.get(2).orElseThrow();
    int argStart = offsets.get(3).orElseThrow();
    Assembler a = new Assembler("offsets");
    a.mov(Reg.R6, Reg.R1);
    a.call(BpfFunction.GET_CURRENT_TASK);
    a.mov(Reg.R7, Reg.R0);
    read(a, 0, Size.WORD, tgid);
    read(a, 24, Size.DOUBLE, mm);
    a.load(Size.DOUBLE, Reg.R8, Reg.R6, 24);
    read(a, 8, Size.DOUBLE, parent);
    a.load(Size.DOUBLE, Reg.R7, Reg.R6, 8);
    read(a, 16, Size.WORD, tgid);
    a.mov(Reg.R7, Reg.R8);
    read(a, 24, Size.DOUBLE, argStart);
    a.mov(Reg.R0, 0);
    a.exit();
    Kernel kernel = new LinuxKernel();
    try (Arena arena = Arena.ofConfined();
        BpfProgram program = BpfProgram.load(kernel, ProgramType.SYSCALL, a.finish())) {
      MemorySegment words = arena.allocate(32, 8);
      program.run(words);
      assertThat(words.get(Native.INT, 0)).isEqualTo((int) ProcessHandle.current().pid());
      assertThat(words.get(Native.INT, 16))
          .isEqualTo((int) ProcessHandle.current().parent().orElseThrow().pid());
      assertThat(words.get(Native.LONG, 24)).isEqualTo(argStartOfSelf());
    }
  }

  /// Copies a member of what R7 points to into the context at `at`.
  private static void read(Assembler a, int at, Size size, int offset) {
    a.mov(Reg.R1, Reg.R10);
    a.add(Reg.R1, -8);
    a.mov(Reg.R2, size.bytes());
    a.mov(Reg.R3, Reg.R7);
    a.add(Reg.R3, offset);
    a.call(BpfFunction.PROBE_READ_KERNEL);
    a.load(size, Reg.R1, Reg.R10, -8);
    a.store(size, Reg.R6, at, Reg.R1);
  }

  /// The 48th field of /proc/self/stat (Linux 6.6 Documentation/filesystems/proc.rst).
  private static long argStartOfSelf() throws Exception {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseUnsignedLong(fields[48 - 3]);
  }

  /// `struct outer { int a; union { long b; struct { char c; inner_t d; }; }; int e : 3; int f : 5;
  /// }` with `typedef const struct inner { int x; int y; } inner_t`, and no other struct.
  private Path example() throws Exception {
    ByteBuffer types = ByteBuffer.allocate(400).order(ByteOrder.LITTLE_ENDIAN);
    types.putInt(1).putInt(1 << 24).putInt(4).putInt(1 << 24 | 32); // 1: int
    types.putInt(5).putInt(4 << 24 | 2).putInt(8); // 2: struct inner
    types.putInt(11).putInt(1).putInt(0);
    types.putInt(13).putInt(1).putInt(32);
    types.putInt(0).putInt(10 << 24).putInt(2); // 3: const struct inner
    types.putInt(15).putInt(8 << 24).putInt(3); // 4: typedef inner_t
    types.putInt(23).putInt(1 << 31 | 4 << 24 | 4).putInt(24); // 5: struct outer, with bit fields
    types.putInt(29).putInt(1).putInt(0);
    types.putInt(0).putInt(6).putInt(64);
    types.putInt(31).putInt(1).putInt(3 << 24 | 160);
    types.putInt(33).putInt(1).putInt(5 << 24 | 163);
    types.putInt(0).putInt(5 << 24 | 2).putInt(12); // 6: unnamed union
    types.putInt(35).putInt(1).putInt(0);
    types.putInt(0).putInt(7).putInt(0);
    types.putInt(0).putInt(4 << 24 | 2).putInt(12); // 7: unnamed struct
    types.putInt(37).putInt(1).putInt(0);
    types.putInt(39).putInt(4).putInt(32);
    byte[] strings =
        "\0int\0inner\0x\0y\0inner_t\0outer\0a\0e\0f\0b\0c\0d\0"
            .getBytes(StandardCharsets.US_ASCII);
    types.flip();
    ByteBuffer file = ByteBuffer.allocate(24 + types.limit() + strings.length);
    file.order(ByteOrder.LITTLE_ENDIAN).putShort((short) 0xeb9f).put((byte) 1).put((byte) 0);
    file.putInt(24).putInt(0).putInt(types.limit()).putInt(types.limit()).putInt(strings.length);
    file.put(types).put(strings);
    return Files.write(directory.resolve("btf"), file.array());
  }

  private List<OptionalInt> offsetsInExample(String... paths) throws Exception {
    return Btf.offsets(
        example().toString(),
        List.of(paths).stream().map(path -> new Btf.Member("outer", path)).toList());
  }

  @Test
  void membersAreFoundThroughUnnamedStructsAndUnions() throws Exception {
    assertThat(offsetsInExample("a", "b", "c", "d"))
        .containsExactly(
            OptionalInt.of(0), OptionalInt.of(8), OptionalInt.of(8), OptionalInt.of(12));
  }

  @Test
  void pathsLeadThroughTypedefsAndQualifiers() throws Exception {
    assertThat(offsetsInExample("d.x", "d.y", "d.z", "a.x"))
        .containsExactly(
            OptionalInt.of(12), OptionalInt.of(16), OptionalInt.empty(), OptionalInt.empty());
  }

  @Test
  void bitFieldsCountFromTheByteThatHoldsThem() throws Exception {
    assertThat(offsetsInExample("e", "f", "x"))
        .containsExactly(OptionalInt.of(20), OptionalInt.of(20), OptionalInt.empty());
  }

  @Test
  void whatIsNotBtfIsSaid() throws Exception {
    Path path = Files.writeString(directory.resolve("text"), "not type information at all");
    assertThatThrownBy(() -> Btf.offsets(path.toString(), List.of()))
        .isInstanceOf(FormatException.class)
        .hasMessage("kernel type information at 0x0: no BTF header");
  }

  @Test
  void aFileCutShortIsSaid() throws Exception {
    byte[] whole = Files.readAllBytes(example());
    for (int length = 0; length < whole.length; length++) {
      Path path = Files.write(directory.resolve("cut"), Arrays.copyOf(whole, length));
      assertThatThrownBy(
              () -> Btf.offsets(path.toString(), List.of(new Btf.Member("outer", "d.y"))))
          .isInstanceOf(FormatException.class);
    }
  }

  @Test
  void aKernelWithoutTypeInformationIsSaid() {
    assertThatThrownBy(() -> Btf.offsets("/no/such/btf", List.of()))
        .isInstanceOf(TracerException.class)
        .hasMessageStartingWith("read the kernel's type information: /no/such/btf")
        .hasMessageEndingWith("(a kernel with CONFIG_DEBUG_INFO_BTF=y is needed)");
  }
}
