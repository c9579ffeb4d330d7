package pytap.gen.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.ir.Program;
import pytap.place.Capture;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.place.Taken;
import pytap.probe.Argument;
import pytap.probe.Occasion;
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

  private static final List<Consumer<Assembler>> WINDOWS =
      List.of(
          code -> code.bytes(0x0f, 0x1f, 0x44, 0, 0),
          code -> {
            code.binary(Binary.ADC, true, GeneralRegister.RAX, GeneralRegister.RBX);
            code.binary(Binary.XOR, true, GeneralRegister.RCX, GeneralRegister.R12);
          },
          code -> {
            code.push(GeneralRegister.R15);
            code.push(GeneralRegister.R14);
            code.pop(GeneralRegister.RAX);
            code.pop(GeneralRegister.RBP);
          },
          code -> {
            Label behind = code.label("behind");
            code.address(GeneralRegister.R9, behind);
            code.bind(behind);
          },
          code -> {
            Label behind = code.label("behind");
            code.bytes(0x0f, 0x1f, 0);
            code.jumpIf(Condition.OVERFLOW, behind);
            code.bytes(0x0f, 0x1f, 0x44, 0, 0);
            code.bind(behind);
          });

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
    for (Consumer<Assembler> instructions : WINDOWS) {
      try (OwnProcess process = new OwnProcess(plan(captures))) {
        PatchedFunction function = new PatchedFunction(process, instructions);
        for (int round = 0; round < 200; round++) {
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
}
