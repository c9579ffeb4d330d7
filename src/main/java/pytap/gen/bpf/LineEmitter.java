package pytap.gen.bpf;

import static pytap.asm.bpf.Reg.R0;
import static pytap.asm.bpf.Reg.R1;
import static pytap.asm.bpf.Reg.R10;
import static pytap.asm.bpf.Reg.R2;
import static pytap.asm.bpf.Reg.R3;
import static pytap.asm.bpf.Reg.R4;
import static pytap.asm.bpf.Reg.R5;
import static pytap.asm.bpf.Reg.R6;
import static pytap.asm.bpf.Reg.R7;
import static pytap.asm.bpf.Reg.R8;
import static pytap.asm.bpf.Reg.R9;

import java.util.EnumMap;
import java.util.Map;
import pytap.asm.bpf.Alu;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Reg;
import pytap.asm.bpf.Size;
import pytap.probe.LineTable;

/// Compiles the search for a source line in a code object's line table. The table is walked at the
/// probe, in the target's memory, because a code object may be gone when the tool reads the record.
///
/// The walk is a `bpf_loop` over pieces of [#CHUNK_BYTES]; its state lies in the caller's stack:
///
/// ```
/// 0 address of the next piece      32 bytecode offset that is searched
/// 8 bytes left                     40 result
/// 16 end of the current range      48 1 where memory was unreadable
/// 24 line so far
/// ```
///
/// The bytes of one table entry of [LineTable.Form#LOCATIONS_311] may lie in two pieces, so its
/// state lies there too: 56 entry code, 64 bits gathered, 72 shift, 80 gathering.
final class LineEmitter {
  static final int CHUNK_BYTES = 16;
  private static final int MAX_CHUNKS = 1 << 15;
  private static final int DATA = 0;
  private static final int LEFT = 8;
  private static final int END = 16;
  private static final int LINE = 24;
  private static final int WANTED = 32;
  private static final int RESULT = 40;
  private static final int FAULT = 48;
  private static final int ENTRY_CODE = 56;
  private static final int GATHERED = 64;
  private static final int SHIFT = 72;
  private static final int GATHERING = 80;
  private static final int STATE_BYTES = 88;
  private static final int SAVED_STATE = -CHUNK_BYTES - 8;
  private static final int SAVED_SIZE = -CHUNK_BYTES - 16;

  /// The code of an entry without a line.
  private static final int NO_LINE = 15;

  private final Assembler code;
  private final Map<LineTable.Form, Label> walks = new EnumMap<>(LineTable.Form.class);

  LineEmitter(Assembler code) {
    this.code = code;
  }

  /// Leaves the line in R0; jumps to `unreadable` where memory cannot be read. The code object's
  /// address is at `codeSlot` in the stack and the bytecode offset 8 bytes above.
  void emit(LineTable table, int codeSlot, Stack stack, Label unreadable) {
    int firstSlot = stack.allocate(8);
    int bytesSlot = stack.allocate(8);
    int sizeSlot = stack.allocate(8);
    int wantedSlot = codeSlot + 8;
    read(codeSlot, table.firstLine(), firstSlot, 4, unreadable);
    code.load(Size.WORD, R0, R10, firstSlot);
    code.shiftLeft(R0, 32);
    code.shiftRightSigned(R0, 32);
    code.store(Size.DOUBLE, R10, firstSlot, R0);
    read(codeSlot, table.table(), bytesSlot, 8, unreadable);
    read(bytesSlot, table.sizeOffset(), sizeSlot, 8, unreadable);
    Label done = code.label("line_known");
    code.load(Size.DOUBLE, R0, R10, firstSlot);
    code.load(Size.DOUBLE, R1, R10, wantedSlot);
    code.jumpIf(Jump.SIGNED_LESS, R1, 0, done);
    int state = stack.allocate(STATE_BYTES);
    code.store(Size.DOUBLE, R10, state + WANTED, R1);
    code.store(Size.DOUBLE, R10, state + LINE, R0);
    code.store(Size.DOUBLE, R10, state + RESULT, R0);
    code.load(Size.DOUBLE, R1, R10, bytesSlot);
    code.add(R1, table.dataOffset());
    code.store(Size.DOUBLE, R10, state + DATA, R1);
    code.load(Size.DOUBLE, R1, R10, sizeSlot);
    code.store(Size.DOUBLE, R10, state + LEFT, R1);
    code.mov(R1, 0);
    for (int field : new int[] {END, FAULT, GATHERED, SHIFT, GATHERING, ENTRY_CODE}) {
      code.store(Size.DOUBLE, R10, state + field, R1);
    }
    code.mov(R1, MAX_CHUNKS);
    code.loadFunction(R2, walks.computeIfAbsent(table.form(), form -> code.label("walk_" + form)));
    code.mov(R3, R10);
    code.add(R3, state);
    code.mov(R4, 0);
    code.call(BpfFunction.LOOP);
    code.load(Size.DOUBLE, R1, R10, state + FAULT);
    code.jumpIf(Jump.NOT_EQUAL, R1, 0, unreadable);
    code.load(Size.DOUBLE, R0, R10, state + RESULT);
    code.bind(done);
  }

