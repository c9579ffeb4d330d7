package pytap.python;

import java.io.IOException;
import java.nio.file.Path;
import pytap.elf.ElfFile;
import pytap.source.FormatException;

/// Libraries that look like an interpreter of some version, with an eval function of our own: for
/// builds that no machine has at hand.
final class FakeInterpreter {

  /// An eval function as compilers write it, with the part for a failed recursion check moved away.
  /// The frame comes in `%rdi`, as up to 3.8.
  static final String EVAL =
      """
      .text
      .globl _PyEval_EvalFrameDefault
      .type _PyEval_EvalFrameDefault,@function
      _PyEval_EvalFrameDefault:
        .cfi_startproc
        push %rbx
        sub $16,%rsp
        mov %rdi,%rbx
        mov thread@GOTPCREL(%rip),%rax
        mov (%rax),%rdx
        mov %rdx,8(%rsp)
        addl $1,0x20(%rdx)
        cmpl $1000,0x20(%rdx)
        jg .Lcold
      .Lchecked:
        mov %rbx,0x18(%rdx)
        mov 0x30(%rdx),%eax
        test %eax,%eax
      entry_site:
        jne .Lbody
        nop
      .Lbody:
        call *0x28(%rbx)
      .Lexit:
        mov 8(%rsp),%rdx
        mov 0x18(%rbx),%rcx
        mov %rcx,0x18(%rdx)
      return_site:
        call check_result@PLT
      .Lout:
        add $16,%rsp
        pop %rbx
      the_return:
        ret
        .cfi_endproc
      .size _PyEval_EvalFrameDefault,.-_PyEval_EvalFrameDefault

      .section .text.unlikely,"ax",@progbits
        .cfi_startproc
      .Lcold:
        call check_recursion@PLT
        test %eax,%eax
        mov 8(%rsp),%rdx
        je .Lchecked
        xor %eax,%eax
        jmp .Lout
        .cfi_endproc
      """;

  private static final String PARTS =
      """
      #include <stdio.h>
      void *thread;
      long check_result(void) { return 1; }
      int check_recursion(void) { return 0; }
      """;

  private FakeInterpreter() {}

  /// A library with the eval function `assembly` whose `Py_GetVersion` begins with `version`.
  static ElfFile of(Path directory, String assembly, String version)
      throws IOException, InterruptedException, FormatException {
    return with(
        directory,
        assembly,
        """
        const char *Py_GetVersion(void) {
          static char text[250];
          snprintf(text, sizeof text, "%%.80s (%%.80s)", "%s", __DATE__);
          return text;
        }
        """
            .formatted(version));
  }

  /// A library with the eval function [#EVAL] and further `declarations` in C.
  static ElfFile of(Path directory, String declarations)
      throws IOException, InterruptedException, FormatException {
    return with(directory, EVAL, declarations);
  }

  private static ElfFile with(Path directory, String assembly, String declarations)
      throws IOException, InterruptedException, FormatException {
    return ElfFile.open(Interpreters.library(directory, assembly, PARTS + declarations));
  }
}
