package pytap.asm.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import pytap.source.FormatException;

/// Our bytes and those of GNU as mean the same to objdump and to our own decoder.
final class AssemblerTest {
  private static final int[] OFFSETS = {0, 127, -128, 0x12345678};
  private static final int[] IMMEDIATES = {0, 1, -1, 127, 128, -128, -129, 0x7fffffff, -0x80000000};

  private final ByteArrayOutputStream ours = new ByteArrayOutputStream();
  private final List<Integer> starts = new ArrayList<>();
  private final StringBuilder theirs = new StringBuilder(".intel_syntax noprefix\n");

  @TempDir private Path directory;

  private void instruction(String text, Consumer<Assembler> instruction) {
    Assembler code = new Assembler();
    instruction.accept(code);
    starts.add(ours.size());
    ours.writeBytes(code.finish());
    theirs.append(text).append('\n');
  }

  private static String name(GeneralRegister register, int bytes) {
    String wide = register.name().toLowerCase(Locale.ROOT);
    if (register.ordinal() >= 8) {
      return wide + (bytes == 8 ? "" : bytes == 4 ? "d" : bytes == 2 ? "w" : "b");
    }
    return switch (bytes) {
      case 8 -> wide;
      case 4 -> "e" + wide.substring(1);
      case 2 -> wide.substring(1);
      default -> register.ordinal() < 4 ? wide.charAt(1) + "l" : wide.substring(1) + "l";
    };
  }

  private static String memory(int bytes, GeneralRegister base, int offset) {
    String width =
        switch (bytes) {
          case 8 -> "qword";
          case 4 -> "dword";
          case 2 -> "word";
          default -> "byte";
        };
    return width + " ptr [" + name(base, 8) + (offset < 0 ? "" : "+") + offset + "]";
  }

  @Test
  void registersAndImmediatesAreWhatTheyAreToOthers() throws Exception {
    for (GeneralRegister a : GeneralRegister.values()) {
      for (GeneralRegister b : GeneralRegister.values()) {
        pair(a, b);
      }
      for (boolean wide : new boolean[] {false, true}) {
        String r = name(a, wide ? 8 : 4);
        for (int value : IMMEDIATES) {
          for (Binary op : Binary.values()) {
            instruction(op + " " + r + "," + value, code -> code.binary(op, wide, a, value));
          }
          instruction("test " + r + "," + value, code -> code.test(wide, a, value));
        }
        for (Shift op : Shift.values()) {
          String mnemonic = List.of("shl", "shr", "sar").get(op.ordinal());
          instruction(mnemonic + " " + r + ",31", code -> code.shift(op, wide, a, 31));
          instruction(mnemonic + " " + r + ",cl", code -> code.shiftByCl(op, wide, a));
        }
        instruction("neg " + r, code -> code.negate(wide, a));
        instruction("div " + r, code -> code.divide(wide, a));
      }
      instruction("push " + name(a, 8), code -> code.push(a));
      instruction("pop " + name(a, 8), code -> code.pop(a));
      instruction("mov " + name(a, 4) + ",0xfffffffe", code -> code.mov(a, 0xfffffffeL));
      instruction("mov " + name(a, 8) + ",-2", code -> code.mov(a, -2));
      instruction(
          "movabs " + name(a, 8) + ",0x123456789abcdef", code -> code.mov(a, 0x123456789abcdefL));
    }
    compare();
  }

  private void pair(GeneralRegister a, GeneralRegister b) {
    for (boolean wide : new boolean[] {false, true}) {
      int bytes = wide ? 8 : 4;
      String both = name(a, bytes) + "," + name(b, bytes);
      for (Binary op : Binary.values()) {
        instruction(op + " " + both, code -> code.binary(op, wide, a, b));
      }
      instruction("mov " + both, code -> code.mov(wide, a, b));
      instruction("test " + both, code -> code.test(wide, a, b));
      instruction("imul " + both, code -> code.multiply(wide, a, b));
      instruction("imul " + both + ",5", code -> code.multiply(wide, a, b, 5));
      instruction("imul " + both + ",-500", code -> code.multiply(wide, a, b, -500));
    }
  }

  @Test
  void memoryOperandsAreWhatTheyAreToOthers() throws Exception {
    for (GeneralRegister base : GeneralRegister.values()) {
      for (int offset : OFFSETS) {
        for (GeneralRegister r : GeneralRegister.values()) {
          moves(r, base, offset);
          atomics(r, base, offset);
        }
        for (int bytes : new int[] {1, 2, 4, 8}) {
          String to = "mov " + memory(bytes, base, offset);
          instruction(to + ",-2", code -> code.storeImmediate(bytes, base, offset, -2));
        }
        instruction(
            "add " + memory(8, base, offset) + ",1",
            code -> code.binaryTo(Binary.ADD, true, base, offset, 1));
        instruction(
            "cmp " + memory(4, base, offset) + ",1000",
            code -> code.binaryTo(Binary.CMP, false, base, offset, 1000));
        instruction("call " + memory(8, base, offset), code -> code.callIndirect(base, offset));
      }
    }
    compare();
  }

  private void moves(GeneralRegister r, GeneralRegister base, int offset) {
    String r4 = name(r, 4);
    instruction(
        "movzx " + r4 + "," + memory(1, base, offset), code -> code.load(1, r, base, offset));
    instruction(
        "movzx " + r4 + "," + memory(2, base, offset), code -> code.load(2, r, base, offset));
    for (int bytes : new int[] {4, 8}) {
      String from = name(r, bytes) + "," + memory(bytes, base, offset);
      instruction("mov " + from, code -> code.load(bytes, r, base, offset));
      instruction("xor " + from, code -> code.binary(Binary.XOR, bytes == 8, r, base, offset));
    }
    for (int bytes : new int[] {1, 2, 4, 8}) {
      instruction(
          "mov " + memory(bytes, base, offset) + "," + name(r, bytes),
          code -> code.store(bytes, base, offset, r));
    }
    instruction(
        "lea " + name(r, 8) + "," + memory(8, base, offset), code -> code.lea(r, base, offset));
  }

