package pytap.gen.bpf;

import static pytap.asm.bpf.Reg.R0;
import static pytap.asm.bpf.Reg.R1;
import static pytap.asm.bpf.Reg.R10;
import static pytap.asm.bpf.Reg.R2;
import static pytap.asm.bpf.Reg.R3;
import static pytap.asm.bpf.Reg.R4;
import static pytap.asm.bpf.Reg.R5;
import static pytap.asm.bpf.Reg.R7;
import static pytap.asm.bpf.Reg.R9;

import pytap.asm.bpf.Alu;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Size;
import pytap.gen.Scratch;
import pytap.place.Capture;
import pytap.probe.UnicodeLayout;

/// Compiles the capture of one text: the bytes go behind the record so far (R9), their number and
/// kind into the text's slot.
final class TextEmitter {
  /// Where the kind begins in the state of a release build.
  private static final int KIND_BIT = 2;

  private static final int COMPACT = 1 << 5;
  private static final int ASCII = 1 << 6;

  private final Assembler code;
  private final Stack stack;

  TextEmitter(Assembler code, Stack stack) {
    this.code = code;
    this.stack = stack;
  }

  /// C text at the user address in R0.
  void emitBytes(int maxBytes, int slotOffset, Label fault) {
    code.mov(R3, R0);
    code.mov(R2, maxBytes + 1);
    destination();
    code.call(BpfFunction.PROBE_READ_USER_STR);
    code.jumpIf(Jump.SIGNED_LESS_EQUAL, R0, 0, fault);
    code.add(R0, -1);
    code.and(R0, Integer.highestOneBit(maxBytes) * 2 - 1);
    code.store(Size.WORD, R7, slotOffset, R0);
    code.store(Size.WORD, R7, slotOffset + 4, Capture.TextKind.BYTES.code());
    code.add(R9, R0);
  }

  /// The characters of the Python string object whose address is at `object` in the stack, at most
  /// `maxBytes` of them: no more can be wanted, because every character takes at least a byte of
  /// UTF-8.
  void emitPython(UnicodeLayout layout, int object, int maxBytes, int slotOffset, Label fault) {
    int kind = stack.allocate(8);
    int length = stack.allocate(8);
    switch (layout) {
      case UnicodeLayout.Pep393 pep393 -> emitPep393(pep393, object, kind, length, fault);
      case UnicodeLayout.Bytes bytes -> {
        int head = readWord(object, bytes.length(), fault);
        code.load(Size.DOUBLE, R0, R10, head);
        code.store(Size.DOUBLE, R10, length, R0);
        code.store(Size.DOUBLE, R10, kind, 0);
        code.load(Size.DOUBLE, R3, R10, object);
        code.add(R3, bytes.data());
      }
    }
    copyCharacters(maxBytes, slotOffset, kind, length, fault);
  }

  /// R3 the first character, `kind` bytes a character (0: bytes), `length` characters.
  private void copyCharacters(int maxBytes, int slotOffset, int kind, int length, Label fault) {
    Label fits = code.label("fits");
    Label bytes = code.label("bytes");
    code.load(Size.DOUBLE, R2, R10, length);
    code.jumpIf(Jump.LESS_EQUAL, R2, maxBytes, fits);
    code.mov(R2, maxBytes);
    code.bind(fits);
    code.load(Size.DOUBLE, R1, R10, kind);
    code.jumpIf(Jump.LESS_EQUAL, R1, 1, bytes);
    code.and(R1, 6);
    code.alu(Alu.MUL, R2, R1);
    code.bind(bytes);
    code.and(R2, Integer.highestOneBit(maxBytes * 4) * 2 - 1);
    code.store(Size.DOUBLE, R10, length, R2);
    destination();
    code.call(BpfFunction.PROBE_READ_USER);
    code.jumpIf(Jump.NOT_EQUAL, R0, 0, fault);
    code.load(Size.DOUBLE, R1, R10, length);
    code.store(Size.WORD, R7, slotOffset, R1);
    code.load(Size.DOUBLE, R2, R10, kind);
    code.store(Size.WORD, R7, slotOffset + 4, R2);
    code.add(R9, R1);
  }

  /// Leaves the address of the characters in R3, fills `kind` and `length`.
  private void emitPep393(
      UnicodeLayout.Pep393 layout, int object, int kind, int length, Label fault) {
    int head = readHead(layout, object, fault);
    Label known = code.label("known");
    code.load(Size.DOUBLE, R0, R10, head + headOffset(layout, layout.length()));
    code.store(Size.DOUBLE, R10, length, R0);
    code.load(Size.WORD, R4, R10, head + headOffset(layout, layout.state()));
    if (layout.kindBit() != KIND_BIT) {
      code.shiftRight(R4, layout.kindBit() - KIND_BIT);
    }
    code.load(Size.DOUBLE, R3, R10, object);
    code.mov(R5, R4);
    code.and(R5, COMPACT);
    code.jumpIf(Jump.EQUAL, R5, 0, fault);
    code.mov(R5, 0);
    code.jumpIf(Jump.ANY_BIT, R4, ASCII, known);
    code.mov(R5, R4);
    code.shiftRight(R5, KIND_BIT);
    code.and(R5, 7);
    code.add(R3, layout.compactData() - layout.asciiData());
    code.bind(known);
    code.add(R3, layout.asciiData());
    code.store(Size.DOUBLE, R10, kind, R5);
  }

  /// Leaves in R0 the address of the characters of the string object whose address is at `object`
  /// in the stack.
  void emitAddress(UnicodeLayout text, int object, Label fault) {
    switch (text) {
      case UnicodeLayout.Bytes bytes -> {
        code.load(Size.DOUBLE, R0, R10, object);
        code.add(R0, bytes.data());
      }
      case UnicodeLayout.Pep393 layout -> {
        int kind = stack.allocate(8);
        int length = stack.allocate(8);
        emitPep393(layout, object, kind, length, fault);
        code.mov(R0, R3);
      }
    }
  }

  private int readHead(UnicodeLayout.Pep393 layout, int object, Label fault) {
    int from = Math.min(layout.length(), layout.state());
    int to = Math.max(layout.length() + 8, layout.state() + 4);
    int head = stack.allocate(to - from);
    code.load(Size.DOUBLE, R3, R10, object);
    code.add(R3, from);
    UserMemory.read(code, head, to - from, fault);
    return head;
  }

  private static int headOffset(UnicodeLayout.Pep393 layout, int field) {
    return field - Math.min(layout.length(), layout.state());
  }

  private int readWord(int object, int offset, Label fault) {
    int word = stack.allocate(8);
    code.load(Size.DOUBLE, R3, R10, object);
    code.add(R3, offset);
    UserMemory.read(code, word, 8, fault);
    return word;
  }

  /// R1 = where the next bytes of the record go.
  private void destination() {
    code.mov(R1, R7);
    code.add(R1, Scratch.RECORD_OFFSET);
    code.add(R1, R9);
  }
}
