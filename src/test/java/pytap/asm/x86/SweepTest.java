package pytap.asm.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.source.FormatException;

final class SweepTest {
  private static final long START = 0x401000;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/usr/bin/python3.11",
        "~/.pyenv/versions/3.8.18/lib/libpython3.8.so.1.0",
        "~/.pyenv/versions/3.13.0/lib/libpython3.13.so.1.0",
        "/lib/x86_64-linux-gnu/libc.so.6"
      })
  void itAgreesWithTheDecoderOnEveryFunctionOfAFile(String name) throws Exception {
    ElfFile file = ElfFile.open(Path.of(name.replace("~", System.getProperty("user.home"))));
    int swept = 0;
    for (FunctionExtent function : file.functions()) {
      ByteBuffer code = file.bytesAt(function.start(), function.end() - function.start());
      Optional<String> odd = oddity(code, function.start());
      if (odd.isPresent()) {
        assertThatThrownBy(() -> Sweep.of(code, function.start()))
            .isInstanceOf(FormatException.class)
            .hasMessage(odd.get());
      } else {
        assertAgrees(code, function.start());
        swept++;
      }
    }
    assertThat(swept).isGreaterThan(3000);
  }

  /// What compilers do not write in those files, among it prefixes before and behind REX.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "c5f877",
        "c4e3fd00c04e",
        "62f1fe486f4c2401",
        "48b8efcdab8967452301",
        "66b8efcd",
        "66f7c00100",
        "f6c401",
        "f6d8",
        "a1efcdab8967452301",
        "64488b042528000000",
        "f3480fbcc0",
        "66660f1f840000000000",
        "f0480fb10f",
        "8b04cd00104000",
        "428b04250010400090",
        "4a8b04e500104000",
        "c20800",
        "c8100000",
        "67e312",
        "e2fe",
        "66e900000000",
        "ff2500100000",
        "ff24c500104000",
        "80b80010000000",
        "c7450000104000",
        "48c7c000104000",
        "0f38f0c8",
        "0f0b",
        "cf"
      })
  void itAgreesWithTheDecoderOnRareEncodings(String hex) throws Exception {
    // Once where the fast way takes it, once near the end, where the decoder does.
    assertAgrees(HexFormat.of().parseHex(hex + "90".repeat(64)));
    assertAgrees(HexFormat.of().parseHex(hex));
  }

  @Test
  void whatTheDecoderRefusesIsRefused() {
    for (String hex : List.of("06", "4806", "4866", "660f04", "66".repeat(15) + "90", "e80000")) {
      byte[] code = HexFormat.of().parseHex(hex);
      assertThatThrownBy(() -> Sweep.of(ByteBuffer.wrap(code), START))
          .as(hex)
          .isInstanceOf(FormatException.class);
      if (!hex.equals("e80000")) {
        byte[] longer = HexFormat.of().parseHex(hex + "90".repeat(64));
        assertThatThrownBy(() -> Sweep.of(ByteBuffer.wrap(longer), START))
            .as(hex)
            .isInstanceOf(FormatException.class);
      }
    }
  }

  @Test
  void jumpsAreFoundByWhereTheyLeadInTheirOwnOrder() throws Exception {
    // 401000 jmp 401005, je 401005, nop, nop, ret
    Sweep sweep = sweep("eb03 7401 90 90 c3");
    assertThat(sweep.isTarget(START + 5)).isTrue();
    assertThat(sweep.isTarget(START + 4)).isFalse();
    assertThat(sweep.jumpsTo(START + 5).stream().map(Instruction::address))
        .containsExactly(START, START + 2);
    assertThat(sweep.endingAt(START + 4).orElseThrow().address()).isEqualTo(START + 2);
    assertThat(sweep.endingAt(START + 3)).isEmpty();
    assertThat(sweep.endingAt(START)).isEmpty();
    assertThat(sweep.at(START + 1)).isEmpty();
    assertThat(sweep.begins(START + 7)).isFalse();
  }

  private static Sweep sweep(String hex) throws FormatException {
    return Sweep.of(ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", ""))), START);
  }

  private static Optional<String> oddity(ByteBuffer code, long start) {
    try {
      instructions(code, start);
      return Optional.empty();
    } catch (FormatException odd) {
      return Optional.ofNullable(odd.getMessage());
    }
  }

  private static List<Instruction> instructions(ByteBuffer code, long start)
      throws FormatException {
    Decoder decoder = new Decoder(code, start);
    List<Instruction> found = new ArrayList<>();
    for (long at = start; at < start + code.limit(); at = found.getLast().next()) {
      found.add(decoder.at(at));
    }
    return found;
  }

  private static void assertAgrees(byte[] code) throws FormatException {
    assertAgrees(ByteBuffer.wrap(code), START);
  }

  private static void assertAgrees(ByteBuffer code, long start) throws FormatException {
    List<Instruction> expected = instructions(code, start);
    Sweep sweep = Sweep.of(code, start);
    List<Long> begins = new ArrayList<>();
    for (long at = start; at < sweep.end(); at = sweep.next(at)) {
      begins.add(at);
    }
    assertThat(begins).isEqualTo(expected.stream().map(Instruction::address).toList());
    for (Branch branch : Branch.values()) {
      assertThat(sweep.all(branch))
          .isEqualTo(expected.stream().filter(it -> it.branch() == branch).toList());
    }
    assertJumps(sweep, expected);
    assertNames(sweep, expected);
    assertThat(sweep.stores(0x40))
        .isEqualTo(
            expected.stream()
                .filter(it -> it.isOneByte(0x89) && !it.has(Instruction.PREFIX_OPERAND_SIZE))
                .filter(it -> it.memory().isPresent() && it.memory().get().displacement() == 0x40)
                .filter(it -> !it.memory().get().absolute())
                .toList());
    assertThat(sweep.reachingFar())
        .isEqualTo(
            expected.stream()
                .filter(it -> it.memory().isPresent())
                .filter(
                    it -> it.memory().get().base().isPresent() && it.memory().get().scale() != 8)
                .filter(it -> it.memory().get().displacement() >= Sweep.FAR)
                .toList());
  }

  private static void assertJumps(Sweep sweep, List<Instruction> expected) {
    List<Instruction> jumps = expected.stream().filter(it -> it.branch().jumps()).toList();
    assertThat(sweep.jumps()).isEqualTo(jumps.size());
    for (int i = 0; i < jumps.size(); i++) {
      assertThat(sweep.jump(i)).isEqualTo(jumps.get(i));
      assertThat(sweep.jumpTarget(i)).isEqualTo(jumps.get(i).target().orElseThrow());
    }
  }

  private static void assertNames(Sweep sweep, List<Instruction> expected) {
    TreeMap<Long, List<String>> names = new TreeMap<>();
    for (int i = 0; i < sweep.names(); i++) {
      names
          .computeIfAbsent(sweep.namedBy(i).address(), _ -> new ArrayList<>())
          .add(sweep.howNamed(i) + " " + sweep.named(i));
    }
    for (Instruction it : expected) {
      List<String> found = names.getOrDefault(it.address(), List.of());
      if (it.branch() == Branch.CALL) {
        assertThat(found).contains(Sweep.CALLED + " " + it.target().orElseThrow());
      }
      if (it.memory().isPresent() && how(it.memory().get()) != 0) {
        assertThat(found).contains(how(it.memory().get()) + " " + it.memory().get().displacement());
      }
      if (it.branch() == Branch.NONE && it.immediate() != (short) it.immediate()) {
        assertThat(found).contains(Sweep.IMMEDIATE + " " + it.immediate());
      }
    }
  }

  private static int how(MemoryOperand memory) {
    return (memory.absolute() ? Sweep.WHOLE : 0)
        | (memory.base().isEmpty() ? Sweep.WITHOUT_BASE : 0)
        | (memory.scale() == 8 ? Sweep.WORDS : 0);
  }
}
