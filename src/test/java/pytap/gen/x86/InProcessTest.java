package pytap.gen.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.gen.KernelImage;
import pytap.ir.Program;
import pytap.place.Capture;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.place.Taken;
import pytap.probe.Argument;
import pytap.probe.Occasion;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.Value;

/// Patched functions in this process do what they did before, and every hit is told.
final class InProcessTest {

  static Plan plan(Capture... captures) {
    Occasion.Marker marker =
        new Occasion.Marker(Optional.empty(), Optional.empty(), Optional.empty(), "m");
    RecordLayout layout = RecordLayout.of(List.of(captures));
    Program program = new Program(List.of(), List.of(), List.of());
    return new Plan(program, List.of(new Plan.Channel(0, marker, layout, List.of())));
  }

  static Capture number(int argument) {
    return new Capture.Number(new Taken.Argument(argument));
  }

  static Argument scalar(Value value) {
    return new Argument.Scalar(value);
  }

  private static long word(byte[] record, int slot) {
    return ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).getLong(8 + 8 * slot);
  }

  private static final List<BiConsumer<Assembler, Label>> WINDOWS =
      List.of(
          (code, _) -> code.bytes(0x0f, 0x1f, 0x44, 0, 0),
          (code, _) -> {
            code.binary(Binary.ADC, true, GeneralRegister.RAX, GeneralRegister.RBX);
            code.binary(Binary.XOR, true, GeneralRegister.RCX, GeneralRegister.R12);
          },
          (code, _) -> {
            code.push(GeneralRegister.R15);
            code.push(GeneralRegister.R14);
            code.pop(GeneralRegister.RAX);
            code.pop(GeneralRegister.RBP);
          },
          (code, _) -> {
            Label behind = code.label("behind");
            code.address(GeneralRegister.R9, behind);
            code.bind(behind);
          },
          (code, _) -> {
            Label behind = code.label("behind");
            code.bytes(0x0f, 0x1f, 0);
            code.jumpIf(Condition.OVERFLOW, behind);
            code.bytes(0x0f, 0x1f, 0x44, 0, 0);
            code.bind(behind);
          },
          (code, function) -> code.call(function),
          (code, function) -> {
            code.address(GeneralRegister.R11, function);
            code.bytes(0x41, 0xff, 0xd3);
          },
          (code, function) -> code.bytes(hex("e205 0f1f440000")),
          (code, function) -> code.bytes(hex("e005 0f1f440000")),
          (code, function) -> code.bytes(hex("b900000000 e305 0f1f440000")),
          (code, function) -> code.bytes(hex("67e305 0f1f440000")),
          (code, function) -> code.bytes(hex("f30f1efa 90")),
          (code, function) -> code.bytes(hex("833de8ffffff05")),
          (code, function) -> code.bytes(hex("f705e8ffffff78563412")),
          (code, function) -> code.bytes(hex("f605e8ffffff11")),
          (code, function) -> code.bytes(hex("66f705e8ffffff7856")),
          (code, function) -> code.bytes(hex("4869 05e8ffffff78563412")),
          (code, function) -> code.bytes(hex("0fba25e8ffffff05")),
          (code, function) -> code.bytes(hex("4c8b3de8ffffff 0fb60ddfffffff")),
          (code, function) -> code.bytes(hex("ff35e8ffffff 5b")),
          (code, function) -> code.bytes(hex("eb05 9090909090")),
          (code, function) -> code.bytes(hex("fd b801000000")));

  private static int[] hex(String text) {
    byte[] bytes = HexFormat.of().parseHex(text.replace(" ", ""));
    int[] values = new int[bytes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes[i] & 0xff;
    }
    return values;
  }

  @Test
  void everyRegisterFlagAndTheRedZoneAreAsWithoutTheProbe() throws Exception {
    long seed = Long.getLong("pytap.seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Capture[] captures = new Capture[Register.values().length];
    Argument[] arguments = new Argument[captures.length];
    for (Register register : Register.values()) {
      captures[register.ordinal()] = number(register.ordinal() + 1);
      arguments[register.ordinal()] = scalar(Value.register(register));
    }
    for (BiConsumer<Assembler, Label> instructions : WINDOWS) {
      try (OwnProcess process = new OwnProcess(plan(captures))) {
        PatchedFunction function = new PatchedFunction(process, instructions);
        for (int round = 0; round < 50; round++) {
          function.randomRegisters(random);
          function.unpatch();
          List<Long> expected = function.run();
          function.patch(arguments);
          assertThat(function.run()).isEqualTo(expected);
          byte[] record = process.drain().getFirst();
          for (GeneralRegister register : GeneralRegister.values()) {
            if (register != GeneralRegister.RSP) {
              int slot = Register.valueOf(register.name()).ordinal();
              assertThat(word(record, slot)).as("%s", register).isEqualTo(function.in(register));
            }
          }
          assertThat(word(record, Register.RIP.ordinal())).isEqualTo(function.window());
          process.enable(false);
          assertThat(function.run()).isEqualTo(expected);
          assertThat(process.drain()).isEmpty();
          process.enable(true);
        }
      }
    }
  }

  @Test
  void unreadableMemoryIsAFaultOfTheRecordAndNotOfTheProcess() throws Exception {
    try (OwnProcess process = new OwnProcess(plan(number(1)))) {
      PatchedFunction function = new PatchedFunction(process, WINDOWS.getFirst());
      function.patch(scalar(Value.word(Value.register(Register.RDI), 0)));
      MemorySegment good = process.arena().allocate(64, 8);
      good.set(ValueLayout.JAVA_LONG, 8, 42);
      long hole = process.region().base() - 4096;
      long[] bad = {
        0,
        16,
        4096,
        hole,
        hole + 4092,
        1L << 47,
        -1,
        -8,
        Long.MIN_VALUE,
        1L << 56,
        0x7fff_ffff_f000L
      };
      for (long address : bad) {
        function.set(GeneralRegister.RDI, address);
        function.run();
        assertThat(process.drain().getFirst()[4]).as("%x", address).isEqualTo((byte) 1);
        function.set(GeneralRegister.RDI, good.address() + 8);
        function.run();
        assertThat(word(process.drain().getFirst(), 0)).isEqualTo(42);
      }
    }
  }

  @Test
  void whatWasReadableIsAskedForAgainWhenTheGenerationGoesOn() throws Exception {
    try (OwnProcess process = new OwnProcess(plan(number(1)))) {
      PatchedFunction function = new PatchedFunction(process, WINDOWS.getFirst());
      function.patch(scalar(Value.word(Value.register(Register.RDI), 0)));
      long page = process.c().map(0, 4096, 3, 0x22, -1);
      function.set(GeneralRegister.RDI, page + 128);
      function.run();
      assertThat(process.drain().getFirst()[4]).isZero();
      process.c().call("munmap", page, 4096);
      process.ring().beat();
      function.run();
      assertThat(process.drain().getFirst()[4]).isEqualTo((byte) 1);
    }
  }

  /// The last bytes of a page before one that cannot be read.
  @Test
  void textIsReadUpToTheEndOfWhatIsReadable() throws Exception {
    Capture text = new Capture.Text(new Taken.Argument(1), 255);
    try (OwnProcess process = new OwnProcess(plan(text))) {
      PatchedFunction function = new PatchedFunction(process, WINDOWS.getFirst());
      function.patch(scalar(Value.register(Register.RDI)));
      long pages = process.c().map(0, 3 * 4096, 3, 0x22, -1);
      process.c().call("mprotect", pages + 8192, 4096, 0);
      MemorySegment readable = MemorySegment.ofAddress(pages).reinterpret(8192);
      readable.fill((byte) 'x');
      for (int length = 0; length < 40; length++) {
        for (int start = 8192 - length - 1; start < 8192; start += Math.max(1, length)) {
          readable.fill((byte) 'x');
          if (start + length < 8192) {
            readable.set(ValueLayout.JAVA_BYTE, start + length, (byte) 0);
          }
          function.set(GeneralRegister.RDI, pages + start);
          function.run();
          byte[] record = process.drain().getFirst();
          boolean ends = start + length < 8192;
          assertThat(record[4]).as("%d %d", start, length).isEqualTo((byte) (ends ? 0 : 1));
          assertThat(record).hasSize(16 + (ends ? length : 0));
        }
        readable.set(ValueLayout.JAVA_BYTE, 4090 + length, (byte) 0);
        function.set(GeneralRegister.RDI, pages + 4090);
        function.run();
        assertThat(process.drain().getFirst()).hasSize(16 + length);
      }
      process.c().call("munmap", pages, 3 * 4096);
    }
  }

  @Test
  void sitesThatShareAWindowAreHitInTheirOrder() throws Exception {
    try (OwnProcess process = new OwnProcess(plan(number(1)))) {
      PatchedFunction function = new PatchedFunction(process, WINDOWS.get(1));
      List<KernelImage.ArmedSite> sites = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        ProbeSite site =
            function.site(new pytap.probe.Condition.Always(), scalar(Value.constant(i)));
        sites.add(new KernelImage.ArmedSite(0, site));
      }
      List<Long> expected = function.run();
      function.patch(sites);
      assertThat(function.run()).isEqualTo(expected);
      List<byte[]> records = process.drain();
      assertThat(records).hasSize(20);
      for (int i = 0; i < 20; i++) {
        assertThat(word(records.get(i), 0)).isEqualTo(i);
      }
    }
  }
}