  private void read(int baseSlot, int offset, int into, int bytes, Label unreadable) {
    code.load(Size.DOUBLE, R3, R10, baseSlot);
    code.add(R3, offset);
    UserMemory.read(code, into, bytes, unreadable);
  }

  /// Emits the loop bodies that [#emit] named. To be called once, behind the main program.
  void emitWalks() {
    for (Map.Entry<LineTable.Form, Label> walk : walks.entrySet()) {
      code.function(walk.getValue());
      emitChunkRead();
      switch (walk.getKey()) {
        case LNOTAB_UNSIGNED -> emitPairs(false, false);
        case LNOTAB_SIGNED -> emitPairs(true, false);
        case LINETABLE_310 -> emitPairs(true, true);
        case LOCATIONS_311 -> emitLocations();
      }
    }
  }

  /// Reads the next piece to R10-32. R6 state, R7 range end, R8 line, R9 bytes in this piece; R4
  /// the wanted offset.
  private void emitChunkRead() {
    Label some = code.label("some");
    Label whole = code.label("whole");
    code.mov(R6, R2);
    code.load(Size.DOUBLE, R9, R6, LEFT);
    code.jumpIf(Jump.SIGNED_GREATER, R9, 0, some);
    code.mov(R0, 1);
    code.exit();
    code.bind(some);
    code.jumpIf(Jump.LESS_EQUAL, R9, CHUNK_BYTES, whole);
    code.mov(R9, CHUNK_BYTES);
    code.bind(whole);
    code.mov(R1, 0);
    for (int at = -CHUNK_BYTES; at < 0; at += 8) {
      code.store(Size.DOUBLE, R10, at, R1);
    }
    code.mov(R1, R10);
    code.add(R1, -CHUNK_BYTES);
    code.mov(R2, R9);
    code.load(Size.DOUBLE, R3, R6, DATA);
    code.call(BpfFunction.PROBE_READ_USER);
    Label read = code.label("read");
    code.jumpIf(Jump.EQUAL, R0, 0, read);
    code.mov(R0, 1);
    code.store(Size.DOUBLE, R6, FAULT, R0);
    code.exit();
    code.bind(read);
    code.load(Size.DOUBLE, R0, R6, DATA);
    code.add(R0, R9);
    code.store(Size.DOUBLE, R6, DATA, R0);
    code.load(Size.DOUBLE, R0, R6, LEFT);
    code.sub(R0, R9);
    code.store(Size.DOUBLE, R6, LEFT, R0);
    code.load(Size.DOUBLE, R7, R6, END);
    code.load(Size.DOUBLE, R8, R6, LINE);
    code.load(Size.DOUBLE, R4, R6, WANTED);
    forget(R7, R8);
  }

