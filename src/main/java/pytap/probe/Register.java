package pytap.probe;

import java.util.Locale;

/// The x86-64 registers a probe can read, with their byte offset in the kernel's `struct pt_regs`
/// (Linux 6.6 arch/x86/include/uapi/asm/ptrace.h).
public enum Register {
  R15(0),
  R14(8),
  R13(16),
  R12(24),
  RBP(32),
  RBX(40),
  R11(48),
  R10(56),
  R9(64),
  R8(72),
  RAX(80),
  RCX(88),
  RDX(96),
  RSI(104),
  RDI(112),
  ORIG_RAX(120),
  RIP(128),
  CS(136),
  FLAGS(144),
  RSP(152),
  SS(160);

  private final int offset;

  Register(int offset) {
    this.offset = offset;
  }

  /// What the assembler calls it: `rax`.
  public String assemblerName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Byte offset in `struct pt_regs`.
  public int offset() {
    return offset;
  }
}
