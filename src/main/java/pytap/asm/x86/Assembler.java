package pytap.asm.x86;

/// Collects machine code for x86-64: the instructions that compiled probes need, no more.
///
/// `wide` means 64 bits; otherwise an instruction works on the low 32 bits and clears the upper
/// half. Memory operands are `offset(base)`. Jumps take two bytes where the target is near enough,
/// else five or six; calls and label addresses take a signed 32-bit distance, so the code may lie
/// anywhere. Misuse (a label never bound) is a bug of the caller and throws
/// [IllegalStateException].
public final class Assembler {
  private static final int REX = 0x40;
  private static final int REX_W = 8;

  private final CodeItems items;

  /// For code that names nothing outside.
  public Assembler() {
    this(0);
  }

  /// @param origin the address at which the code will lie, for what names addresses outside
  public Assembler(long origin) {
    this.items = new CodeItems(origin);
  }

  // ---- places

  /// A new label, bound later by [#bind]. The name appears only in error messages.
  public Label label(String name) {
    return new Label(name);
  }

  /// The next instruction stands at `label`.
  public void bind(Label label) {
    items.bind(label);
  }

  /// `jmp`.
  public void jump(Label target) {
    items.refer(new CodeItems.Reference.Jump(target));
  }

  /// `jcc`.
  public void jumpIf(Condition condition, Label target) {
    items.refer(new CodeItems.Reference.ConditionalJump(condition, target));
  }

  /// `jrcxz`, which leaves the flags alone; the target is at most 127 bytes away.
  public void jumpIfRcxZero(Label target) {
    emit(0xe3);
    items.refer(new CodeItems.Reference.Near(target));
  }

  /// `call` of code in the same blob.
  public void call(Label target) {
    emit(0xe8);
    items.refer(new CodeItems.Reference.Distance(target));
  }

  /// `call *offset(base)`.
  public void callIndirect(GeneralRegister base, int offset) {
    memory(0xff, 0, 2, base, offset, false);
  }

  /// `lea label(%rip), dst`.
  public void address(GeneralRegister dst, Label label) {
    emit(REX | REX_W | (dst.ordinal() >> 3) << 2, 0x8d, (dst.ordinal() & 7) << 3 | 5);
    items.refer(new CodeItems.Reference.Distance(label));
  }

  // ---- what is outside

  /// `jmp` to an address outside.
  public void jumpTo(long address) {
    emit(0xe9);
    outside(address, 0);
  }

  /// `call` of a function outside.
  public void callTo(long address) {
    emit(0xe8);
    outside(address, 0);
  }

  /// `jcc` to an address outside.
  public void jumpIfTo(Condition condition, long address) {
    emit(0x0f, 0x80 | condition.ordinal());
    outside(address, 0);
  }

  /// `lea address(%rip), dst`.
  public void addressOf(GeneralRegister dst, long address) {
    emit(REX | REX_W | (dst.ordinal() >> 3) << 2, 0x8d, (dst.ordinal() & 7) << 3 | 5);
    outside(address, 0);
  }

  /// `dst = *(8 bytes *) address`.
  public void loadFrom(GeneralRegister dst, long address) {
    emit(REX | REX_W | (dst.ordinal() >> 3) << 2, 0x8b, (dst.ordinal() & 7) << 3 | 5);
    outside(address, 0);
  }

  /// `*(8 bytes *) address = src`.
  public void storeTo(long address, GeneralRegister src) {
    emit(REX | REX_W | (src.ordinal() >> 3) << 2, 0x89, (src.ordinal() & 7) << 3 | 5);
    outside(address, 0);
  }

  /// `dst = *(1 byte *) address`, zero-extended; changes no flag.
  public void loadByteFrom(GeneralRegister dst, long address) {
    emit(REX | (dst.ordinal() >> 3) << 2, 0x0f, 0xb6, (dst.ordinal() & 7) << 3 | 5);
    outside(address, 0);
  }

  /// The distance of an instruction whose opcode stands before, and of which `trailingBytes`
  /// follow.
  void outside(long address, int trailingBytes) {
    items.refer(new CodeItems.Reference.Outside(address, trailingBytes));
  }