  private void atomics(GeneralRegister r, GeneralRegister base, int offset) {
    for (int bytes : new int[] {4, 8}) {
      boolean wide = bytes == 8;
      String to = memory(bytes, base, offset) + "," + name(r, bytes);
      instruction("lock or " + to, code -> code.lockBinaryTo(Binary.OR, wide, base, offset, r));
      instruction("lock xadd " + to, code -> code.lockExchangeAdd(wide, base, offset, r));
      instruction("xchg " + to, code -> code.exchange(wide, base, offset, r));
      instruction("lock cmpxchg " + to, code -> code.lockCompareExchange(wide, base, offset, r));
    }
  }

  @Test
  void theRestIsWhatItIsToOthers() throws Exception {
    instruction("ret", Assembler::ret);
    instruction("endbr64", Assembler::endbr64);
    instruction("syscall", Assembler::syscall);
    instruction("rdtsc", Assembler::rdtsc);
    instruction("ud2", Assembler::trap);
    instruction("rep movsb", Assembler::repMovsb);
    compare();
  }

  /// objdump's text of both, and our decoder's idea of where our instructions begin.
  private void compare() throws Exception {
    Path text = Files.writeString(directory.resolve("theirs.s"), theirs);
    Path object = directory.resolve("theirs.o");
    Process as = new ProcessBuilder("as", "-o", "" + object, "" + text).inheritIO().start();
    assertThat(as.waitFor()).isZero();
    Path binary = Files.write(directory.resolve("ours.bin"), ours.toByteArray());
    List<String> expected = texts(Objdump.run("-M", "intel", object.toString()));
    List<Objdump.Line> actual =
        Objdump.run("-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", binary.toString());
    List<String> texts = texts(actual);
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < Math.min(actual.size(), expected.size()); i++) {
      if (!texts.get(i).equals(expected.get(i))) {
        wrong.add(expected.get(i) + " is " + texts.get(i));
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(actual).hasSameSizeAs(expected);
    List<Integer> decoded = new ArrayList<>();
    Decoder decoder = new Decoder(ByteBuffer.wrap(ours.toByteArray()), 0);
    for (long at = 0; at < ours.size(); at = decoder.at(at).next()) {
      decoded.add((int) at);
    }
    assertThat(decoded).isEqualTo(starts);
  }

  private static List<String> texts(List<Objdump.Line> lines) {
    return lines.stream().map(line -> line.text().replaceAll("\\s+", " ")).toList();
  }

  @ParameterizedTest
  @CsvSource({"127, 2", "128, 5", "-126, 2", "-127, 5"})
  void aJumpIsShortWhereItCanBe(int distance, int length) throws FormatException {
    Assembler code = new Assembler();
    Label target = code.label("target");
    if (distance < 0) {
      code.bind(target);
    } else {
      code.jump(target);
    }
    for (int i = 0; i < Math.abs(distance); i++) {
      code.ret();
    }
    if (distance < 0) {
      code.jump(target);
    } else {
      code.bind(target);
    }
    byte[] bytes = code.finish();
    assertThat(bytes).hasSize(Math.abs(distance) + length);
    long at = distance < 0 ? -distance : 0;
    Instruction jump = new Decoder(ByteBuffer.wrap(bytes), 0).at(at);
    assertThat(jump.branch()).isEqualTo(Branch.JUMP);
    assertThat(jump.target()).isEqualTo(OptionalLong.of(distance < 0 ? 0 : bytes.length));
  }

  @Test
  void everyConditionJumpsNearAndFar() throws FormatException {
    for (Condition condition : Condition.values()) {
      Assembler code = new Assembler();
      Label near = code.label("near");
      Label far = code.label("far");
      code.jumpIf(condition, near);
      code.jumpIf(condition, far);
      code.bind(near);
      for (int i = 0; i < 200; i++) {
        code.ret();
      }
      code.bind(far);
      byte[] bytes = code.finish();
      Decoder decoder = new Decoder(ByteBuffer.wrap(bytes), 0);
      assertThat(bytes).startsWith(0x70 | condition.ordinal(), 6, 0x0f, 0x80 | condition.ordinal());
      assertThat(decoder.at(0).target()).isEqualTo(OptionalLong.of(8));
      assertThat(decoder.at(2).target()).isEqualTo(OptionalLong.of(208));
    }
  }

  @Test
  void callsAndAddressesOfLabelsAreRelative() throws FormatException {
    Assembler code = new Assembler();
    Label function = code.label("function");
    code.call(function);
    code.address(GeneralRegister.R9, function);
    code.bind(function);
    code.ret();
    byte[] finished = code.finish();
    assertThat(code.offset(function)).isEqualTo(12);
    Decoder decoder = new Decoder(ByteBuffer.wrap(finished), 0x1000);
    assertThat(decoder.at(0x1000).target()).isEqualTo(OptionalLong.of(0x100c));
    Instruction lea = decoder.at(0x1005);
    assertThat(lea.register()).isEqualTo(GeneralRegister.R9);
    assertThat(lea.memory().orElseThrow().displacement()).isEqualTo(0x100c);
  }

  @Test
  void aLabelIsBoundOnce() {
    Assembler code = new Assembler();
    Label label = code.label("here");
    code.jump(label);
    assertThatThrownBy(code::finish).hasMessage("label here was never bound");
    code.bind(label);
    assertThatThrownBy(() -> code.bind(label)).hasMessage("label here bound twice");
  }
}
