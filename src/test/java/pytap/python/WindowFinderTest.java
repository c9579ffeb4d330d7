package pytap.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.elf.ElfFile;
import pytap.probe.Condition;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.Value;

/// Windows in functions made for the purpose.
final class WindowFinderTest {
  private static final String FREE =
      """
      window:
        mov %rdi,%rbx
      inside:
        mov %rsi,%rcx
      behind:
        xor %eax,%eax
      """;

  @TempDir private Path directory;

  @Test
  void wholeInstructionsThatMakeRoomForAJumpAreAWindow() throws Exception {
    assertThat(windowOf(FREE)).contains(6);
  }

  @Test
  void aJumpOfTheFunctionToItsMiddleForbidsIt() throws Exception {
    assertThat(windowOf(FREE + "test %edi,%edi\n jne inside")).isEmpty();
    assertThat(windowOf(FREE + "test %edi,%edi\n jne window")).contains(6);
    assertThat(windowOf(FREE + "test %edi,%edi\n jne behind")).contains(6);
  }

  @Test
  void aJumpOfAnotherFunctionForbidsIt() throws Exception {
    assertThat(windowOf(FREE, other("jmp inside"))).isEmpty();
    assertThat(windowOf(FREE, other("jne inside"))).isEmpty();
    assertThat(windowOf(FREE, other("lea inside(%rip),%rax"))).isEmpty();
    assertThat(windowOf(FREE, other("jmp behind"))).contains(6);
  }

  @Test
  void aPointerInTheDataForbidsIt() throws Exception {
    assertThat(windowOf(FREE, ".section .data.rel.ro,\"aw\"\n.balign 8\n.quad inside")).isEmpty();
    assertThat(windowOf(FREE, ".section .data.rel.ro,\"aw\"\n.balign 8\n.quad window")).contains(6);
  }

  @Test
  void aSwitchThatLeadsToItsMiddleForbidsIt() throws Exception {
    assertThat(windowOf(FREE + switchTo("behind"), table("window", "inside", "behind"))).isEmpty();
    assertThat(windowOf(FREE + switchTo("behind"), table("window", "behind"))).contains(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mov %rdi,%rax\n jmp *%rax",
        "mov (%rdi),%rax\n add %rsi,%rax\n jmp *%rax",
        "lea window(%rip),%rdx\n movslq (%rdx,%rdi,4),%rax\n add %rcx,%rax\n jmp *%rax",
        "mov (%rdi),%rax\n test %eax,%eax\n je .Lx\n lea 1(%rdi),%rax\n.Lx: jmp *%rax"
      })
  void anIndirectJumpThatCannotBeAccountedForIsRefused(String jump) {
    assertThatThrownBy(() -> windowOf(FREE + jump))
        .isInstanceOf(NotEstablished.class)
        .hasMessageMatching(
            "an indirect jump at 0x[0-9a-f]+ of the function whose targets are not known");
  }

  @Test
  void aDispatchThatSeveralHandlersShareIsUnderstood() throws Exception {
    String shared =
        """
        mov (%rdi),%rax
        test %esi,%esi
        je .Ldispatch
        mov 8(%rdi),%rax
        .Ldispatch:
        mov %rbx,%rbp
        jmp *%rax
        """;
    assertThat(windowOf(FREE + shared)).contains(6);
  }

  @Test
  void aCallIsDisplacedOnlyAtTheEndAndOnlyToAFixedAddress() throws Exception {
    assertThat(windowOf("window: nop\n call other@PLT", other("nop"))).contains(6);
    assertThat(windowOf("window: call *8(%rdi)\n mov %rax,%rbx")).isEmpty();
  }

  @Test
  void behindAJumpOnlyFillerIsDisplaced() throws Exception {
    assertThat(windowOf("window: jmp .Lend\n nopl 0(%rax)\n.Lend: xor %eax,%eax")).contains(5);
    assertThat(windowOf("window: jmp .Lend\n mov %rdi,(%rsi)\n.Lend: xor %eax,%eax")).isEmpty();
    assertThat(windowOf("window: ret\n nopl 8(%rax)")).isEmpty();
  }

  @Test
  void conditionalJumpsAreDisplacedButLoopsAreNot() throws Exception {
    assertThat(windowOf("window: je .Lx\n mov %rdi,%rsi\n.Lx: xor %eax,%eax")).contains(5);
    assertThat(windowOf("window: jrcxz .Lx\n mov %rdi,%rsi\n.Lx: xor %eax,%eax")).isEmpty();
  }

  @Test
  void theMarkOfAnIndirectJumpsTargetStays() throws Exception {
    assertThat(windowOf("window: endbr64\n mov %rdi,%rsi")).isEmpty();
  }