  /// Instructions as they are.
  public void bytes(int... values) {
    emit(values);
  }

  public void ret() {
    emit(0xc3);
  }

  /// Where an indirect jump or call may arrive.
  public void endbr64() {
    emit(0xf3, 0x0f, 0x1e, 0xfa);
  }

  /// `ud2`.
  public void trap() {
    emit(0x0f, 0x0b);
  }

  public void syscall() {
    emit(0x0f, 0x05);
  }

  /// `edx:eax` = the time stamp counter.
  public void rdtsc() {
    emit(0x0f, 0x31);
  }

  /// Copies `%rcx` bytes from `(%rsi)` to `(%rdi)`.
  public void repMovsb() {
    emit(0xf3, 0xa4);
  }

  // ---- moves

  public void push(GeneralRegister register) {
    opcodeRegister(0x50, register, false);
  }

  public void pop(GeneralRegister register) {
    opcodeRegister(0x58, register, false);
  }

  public void mov(boolean wide, GeneralRegister dst, GeneralRegister src) {
    registers(0x89, src, dst, wide);
  }

  /// The shortest way to `dst = value`.
  public void mov(GeneralRegister dst, long value) {
    if (value >>> 32 == 0) {
      opcodeRegister(0xb8, dst, false);
      immediate(value, 4);
    } else if (value == (int) value) {
      extended(0xc7, 0, dst, true);
      immediate(value, 4);
    } else {
      opcodeRegister(0xb8, dst, true);
      immediate(value, 8);
    }
  }

  /// `dst = *(bytes *)offset(base)`, zero-extended.
  ///
  /// @param widthBytes 1, 2, 4 or 8
  public void load(int widthBytes, GeneralRegister dst, GeneralRegister base, int offset) {
    switch (widthBytes) {
      case 1 -> memory(0xb6, 0x0f, dst.ordinal(), base, offset, false);
      case 2 -> memory(0xb7, 0x0f, dst.ordinal(), base, offset, false);
      case 4 -> memory(0x8b, 0, dst.ordinal(), base, offset, false);
      case 8 -> memory(0x8b, 0, dst.ordinal(), base, offset, true);
      default -> throw new IllegalStateException("a load of " + widthBytes + " bytes");
    }
  }

  /// `*(bytes *)offset(base) = src`.
  public void store(int widthBytes, GeneralRegister base, int offset, GeneralRegister src) {
    switch (widthBytes) {
      case 1 -> memoryOfByte(0x88, src, base, offset);
      case 2 -> {
        emit(0x66);
        memory(0x89, 0, src.ordinal(), base, offset, false);
      }
      case 4 -> memory(0x89, 0, src.ordinal(), base, offset, false);
      case 8 -> memory(0x89, 0, src.ordinal(), base, offset, true);
      default -> throw new IllegalStateException("a store of " + widthBytes + " bytes");
    }
  }

  /// `*(bytes *)offset(base) = value`, sign-extended to 8 bytes.
  public void storeImmediate(int widthBytes, GeneralRegister base, int offset, int value) {
    switch (widthBytes) {
      case 1 -> memory(0xc6, 0, 0, base, offset, false);
      case 2 -> {
        emit(0x66);
        memory(0xc7, 0, 0, base, offset, false);
      }
      case 4 -> memory(0xc7, 0, 0, base, offset, false);
      case 8 -> memory(0xc7, 0, 0, base, offset, true);
      default -> throw new IllegalStateException("a store of " + widthBytes + " bytes");
    }
    immediate(value, Math.min(widthBytes, 4));
  }

  /// `lea offset(base), dst`.
  public void lea(GeneralRegister dst, GeneralRegister base, int offset) {
    memory(0x8d, 0, dst.ordinal(), base, offset, true);
  }

  /// `dst = *(8 bytes *) offset(base, index, 8)`.
  public void loadElement(
      GeneralRegister dst, GeneralRegister base, GeneralRegister index, int offset) {
    element(0x8b, dst, base, index, offset);
  }

  /// `*(8 bytes *) offset(base, index, 8) = src`.
  public void storeElement(
      GeneralRegister base, GeneralRegister index, int offset, GeneralRegister src) {
    element(0x89, src, base, index, offset);
  }

