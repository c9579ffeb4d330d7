package pytap.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.Reg;
import pytap.asm.bpf.Size;
import pytap.linux.BpfProgram;
import pytap.linux.LinuxKernel;
import pytap.linux.ProgramType;
import pytap.source.TracerException;

final class RefusedTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Console console = new Console(new PrintStream(out), new PrintStream(err), 0);

  @Test
  void aProgramThatTheVerifierRefusesIsABugOfPytapAndItsLogIsInAFile() throws IOException {
    Assembler wild = new Assembler("wild_load");
    wild.mov(Reg.R1, 0);
    wild.load(Size.DOUBLE, Reg.R0, Reg.R1, 0);
    wild.exit();
    TracerException refusal =
        catchThrowableOfType(
            TracerException.class,
            () ->
                BpfProgram.load(new LinuxKernel(), ProgramType.UPROBE_PERF, wild.finish()).close());

    assertThat(Refused.complain(refusal, console)).isEqualTo(70);
    Matcher said =
        Pattern.compile(
                """
                pytap: cannot load the BPF program wild_load: the kernel's verifier refused it \
                with EACCES \\(permission denied\\)
                Tip: this is a bug in pytap; please report it with the verifier's log
                The verifier's log is in (/\\S+\\.log)
                """)
            .matcher(err.toString(StandardCharsets.UTF_8));
    assertThat(said.matches()).as(err.toString(StandardCharsets.UTF_8)).isTrue();
    Path log = Path.of(said.group(1));
    assertThat(Files.readString(log)).contains("R1 invalid mem access 'scalar'");
    Files.delete(log);
    assertThat(out.size()).isZero();
  }

  @Test
  void aKernelWithoutBpfIsSaidToBeOne() {
    TracerException refusal =
        new TracerException(
            TracerException.Kind.NO_BPF,
            "trace with eBPF",
            "this kernel has no bpf system call",
            "a kernel with CONFIG_BPF_SYSCALL=y is needed");

    assertThat(Refused.complain(refusal, console)).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            """
            pytap: cannot trace with eBPF: this kernel has no bpf system call
            Tip: a kernel with CONFIG_BPF_SYSCALL=y is needed
            """);
  }
}
