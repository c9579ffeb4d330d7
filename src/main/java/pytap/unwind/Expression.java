package pytap.unwind;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.elf.ElfFile;
import pytap.source.FormatException;

/// Evaluates the DWARF expressions that call frame tables use (DWARF 5, 2.5 and 7.7.1): those of
/// PLTs and of signal frames.
final class Expression {
  private static final int MOST_STEPS = 1000;

  private final TableReader reader;
  private final Registers registers;
  private final StackMemory stack;
  private final Deque<Long> values = new ArrayDeque<>();
  private boolean failed;

  private Expression(TableReader reader, Registers registers, StackMemory stack) {
    this.reader = reader;
    this.registers = registers;
    this.stack = stack;
  }

  /// @param first what stands on the expression's stack at its start
  /// @return empty where it needs what is not known
  static OptionalLong evaluate(
      ElfFile file,
      long address,
      long length,
      Registers registers,
      StackMemory stack,
      Optional<Long> first)
      throws FormatException {
    Expression expression = new Expression(new TableReader(file, address), registers, stack);
    first.ifPresent(expression.values::push);
    return expression.run(address + length);
  }

  private OptionalLong run(long end) throws FormatException {
    for (int i = 0; i < MOST_STEPS && reader.position() < end && !failed; i++) {
      step(reader.uint8());
    }
    return failed || reader.position() < end || values.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(values.peek());
  }

  private void step(int operation) throws FormatException {
    if (operation >= 0x30 && operation <= 0x4f) {
      values.push((long) operation - 0x30);
    } else if (operation >= 0x70 && operation <= 0x8f) {
      register(operation - 0x70, reader.signedLeb128());
    } else if (operation >= 0x1a
        && operation <= 0x2e
        && operation != 0x1f
        && operation != 0x20
        && operation != 0x23
        && operation != 0x28) {
      binary(operation);
    } else {
      other(operation);
    }
  }

  private void register(int number, long offset) {
    if (registers.knows(number)) {
      values.push(registers.get(number) + offset);
    } else {
      failed = true;
    }
  }

  private long pop() {
    if (values.isEmpty()) {
      failed = true;
      return 0;
    }
    return values.pop();
  }

  private void binary(int operation) {
    long right = pop();
    long left = pop();
    switch (operation) {
      case 0x1a -> values.push(left & right);
      case 0x1b -> divide(left, right);
      case 0x1c -> values.push(left - right);
      case 0x1d -> failed = true; // an unsigned remainder, which no table uses
      case 0x1e -> values.push(left * right);
      case 0x21 -> values.push(left | right);
      case 0x22 -> values.push(left + right);
      case 0x24 -> values.push(left << right);
      case 0x25 -> values.push(left >>> right);
      case 0x26 -> values.push(left >> right);
      case 0x27 -> values.push(left ^ right);
      case 0x29 -> values.push(left == right ? 1L : 0L);
      case 0x2a -> values.push(left >= right ? 1L : 0L);
      case 0x2b -> values.push(left > right ? 1L : 0L);
      case 0x2c -> values.push(left <= right ? 1L : 0L);
      case 0x2d -> values.push(left < right ? 1L : 0L);
      case 0x2e -> values.push(left != right ? 1L : 0L);
      default -> failed = true;
    }
  }

  private void divide(long left, long right) {
    if (right == 0) {
      failed = true;
    } else {
      values.push(left / right);
    }
  }

  private void other(int operation) throws FormatException {
    switch (operation) {
      case 0x03, 0x0e, 0x0f -> values.push(reader.word());
      case 0x06 -> dereference();
      case 0x08 -> values.push((long) reader.uint8());
      case 0x09 -> values.push((long) (byte) reader.uint8());
      case 0x0a -> values.push((long) reader.uint16());
      case 0x0b -> values.push((long) (short) reader.uint16());
      case 0x0c -> values.push(reader.uint32());
      case 0x0d -> values.push((long) (int) reader.uint32());
      case 0x10 -> values.push(reader.unsignedLeb128());
      case 0x11 -> values.push(reader.signedLeb128());
      case 0x12 -> {
        long top = pop();
        values.push(top);
        values.push(top);
      }
      case 0x13 -> pop();
      case 0x16 -> {
        long top = pop();
        long next = pop();
        values.push(top);
        values.push(next);
      }
      case 0x1f -> values.push(-pop());
      case 0x20 -> values.push(~pop());
      case 0x23 -> values.push(pop() + reader.unsignedLeb128());
      case 0x28 -> {
        int skip = (short) reader.uint16();
        if (pop() != 0) {
          reader.moveTo(reader.position() + skip);
        }
      }
      case 0x2f -> {
        int skip = (short) reader.uint16();
        reader.moveTo(reader.position() + skip);
      }
      case 0x92 -> register((int) reader.unsignedLeb128(), reader.signedLeb128());
      case 0x96 -> {}
      default -> failed = true;
    }
  }

  private void dereference() {
    OptionalLong word = stack.word(pop());
    if (word.isPresent()) {
      values.push(word.getAsLong());
    } else {
      failed = true;
    }
  }
}
