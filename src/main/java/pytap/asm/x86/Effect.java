package pytap.asm.x86;

/// What an instruction does to one value that is followed through a function. Only the forms that
/// compilers use to move, spill, reload and address 64-bit values are told apart; everything else
/// is [Other], of which [WrittenRegisters] says what it may destroy.
public sealed interface Effect {

  /// `to = from`, all 64 bits.
  record Copy(GeneralRegister to, GeneralRegister from) implements Effect {}

  /// `to = memory`; a 4-byte load clears the upper half, a 2-byte load keeps the rest of `to`.
  record Load(GeneralRegister to, MemoryOperand memory, int widthBytes) implements Effect {}

  /// `memory = from`.
  record Store(MemoryOperand memory, GeneralRegister from, int widthBytes) implements Effect {}

  /// `memory = value`, sign-extended to the width.
  record StoreConstant(MemoryOperand memory, long value, int widthBytes) implements Effect {}

  /// `to = address of memory` (`lea`).
  record Address(GeneralRegister to, MemoryOperand memory) implements Effect {}

  /// `to = value`, the other bits cleared.
  record SetConstant(GeneralRegister to, long value) implements Effect {}

  /// `register += amount`, all 64 bits.
  record Add(GeneralRegister register, long amount) implements Effect {}

  /// `memory == value` compared, nothing written.
  record CompareConstant(MemoryOperand memory, long value, int widthBytes) implements Effect {}

  record Push() implements Effect {}

  record Pop(GeneralRegister to) implements Effect {}

  record Other() implements Effect {}

  static Effect of(Instruction it) {
    if (it.map() != OpcodeMap.ONE_BYTE || it.has(Instruction.PREFIX_VECTOR)) {
      return new Other();
    }
    int opcode = it.opcode();
    if ((opcode & 0xf8) == 0x50 || opcode == 0x68 || opcode == 0x6a) {
      return new Push();
    }
    if ((opcode & 0xf8) == 0x58) {
      return new Pop(it.opcodeRegister());
    }
    if ((opcode & 0xf8) == 0xb8 && it.operandBytes() != 2) {
      long value = it.operandBytes() == 4 ? it.immediate() & 0xffff_ffffL : it.immediate();
      return new SetConstant(it.opcodeRegister(), value);
    }
    return switch (opcode) {
      case 0x80, 0x81, 0x83 -> arithmetic(it);
      case 0x88 -> store(it, 1);
      case 0x89 -> store(it, it.operandBytes());
      case 0x8b -> load(it);
      case 0x8d -> it.operandBytes() == 8 ? address(it) : new Other();
      case 0xc6 -> storeConstant(it, 1);
      case 0xc7 -> storeConstant(it, it.operandBytes());
      case 0xff -> it.extension() == 6 ? new Push() : new Other();
      default -> new Other();
    };
  }

  private static Effect arithmetic(Instruction it) {
    if (it.extension() == 7 && it.memory().isPresent()) {
      int widthBytes = it.opcode() == 0x80 ? 1 : it.operandBytes();
      return new CompareConstant(it.memory().get(), it.immediate(), widthBytes);
    }
    boolean wide = it.operandBytes() == 8 && it.opcode() != 0x80 && it.memory().isEmpty();
    if (wide && it.extension() == 0) {
      return new Add(it.otherRegister().orElseThrow(), it.immediate());
    }
    if (wide && it.extension() == 5) {
      return new Add(it.otherRegister().orElseThrow(), -it.immediate());
    }
    return new Other();
  }

  private static Effect store(Instruction it, int widthBytes) {
    if (it.memory().isPresent()) {
      boolean highByte = widthBytes == 1 && it.rex() == 0 && (it.modrm() >> 3 & 7) >= 4;
      return highByte ? new Other() : new Store(it.memory().get(), it.register(), widthBytes);
    }
    return widthBytes == 8
        ? new Copy(it.otherRegister().orElseThrow(), it.register())
        : new Other();
  }

  private static Effect load(Instruction it) {
    if (it.memory().isPresent()) {
      return new Load(it.register(), it.memory().get(), it.operandBytes());
    }
    return it.operandBytes() == 8
        ? new Copy(it.register(), it.otherRegister().orElseThrow())
        : new Other();
  }

  private static Effect address(Instruction it) {
    return it.memory().isPresent() ? new Address(it.register(), it.memory().get()) : new Other();
  }

  private static Effect storeConstant(Instruction it, int widthBytes) {
    if (it.extension() != 0) {
      return new Other();
    }
    if (it.memory().isPresent()) {
      return new StoreConstant(it.memory().get(), it.immediate(), widthBytes);
    }
    return widthBytes == 8
        ? new SetConstant(it.otherRegister().orElseThrow(), it.immediate())
        : new Other();
  }
}
