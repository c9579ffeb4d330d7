package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.R12;
import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RBP;
import static pytap.asm.x86.GeneralRegister.RCX;
import static pytap.asm.x86.GeneralRegister.RDI;
import static pytap.asm.x86.GeneralRegister.RSI;
import static pytap.asm.x86.GeneralRegister.RSP;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.asm.x86.MachineCode;
import pytap.asm.x86.Relocator;
import pytap.asm.x86.Shift;
import pytap.gen.RegionLayout;
import pytap.gen.SharedHeader;
import pytap.linux.SharedRing;
import pytap.probe.Register;
import pytap.source.FormatException;

/// What a patched place jumps to: the program runs with the registers as they stood, then the
/// displaced instructions, and nothing else is different.
///
/// The red zone is left alone; flags live in `%ax` (`lahf`, `seto`), which is several times cheaper
/// than `popf`; vector registers, the direction flag and everything else are never touched. Where
/// hits do not count, all that happens is the saving of `%rcx` and a look at one byte.
///
/// ## Frame
///
/// ```
/// 0    struct pt_regs
/// 168  the site's index
/// 176  the flags as %ax holds them
/// 184  the red zone of the interrupted function
/// 312  its stack
/// ```
///
/// In `pt_regs` are the 15 registers, `rsp`, `rip` (the site's own address) and `flags` without
/// those that no conditional jump can ask for; `orig_rax` is -1, `cs` and `ss` are those of 64-bit
/// user code.
final class Trampolines {
  static final int COOKIE = 168;
  private static final int FLAGS_STATE = 176;
  private static final int FRAME_BYTES = 184;
  private static final int RED_ZONE_BYTES = 128;
  private static final int ALL_BYTES = FRAME_BYTES + RED_ZONE_BYTES;

  /// What user code runs with (Linux 6.6 arch/x86/include/asm/segment.h, `__USER_CS`, `__USER_DS`).
  private static final int USER_CS = 0x33;

  private static final int USER_SS = 0x2b;

  /// IF and the bit that is always 1.
  private static final int CONSTANT_FLAGS = 0x202;

  private static final int OVERFLOW_BIT = 11;

  private static final Map<GeneralRegister, Register> SAVED = saved();
  private static final List<GeneralRegister> CALLER_SAVED =
      List.of(
          RAX,
          RCX,
          GeneralRegister.RDX,
          RSI,
          RDI,
          GeneralRegister.R8,
          GeneralRegister.R9,
          GeneralRegister.R10,
          GeneralRegister.R11);

  /// Every 4096th hit what was readable is asked for again.
  private static final int HITS_SHIFT = 12;

  private final Assembler code;
  private final RegionLayout region;
  private final Label hit;
  private final Label adopt;

  Trampolines(Assembler code, RegionLayout region) {
    this.code = code;
    this.region = region;
    this.hit = code.label("hit");
    this.adopt = code.label("adopt");
  }

  private static Map<GeneralRegister, Register> saved() {
    Map<GeneralRegister, Register> saved = new EnumMap<>(GeneralRegister.class);
    for (GeneralRegister register : GeneralRegister.values()) {
      saved.put(register, Register.valueOf(register.name()));
    }
    return saved;
  }

  private static int offset(GeneralRegister register) {
    return SAVED.getOrDefault(register, Register.ORIG_RAX).offset();
  }

  /// What all trampolines share.
  void shared(Label program) {
    code.bind(hit);
    enter();
    code.mov(true, RDI, RBP);
    code.addressOf(RSI, region.control());
    tag();
    code.call(program);
    leave();
    Label adoption = code.label("adoption");
    code.bind(adopt);
    enter();
    code.addressOf(R12, region.control());
    code.call(adoption);
    code.load(8, R12, RBP, offset(R12));
    leave();
    code.bind(adoption);
    Adoption.emit(code, region);
  }

  /// The frame is 8 bytes above the stack pointer; `%rcx` and `%rax` are in it, `%rax` holds the
  /// site's address.
  private void enter() {
    code.store(8, RSP, 8 + Register.RIP.offset(), RAX);
    code.bytes(0x9f); // lahf
    code.bytes(0x0f, 0x90, 0xc0); // seto %al
    for (GeneralRegister register : GeneralRegister.values()) {
      if (register != RAX && register != RCX && register != RSP) {
        code.store(8, RSP, 8 + offset(register), register);
      }
    }
    code.lea(RBP, RSP, 8);
    code.store(8, RBP, FLAGS_STATE, RAX);
    code.storeImmediate(8, RBP, Register.ORIG_RAX.offset(), -1);
    code.lea(RCX, RBP, ALL_BYTES);
    code.store(8, RBP, offset(RSP), RCX);
    flags();
    code.binary(Binary.AND, true, RSP, -16);
  }