  /// Compares `left` with `*(8 bytes *) offset(base, index, 8)`.
  public void compareElement(
      GeneralRegister left, GeneralRegister base, GeneralRegister index, int offset) {
    element(0x3b, left, base, index, offset);
  }

  /// `dst = *(4 bytes *) %fs:(base)`, zero-extended; `base` is not `%rsp` nor `%rbp` nor above.
  public void loadThreadLocal(GeneralRegister dst, GeneralRegister base) {
    emit(0x64, 0x8b, dst.ordinal() << 3 | base.ordinal());
  }

  /// `dst = ` the low byte of `src`.
  public void zeroExtendByte(GeneralRegister dst, GeneralRegister src) {
    emit(REX | dst.ordinal() >> 3 << 2 | src.ordinal() >> 3, 0x0f, 0xb6);
    emit(0xc0 | (dst.ordinal() & 7) << 3 | src.ordinal() & 7);
  }

  // ---- arithmetic

  public void binary(Binary op, boolean wide, GeneralRegister dst, GeneralRegister src) {
    registers(op.ordinal() << 3 | 1, src, dst, wide);
  }

  /// The immediate is sign-extended.
  public void binary(Binary op, boolean wide, GeneralRegister dst, int value) {
    boolean small = value == (byte) value;
    extended(small ? 0x83 : 0x81, op.ordinal(), dst, wide);
    immediate(value, small ? 1 : 4);
  }

  /// `dst op= offset(base)`.
  public void binary(
      Binary op, boolean wide, GeneralRegister dst, GeneralRegister base, int offset) {
    memory(op.ordinal() << 3 | 3, 0, dst.ordinal(), base, offset, wide);
  }

  /// `offset(base) op= src`.
  public void binaryTo(
      Binary op, boolean wide, GeneralRegister base, int offset, GeneralRegister src) {
    memory(op.ordinal() << 3 | 1, 0, src.ordinal(), base, offset, wide);
  }

  /// `offset(base) op= value`, sign-extended.
  public void binaryTo(Binary op, boolean wide, GeneralRegister base, int offset, int value) {
    boolean small = value == (byte) value;
    memory(small ? 0x83 : 0x81, 0, op.ordinal(), base, offset, wide);
    immediate(value, small ? 1 : 4);
  }

  public void test(boolean wide, GeneralRegister left, GeneralRegister right) {
    registers(0x85, right, left, wide);
  }

  /// The immediate is sign-extended.
  public void test(boolean wide, GeneralRegister left, int value) {
    extended(0xf7, 0, left, wide);
    immediate(value, 4);
  }

  public void negate(boolean wide, GeneralRegister dst) {
    extended(0xf7, 3, dst, wide);
  }

  /// `dst *= src`.
  public void multiply(boolean wide, GeneralRegister dst, GeneralRegister src) {
    rex(wide, dst.ordinal(), src.ordinal());
    emit(0x0f, 0xaf, 0xc0 | (dst.ordinal() & 7) << 3 | src.ordinal() & 7);
  }

  /// `dst = src * value`.
  public void multiply(boolean wide, GeneralRegister dst, GeneralRegister src, int value) {
    boolean small = value == (byte) value;
    registers(small ? 0x6b : 0x69, dst, src, wide);
    immediate(value, small ? 1 : 4);
  }

  /// Unsigned: `%rax` = quotient and `%rdx` = remainder of `%rdx:%rax / divisor`; traps on 0.
  public void divide(boolean wide, GeneralRegister divisor) {
    extended(0xf7, 6, divisor, wide);
  }

  public void shift(Shift op, boolean wide, GeneralRegister dst, int bits) {
    extended(0xc1, op.extension(), dst, wide);
    immediate(bits, 1);
  }

  /// By the low 6 bits (5 where not wide) of `%cl`.
  public void shiftByCl(Shift op, boolean wide, GeneralRegister dst) {
    extended(0xd3, op.extension(), dst, wide);
  }

  // ---- atomics

