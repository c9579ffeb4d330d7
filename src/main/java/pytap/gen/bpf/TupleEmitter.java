package pytap.gen.bpf;

import static pytap.asm.bpf.Reg.R0;
import static pytap.asm.bpf.Reg.R1;
import static pytap.asm.bpf.Reg.R10;
import static pytap.asm.bpf.Reg.R2;
import static pytap.asm.bpf.Reg.R3;
import static pytap.asm.bpf.Reg.R7;
import static pytap.asm.bpf.Reg.R9;

import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Size;
import pytap.gen.Scratch;
import pytap.place.Capture;
import pytap.place.TupleText;
import pytap.probe.ObjectLayout;

/// Compiles the capture of a tuple's items ([TupleText]): the bytes go behind the record so far
/// (R9). They are copied as they lie there; the tool makes text of them. Items are few, so the code
/// for each stands there by itself.
final class TupleEmitter {
  /// `Py_TPFLAGS_BYTES_SUBCLASS`, `Py_TPFLAGS_UNICODE_SUBCLASS` (CPython 3.12.1 Include/object.h).
  private static final int BYTES = 1 << 27;

  private static final int UNICODE = 1 << 28;

  private final Assembler code;
  private final Stack stack;
  private final TextEmitter texts;
  private final ObjectLayout layout;
  private final int mask;

  TupleEmitter(
      Assembler code, Stack stack, TextEmitter texts, ObjectLayout layout, Scratch scratch) {
    this.code = code;
    this.stack = stack;
    this.texts = texts;
    this.layout = layout;
    this.mask = scratch.slotBytes() - 1;
  }

  /// @param tuple where in the stack its address is
  void emit(int tuple, int maxBytes, int slotOffset, Label fault) {
    int start = stack.allocate(8);
    int size = stack.allocate(8);
    Label end = code.label("tuple_end");
    code.store(Size.DOUBLE, R10, start, R9);
    read(tuple, layout.head(), size, fault);
    at(start);
    code.load(Size.DOUBLE, R0, R10, size);
    code.store(Size.WORD, R1, 0, R0);
    code.store(Size.WORD, R1, 4, layout.taggedInts() ? 1 : 0);
    advance(TupleText.HEADER_BYTES);
    int items = TupleText.lastStart(maxBytes) < 0 ? 0 : TupleText.MOST_ITEMS;
    for (int i = 0; i < items; i++) {
      int mark = stack.mark();
      code.load(Size.DOUBLE, R0, R10, size);
      code.jumpIf(Jump.LESS_EQUAL, R0, i, end);
      code.load(Size.DOUBLE, R1, R10, start);
      code.mov(R0, R9);
      code.sub(R0, R1);
      code.jumpIf(Jump.GREATER, R0, TupleText.lastStart(maxBytes), end);
      emitItem(tuple, layout.tupleItems() + 8 * i, maxBytes, slotOffset);
      stack.release(mark);
    }
    code.bind(end);
    code.load(Size.DOUBLE, R1, R10, start);
    code.mov(R0, R9);
    code.sub(R0, R1);
    code.store(Size.WORD, R7, slotOffset, R0);
    code.store(Size.WORD, R7, slotOffset + 4, Capture.TextKind.TUPLE.code());
  }

  private void emitItem(int tuple, int offset, int maxBytes, int slotOffset) {
    int start = stack.allocate(8);
    int item = stack.allocate(8);
    int type = stack.allocate(8);
    int word = stack.allocate(8);
    Label done = code.label("item_done");
    Label bytes = code.label("item_bytes");
    code.store(Size.DOUBLE, R10, start, R9);
    at(start);
    code.mov(R0, 0);
    for (int i = 0; i < TupleText.ITEM_BYTES; i += 8) {
      code.store(Size.DOUBLE, R1, i, R0);
    }
    advance(TupleText.ITEM_BYTES);
    read(tuple, offset, item, done);
    read(item, layout.type(), type, done);
    read(type, layout.typeName(), word, done);
    copy(start, TupleText.NAME_OFFSET, TupleText.NAME_BYTES, word, 0, true);
    copy(start, TupleText.FIELDS_OFFSET, TupleText.FIELDS_BYTES, item, layout.head(), false);
    read(type, layout.typeFlags(), word, done);
    at(start);
    code.load(Size.DOUBLE, R0, R10, word);
    code.store(Size.DOUBLE, R1, 0, R0);
    code.jumpIf(Jump.ANY_BIT, R0, BYTES, bytes);
    code.and(R0, UNICODE);
    code.jumpIf(Jump.EQUAL, R0, 0, done);
    int characters = TupleText.characters(maxBytes);
    texts.emitPython(layout.text(), item, characters, slotOffset, done);
    code.and(R9, mask);
    at(start);
    code.load(Size.WORD, R0, R7, slotOffset);
    code.store(Size.WORD, R1, TupleText.TEXT_SIZE_OFFSET, R0);
    code.load(Size.WORD, R0, R7, slotOffset + 4);
    code.store(Size.WORD, R1, TupleText.TEXT_KIND_OFFSET, R0);
    code.jump(done);
    code.bind(bytes);
    emitBytes(start, item, word, characters, done);
    code.bind(done);
  }

  private void emitBytes(int start, int item, int size, int most, Label done) {
    Label fits = code.label("bytes_fit");
    read(item, layout.head(), size, done);
    code.load(Size.DOUBLE, R2, R10, size);
    code.jumpIf(Jump.LESS_EQUAL, R2, most, fits);
    code.mov(R2, most);
    code.bind(fits);
    code.and(R2, Integer.highestOneBit(most) * 2 - 1);
    code.store(Size.DOUBLE, R10, size, R2);
    code.mov(R1, R7);
    code.add(R1, Scratch.RECORD_OFFSET);
    code.add(R1, R9);
    code.load(Size.DOUBLE, R3, R10, item);
    code.add(R3, layout.bytesData());
    code.call(BpfFunction.PROBE_READ_USER);
    code.jumpIf(Jump.NOT_EQUAL, R0, 0, done);
    at(start);
    code.load(Size.DOUBLE, R0, R10, size);
    code.store(Size.WORD, R1, TupleText.TEXT_SIZE_OFFSET, R0);
    code.add(R9, R0);
    code.and(R9, mask);
  }

  /// Copies what is at the address in the stack at `base`, plus `offset`, into the item; zeros
  /// where that cannot be read.
  private void copy(int start, int into, int bytes, int base, int offset, boolean text) {
    at(start);
    code.add(R1, into);
    code.mov(R2, bytes);
    code.load(Size.DOUBLE, R3, R10, base);
    if (offset != 0) {
      code.add(R3, offset);
    }
    code.call(text ? BpfFunction.PROBE_READ_USER_STR : BpfFunction.PROBE_READ_USER);
  }

  private void read(int base, int offset, int into, Label unreadable) {
    code.load(Size.DOUBLE, R3, R10, base);
    code.add(R3, offset);
    UserMemory.read(code, into, 8, unreadable);
  }

  /// R1 = the place in the record whose distance from its beginning is in the stack at `place`.
  private void at(int place) {
    code.load(Size.DOUBLE, R0, R10, place);
    code.and(R0, mask);
    code.mov(R1, R7);
    code.add(R1, Scratch.RECORD_OFFSET);
    code.add(R1, R0);
  }

  private void advance(int bytes) {
    code.add(R9, bytes);
    code.and(R9, mask);
  }
}
