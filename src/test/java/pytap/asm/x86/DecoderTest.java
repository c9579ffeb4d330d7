package pytap.asm.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.elf.ElfFile;
import pytap.elf.Section;
import pytap.source.FormatException;

final class DecoderTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"/usr/bin/python3.11", "~/.pyenv/versions/3.13.0/lib/libpython3.13.so.1.0"})
  void everyBoundaryAndBranchTargetIsWhereObjdumpSeesIt(String name) throws Exception {
    Path file = Path.of(name.replace("~", System.getProperty("user.home")));
    ElfFile elf = ElfFile.open(file);
    Section text = elf.section(".text").orElseThrow();
    Decoder decoder = new Decoder(elf.bytesAt(text.address(), text.sizeBytes()), text.address());
    List<Objdump.Line> lines = Objdump.text(file);
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i + 1 < lines.size(); i++) {
      Objdump.Line line = lines.get(i);
      Instruction instruction = decoder.at(line.address());
      if (instruction.next() != lines.get(i + 1).address()
          || !instruction.target().equals(line.target())) {
        wrong.add(Long.toHexString(line.address()) + " " + line.text() + ": " + instruction);
      }
    }
    assertThat(lines).hasSizeGreaterThan(100_000);
    assertThat(wrong).isEmpty();
  }

  /// Encodings that those files need not contain.
  @ParameterizedTest
  @CsvSource({
    "c5f877, 3", // vzeroupper
    "c5fe6f0c24, 5", // vmovdqu (%rsp),%ymm1
    "c5f17338fc11, 5", // vpslldq $17: immediate of the shift group
    "c4e27918442410, 7", // vbroadcastss 0x10(%rsp),%xmm0
    "c4e3fd00c04e, 6", // vpermq $0x4e,%ymm0,%ymm0
    "62f1fe486f4c2401, 8", // vmovdqu64 0x40(%rsp),%zmm1
    "62f37d4825c0ff, 7", // vpternlogd $0xff
    "62f57c4858c1, 6", // vaddph, map 5
    "48b8efcdab8967452301, 10", // movabs
    "a1efcdab8967452301, 9", // movabs direct
    "f6c401, 3", // test $1,%ah
    "f6d8, 2", // neg %al
    "f7c000000001, 6", // test $0x1000000,%eax
    "66f7c00100, 5", // test $1,%ax
    "c8100001, 4", // enter
    "c21000, 3", // ret $16
    "660f3a0fc108, 6", // palignr
    "f2480f38f1c1, 6", // crc32
    "64488b042528000000, 9", // mov %fs:0x28,%rax
    "f30f1efa, 4", // endbr64
    "662e0f1f840000000000, 10" // the ten-byte nop
  })
  void rareEncodingsHaveTheirLength(String bytes, int length) throws FormatException {
    assertThat(decode(bytes).length()).isEqualTo(length);
  }

  @Test
  void aRipRelativeOperandIsResolved() throws FormatException {
    Instruction lea = decode("488d0510000000");
    assertThat(lea.memory())
        .contains(new MemoryOperand(Optional.empty(), Optional.empty(), 1, 0x1017, true, false));
    assertThat(Effect.of(lea))
        .isEqualTo(new Effect.Address(GeneralRegister.RAX, lea.memory().orElseThrow()));
  }

  @Test
  void baseIndexAndScaleAreDecodedWithTheirRexBits() throws FormatException {
    Instruction load = decode("4f8b6cb540");
    assertThat(load.memory())
        .contains(
            new MemoryOperand(
                Optional.of(GeneralRegister.R13),
                Optional.of(GeneralRegister.R14),
                4,
                0x40,
                false,
                false));
    assertThat(load.register()).isEqualTo(GeneralRegister.R13);
  }

  @Test
  void aShortBackwardJumpHasItsTarget() throws FormatException {
    Instruction jump = decode("ebfe");
    assertThat(jump.target()).isEqualTo(OptionalLong.of(0x1000));
    assertThat(jump.branch()).isEqualTo(Branch.JUMP);
  }

  @ParameterizedTest
  @ValueSource(strings = {"06", "82c001", "d4", "9a", "c4e0790000", "4066"})
  void whatIsNotAnInstructionIsRefused(String bytes) {
    assertThatThrownBy(() -> decode(bytes)).isInstanceOf(FormatException.class);
  }

  @Test
  void anInstructionCutShortIsRefused() {
    assertThatThrownBy(() -> new Decoder(bytes("488d05100000"), 0x1000).at(0x1000))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("cut short");
  }

  @ParameterizedTest
  @CsvSource({
    "90, true",
    "6690, true",
    "f390, true",
    "4190, false", // xchg %r8,%rax, which the kernel would take for a nop
    "0f1f00, false",
    "55, true",
    "4154, true",
    "4855, false", // a REX prefix that the kernel's push emulation does not know
    "6655, false",
    "5d, false",
    "e800000000, true",
    "e900000000, true",
    "eb00, true",
    "7400, true",
    "0f8400000000, true",
    "e300, false",
    "e200, false",
    "ff25 00000000, false",
    "ffd0, false",
    "c3, false",
    "4889e5, false",
    "f2e900000000, true", // bnd jmp
    "66e900000000, false"
  })
  void emulationIsWhatTheKernelDoes(String bytes, boolean emulated) throws FormatException {
    assertThat(decode(bytes.replace(" ", "")).emulated()).isEqualTo(emulated);
  }

  @ParameterizedTest
  @CsvSource({
    "f0480fb10f, true", // lock cmpxchg
    "662e0f1f840000000000, true",
    "3effe0, true", // notrack jmp
    "ffe0, false",
    "64488b042528000000, false"
  })
  void prefixesThatTheKernelRefusesAreKnown(String bytes, boolean refused) throws FormatException {
    assertThat(decode(bytes).refused()).isEqualTo(refused);
  }

  @ParameterizedTest
  @CsvSource({
    "4889fb, 'RBX'", // mov %rdi,%rbx
    "48891f, ''", // mov %rbx,(%rdi)
    "488b5f18, 'RBX'", // mov 0x18(%rdi),%rbx
    "4839c3, ''", // cmp %rax,%rbx
    "83c001, 'RAX'",
    "837f1001, ''",
    "88e3, 'RBX'", // mov %ah,%bl
    "b701, 'RBX'", // mov $1,%bh
    "40b701, 'RDI'", // mov $1,%dil
    "48f7e1, 'RAX RDX'",
    "4899, 'RDX'",
    "5b, 'RBX RSP'",
    "53, 'RSP'",
    "0f44d8, 'RBX'",
    "0f94c3, 'RBX'",
    "f20f2cd8, 'RBX'",
    "0f28d8, ''",
    "66480f7ec3, 'RBX'",
    "f3aa, 'RAX RCX RSI RDI'",
    "e800000000, 'RAX RCX RDX RSI RDI R8 R9 R10 R11'"
  })
  void writtenRegistersAreAllThatChange(String bytes, String registers) throws FormatException {
    int set = WrittenRegisters.of(decode(bytes));
    List<String> names = new ArrayList<>();
    for (GeneralRegister register : GeneralRegister.values()) {
      if ((set & register.bit()) != 0) {
        names.add(register.name());
      }
    }
    List<String> expected = registers.isEmpty() ? List.of() : List.of(registers.split(" "));
    assertThat(names).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void movesAreToldApartByWhatTheyMove() throws FormatException {
    assertThat(Effect.of(decode("4889fb")))
        .isEqualTo(new Effect.Copy(GeneralRegister.RBX, GeneralRegister.RDI));
    assertThat(Effect.of(decode("89fb"))).isEqualTo(new Effect.Other());
    assertThat(Effect.of(decode("4883ec18"))).isEqualTo(new Effect.Add(GeneralRegister.RSP, -0x18));
    Instruction store = decode("48895c2418");
    assertThat(Effect.of(store))
        .isEqualTo(new Effect.Store(store.memory().orElseThrow(), GeneralRegister.RBX, 8));
    assertThat(store.memory().orElseThrow().is(GeneralRegister.RSP, 0x18)).isTrue();
    Instruction compare = decode("66833f00");
    assertThat(Effect.of(compare))
        .isEqualTo(new Effect.CompareConstant(compare.memory().orElseThrow(), 0, 2));
    assertThat(Effect.of(decode("bb00104000")))
        .isEqualTo(new Effect.SetConstant(GeneralRegister.RBX, 0x401000));
  }

  private static Instruction decode(String bytes) throws FormatException {
    return new Decoder(bytes(bytes), 0x1000).at(0x1000);
  }

  private static ByteBuffer bytes(String bytes) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(bytes));
  }
}
