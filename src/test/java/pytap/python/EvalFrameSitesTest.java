package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.elf.ElfFile;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.MarkerSites;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.source.TracerException;

/// The site finder on eval functions made for the purpose.
final class EvalFrameSitesTest {
  private static final Value RBX = Value.register(Register.RBX);

  @TempDir private Path directory;

  @Test
  void bothSitesAreFoundPastAColdRecursionCheck() throws Exception {
    ElfFile file = FakeInterpreter.of(directory, FakeInterpreter.EVAL, "3.8.5");
    ProbeSite entry = only(sites(file, "function__entry"));
    ProbeSite exit = only(sites(file, "function__return"));
    assertThat(entry.address()).isEqualTo(address(file, "entry_site"));
    assertThat(exit.address()).isEqualTo(address(file, "return_site"));
    assertThat(entry.frame()).contains(RBX);
    assertThat(exit.frame()).contains(RBX);
    assertThat(entry.cost()).isEqualTo(ProbeSite.Cost.EMULATED);
    assertThat(exit.cost()).isEqualTo(ProbeSite.Cost.EMULATED);
    assertThat(entry.condition()).isEqualTo(new Condition.Always());
  }

  @Test
  void theArgumentsComeFromTheFramesCode() throws Exception {
    ElfFile file = FakeInterpreter.of(directory, FakeInterpreter.EVAL, "3.8.5");
    Layout layout = Layouts.of(PythonVersion.of(3, 8, 5)).orElseThrow();
    Value code = Value.word(RBX, 32);
    assertThat(only(sites(file, "function__entry")).arguments())
        .containsExactly(
            new Argument.PythonText(Value.word(code, 104), layout.text()),
            new Argument.PythonText(Value.word(code, 112), layout.text()),
            new Argument.Line(code, Optional.of(Value.int32(RBX, 104)), layout.lines()));
  }

  @Test
  void aSpilledFrameIsReadFromItsStackSlot() throws Exception {
    String spilled =
        FakeInterpreter.EVAL
            .replace("mov %rdi,%rbx", "mov %rdi,(%rsp)\n mov %rdi,%r8")
            .replace("mov %rbx,0x18(%rdx)", "mov (%rsp),%rcx\n mov %rcx,0x18(%rdx)\n xor %ecx,%ecx")
            .replace("call *0x28(%rbx)", "mov (%rsp),%rbx\n call *0x28(%rbx)");
    ElfFile file = FakeInterpreter.of(directory, spilled, "3.8.5");
    assertThat(only(sites(file, "function__entry")).frame())
        .contains(Value.word(Value.register(Register.RSP), 0));
  }

  @Test
  void withoutAnEmulatedInstructionAfterTheExitTheJumpsBeforeItServe() throws Exception {
    String bare =
        FakeInterpreter.EVAL
            .replace("call check_result@PLT", "mov $1,%eax")
            .replace(
                "call *0x28(%rbx)",
                """
                call *0x28(%rbx)
                test %eax,%eax
                return_jump: jg .Lexit
                call *0x28(%rbx)
                cmp $3,%eax
                falling_jump: jne .Lbody\
                """);
    ElfFile file = FakeInterpreter.of(directory, bare, "3.8.5");
    MarkerSites exits = sites(file, "function__return");
    assertThat(exits.sites())
        .extracting(ProbeSite::address)
        .containsExactly(address(file, "return_jump"), address(file, "falling_jump"));
    assertThat(exits.sites()).allMatch(site -> site.cost() == ProbeSite.Cost.EMULATED);
    Value zero = new Value.Masked(Value.register(Register.FLAGS), 0x40);
    assertThat(exits.sites().get(1).condition())
        .as("jne that falls through: the zero flag is set")
        .isEqualTo(new Condition.Not(new Condition.Equal(zero, Value.constant(0))));
  }

  @Test
  void withoutAnyEmulatedInstructionTheExactOneIsSingleStepped() throws Exception {
    String tabled =
        FakeInterpreter.EVAL
                .replace("call check_result@PLT", "mov $1,%eax")
                .replace(
                    "call *0x28(%rbx)",
                    """
                    lea .Ltable(%rip),%rcx
                    movslq (%rcx,%rax,4),%rax
                    add %rcx,%rax
                    jmp *%rax
                    """)
                .replace("mov 0x18(%rbx),%rcx", "single_step:\n mov 0x18(%rbx),%rcx")
            + ".section .rodata\n.Ltable:\n .long .Lexit-.Ltable\n .long .Lbody-.Ltable\n";
    ElfFile file = FakeInterpreter.of(directory, tabled, "3.8.5");
    ProbeSite exit = only(sites(file, "function__return"));
    assertThat(exit.address()).isEqualTo(address(file, "single_step"));
    assertThat(exit.cost()).isEqualTo(ProbeSite.Cost.SINGLE_STEPPED);
  }

  @Test
  void aReturnThatKeepsTheFrameLinkedIsRefused() throws Exception {
    String leaky =
        FakeInterpreter.EVAL.replace(
            "call *0x28(%rbx)", "call *0x28(%rbx)\n test %eax,%eax\n je .Lout");
    assertRefused(leaky, "that does not pass `tstate->frame = f->f_back`");
  }

  @Test
  void aJumpBackBeforeTheLinkIsRefused() throws Exception {
    String again =
        FakeInterpreter.EVAL.replace(
            "call *0x28(%rbx)", "call *0x28(%rbx)\n test %eax,%eax\n je .Lchecked");
    assertRefused(again, "jumps back before it");
  }

  @Test
  void anEvalFunctionThatNeverLinksItsFrameIsRefused() throws Exception {
    assertRefused(
        FakeInterpreter.EVAL.replace("mov %rbx,0x18(%rdx)", "mov %rbx,0x20(%rdx)"),
        "the eval function never stores its frame in the thread state");
  }

  @Test
  void anEvalFunctionThatNeverUnlinksItsFrameIsRefused() throws Exception {
    assertRefused(
        FakeInterpreter.EVAL.replace("mov 0x18(%rbx),%rcx", "mov 0x20(%rbx),%rcx"),
        "no `tstate->frame = f->f_back` before a return");
  }

  private void assertRefused(String assembly, String found) throws Exception {
    ElfFile file = FakeInterpreter.of(directory, assembly, "3.8.5");
    PythonBinary binary = PythonBinary.of(file).orElseThrow();
    assertThatThrownBy(() -> binary.sites("function__return"))
        .isInstanceOfSatisfying(
            TracerException.class,
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(TracerException.Kind.UNKNOWN_CPYTHON);
              assertThat(refusal.tried())
                  .isEqualTo("find function__return in CPython 3.8.5 (" + file.name() + ")");
              assertThat(refusal.found()).contains(found);
            });
  }

  private static MarkerSites sites(ElfFile file, String marker) throws TracerException {
    return PythonBinary.of(file).orElseThrow().sites(marker);
  }

  private static ProbeSite only(MarkerSites sites) {
    assertThat(sites.sites()).hasSize(1);
    return sites.sites().getFirst();
  }

  private static long address(ElfFile file, String label) throws Exception {
    return file.symbol(label).orElseThrow().address();
  }
}
