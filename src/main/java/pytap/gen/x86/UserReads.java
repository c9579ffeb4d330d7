package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.R10;
import static pytap.asm.x86.GeneralRegister.R11;
import static pytap.asm.x86.GeneralRegister.R12;
import static pytap.asm.x86.GeneralRegister.R8;
import static pytap.asm.x86.GeneralRegister.R9;
import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RCX;
import static pytap.asm.x86.GeneralRegister.RDI;
import static pytap.asm.x86.GeneralRegister.RDX;
import static pytap.asm.x86.GeneralRegister.RSI;

import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.asm.x86.Shift;

/// Reads of the target's memory that cannot fault.
///
/// Before a page is touched the kernel is asked whether it can be read: `rt_sigprocmask` with an
/// operation that does not exist copies the 8 bytes of the set first (EFAULT) and then refuses the
/// operation (EINVAL; Linux 6.6 kernel/signal.c). The answer is kept in one of 256 words of the
/// control page: the page's number, and above it a 1 and 19 bits of a generation that goes on with
/// the tool's heart and with every 4096th hit, so that what was readable once is not believed for
/// ever.
///
/// No string instruction is used, so the direction flag does not matter.
final class UserReads {
  private static final int RT_SIGPROCMASK = 14;
  private static final int EINVAL = 22;
  private static final int EFAULT = 14;
  private static final int PAGE_BITS = 12;
  private static final int PAGE_BYTES = 1 << PAGE_BITS;
  private static final long LOW_BITS = 0x0101_0101_0101_0101L;

  /// No user address has bits from here on (Linux 6.6 Documentation/arch/x86/x86_64/5level-paging).
  private static final int ADDRESS_BITS = 56;

  /// Where in a cached word the generation stands.
  static final int TAG_SHIFT = ADDRESS_BITS - PAGE_BITS;

  private final Assembler code;
  private final Label ask;
  private final Label fault;

  UserReads(Assembler code) {
    this.code = code;
    this.ask = code.label("ask");
    this.fault = code.label("fault");
  }

  /// Fills `%rdi` with `%rsi` zeros and returns the error.
  Label fault() {
    return fault;
  }

  /// What the other functions share.
  void shared() {
    askPage();
    Label next = code.label("next");
    Label filled = code.label("filled");
    code.bind(fault);
    code.test(true, RSI, RSI);
    code.jumpIf(Condition.EQUAL, filled);
    code.bind(next);
    code.storeImmediate(1, RDI, 0, 0);
    code.binary(Binary.ADD, true, RDI, 1);
    code.binary(Binary.SUB, true, RSI, 1);
    code.jumpIf(Condition.NOT_EQUAL, next);
    code.bind(filled);
    code.mov(RAX, -EFAULT);
    code.ret();
  }

  /// Page number in `%r9`; `%rax` becomes 0 where it can be read. Loses `%rcx`, `%r10`, `%r11`.
  private void askPage() {
    Label refused = code.label("refused");
    code.bind(ask);
    code.push(RDI);
    code.push(RSI);
    code.push(RDX);
    code.mov(RDI, -1);
    code.mov(true, RSI, R9);
    code.shift(Shift.LEFT, true, RSI, PAGE_BITS);
    code.mov(RDX, 0);
    code.mov(R10, 8);
    code.mov(RAX, RT_SIGPROCMASK);
    code.syscall();
    code.pop(RDX);
    code.pop(RSI);
    code.pop(RDI);
    code.binary(Binary.CMP, true, RAX, -EINVAL);
    code.jumpIf(Condition.NOT_EQUAL, refused);
    expectedWord();
    code.storeElement(R12, R11, ControlPage.PAGES, R10);
    code.mov(RAX, 0);
    code.ret();
    // Page 0 comes here with an answer of 0: no set was given.
    code.bind(refused);
    code.mov(RAX, -EFAULT);
    code.ret();
  }

  /// `%r10` = the word that says page `%r9` can be read, `%r11` = its number.
  private void expectedWord() {
    code.load(8, R10, R12, ControlPage.TAG);
    code.binary(Binary.OR, true, R10, R9);
    code.zeroExtendByte(R11, R9);
  }

