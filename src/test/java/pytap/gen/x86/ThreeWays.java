package pytap.gen.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Program;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Binary;
import pytap.asm.x86.Condition;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Label;
import pytap.asm.x86.Shift;
import pytap.linux.BpfMap;
import pytap.linux.BpfProgram;
import pytap.linux.ExecutableMemory;
import pytap.linux.Kernel;
import pytap.linux.LinuxKernel;
import pytap.linux.MapSpec;
import pytap.linux.ProgramType;
import pytap.source.FormatException;
import pytap.source.TracerException;

/// Runs programs in the kernel, as machine code in this process, and in [Interpreter].
///
/// Map 0 is an array of one value of 128 bytes, map 1 an array of four values of 16 bytes, the
/// context has 136 bytes.
final class ThreeWays implements AutoCloseable {
  static final int CONTEXT_BYTES = 136;
  private static final int FIRST_BYTES = 128;
  private static final int SECOND_BYTES = 64;
  private static final int MAPS_OFFSET = 8;
  private static final int READ_OFFSET = 64;
  private static final int EFAULT = 14;

  static final Contract CONTRACT =
      new Contract(
          CONTEXT_BYTES,
          true,
          List.of(new Contract.MapShape.Array(128, 1), new Contract.MapShape.Array(16, 4)));

  private final Arena arena = Arena.ofConfined();
  private final Kernel kernel = new LinuxKernel();
  private final BpfMap first;
  private final BpfMap second;
  private final ExecutableMemory executable;
  private final MemorySegment control = arena.allocate(128, 16);
  private final MemorySegment values = arena.allocate(FIRST_BYTES + SECOND_BYTES, 16);
  private final MemorySegment user = arena.allocate(64, 16);
  private long codeBytes;