  /// Pairs of (address delta, line delta). In the older tables (`lnotab`) a pair's line counts from
  /// the address it ends at; in 3.10's it holds for the range the pair adds, and -128 means no
  /// line.
  private void emitPairs(boolean signed, boolean ranges) {
    Label more = code.label("more");
    Label found = code.label("found");
    if (ranges) {
      code.load(Size.DOUBLE, R5, R6, RESULT);
    }
    for (int i = 0; i < CHUNK_BYTES; i += 2) {
      code.jumpIf(Jump.LESS_EQUAL, R9, i, more);
      code.load(Size.BYTE, R0, R10, i - CHUNK_BYTES);
      code.load(Size.BYTE, R1, R10, i + 1 - CHUNK_BYTES);
      if (signed) {
        code.shiftLeft(R1, 56);
        code.shiftRightSigned(R1, 56);
      }
      code.add(R7, R0);
      if (ranges) {
        emitRange(found);
      } else {
        code.jumpIf(Jump.SIGNED_GREATER, R7, R4, found);
        code.add(R8, R1);
      }
    }
    code.bind(more);
    code.store(Size.DOUBLE, R6, END, R7);
    code.store(Size.DOUBLE, R6, LINE, R8);
    code.store(Size.DOUBLE, R6, RESULT, ranges ? R5 : R8);
    code.mov(R0, 0);
    code.exit();
    code.bind(found);
    code.store(Size.DOUBLE, R6, RESULT, ranges ? R5 : R8);
    code.mov(R0, 1);
    code.exit();
  }

  /// R0 becomes all ones where the pair has no line, without a branch: the verifier follows every
  /// branch of every pair.
  private void emitRange(Label found) {
    code.mov(R0, R1);
    code.add(R0, 127);
    code.shiftRightSigned(R0, 63);
    code.mov(R5, R0);
    code.alu(Alu.XOR, R0, -1);
    code.alu(Alu.AND, R1, R0);
    code.add(R8, R1);
    code.or(R5, R8);
    code.jumpIf(Jump.SIGNED_GREATER, R7, R4, found);
  }

  /// Entries of variable length: a first byte with bit 7 set, then bytes without it (CPython 3.11
  /// Objects/locations.md). R1 bits gathered, R2 shift, R3 all ones while gathering, R5 the entry's
  /// code; R0, R6 and R9 are free, the state's address and the piece's size lie in the stack.
  private void emitLocations() {
    Label more = code.label("more");
    Label found = code.label("found");
    Label last = code.label("last");
    code.store(Size.DOUBLE, R10, SAVED_STATE, R6);
    code.store(Size.DOUBLE, R10, SAVED_SIZE, R9);
    code.load(Size.DOUBLE, R1, R6, GATHERED);
    code.load(Size.DOUBLE, R2, R6, SHIFT);
    code.load(Size.DOUBLE, R3, R6, GATHERING);
    code.load(Size.DOUBLE, R5, R6, ENTRY_CODE);
    for (int i = 0; i < CHUNK_BYTES; i++) {
      code.load(Size.DOUBLE, R6, R10, SAVED_SIZE);
      code.jumpIf(Jump.LESS_EQUAL, R6, i, last);
      emitLocationByte(i - CHUNK_BYTES, found);
    }
    code.bind(last);
    code.load(Size.DOUBLE, R6, R10, SAVED_STATE);
    code.load(Size.DOUBLE, R0, R6, LEFT);
    code.jumpIf(Jump.SIGNED_GREATER, R0, 0, more);
    code.jump(found);
    code.bind(more);
    code.store(Size.DOUBLE, R6, GATHERED, R1);
    code.store(Size.DOUBLE, R6, SHIFT, R2);
    code.store(Size.DOUBLE, R6, GATHERING, R3);
    code.store(Size.DOUBLE, R6, ENTRY_CODE, R5);
    code.store(Size.DOUBLE, R6, END, R7);
    code.store(Size.DOUBLE, R6, LINE, R8);
    code.mov(R0, 0);
    code.exit();
    Label line = code.label("line");
    code.bind(found);
    code.load(Size.DOUBLE, R6, R10, SAVED_STATE);
    code.jumpIf(Jump.NOT_EQUAL, R5, NO_LINE, line);
    code.mov(R8, -1);
    code.bind(line);
    code.store(Size.DOUBLE, R6, RESULT, R8);
    code.mov(R0, 1);
    code.exit();
  }