  /// `%ah` has SF, ZF, AF, PF and CF in the places of the flags register, `%al` OF.
  private void flags() {
    code.mov(false, RCX, RAX);
    code.zeroExtendByte(RAX, RAX);
    code.shift(Shift.LEFT, false, RAX, OVERFLOW_BIT);
    code.shift(Shift.RIGHT, false, RCX, 8);
    code.zeroExtendByte(RCX, RCX);
    code.binary(Binary.OR, false, RAX, RCX);
    code.binary(Binary.OR, false, RAX, CONSTANT_FLAGS);
    code.store(8, RBP, Register.FLAGS.offset(), RAX);
    code.storeImmediate(8, RBP, Register.CS.offset(), USER_CS);
    code.storeImmediate(8, RBP, Register.SS.offset(), USER_SS);
  }

  /// What counts as known of the readable pages, see [UserReads]: never 0, so that no word of a new
  /// control page counts.
  private void tag() {
    code.load(8, RAX, RSI, ControlPage.HITS);
    code.binary(Binary.ADD, true, RAX, 1);
    code.store(8, RSI, ControlPage.HITS, RAX);
    code.shift(Shift.RIGHT, true, RAX, HITS_SHIFT);
    code.loadFrom(RCX, region.shared() + SharedRing.GENERATION_OFFSET);
    code.binary(Binary.ADD, true, RAX, RCX);
    code.binary(Binary.ADD, true, RAX, RAX);
    code.binary(Binary.OR, true, RAX, 1);
    code.shift(Shift.LEFT, true, RAX, UserReads.TAG_SHIFT);
    code.store(8, RSI, ControlPage.TAG, RAX);
  }

  private void leave() {
    code.lea(RSP, RBP, -8);
    code.load(8, RAX, RBP, FLAGS_STATE);
    code.bytes(0x04, 0x7f); // add $0x7f,%al: overflows if it was 1
    code.bytes(0x9e); // sahf
    for (GeneralRegister register : CALLER_SAVED) {
      code.load(8, register, RBP, offset(register));
    }
    code.load(8, RBP, RBP, offset(RBP));
    code.ret();
  }

  /// One hit of a program at a patched place.
  record Visit(int cookie, long siteAddress) {}

  /// @param visits in order
  /// @param original the displaced instructions
  /// @param address where they stood
  /// @param place about where this is
  void site(List<Visit> visits, MachineCode original, long address, long place)
      throws FormatException {
    Label off = code.label("off");
    Label on = code.label("on");
    Label pass = code.label("pass");
    Label child = code.label("child");
    Label still = code.label("still");
    code.lea(RSP, RSP, -ALL_BYTES);
    code.store(8, RSP, offset(RCX), RCX);
    code.loadByteFrom(RCX, region.control() + ControlPage.ENABLED_OFFSET);
    code.jumpIfRcxZero(off);
    code.jump(on);
    code.bind(off);
    code.loadByteFrom(RCX, region.shared() + SharedHeader.FOLLOW_OFFSET);
    code.jumpIfRcxZero(pass);
    code.jump(child);
    code.bind(pass);
    code.load(8, RCX, RSP, offset(RCX));
    code.lea(RSP, RSP, ALL_BYTES);
    Relocator.relocate(code, original, address, place);
    code.bind(on);
    for (Visit visit : visits) {
      code.storeImmediate(8, RSP, COOKIE, visit.cookie());
      call(visit.siteAddress(), hit);
    }
    code.jump(pass);
    code.bind(child);
    call(address, adopt);
    code.loadByteFrom(RCX, region.control() + ControlPage.ENABLED_OFFSET);
    code.jumpIfRcxZero(still);
    code.jump(on);
    code.bind(still);
    code.jump(pass);
  }

  private void call(long siteAddress, Label target) {
    code.store(8, RSP, offset(RAX), RAX);
    code.addressOf(RAX, siteAddress);
    code.call(target);
  }
}