  ThreeWays() throws TracerException {
    first = BpfMap.create(kernel, MapSpec.array("first", 128, 1));
    second = BpfMap.create(kernel, MapSpec.array("second", 16, 4));
    executable = ExecutableMemory.create(kernel, "three_ways", 64 << 20);
    for (int i = 0; i < 64; i++) {
      user.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 37 + 1));
    }
    control.set(ValueLayout.JAVA_LONG, MAPS_OFFSET + 8, values.address());
    control.set(ValueLayout.JAVA_LONG, MAPS_OFFSET + 24, values.address() + FIRST_BYTES);
    Assembler read = new Assembler();
    readUser(read);
    control.set(ValueLayout.JAVA_LONG, READ_OFFSET, executable.place(read.finish()));
  }

  /// All that a program can change.
  record Outcome(long result, List<Long> context, List<Long> values) {
    @Override
    public String toString() {
      return Long.toHexString(result) + " context " + hex(context) + " values " + hex(values);
    }

    private static List<String> hex(List<Long> words) {
      return words.stream().map(Long::toHexString).toList();
    }
  }

  /// The address of 64 readable bytes.
  long readable() {
    return user.address();
  }

  /// Bytes of machine code so far.
  long codeBytes() {
    return codeBytes;
  }

  ExecutableMemory executable() {
    return executable;
  }

  MemorySegment control() {
    return control;
  }

  Outcome inKernel(BpfProgram loaded, long[] input) throws TracerException {
    MemorySegment one = first.mapValues().asSlice(0, FIRST_BYTES);
    MemorySegment two = second.mapValues().asSlice(0, SECOND_BYTES);
    fillValues();
    one.copyFrom(values.asSlice(0, FIRST_BYTES));
    two.copyFrom(values.asSlice(FIRST_BYTES, SECOND_BYTES));
    try (Arena own = Arena.ofConfined()) {
      MemorySegment context = own.allocateFrom(ValueLayout.JAVA_LONG, input);
      int result = loaded.run(context);
      values.asSlice(0, FIRST_BYTES).copyFrom(one);
      values.asSlice(FIRST_BYTES, SECOND_BYTES).copyFrom(two);
      return outcome(result, context);
    }
  }

  BpfProgram load(Program program) throws TracerException {
    return BpfProgram.load(kernel, ProgramType.SYSCALL, program, first, second);
  }

  /// Compiles `program` behind the lookup function that it may call. Returns its entry's address.
  long compile(Program program) throws FormatException, TracerException {
    Assembler code = new Assembler();
    Label lookup = code.label("map_lookup_elem");
    code.bind(lookup);
    lookUp(code);
    Linkage linkage =
        new Linkage(
            MAPS_OFFSET,
            Map.of(
                BpfFunction.MAP_LOOKUP_ELEM,
                new Linkage.Target.Near(lookup),
                BpfFunction.PROBE_READ_USER,
                new Linkage.Target.Through(READ_OFFSET)));
    Label entry = Translator.translate(code, Verifier.verify(program, CONTRACT), linkage);
    byte[] finished = code.finish();
    int offset = code.offset(entry);
    codeBytes += finished.length - offset;
    return executable.place(finished) + offset;
  }

  Outcome asCode(long entry, long[] input) {
    fillValues();
    try (Arena own = Arena.ofConfined()) {
      MemorySegment context = own.allocateFrom(ValueLayout.JAVA_LONG, input);
      return outcome((int) executable.call(entry, context, control), context);
    }
  }

  Outcome interpreted(Program program, long[] input) throws FormatException {
    fillValues();
    List<MemorySegment> maps =
        List.of(values.asSlice(0, FIRST_BYTES), values.asSlice(FIRST_BYTES, SECOND_BYTES));
    try (Arena own = Arena.ofConfined()) {
      MemorySegment context = own.allocateFrom(ValueLayout.JAVA_LONG, input);
      return outcome((int) new Interpreter(program, maps, this::call).run(context), context);
    }
  }

  @SuppressWarnings("restricted")
  private long call(Interpreter in, BpfFunction function, long r1, long r2, long r3) {
    MemorySegment memory = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    return switch (function) {
      case MAP_LOOKUP_ELEM -> {
        in.check(r2, 4);
        int key = memory.get(ValueLayout.JAVA_INT_UNALIGNED, r2);
        yield Integer.compareUnsigned(key, 4) < 0 ? values.address() + FIRST_BYTES + 16L * key : 0;
      }
      case PROBE_READ_USER -> {
        in.check(r1, r2 & 0xffffffffL);
        if (r3 < user.address() || r3 + r2 > user.address() + user.byteSize()) {
          memory.asSlice(r1, r2).fill((byte) 0);
          yield -EFAULT;
        }
        MemorySegment.copy(memory, r3, memory, r1, r2);
        yield 0;
      }
      case PROBE_READ_KERNEL, PROBE_READ_USER_STR, PROBE_READ_KERNEL_STR, GET_CURRENT_COMM -> {
        in.check(r1, r2 & 0xffffffffL);
        yield 0;
      }
      case MAP_UPDATE_ELEM, MAP_DELETE_ELEM -> {
        in.check(r2, 4);
        yield 0;
      }
      default -> 0;
    };
  }

  private void fillValues() {
    for (int i = 0; i < values.byteSize(); i++) {
      values.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 29 + 3));
    }
  }

  private Outcome outcome(int result, MemorySegment context) {
    return new Outcome(result, words(context), words(values));
  }

  private static List<Long> words(MemorySegment memory) {
    return Arrays.stream(memory.toArray(ValueLayout.JAVA_LONG)).boxed().toList();
  }

  /// Map 1 only.
  private static void lookUp(Assembler code) {
    Label none = code.label("none");
    code.load(4, GeneralRegister.RAX, GeneralRegister.RSI, 0);
    spoil(code);
    code.binary(Binary.CMP, false, GeneralRegister.RAX, 4);
    code.jumpIf(Condition.ABOVE_EQUAL, none);
    code.shift(Shift.LEFT, true, GeneralRegister.RAX, 4);
    code.binary(Binary.ADD, true, GeneralRegister.RAX, GeneralRegister.R12, MAPS_OFFSET + 24);
    code.ret();
    code.bind(none);
    code.mov(GeneralRegister.RAX, 0);
    code.ret();
  }

  /// What lies below 4096 counts as unreadable.
  private static void readUser(Assembler code) {
    Label fault = code.label("fault");
    Label next = code.label("next");
    Label done = code.label("done");
    code.mov(false, GeneralRegister.RCX, GeneralRegister.RSI);
    code.binary(Binary.CMP, true, GeneralRegister.RDX, 4096);
    code.jumpIf(Condition.BELOW, fault);
    code.mov(true, GeneralRegister.RSI, GeneralRegister.RDX);
    code.repMovsb();
    code.mov(GeneralRegister.RAX, 0);
    spoil(code);
    code.ret();
    code.bind(fault);
    code.bind(next);
    code.test(true, GeneralRegister.RCX, GeneralRegister.RCX);
    code.jumpIf(Condition.EQUAL, done);
    code.storeImmediate(1, GeneralRegister.RDI, 0, 0);
    code.binary(Binary.ADD, true, GeneralRegister.RDI, 1);
    code.binary(Binary.SUB, true, GeneralRegister.RCX, 1);
    code.jump(next);
    code.bind(done);
    code.mov(GeneralRegister.RAX, -EFAULT);
    code.ret();
  }

  /// A function may lose these.
  private static void spoil(Assembler code) {
    for (GeneralRegister register : GeneralRegister.values()) {
      boolean lost = (GeneralRegister.callerSaved() & register.bit()) != 0;
      if (lost && register != GeneralRegister.RAX) {
        code.mov(register, 0x5901_1ed5_901L + register.ordinal());
      }
    }
  }

  @Override
  public void close() {
    executable.close();
    first.close();
    second.close();
    arena.close();
  }
}
