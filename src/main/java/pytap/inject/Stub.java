package pytap.inject;

import static pytap.asm.x86.GeneralRegister.R10;
import static pytap.asm.x86.GeneralRegister.R11;
import static pytap.asm.x86.GeneralRegister.R12;
import static pytap.asm.x86.GeneralRegister.R8;
import static pytap.asm.x86.GeneralRegister.R9;
import static pytap.asm.x86.GeneralRegister.RAX;
import static pytap.asm.x86.GeneralRegister.RBX;
import static pytap.asm.x86.GeneralRegister.RCX;
import static pytap.asm.x86.GeneralRegister.RDI;
import static pytap.asm.x86.GeneralRegister.RDX;
import static pytap.asm.x86.GeneralRegister.RSI;
import static pytap.asm.x86.GeneralRegister.RSP;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.Label;
import pytap.gen.RegionLayout;
import pytap.linux.Registers;
import pytap.linux.Registers.Field;

/// Code that one thread of a target runs once: it makes a region's file, maps it and goes on with
/// what the thread was doing. It may lie anywhere, uses of the stack only the 8 bytes below the red
/// zone, and needs nobody: every register it changes, the flags and the mask of signals are put
/// back from its own bytes, and a call of the system that was interrupted is made again.
///
/// What it maps it unmaps where a later step fails. On Linux 6.6: numbers of arch/x86/entry/
/// syscalls/syscall_64.tbl, constants of include/uapi/asm-generic/mman-common.h.
final class Stub {
  /// What the file is called; `/proc/PID/maps` shows it as `/memfd:pytap (deleted)`.
  static final String NAME = "pytap";

  static final int MEMFD_CREATE = 319;
  static final int FTRUNCATE = 77;
  static final int MMAP = 9;
  static final int MADVISE = 28;
  static final int CLOSE = 3;
  static final int MUNMAP = 11;
  static final int RT_SIGPROCMASK = 14;

  private static final int CLOSE_ON_EXEC = 1;
  private static final int READ_WRITE = 3;
  private static final int READ_EXECUTE = 5;
  private static final int SHARED = 1;
  private static final int PRIVATE = 2;
  private static final int FIXED = 0x10;
  private static final int ANONYMOUS = 0x20;
  private static final int FIXED_NOREPLACE = 0x100000;
  private static final int WIPE_ON_FORK = 18;
  private static final int SET_MASK = 2;
  private static final int RED_ZONE_BYTES = 128;

  private static final int NAME_OFFSET = 0;
  private static final int MASK_OFFSET = 8;
  private static final int GOAL_OFFSET = 16;

  /// How large it is at the most, a few bytes more than with the longest addresses.
  static final int MOST_BYTES = 768;

  /// Where its code begins, behind its data.
  static final int ENTRY_OFFSET = 32;

  private final Assembler code = new Assembler();
  private final Label failed = code.label("failed");
  private final Label close = code.label("close");
  private final Label end = code.label("end");
  private final long address;
  private final RegionLayout layout;
  private final boolean again;

  private Stub(long address, RegionLayout layout, boolean again) {
    this.address = address;
    this.layout = layout;
    this.again = again;
  }

  /// Size of the file: shared memory, ring, code.
  static long fileBytes(RegionLayout layout) {
    return codeInFile(layout) + RegionLayout.CODE_BYTES;
  }

  /// Where in the file the code begins.
  static long codeInFile(RegionLayout layout) {
    return layout.sharedBytes() + layout.ringBytes();
  }

  /// @param address where it will lie
  /// @param again whether the code is mapped already and all else is to be replaced
  /// @param interrupted the thread's registers as it stopped
  /// @param blocked the signals that it blocks
  static byte[] assemble(
      long address, RegionLayout layout, boolean again, Registers interrupted, long blocked) {
    return new Stub(address, layout, again).assemble(interrupted, blocked);
  }

  private byte[] assemble(Registers interrupted, long blocked) {
    makeFile();
    mapAll();
    code.jump(close);
    code.bind(failed);
    if (!again) {
      // What is mapped reaches from the base to %r12.
      code.mov(RDI, layout.base());
      code.mov(true, RSI, R12);
      code.binary(Binary.SUB, true, RSI, RDI);
      code.jumpIf(Condition.EQUAL, close);
      call(MUNMAP);
    }
    code.bind(close);
    code.mov(true, RDI, RBX);
    call(CLOSE);
    code.bind(end);
    code.mov(RDI, SET_MASK);
    code.mov(RSI, address + MASK_OFFSET);
    code.mov(RDX, 0);
    code.mov(R10, 8);
    call(RT_SIGPROCMASK);
    return withData(InterruptedCall.begunAgain(interrupted), blocked);
  }

