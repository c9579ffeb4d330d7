package pytap.gen.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.x86.Decoder;
import pytap.asm.x86.Instruction;
import pytap.compile.Compiler;
import pytap.gen.Counters;
import pytap.gen.KernelImage;
import pytap.gen.Scratch;
import pytap.gen.bpf.KernelGenerator;
import pytap.gen.bpf.KernelOffsets;
import pytap.place.Plan;
import pytap.probe.ProbeSite;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.resolve.Surroundings;
import pytap.source.SourceText;
import pytap.source.TracerException;
import pytap.stap.StapCompiler;

/// What the kernel engine's generator makes for real interpreters passes our verifier and can be
/// translated.
final class SiteProgramsTest {
  /// `struct pt_regs` (Linux 6.6 arch/x86/include/asm/ptrace.h).
  private static final int REGISTERS_BYTES = 168;

  private static final KernelOffsets OFFSETS = new KernelOffsets(0, 4, 8, 16, 0, 4, 24);

  private static final String SCRIPT =
      """
      probe process("PYTHON").mark("function__entry") {
        printf("%s %d %d %d %d %d %d %d %s %s %d\\n", execname(), pid(), tid(), ppid(), uid(),
          euid(), cpu(), gettimeofday_ns(), user_string($arg1), user_string($arg2), $arg3)
      }
      probe process("PYTHON").mark("function__return") {
        printf("%s %s:%d %d\\n", user_string($arg2), user_string($arg1), $arg3, $arg3 * 2 + 1)
      }
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/usr/bin/python3.11",
        "~/.pyenv/versions/2.7.18/bin/python2.7",
        "~/.pyenv/versions/3.6.15/bin/python3.6",
        "~/.pyenv/versions/3.7.16/bin/python3.7",
        "~/.pyenv/versions/3.8.18/bin/python3.8",
        "~/.pyenv/versions/3.9.18/bin/python3.9",
        "~/.pyenv/versions/3.10.13/bin/python3.10",
        "~/.pyenv/versions/3.11.7/bin/python3.11",
        "~/.pyenv/versions/3.12.1/bin/python3.12",
        "~/.pyenv/versions/3.13.0/bin/python3.13"
      })
  void theProgramsOfAnInterpreterPassAndTranslate(String name) throws Exception {
    String python = name.replace("~", System.getProperty("user.home"));
    Plan plan = plan(python);
    for (boolean filtered : new boolean[] {false, true}) {
      KernelGenerator generator = new KernelGenerator(plan, OFFSETS, 2, filtered);
      KernelImage image = generator.generate(sites(plan));
      Contract contract = contract(generator.scratch(), plan.channels().size());
      long start = System.nanoTime();
      Verified verified = Verifier.verify(image.program(), contract);
      byte[] code = Translator.translate(verified, linkage());
      System.out.printf(
          "%s: %d sites, %d slots, %d bytes of code, %d us%n",
          name,
          image.sites().size(),
          image.program().slots(),
          code.length,
          (System.nanoTime() - start) / 1000);
      assertThat(image.sites()).hasSizeGreaterThan(1);
      assertThat(code).startsWith(0xf3, 0x0f, 0x1e, 0xfa);
      assertPositionIndependent(code);
    }
  }

  /// Every instruction decodes, every jump stays inside, nothing is at an absolute address.
  private static void assertPositionIndependent(byte[] code) throws Exception {
    Decoder decoder = new Decoder(ByteBuffer.wrap(code), 0);
    for (long at = 0; at < code.length; ) {
      Instruction instruction = decoder.at(at);
      long place = at;
      instruction
          .target()
          .ifPresent(to -> assertThat(to).as("from %s", place).isBetween(0L, code.length - 1L));
      instruction
          .memory()
          .filter(operand -> operand.absolute())
          .ifPresent(operand -> assertThat(operand.displacement()).isBetween(0L, code.length - 1L));
      at = instruction.next();
    }
  }

  private static Plan plan(String python) {
    SourceText script = new SourceText("script", SCRIPT.replace("PYTHON", python));
    Compiler.Result result = Compiler.compile(new StapCompiler.Input(script, List.of(), List.of()));
    assertThat(result.diagnostics()).isEmpty();
    return result.output().orElseThrow().plan();
  }

  private static List<KernelImage.ArmedSite> sites(Plan plan) throws TracerException {
    MarkerResolver resolver = new MarkerResolver(new Surroundings("/usr/bin", "", Path.of(".")));
    List<KernelImage.ArmedSite> sites = new ArrayList<>();
    for (Plan.Channel channel : plan.channels()) {
      for (ResolvedMarker marker : resolver.named(channel)) {
        for (ProbeSite site : marker.sites().sites()) {
          sites.add(new KernelImage.ArmedSite(channel.id(), site));
        }
      }
    }
    return sites;
  }

  /// In the order of [pytap.gen.KernelMap].
  private static Contract contract(Scratch scratch, int channels) {
    return new Contract(
        REGISTERS_BYTES,
        false,
        List.of(
            new Contract.MapShape.Ring(),
            new Contract.MapShape.Hash(4, 1),
            new Contract.MapShape.Array(scratch.valueBytes(), 1),
            new Contract.MapShape.Array(Counters.valueBytes(channels), 1)));
  }

  private static Linkage linkage() {
    Map<BpfFunction, Linkage.Target> functions = new HashMap<>();
    for (BpfFunction function : BpfFunction.values()) {
      functions.put(function, new Linkage.Target.Through(256 + 8 * function.ordinal()));
    }
    return new Linkage(64, functions);
  }
}
