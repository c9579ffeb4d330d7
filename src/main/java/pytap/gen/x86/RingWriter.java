package pytap.gen.x86;

import static pytap.asm.x86.GeneralRegister.R10;
import static pytap.asm.x86.GeneralRegister.R11;
import static pytap.asm.x86.GeneralRegister.R12;
import static pytap.asm.x86.GeneralRegister.R13;
import static pytap.asm.x86.GeneralRegister.R14;
import static pytap.asm.x86.GeneralRegister.R8;
import static pytap.asm.x86.GeneralRegister.R9;
import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RBX;
import static pytap.asm.x86.GeneralRegister.RCX;
import static pytap.asm.x86.GeneralRegister.RDI;
import static pytap.asm.x86.GeneralRegister.RDX;
import static pytap.asm.x86.GeneralRegister.RSI;
import static pytap.asm.x86.GeneralRegister.RSP;

import java.util.List;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.asm.x86.Shift;
import pytap.gen.RegionLayout;
import pytap.linux.SharedRing;

/// The writing end of [SharedRing].
///
/// A lossless writer that finds no room sleeps in a `futex` on the reader's position, which every
/// program with threads is allowed to call, for at most [#NAP_NANOS] at a time. It gives up when
/// the heart has not beaten for as long as the control page says, and then no writer waits again
/// until it beats.
final class RingWriter {
  private static final int FUTEX = 202;
  private static final int FUTEX_WAIT_PRIVATE = 128;
  private static final int NAP_NANOS = 200_000;
  private static final int EAGAIN = 11;
  private static final int E2BIG = 7;
  private static final List<GeneralRegister> KEPT = List.of(RSI, RDX, R8, R9, RBX, R13, R14);

  private final Assembler code;
  private final RegionLayout region;
  private final Label time;
  private final Label await;
  private final Label tooBig;

  RingWriter(Assembler code, RegionLayout region, Label time) {
    this.code = code;
    this.region = region;
    this.time = time;
    this.await = code.label("await");
    this.tooBig = code.label("too_big");
  }

  /// `ringbuf_output`: `%rsi` the record, `%rdx` how many bytes. It may be read to the end of its
  /// last 8 bytes.
  void output() {
    Label stamped = code.label("stamped");
    code.loadByteFrom(R8, region.shared() + SharedRing.STAMPING_OFFSET);
    code.test(false, R8, R8);
    code.jumpIf(Condition.NOT_EQUAL, stamped);
    write(SharedRing.WORD_BYTES, 0);
    code.bind(stamped);
    code.push(RSI);
    code.push(RDX);
    code.binary(Binary.SUB, true, RSP, 8);
    code.call(time);
    code.binary(Binary.ADD, true, RSP, 8);
    code.pop(RDX);
    code.pop(RSI);
    code.mov(true, R8, RAX);
    write(2 * SharedRing.WORD_BYTES, SharedRing.STAMPED);
    code.bind(tooBig);
    code.mov(RAX, -E2BIG);
    code.ret();
    await();
  }