  /// Goes on at `readable` where page `%r9` is known to be, else behind.
  private void known(Label readable) {
    expectedWord();
    code.compareElement(R10, R12, R11, ControlPage.PAGES);
    code.jumpIf(Condition.EQUAL, readable);
  }

  private void refuseNoUserAddress(GeneralRegister address, Label refused) {
    code.mov(true, RAX, address);
    code.shift(Shift.RIGHT, true, RAX, ADDRESS_BITS);
    code.jumpIf(Condition.NOT_EQUAL, refused);
  }

  private void pageOf(GeneralRegister page, GeneralRegister address) {
    code.mov(true, page, address);
    code.shift(Shift.RIGHT, true, page, PAGE_BITS);
  }

  /// `%rdi` where to, `%rsi` how many bytes, `%rdx` from where.
  void read() {
    Label copy = code.label("copy");
    Label several = code.label("several");
    Label less = code.label("less");
    Label more = code.label("more");
    code.mov(false, RSI, RSI);
    refuseNoUserAddress(RDX, fault);
    code.mov(true, RCX, RDX);
    code.binary(Binary.ADD, true, RCX, RSI);
    code.binary(Binary.SUB, true, RCX, 1);
    code.shift(Shift.RIGHT, true, RCX, PAGE_BITS);
    pageOf(R9, RDX);
    code.binary(Binary.CMP, true, RCX, R9);
    code.jumpIf(Condition.NOT_EQUAL, several);
    known(copy);
    code.call(ask);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, fault);
    code.bind(copy);
    code.binary(Binary.CMP, true, RSI, 8);
    code.jumpIf(Condition.BELOW, less);
    code.jumpIf(Condition.ABOVE, more);
    code.load(8, RAX, RDX, 0);
    code.store(8, RDI, 0, RAX);
    code.mov(RAX, 0);
    code.ret();
    code.bind(less);
    lessThanAWord();
    code.bind(more);
    moreThanAWord();
    code.bind(several);
    severalPages(copy);
  }

  private void lessThanAWord() {
    Label tiny = code.label("tiny");
    Label one = code.label("one");
    Label end = code.label("end");
    code.binary(Binary.CMP, true, RSI, 4);
    code.jumpIf(Condition.BELOW, tiny);
    overlapping(4);
    code.bind(tiny);
    code.binary(Binary.CMP, true, RSI, 2);
    code.jumpIf(Condition.BELOW, one);
    overlapping(2);
    code.bind(one);
    code.test(true, RSI, RSI);
    code.jumpIf(Condition.EQUAL, end);
    code.load(1, RAX, RDX, 0);
    code.store(1, RDI, 0, RAX);
    code.bind(end);
    code.mov(RAX, 0);
    code.ret();
  }

  /// The first and the last `widthBytes` of what is at most twice as long.
  private void overlapping(int widthBytes) {
    code.load(widthBytes, RAX, RDX, 0);
    code.binary(Binary.ADD, true, RDX, RSI);
    code.load(widthBytes, RCX, RDX, -widthBytes);
    code.store(widthBytes, RDI, 0, RAX);
    code.binary(Binary.ADD, true, RDI, RSI);
    code.store(widthBytes, RDI, -widthBytes, RCX);
    code.mov(RAX, 0);
    code.ret();
  }

  private void moreThanAWord() {
    Label next = code.label("next");
    Label end = code.label("end");
    code.bind(next);
    code.load(8, RAX, RDX, 0);
    code.store(8, RDI, 0, RAX);
    code.binary(Binary.ADD, true, RDX, 8);
    code.binary(Binary.ADD, true, RDI, 8);
    code.binary(Binary.SUB, true, RSI, 8);
    code.binary(Binary.CMP, true, RSI, 8);
    code.jumpIf(Condition.ABOVE_EQUAL, next);
    code.test(true, RSI, RSI);
    code.jumpIf(Condition.EQUAL, end);
    code.binary(Binary.ADD, true, RDX, RSI);
    code.binary(Binary.ADD, true, RDI, RSI);
    code.load(8, RAX, RDX, -8);
    code.store(8, RDI, -8, RAX);
    code.bind(end);
    code.mov(RAX, 0);
    code.ret();
  }

  /// From page `%r9` to `%rcx`.
  private void severalPages(Label copy) {
    Label next = code.label("next");
    Label readable = code.label("readable");
    Label nothing = code.label("nothing");
    code.test(true, RSI, RSI);
    code.jumpIf(Condition.EQUAL, nothing);
    code.mov(true, R8, RCX);
    code.bind(next);
    known(readable);
    code.call(ask);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, fault);
    code.bind(readable);
    code.binary(Binary.ADD, true, R9, 1);
    code.binary(Binary.CMP, true, R9, R8);
    code.jumpIf(Condition.BELOW_EQUAL, next);
    code.jump(copy);
    code.bind(nothing);
    code.mov(RAX, 0);
    code.ret();
  }

  /// `%rdi` where to, `%rsi` how many bytes at most, `%rdx` from where. Returns how many bytes with
  /// the 0, which is always there.
  void readString() {
    Label page = code.label("page");
    Label readable = code.label("readable");
    Label fits = code.label("fits");
    Label words = code.label("words");
    Label bytes = code.label("bytes");
    Label pageEnd = code.label("page_end");
    Label ended = code.label("ended");
    Label refused = code.label("refused");
    Label nothing = code.label("nothing");
    code.mov(false, RSI, RSI);
    code.mov(true, R8, RDI);
    code.test(true, RSI, RSI);
    code.jumpIf(Condition.EQUAL, nothing);
    code.bind(page);
    refuseNoUserAddress(RDX, refused);
    pageOf(R9, RDX);
    known(readable);
    code.call(ask);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, refused);
    code.bind(readable);
    code.mov(true, RAX, RDX);
    code.binary(Binary.AND, false, RAX, PAGE_BYTES - 1);
    code.mov(R10, PAGE_BYTES);
    code.binary(Binary.SUB, true, R10, RAX);
    code.binary(Binary.CMP, true, R10, RSI);
    code.jumpIf(Condition.BELOW_EQUAL, fits);
    code.mov(true, R10, RSI);
    code.bind(fits);
    code.mov(R9, LOW_BITS);
    code.bind(words);
    code.binary(Binary.CMP, true, R10, 8);
    code.jumpIf(Condition.BELOW, bytes);
    jumpIfZeroByteAtSource(bytes);
    code.store(8, RDI, 0, RAX);
    code.binary(Binary.ADD, true, RDI, 8);
    code.binary(Binary.ADD, true, RDX, 8);
    code.binary(Binary.SUB, true, RSI, 8);
    code.binary(Binary.SUB, true, R10, 8);
    code.jump(words);
    code.bind(bytes);
    code.test(true, R10, R10);
    code.jumpIf(Condition.EQUAL, pageEnd);
    code.load(1, RAX, RDX, 0);
    code.store(1, RDI, 0, RAX);
    code.binary(Binary.ADD, true, RDI, 1);
    code.binary(Binary.ADD, true, RDX, 1);
    code.binary(Binary.SUB, true, RSI, 1);
    code.binary(Binary.SUB, true, R10, 1);
    code.test(false, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, bytes);
    code.jump(ended);
    code.bind(pageEnd);
    code.test(true, RSI, RSI);
    code.jumpIf(Condition.NOT_EQUAL, page);
    code.storeImmediate(1, RDI, -1, 0);
    code.bind(ended);
    code.mov(true, RAX, RDI);
    code.binary(Binary.SUB, true, RAX, R8);
    code.ret();
    code.bind(refused);
    code.binary(Binary.ADD, true, RSI, RDI);
    code.binary(Binary.SUB, true, RSI, R8);
    code.mov(true, RDI, R8);
    code.jump(fault);
    code.bind(nothing);
    code.mov(RAX, 0);
    code.ret();
  }

  /// Loads the word at `(%rdx)` into `%rax`. A byte of `x` is 0 exactly if `(x - 0x01..01) & ~x &
  /// 0x80..80` is not.
  private void jumpIfZeroByteAtSource(Label target) {
    code.load(8, RAX, RDX, 0);
    code.mov(true, RCX, RAX);
    code.binary(Binary.SUB, true, RCX, R9);
    code.mov(true, R11, RAX);
    code.binary(Binary.XOR, true, R11, -1);
    code.binary(Binary.AND, true, RCX, R11);
    code.mov(true, R11, R9);
    code.shift(Shift.LEFT, true, R11, 7);
    code.test(true, RCX, R11);
    code.jumpIf(Condition.NOT_EQUAL, target);
  }
}
