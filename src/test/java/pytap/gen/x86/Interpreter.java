package pytap.gen.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.asm.bpf.Alu;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Operation;
import pytap.asm.bpf.Operations;
import pytap.asm.bpf.Program;
import pytap.asm.bpf.Reg;
import pytap.asm.bpf.Size;
import pytap.source.FormatException;

/// A third opinion on what programs mean, written for likeness with the instruction set's
/// description. Pointers are addresses of this process; every access is checked to be in memory
/// that the program was given.
final class Interpreter {
  /// What programs call, all but `bpf_loop`.
  interface Functions {
    long call(Interpreter in, BpfFunction function, long r1, long r2, long r3);
  }

  @SuppressWarnings("restricted")
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final int MAX_STEPS = 200_000;

  private final List<Optional<Operation>> operations;
  private final List<MemorySegment> given = new ArrayList<>();
  private final long[] values;
  private final Functions functions;

  private int steps;

  /// A program touched what is not its own.
  static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String what) {
      super(what);
    }
  }

  /// A program took long; so far all was well.
  static final class TooLong extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// @param maps the values of each map
  Interpreter(Program program, List<MemorySegment> maps, Functions functions)
      throws FormatException {
    this.operations = Operations.of(program);
    this.values = maps.stream().mapToLong(MemorySegment::address).toArray();
    this.given.addAll(maps);
    this.functions = functions;
  }

  /// Runs the main program and returns R0.
  long run(MemorySegment context) {
    given.add(context);
    return function(0, context.address(), 0, 0, 0, 0);
  }

  private long function(int start, long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      long[] r = new long[11];
      System.arraycopy(arguments, 0, r, 1, 5);
      MemorySegment stack = arena.allocate(512, 16);
      r[10] = stack.address() + 512;
      given.add(stack);
      int slot = start;
      while (true) {
        if (++steps > MAX_STEPS) {
          throw new TooLong();
        }
        Operation operation = operations.get(slot).orElseThrow();
        slot += operation.slots();
        switch (operation) {
          case Operation.Exit _ -> {
            given.remove(stack);
            return r[0];
          }
          case Operation.Goto jump -> slot = jump.target();
          case Operation.Conditional jump -> {
            if (holds(jump, r[jump.left().number()], operand(r, jump.right()))) {
              slot = jump.target();
            }
          }
          case Operation.CallSubprogram call ->
              r[0] = function(call.slot(), r[1], r[2], r[3], r[4], r[5]);
          case Operation.CallFunction(BpfFunction function) ->
              r[0] =
                  function == BpfFunction.LOOP
                      ? loop(r)
                      : functions.call(this, function, r[1], r[2], r[3]);
          default -> step(r, operation);
        }
      }
    }
  }

  private long loop(long[] r) {
    long rounds = r[1] & 0xffffffffL;
    if (r[4] != 0) {
      return -22;
    }
    if (rounds > 1 << 23) {
      return -7;
    }
    for (long i = 0; i < rounds; i++) {
      if (function((int) r[2], i, r[3], 0, 0, 0) != 0) {
        return i + 1;
      }
    }
    return rounds;
  }

  private void step(long[] r, Operation operation) {
    switch (operation) {
      case Operation.Arithmetic(Alu op, boolean wide, Reg dst, Operation.Operand operand) -> {
        long left = r[dst.number()];
        long right = operand(r, operand);
        r[dst.number()] =
            wide ? wide(op, left, right) : narrow(op, (int) left, (int) right) & 0xffffffffL;
      }
      case Operation.Load load ->
          r[load.dst().number()] = read(load.size(), r[load.base().number()] + load.offset());
      case Operation.Store store ->
          write(store.size(), r[store.base().number()] + store.offset(), operand(r, store.value()));
      case Operation.AtomicStep atomic -> atomic(r, atomic);
      case Operation.Constant(Reg dst, long value) -> r[dst.number()] = value;
      case Operation.MapHandle(Reg dst, int map) -> r[dst.number()] = map;
      case Operation.MapValue(Reg dst, int map, int offset) ->
          r[dst.number()] = values[map] + offset;
      case Operation.FunctionAddress(Reg dst, int slot) -> r[dst.number()] = slot;
      default -> throw new IllegalStateException("not a step: " + operation);
    }
  }

  private static long operand(long[] r, Operation.Operand operand) {
    return switch (operand) {
      case Operation.Operand.Register(Reg register) -> r[register.number()];
      case Operation.Operand.Immediate(int value) -> value;
    };
  }

  private static long wide(Alu op, long a, long b) {
    return switch (op) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> b == 0 ? 0 : Long.divideUnsigned(a, b);
      case MOD -> b == 0 ? a : Long.remainderUnsigned(a, b);
      case OR -> a | b;
      case AND -> a & b;
      case XOR -> a ^ b;
      case SHIFT_LEFT -> a << (b & 63);
      case SHIFT_RIGHT -> a >>> (b & 63);
      case SHIFT_RIGHT_SIGNED -> a >> (b & 63);
      case NEGATE -> -a;
      case MOV -> b;
    };
  }

  private static int narrow(Alu op, int a, int b) {
    return switch (op) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> b == 0 ? 0 : Integer.divideUnsigned(a, b);
      case MOD -> b == 0 ? a : Integer.remainderUnsigned(a, b);
      case OR -> a | b;
      case AND -> a & b;
      case XOR -> a ^ b;
      case SHIFT_LEFT -> a << (b & 31);
      case SHIFT_RIGHT -> a >>> (b & 31);
      case SHIFT_RIGHT_SIGNED -> a >> (b & 31);
      case NEGATE -> -a;
      case MOV -> b;
    };
  }

  private static boolean holds(Operation.Conditional jump, long left, long right) {
    boolean wide = jump.wide();
    long a = wide ? left : (int) left;
    long b = wide ? right : (int) right;
    int unsigned = wide ? Long.compareUnsigned(a, b) : Integer.compareUnsigned((int) a, (int) b);
    return switch (jump.condition()) {
      case EQUAL -> a == b;
      case NOT_EQUAL -> a != b;
      case ANY_BIT -> (a & b) != 0;
      case GREATER -> unsigned > 0;
      case GREATER_EQUAL -> unsigned >= 0;
      case LESS -> unsigned < 0;
      case LESS_EQUAL -> unsigned <= 0;
      case SIGNED_GREATER -> a > b;
      case SIGNED_GREATER_EQUAL -> a >= b;
      case SIGNED_LESS -> a < b;
      case SIGNED_LESS_EQUAL -> a <= b;
    };
  }

  private void atomic(long[] r, Operation.AtomicStep atomic) {
    long address = r[atomic.base().number()] + atomic.offset();
    int source = atomic.src().number();
    long src = r[source];
    long old = read(atomic.size(), address);
    long result =
        switch (atomic.op()) {
          case ADD, FETCH_ADD -> old + src;
          case OR, FETCH_OR -> old | src;
          case AND, FETCH_AND -> old & src;
          case XOR, FETCH_XOR -> old ^ src;
          case EXCHANGE -> src;
          case COMPARE_EXCHANGE ->
              old == (atomic.size() == Size.WORD ? r[0] & 0xffffffffL : r[0]) ? src : old;
        };
    write(atomic.size(), address, result);
    switch (atomic.op()) {
      case ADD, OR, AND, XOR -> {}
      case FETCH_ADD, FETCH_OR, FETCH_AND, FETCH_XOR, EXCHANGE -> r[source] = old;
      case COMPARE_EXCHANGE -> r[0] = old;
    }
  }

  /// Requires that `bytes` at `address` belong to the program.
  void check(long address, long bytes) {
    for (MemorySegment segment : given) {
      long offset = address - segment.address();
      if (offset >= 0 && bytes >= 0 && offset + bytes <= segment.byteSize()) {
        return;
      }
    }
    throw new Violation(bytes + " bytes at " + Long.toHexString(address));
  }

  private long read(Size size, long address) {
    check(address, size.bytes());
    return switch (size) {
      case BYTE -> MEMORY.get(ValueLayout.JAVA_BYTE, address) & 0xffL;
      case HALF -> MEMORY.get(ValueLayout.JAVA_SHORT_UNALIGNED, address) & 0xffffL;
      case WORD -> MEMORY.get(ValueLayout.JAVA_INT_UNALIGNED, address) & 0xffffffffL;
      case DOUBLE -> MEMORY.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
    };
  }

  private void write(Size size, long address, long value) {
    check(address, size.bytes());
    switch (size) {
      case BYTE -> MEMORY.set(ValueLayout.JAVA_BYTE, address, (byte) value);
      case HALF -> MEMORY.set(ValueLayout.JAVA_SHORT_UNALIGNED, address, (short) value);
      case WORD -> MEMORY.set(ValueLayout.JAVA_INT_UNALIGNED, address, (int) value);
      case DOUBLE -> MEMORY.set(ValueLayout.JAVA_LONG_UNALIGNED, address, value);
    }
  }
}