  /// @param headBytes the word and the stamp, which is in `%r8`
  private void write(int headBytes, int flags) {
    Label again = code.label("again");
    Label retry = code.label("retry");
    Label full = code.label("full");
    Label drop = code.label("drop");
    code.binary(Binary.CMP, true, RDX, Math.min(limit(), SharedRing.LENGTH_MASK));
    code.jumpIf(Condition.ABOVE, tooBig);
    code.lea(R9, RDX, headBytes + 7);
    code.binary(Binary.AND, true, R9, -8);
    code.bind(again);
    code.addressOf(RDI, region.shared());
    code.load(8, RAX, RDI, SharedRing.WRITERS_OFFSET);
    code.bind(retry);
    code.mov(true, RCX, RAX);
    code.binary(Binary.ADD, true, RCX, R9);
    code.mov(true, R10, RCX);
    code.binary(Binary.SUB, true, R10, RDI, SharedRing.READER_OFFSET);
    compareWithSize(R10);
    code.jumpIf(Condition.ABOVE, full);
    code.lockCompareExchange(true, RDI, SharedRing.WRITERS_OFFSET, RCX);
    code.jumpIf(Condition.NOT_EQUAL, retry);
    fill(headBytes, flags);
    code.bind(full);
    code.load(8, RCX, R12, ControlPage.FLAGS);
    code.test(false, RCX, ControlPage.FLAG_LOSSLESS);
    code.jumpIf(Condition.EQUAL, drop);
    code.call(await);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.EQUAL, again);
    code.bind(drop);
    code.mov(RAX, -EAGAIN);
    code.ret();
  }

  private int limit() {
    return (int) Math.min(region.ringBytes() - 2 * SharedRing.WORD_BYTES, Integer.MAX_VALUE);
  }

  private void compareWithSize(GeneralRegister bytes) {
    if (region.ringBytes() == (int) region.ringBytes()) {
      code.binary(Binary.CMP, true, bytes, (int) region.ringBytes());
    } else {
      code.mov(R11, region.ringBytes());
      code.binary(Binary.CMP, true, bytes, R11);
    }
  }

  /// `%rax` is the position of what has been claimed.
  private void fill(int headBytes, int flags) {
    Label next = code.label("next");
    Label filled = code.label("filled");
    long mask = region.ringBytes() - 1;
    code.addressOf(R10, region.ring());
    code.mov(true, RCX, RAX);
    if (mask == (int) mask) {
      code.binary(Binary.AND, true, RCX, (int) mask);
    } else {
      code.mov(R11, mask);
      code.binary(Binary.AND, true, RCX, R11);
    }
    code.binary(Binary.ADD, true, R10, RCX);
    code.shift(Shift.RIGHT, true, RAX, 3);
    code.multiply(false, RAX, RAX, SharedRing.TAG_FACTOR);
    code.shift(Shift.LEFT, true, RAX, 32);
    code.mov(false, RCX, RDX);
    code.binary(Binary.OR, false, RCX, SharedRing.FINISHED | flags);
    code.binary(Binary.OR, true, RCX, RAX);
    if (headBytes > SharedRing.WORD_BYTES) {
      code.store(8, R10, SharedRing.WORD_BYTES, R8);
    }
    code.lea(RDI, R10, headBytes);
    code.test(true, RDX, RDX);
    code.jumpIf(Condition.EQUAL, filled);
    code.bind(next);
    code.load(8, RAX, RSI, 0);
    code.store(8, RDI, 0, RAX);
    code.binary(Binary.ADD, true, RSI, 8);
    code.binary(Binary.ADD, true, RDI, 8);
    code.binary(Binary.SUB, true, RDX, 8);
    code.jumpIf(Condition.ABOVE, next);
    code.bind(filled);
    // Stores are seen in the order in which they were made.
    code.store(8, R10, 0, RCX);
    code.mov(RAX, 0);
    code.ret();
  }

  /// `%rax` = 0: there may be room now, else nobody reads.
  private void await() {
    Label nap = code.label("nap");
    Label beats = code.label("beats");
    Label again = code.label("again");
    Label gaveUp = code.label("gave_up");
    Label out = code.label("out");
    code.bind(await);
    KEPT.forEach(code::push);
    // With two return addresses and seven registers a multiple of 16; room for a time.
    code.binary(Binary.SUB, true, RSP, 24);
    code.bind(beats);
    code.addressOf(RCX, region.shared());
    code.load(8, RBX, RCX, SharedRing.HEARTBEAT_OFFSET);
    code.lea(RAX, RBX, 1);
    code.binary(Binary.CMP, true, RAX, R12, ControlPage.GAVE_UP);
    code.jumpIf(Condition.EQUAL, gaveUp);
    code.call(time);
    code.mov(true, R13, RAX);
    code.bind(nap);
    code.addressOf(RDI, region.shared() + SharedRing.READER_OFFSET);
    code.load(8, R14, RDI, 0);
    code.mov(RSI, FUTEX_WAIT_PRIVATE);
    code.mov(false, RDX, R14);
    code.storeImmediate(8, RSP, 0, 0);
    code.storeImmediate(8, RSP, 8, NAP_NANOS);
    code.mov(true, R10, RSP);
    code.mov(RAX, FUTEX);
    code.syscall();
    code.addressOf(RCX, region.shared());
    code.binary(Binary.CMP, true, R14, RCX, SharedRing.READER_OFFSET);
    code.jumpIf(Condition.NOT_EQUAL, again);
    code.binary(Binary.CMP, true, RBX, RCX, SharedRing.HEARTBEAT_OFFSET);
    code.jumpIf(Condition.NOT_EQUAL, beats);
    code.call(time);
    code.binary(Binary.SUB, true, RAX, R13);
    code.binary(Binary.CMP, true, RAX, R12, ControlPage.PATIENCE);
    code.jumpIf(Condition.BELOW, nap);
    code.lea(RAX, RBX, 1);
    code.store(8, R12, ControlPage.GAVE_UP, RAX);
    code.bind(gaveUp);
    code.mov(RAX, 1);
    code.jump(out);
    code.bind(again);
    code.mov(RAX, 0);
    code.bind(out);
    code.binary(Binary.ADD, true, RSP, 24);
    KEPT.reversed().forEach(code::pop);
    code.ret();
  }
}