  private void makeFile() {
    code.mov(RDI, address + NAME_OFFSET);
    code.mov(RSI, CLOSE_ON_EXEC);
    call(MEMFD_CREATE);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.SIGN, end);
    code.mov(true, RBX, RAX);
    code.mov(R12, layout.base());
    code.mov(true, RDI, RBX);
    code.mov(RSI, fileBytes(layout));
    call(FTRUNCATE);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, failed);
  }

  private void mapAll() {
    int place = again ? FIXED : FIXED_NOREPLACE;
    if (!again) {
      int code = RegionLayout.CODE_BYTES;
      map(layout.base(), code, READ_EXECUTE, PRIVATE | place, codeInFile(layout));
    }
    // What was in the data memory stays.
    long control = again ? layout.control() : layout.data();
    map(control, layout.shared() - control, READ_WRITE, PRIVATE | ANONYMOUS | place, 0);
    code.mov(RDI, layout.control());
    code.mov(RSI, layout.controlBytes());
    code.mov(RDX, WIPE_ON_FORK);
    call(MADVISE);
    code.test(true, RAX, RAX);
    code.jumpIf(Condition.NOT_EQUAL, failed);
    map(layout.shared(), codeInFile(layout), READ_WRITE, SHARED | place, 0);
    map(
        layout.ring() + layout.ringBytes(),
        layout.ringBytes(),
        READ_WRITE,
        SHARED | place,
        layout.sharedBytes());
  }

  private void map(long where, long sizeBytes, int protection, int flags, long offset) {
    code.mov(RDI, where);
    code.mov(RSI, sizeBytes);
    code.mov(RDX, protection);
    code.mov(R10, flags);
    if ((flags & ANONYMOUS) != 0) {
      code.mov(R8, -1);
    } else {
      code.mov(true, R8, RBX);
    }
    code.mov(R9, offset);
    call(MMAP);
    code.mov(RDI, where);
    code.binary(Binary.CMP, true, RAX, RDI);
    code.jumpIf(Condition.NOT_EQUAL, failed);
    code.mov(R12, where + sizeBytes);
  }

  private void call(int number) {
    code.mov(RAX, number);
    code.syscall();
  }

  /// The data, what was assembled, and the way back: it takes two instructions that only this
  /// needs.
  private byte[] withData(Registers goOn, long blocked) {
    code.storeImmediate(8, RSP, -RED_ZONE_BYTES - 8, (int) goOn.get(Field.EFLAGS));
    code.lea(RSP, RSP, -RED_ZONE_BYTES - 8);
    byte[] work = code.finish();
    byte[] rest = restoreRegisters(goOn);
    int size = ENTRY_OFFSET + work.length + 1 + rest.length + 6;
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.put(NAME_OFFSET, NAME.getBytes(StandardCharsets.US_ASCII));
    out.putLong(MASK_OFFSET, blocked).putLong(GOAL_OFFSET, goOn.get(Field.RIP));
    out.position(ENTRY_OFFSET).put(work);
    out.put((byte) 0x9d); // popfq
    out.put(rest);
    out.put((byte) 0xff).put((byte) 0x25).putInt(GOAL_OFFSET - size); // jmp *goal(%rip)
    return out.array();
  }

  private static byte[] restoreRegisters(Registers goOn) {
    Assembler rest = new Assembler();
    rest.lea(RSP, RSP, RED_ZONE_BYTES);
    rest.mov(RAX, goOn.get(Field.RAX));
    rest.mov(RBX, goOn.get(Field.RBX));
    rest.mov(RCX, goOn.get(Field.RCX));
    rest.mov(RDX, goOn.get(Field.RDX));
    rest.mov(RSI, goOn.get(Field.RSI));
    rest.mov(RDI, goOn.get(Field.RDI));
    rest.mov(R8, goOn.get(Field.R8));
    rest.mov(R9, goOn.get(Field.R9));
    rest.mov(R10, goOn.get(Field.R10));
    rest.mov(R11, goOn.get(Field.R11));
    rest.mov(R12, goOn.get(Field.R12));
    return rest.finish();
  }
}