  /// One byte at `at` from R10. Written with masks instead of branches, because the verifier
  /// follows both ways of every branch of every byte: R9 is all ones at the first byte of an entry,
  /// and later its complement.
  private void emitLocationByte(int at, Label found) {
    code.load(Size.BYTE, R0, R10, at);
    code.mov(R9, R0);
    code.shiftRight(R9, 7);
    code.negate(R9);
    // the entry before ends behind the wanted offset: its line it is
    code.mov(R6, R4);
    code.sub(R6, R7);
    code.shiftRight(R6, 63);
    code.alu(Alu.AND, R6, R9);
    code.jumpIf(Jump.NOT_EQUAL, R6, 0, found);
    // R5 = the code of a new entry
    code.mov(R6, R0);
    code.shiftRight(R6, 3);
    code.and(R6, 15);
    choose(R5, R6);
    // R7 = the end of its range
    code.mov(R6, R0);
    code.and(R6, 7);
    code.add(R6, 1);
    code.shiftLeft(R6, 1);
    code.alu(Alu.AND, R6, R9);
    code.add(R7, R6);
    // codes 11 and 12 add 1 and 2 lines
    code.mov(R0, R5);
    code.shiftLeft(R0, 1);
    code.mov(R6, 1 << 22 | 2 << 24);
    code.alu(Alu.SHIFT_RIGHT, R6, R0);
    code.and(R6, 3);
    code.alu(Alu.AND, R6, R9);
    code.add(R8, R6);
    // codes 13 and 14 begin with the line's difference as a number of variable length
    code.mov(R6, 1 << 13 | 1 << 14);
    code.alu(Alu.SHIFT_RIGHT, R6, R5);
    code.and(R6, 1);
    code.negate(R6);
    choose(R3, R6);
    code.alu(Alu.XOR, R9, -1);
    code.alu(Alu.AND, R1, R9);
    code.alu(Alu.AND, R2, R9);
    emitGather(at);
  }

  /// `target = R9 ? R6 : target`, bit by bit. Loses R6.
  private void choose(Reg target, Reg other) {
    code.alu(Alu.XOR, other, target);
    code.alu(Alu.AND, other, R9);
    code.alu(Alu.XOR, target, other);
  }

  /// A byte of a number of variable length: six bits, and bit 6 where more follow; the lowest bit
  /// of the whole is its sign. Changes nothing where R9 or R3 is 0.
  private void emitGather(int at) {
    code.load(Size.BYTE, R0, R10, at);
    code.mov(R6, R0);
    code.and(R6, 63);
    code.alu(Alu.SHIFT_LEFT, R6, R2);
    code.alu(Alu.AND, R6, R3);
    code.alu(Alu.AND, R6, R9);
    code.or(R1, R6);
    code.mov(R6, 6);
    code.alu(Alu.AND, R6, R9);
    code.add(R2, R6);
    code.and(R2, 63);
    // R6 = all ones where the number is complete
    code.mov(R6, R0);
    code.shiftRight(R6, 6);
    code.and(R6, 1);
    code.add(R6, -1);
    code.alu(Alu.AND, R6, R3);
    code.alu(Alu.AND, R6, R9);
    code.alu(Alu.XOR, R3, R6);
    code.mov(R0, R1);
    code.and(R0, 1);
    code.negate(R0);
    code.mov(R9, R1);
    code.shiftRight(R9, 1);
    code.alu(Alu.XOR, R9, R0);
    code.sub(R9, R0);
    code.alu(Alu.AND, R9, R6);
    code.add(R8, R9);
  }

  /// Changes nothing but what the kernel's verifier believes it knows of `registers`: it takes the
  /// exclusive or with an unknown number for unknown. Paths that differ only in such knowledge then
  /// count as one.
  private void forget(Reg... registers) {
    for (Reg register : registers) {
      code.alu(Alu.XOR, register, R4);
      code.alu(Alu.XOR, register, R4);
    }
  }
}