  @Test
  void theFirstInstructionOfAFunctionIsOthers() throws Exception {
    ElfFile file = build(FREE, "");
    assertThat(finder(file).window(file.symbol("subject").orElseThrow().address())).isEmpty();
  }

  @Test
  void aStaticProbeIsOthers() throws Exception {
    String note =
        """
        .section .note.stapsdt,"","note"
        .balign 4
        .4byte 992f-991f,994f-993f,3
        991: .asciz "stapsdt"
        992: .balign 4
        993: .8byte inside
        .8byte _.stapsdt.base
        .8byte 0
        .asciz "some"
        .asciz "probe"
        .asciz ""
        994: .balign 4
        .section .stapsdt.base,"aG",@progbits,.stapsdt.base,comdat
        .weak _.stapsdt.base
        .hidden _.stapsdt.base
        _.stapsdt.base: .space 1
        """;
    assertThat(windowOf(FREE, note)).isEmpty();
    assertThat(windowOf(FREE, note.replace("inside", "behind"))).contains(6);
  }

  @Test
  void thePlaceClearOfTheKernelEnginesBreakpointsIsChosen() throws Exception {
    String code =
        """
        window:
          mov %rdi,%rbx
          mov %rsi,%rcx
        second:
          mov 0x100(%rdi),%rax
        """;
    ElfFile file = build(code, "");
    long window = address(file, "window");
    long second = address(file, "second");
    List<WindowFinder.Choice> choices = List.of(choice(window), choice(second));
    ProbeSite alone = finder(file, Set.of(second)).site("both", choices);
    assertThat(alone.window()).contains(new PatchWindow(window, 6));
    assertThat(alone.address()).isEqualTo(window);
    ProbeSite single = finder(file, Set.of()).site("both", choices);
    assertThat(single.window()).contains(new PatchWindow(second, 7));
  }

  @Test
  void whereNoPlaceHasRoomTheEventIsNamed() throws Exception {
    ElfFile file = build(FREE + "test %edi,%edi\n jne inside", "");
    WindowFinder finder = finder(file);
    List<WindowFinder.Choice> choices = List.of(choice(address(file, "window")));
    assertThatThrownBy(() -> finder.site("RESUME", choices))
        .isInstanceOf(NotEstablished.class)
        .hasMessage("no place for a jump of 5 bytes at RESUME, in 1 instructions looked at");
  }

  private static WindowFinder.Choice choice(long address) {
    return new WindowFinder.Choice(
        address, new Condition.Always(), Value.register(Register.RBX), List.of());
  }

  private static String switchTo(String otherwise) {
    return """
    cmp $2,%rdi
    ja OTHERWISE
    lea table(%rip),%rdx
    movslq (%rdx,%rdi,4),%rax
    add %rdx,%rax
    jmp *%rax
    """
        .replace("OTHERWISE", otherwise);
  }

  private static String table(String... targets) {
    StringBuilder table = new StringBuilder(".section .rodata\n.balign 4\ntable:\n");
    for (String target : targets) {
      table.append(".long ").append(target).append("-table\n");
    }
    return table.append(".long 0x7fffffff\n").toString();
  }

  /// A function of that name, far enough away for its jumps to take 32-bit distances.
  private static String other(String code) {
    return """
    .text
    .space 300, 0xcc
    .globl other
    .type other,@function
    other:
      .cfi_startproc
      CODE
      ret
      .cfi_endproc
    .size other,.-other
    """
        .replace("CODE", code);
  }

  private Optional<Integer> windowOf(String code) throws Exception {
    return windowOf(code, "");
  }

  /// The size of the window at the label `window`.
  private Optional<Integer> windowOf(String code, String more) throws Exception {
    ElfFile file = build(code, more);
    return finder(file).window(address(file, "window")).map(PatchWindow::sizeBytes);
  }

  private static WindowFinder finder(ElfFile file) throws Exception {
    return finder(file, Set.of());
  }

  private static WindowFinder finder(ElfFile file, Set<Long> breakpoints) throws Exception {
    FunctionCode code = FunctionCode.of(file, address(file, "subject"));
    return new WindowFinder(file, code.parts(), breakpoints);
  }

  private static long address(ElfFile file, String label) throws Exception {
    return file.symbol(label).orElseThrow().address();
  }

  private ElfFile build(String code, String more) throws Exception {
    String assembly =
        """
        .text
        .globl subject
        .type subject,@function
        subject:
          .cfi_startproc
          push %rbx
        CODE
          pop %rbx
          ret
          .cfi_endproc
        .size subject,.-subject
        """
            .replace("CODE", code);
    return ElfFile.open(
        Interpreters.library(directory, assembly + more, "int other(void); int unused;"));
  }
}
