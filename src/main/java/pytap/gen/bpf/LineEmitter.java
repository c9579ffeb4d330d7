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
import java.util.Optional;
import pytap.asm.bpf.Alu;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Size;
import pytap.probe.Argument;
import pytap.probe.LineTable;
import pytap.probe.Value;

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
  static final int CHUNK_BYTES = 32;
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

  private final Assembler code;
  private final Map<LineTable.Form, Label> walks = new EnumMap<>(LineTable.Form.class);

  LineEmitter(Assembler code) {
    this.code = code;
  }

  /// Leaves the line in R0; jumps to `unreadable` where memory cannot be read.
  void emit(Argument.Line line, ValueEmitter values, Stack stack, Label unreadable) {
    LineTable table = line.table();
    Value first = Value.int32(line.code(), table.firstLine());
    Optional<Value> byteOffset = line.byteOffset();
    if (byteOffset.isEmpty()) {
      values.emit(first, unreadable);
      return;
    }
    Value bytes = Value.word(line.code(), table.table());
    int firstSlot = values.emitToStack(first, unreadable);
    int bytesSlot = values.emitToStack(bytes, unreadable);
    int sizeSlot = values.emitToStack(Value.word(bytes, table.sizeOffset()), unreadable);
    int wantedSlot = values.emitToStack(byteOffset.get(), unreadable);
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

  /// Reads the next piece to R10-32. R6 state, R7 range end, R8 line, R9 bytes in this piece; R4 the
  /// wanted offset.
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
  }

  /// Pairs of (address delta, line delta). In the older tables (`lnotab`) a pair's line counts from
  /// the address it ends at; in 3.10's it holds for the range the pair adds, and -128 means no line.
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

  private void emitRange(Label found) {
    Label none = code.label("none");
    Label next = code.label("next");
    code.jumpIf(Jump.EQUAL, R1, -128, none);
    code.add(R8, R1);
    code.mov(R5, R8);
    code.jumpIf(Jump.SIGNED_GREATER, R7, R4, found);
    code.jump(next);
    code.bind(none);
    code.mov(R5, -1);
    code.jumpIf(Jump.SIGNED_GREATER, R7, R4, found);
    code.bind(next);
  }

  /// Entries of variable length: a first byte with bit 7 set, then bytes without it (CPython 3.11
  /// Objects/locations.md). R1 bits gathered, R2 shift, R3 gathering, R5 the entry's code.
  private void emitLocations() {
    Label more = code.label("more");
    Label found = code.label("found");
    Label last = code.label("last");
    code.load(Size.DOUBLE, R1, R6, GATHERED);
    code.load(Size.DOUBLE, R2, R6, SHIFT);
    code.load(Size.DOUBLE, R3, R6, GATHERING);
    code.load(Size.DOUBLE, R5, R6, ENTRY_CODE);
    for (int i = 0; i < CHUNK_BYTES; i++) {
      code.jumpIf(Jump.LESS_EQUAL, R9, i, last);
      code.load(Size.BYTE, R0, R10, i - CHUNK_BYTES);
      emitLocationByte(found);
    }
    code.bind(last);
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
    code.jumpIf(Jump.NOT_EQUAL, R5, 15, line);
    code.mov(R8, -1);
    code.bind(line);
    code.store(Size.DOUBLE, R6, RESULT, R8);
    code.mov(R0, 1);
    code.exit();
  }

  private void emitLocationByte(Label found) {
    Label payload = code.label("payload");
    Label next = code.label("next");
    code.jumpIf(Jump.LESS, R0, 0x80, payload);
    code.jumpIf(Jump.SIGNED_GREATER, R7, R4, found);
    code.mov(R5, R0);
    code.shiftRight(R5, 3);
    code.and(R5, 15);
    code.and(R0, 7);
    code.add(R0, 1);
    code.shiftLeft(R0, 1);
    code.add(R7, R0);
    code.mov(R1, 0);
    code.mov(R2, 0);
    code.mov(R3, 0);
    code.jumpIf(Jump.LESS, R5, 10, next);
    code.jumpIf(Jump.EQUAL, R5, 15, next);
    Label longForm = code.label("long");
    code.jumpIf(Jump.GREATER, R5, 12, longForm);
    code.add(R8, R5);
    code.add(R8, -10);
    code.jump(next);
    code.bind(longForm);
    code.mov(R3, 1);
    code.jump(next);
    code.bind(payload);
    code.jumpIf(Jump.EQUAL, R3, 0, next);
    emitGather(next);
    code.bind(next);
  }

  /// One byte of a signed variable-length integer: six bits, and bit 6 where more follow; the sign
  /// is the lowest bit of the whole.
  private void emitGather(Label next) {
    Label positive = code.label("positive");
    int saved = -CHUNK_BYTES - 8;
    code.store(Size.DOUBLE, R10, saved, R0);
    code.and(R0, 63);
    code.and(R2, 63);
    code.alu(Alu.SHIFT_LEFT, R0, R2);
    code.or(R1, R0);
    code.add(R2, 6);
    code.load(Size.DOUBLE, R0, R10, saved);
    code.jumpIf(Jump.ANY_BIT, R0, 64, next);
    code.mov(R3, 0);
    code.mov(R0, R1);
    code.and(R0, 1);
    code.shiftRight(R1, 1);
    code.jumpIf(Jump.EQUAL, R0, 0, positive);
    code.negate(R1);
    code.bind(positive);
    code.add(R8, R1);
  }
}