  /// `lock op src, offset(base)`.
  public void lockBinaryTo(
      Binary op, boolean wide, GeneralRegister base, int offset, GeneralRegister src) {
    emit(0xf0);
    binaryTo(op, wide, base, offset, src);
  }

  /// `lock xadd`: adds, and `src` becomes what memory held.
  public void lockExchangeAdd(boolean wide, GeneralRegister base, int offset, GeneralRegister src) {
    emit(0xf0);
    memory(0xc1, 0x0f, src.ordinal(), base, offset, wide);
  }

  /// `xchg`, which locks by itself.
  public void exchange(boolean wide, GeneralRegister base, int offset, GeneralRegister src) {
    memory(0x87, 0, src.ordinal(), base, offset, wide);
  }

  /// `lock cmpxchg`: compares with `%rax`, which becomes what memory held where they differ.
  public void lockCompareExchange(
      boolean wide, GeneralRegister base, int offset, GeneralRegister src) {
    emit(0xf0);
    memory(0xb1, 0x0f, src.ordinal(), base, offset, wide);
  }

  // ---- result

  /// The finished code. The assembler must not be used afterwards, but for [#offset].
  public byte[] finish() {
    return items.finish();
  }

  /// Where in the finished code `label` is.
  public int offset(Label label) {
    return items.offset(label);
  }

  // ---- encoding

  private void emit(int... values) {
    for (int value : values) {
      items.write(value);
    }
  }

  private void immediate(long value, int widthBytes) {
    for (int i = 0; i < widthBytes; i++) {
      items.write((int) (value >> 8 * i));
    }
  }

  /// A REX prefix, where one is needed.
  private void rex(boolean wide, int register, int base) {
    int rex = (wide ? REX_W : 0) | register >> 3 << 2 | base >> 3;
    if (rex != 0) {
      emit(REX | rex);
    }
  }

  private void opcodeRegister(int opcode, GeneralRegister register, boolean wide) {
    rex(wide, 0, register.ordinal());
    emit(opcode | register.ordinal() & 7);
  }

  /// Opcode with two registers: the one in ModRM's middle bits and the one in its low bits.
  private void registers(int opcode, GeneralRegister middle, GeneralRegister low, boolean wide) {
    extended(opcode, middle.ordinal(), low, wide);
  }

  private void extended(int opcode, int middle, GeneralRegister low, boolean wide) {
    rex(wide, middle, low.ordinal());
    emit(opcode, 0xc0 | (middle & 7) << 3 | low.ordinal() & 7);
  }

  private void memory(
      int opcode, int escape, int middle, GeneralRegister base, int offset, boolean wide) {
    rex(wide, middle, base.ordinal());
    if (escape != 0) {
      emit(escape);
    }
    emit(opcode);
    operand(middle, base, offset);
  }

  /// The low byte of `%rsi`, `%rdi`, `%rbp` and `%rsp` needs a REX prefix, even an empty one.
  private void memoryOfByte(int opcode, GeneralRegister src, GeneralRegister base, int offset) {
    if (src.ordinal() >= 4 || base.ordinal() >= 8) {
      emit(REX | src.ordinal() >> 3 << 2 | base.ordinal() >> 3);
    }
    emit(opcode);
    operand(src.ordinal(), base, offset);
  }

  private void element(
      int opcode, GeneralRegister middle, GeneralRegister base, GeneralRegister index, int offset) {
    int rex = middle.ordinal() >> 3 << 2 | index.ordinal() >> 3 << 1 | base.ordinal() >> 3;
    emit(REX | REX_W | rex, opcode, 0x84 | (middle.ordinal() & 7) << 3);
    emit(3 << 6 | (index.ordinal() & 7) << 3 | base.ordinal() & 7);
    immediate(offset, 4);
  }

  private void operand(int middle, GeneralRegister base, int offset) {
    int low = base.ordinal() & 7;
    boolean none = offset == 0 && low != 5;
    boolean small = offset == (byte) offset;
    emit((none ? 0 : small ? 0x40 : 0x80) | (middle & 7) << 3 | low);
    if (low == 4) {
      emit(0x24); // no index
    }
    if (!none) {
      immediate(offset, small ? 1 : 4);
    }
  }
}
