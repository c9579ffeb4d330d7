package pytap.gen.x86;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import pytap.asm.bpf.Alu;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.Atomic;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Program;
import pytap.asm.bpf.Reg;
import pytap.asm.bpf.Size;

/// Programs that every verifier accepts, for [ThreeWays]: all registers but R6 (the context) and
/// R10 hold numbers between statements, pointers appear inside of a statement only. At the end all
/// registers go to the second half of the context and the stack to map 0.
final class RandomBpf {
  private static final List<Reg> NUMBERS =
      List.of(Reg.R0, Reg.R1, Reg.R2, Reg.R3, Reg.R4, Reg.R5, Reg.R7, Reg.R8, Reg.R9);
  private static final int[] EDGES = {0, 1, -1, 2, 31, 32, 63, 64, 127, 128, -128, -129, 255};
  private static final int STACK = 64;

  private final Random random;
  private final long readable;
  private final Assembler code = new Assembler("random");
  private final List<Label> subprograms = new ArrayList<>();
  private final List<Label> bodies = new ArrayList<>();
  private int branches;
  private int depth;

  private RandomBpf(long seed, long readable) {
    this.random = new Random(seed);
    this.readable = readable;
  }

  /// @param readable the address of 64 bytes of user memory
  static Program of(long seed, long readable) {
    return new RandomBpf(seed, readable).program();
  }

  private Program program() {
    code.mov(Reg.R6, Reg.R1);
    for (int i = 0; i < NUMBERS.size(); i++) {
      if (random.nextBoolean()) {
        code.load(Size.DOUBLE, NUMBERS.get(i), Reg.R6, 8 * random.nextInt(8));
      } else {
        code.movLong(NUMBERS.get(i), number());
      }
    }
    for (int at = 8; at <= STACK; at += 8) {
      code.store(Size.DOUBLE, Reg.R10, -at, pick());
    }
    statements(6 + random.nextInt(16));
    for (int i = 0; i < NUMBERS.size(); i++) {
      code.store(Size.DOUBLE, Reg.R6, 64 + 8 * i, NUMBERS.get(i));
    }
    code.loadMapValue(Reg.R1, 0, 64);
    for (int at = 8; at <= STACK; at += 8) {
      code.load(Size.DOUBLE, Reg.R2, Reg.R10, -at);
      code.store(Size.DOUBLE, Reg.R1, at - 8, Reg.R2);
    }
    code.exit();
    for (Label subprogram : subprograms) {
      subprogram(subprogram);
    }
    for (Label body : bodies) {
      body(body);
    }
    return code.finish();
  }

  private void statements(int count) {
    for (int i = 0; i < count; i++) {
      int kind = random.nextInt(100);
      if (kind < 55) {
        arithmetic(NUMBERS);
      } else if (kind < 75) {
        memory();
      } else if (kind < 82) {
        atomic();
      } else if (kind < 85) {
        indexed();
      } else if (kind < 92) {
        branch(count - i);
      } else {
        calls();
      }
    }
  }

  private void calls() {
    switch (random.nextInt(5)) {
      case 0 -> {
        Label subprogram = code.label("sub" + subprograms.size());
        subprograms.add(subprogram);
        code.call(subprogram);
        renew();
      }
      case 1 -> {
        // Linux 6.18 fails with "No program to jit" where it finds a loop's body out of reach.
        if (depth == 0) {
          loop();
        }
      }
      case 2 -> lookup();
      default -> read();
    }
  }

  private void arithmetic(List<Reg> registers) {
    Alu op = Alu.values()[random.nextInt(Alu.values().length)];
    boolean wide = random.nextBoolean();
    Reg dst = registers.get(random.nextInt(registers.size()));
    if (op != Alu.NEGATE && random.nextBoolean()) {
      Reg src = registers.get(random.nextInt(registers.size()));
      if (wide) {
        code.alu(op, dst, src);
      } else {
        code.alu32(op, dst, src);
      }
      return;
    }
    int immediate =
        switch (op) {
          case NEGATE -> 0;
          case SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_SIGNED -> random.nextInt(wide ? 64 : 32);
          case DIV, MOD -> {
            int value = (int) number();
            yield value == 0 ? 7 : value;
          }
          default -> (int) number();
        };
    if (wide) {
      code.alu(op, dst, immediate);
    } else {
      code.alu32(op, dst, immediate);
    }
  }

  private void memory() {
    Size size = Size.values()[random.nextInt(4)];
    int count = 64 / size.bytes();
    int offset = random.nextInt(count) * size.bytes();
    Reg base = Reg.R6;
    switch (random.nextInt(3)) {
      case 0 -> base = map();
      case 1 -> {
        base = Reg.R10;
        offset -= STACK;
      }
      default -> {}
    }
    Reg other = other(base);
    switch (random.nextInt(3)) {
      case 0 -> code.load(size, other, base, offset);
      case 1 -> code.store(size, base, offset, other);
      default -> {
        if (base == Reg.R6) {
          code.store(size, base, offset, other);
        } else {
          code.store(size, base, offset, (int) number());
        }
      }
    }
    restore(base);
  }

  /// Memory of map 0 at an offset that only masks and comparisons bound.
  private void indexed() {
    Size size = Size.values()[random.nextInt(4)];
    Label outside = code.label("outside");
    Reg base = map();
    Reg index = other(base);
    // Linux 6.18 refuses a number that it knows as another one plus a large constant.
    code.load(Size.DOUBLE, index, Reg.R6, 8 * random.nextInt(8));
    switch (random.nextInt(4)) {
      case 0 -> code.and(index, 63);
      case 1 -> {
        code.and(index, 7);
        code.shiftLeft(index, 3);
      }
      case 2 -> code.shiftRight(index, 58);
      default -> {
        code.load(Size.BYTE, index, Reg.R6, random.nextInt(64));
        code.jumpIf(Jump.GREATER, index, 64 - size.bytes(), outside);
      }
    }
    code.add(base, index);
    if (random.nextBoolean()) {
      code.load(size, index, base, 0);
    } else {
      code.store(size, base, 0, index);
    }
    code.bind(outside);
    restore(base);
  }

  private void atomic() {
    Size size = random.nextBoolean() ? Size.WORD : Size.DOUBLE;
    int offset = random.nextInt(64 / size.bytes()) * size.bytes();
    Reg base = Reg.R10;
    Atomic op = Atomic.values()[random.nextInt(Atomic.values().length)];
    if (random.nextBoolean()) {
      base = map();
    } else {
      // What a step fetched from the stack, Linux 6.18 may believe to know: it then leaves out a
      // branch that other ways to it need, and the kernel alone is wrong.
      op = Atomic.values()[random.nextInt(Atomic.FETCH_ADD.ordinal())];
      offset -= STACK;
    }
    if (op == Atomic.COMPARE_EXCHANGE && random.nextBoolean() && base != Reg.R0) {
      code.load(size, Reg.R0, base, offset);
    }
    if (op == Atomic.COMPARE_EXCHANGE && base == Reg.R0) {
      op = Atomic.EXCHANGE;
    }
    code.atomic(op, size, base, offset, other(base));
    restore(base);
  }

  private void branch(int rest) {
    if (branches >= 4) {
      arithmetic(NUMBERS);
      return;
    }
    branches++;
    Label otherwise = code.label("otherwise");
    Jump jump = Jump.values()[random.nextInt(Jump.values().length)];
    switch (random.nextInt(4)) {
      case 0 -> code.jumpIf(jump, pick(), pick(), otherwise);
      case 1 -> code.jumpIf(jump, pick(), (int) number(), otherwise);
      case 2 -> code.jumpIf32(jump, pick(), pick(), otherwise);
      default -> code.jumpIf32(jump, pick(), (int) number(), otherwise);
    }
    depth++;
    statements(1 + random.nextInt(Math.min(rest, 4)));
    if (random.nextBoolean()) {
      Label end = code.label("end");
      code.jump(end);
      code.bind(otherwise);
      statements(1 + random.nextInt(3));
      code.bind(end);
    } else {
      code.bind(otherwise);
    }
    depth--;
  }

  private void lookup() {
    Label none = code.label("none");
    code.store(Size.WORD, Reg.R10, -STACK - 8, random.nextInt(6));
    code.mov(Reg.R2, Reg.R10);
    code.add(Reg.R2, -STACK - 8);
    code.loadMap(Reg.R1, 1);
    code.call(BpfFunction.MAP_LOOKUP_ELEM);
    code.jumpIf(Jump.EQUAL, Reg.R0, 0, none);
    code.load(Size.DOUBLE, Reg.R7, Reg.R0, 0);
    code.store(Size.WORD, Reg.R0, 8, Reg.R8);
    code.mov(Reg.R1, 3);
    code.atomicAdd(Size.DOUBLE, Reg.R0, 0, Reg.R1);
    code.bind(none);
    code.mov(Reg.R0, (int) number());
    renew();
  }

  private void read() {
    int bytes = 1 + random.nextInt(16);
    int at = 16 + 8 * random.nextInt(STACK / 8 - 1);
    code.mov(Reg.R1, Reg.R10);
    code.add(Reg.R1, -at);
    code.mov(Reg.R2, bytes);
    code.movLong(Reg.R3, random.nextInt(4) == 0 ? 16 : readable + random.nextInt(48));
    code.call(BpfFunction.PROBE_READ_USER);
    renew();
  }

  private void loop() {
    Label body = code.label("body" + bodies.size());
    bodies.add(body);
    code.load(Size.WORD, Reg.R1, Reg.R6, 8 * random.nextInt(8));
    code.and(Reg.R1, 7);
    code.loadFunction(Reg.R2, body);
    code.mov(Reg.R3, Reg.R10);
    code.add(Reg.R3, -16);
    code.mov(Reg.R4, random.nextInt(5) == 0 ? 1 : 0);
    code.call(BpfFunction.LOOP);
    renew();
  }

  private void subprogram(Label label) {
    code.function(label);
    List<Reg> registers = new ArrayList<>(NUMBERS);
    if (random.nextBoolean()) {
      registers.add(Reg.R6);
    }
    code.mov(Reg.R0, (int) number());
    for (Reg register : registers) {
      if (register.number() > 5) {
        code.movLong(register, number());
      }
    }
    code.store(Size.DOUBLE, Reg.R10, -24, Reg.R2);
    for (int i = 1 + random.nextInt(6); i > 0; i--) {
      arithmetic(registers);
    }
    code.load(Size.DOUBLE, Reg.R1, Reg.R10, -24);
    code.alu(Alu.XOR, Reg.R0, Reg.R1);
    code.exit();
  }

  private void body(Label label) {
    code.function(label);
    code.mov(Reg.R9, Reg.R2);
    code.load(Size.DOUBLE, Reg.R0, Reg.R9, 0);
    for (Reg register : List.of(Reg.R2, Reg.R3, Reg.R4, Reg.R5, Reg.R7, Reg.R8)) {
      code.load(Size.WORD, register, Reg.R9, 8 + 4 * random.nextInt(2));
    }
    for (int i = 1 + random.nextInt(6); i > 0; i--) {
      arithmetic(NUMBERS.subList(0, 8));
    }
    code.store(Size.DOUBLE, Reg.R9, 8, Reg.R1);
    code.store(Size.DOUBLE, Reg.R9, 0, Reg.R0);
    code.and(Reg.R0, random.nextInt(3) == 0 ? 1 : 0);
    code.exit();
  }

  /// A register that points to map 0; to be given back with [#restore].
  private Reg map() {
    Reg base = pick();
    code.loadMapValue(base, 0, 0);
    return base;
  }

  private void restore(Reg base) {
    if (base != Reg.R6 && base != Reg.R10) {
      code.mov(base, (int) number());
    }
  }

  /// Calls lose R1 to R5.
  private void renew() {
    for (int i = 1; i <= 5; i++) {
      code.load(Size.DOUBLE, NUMBERS.get(i), Reg.R6, 8 * random.nextInt(8));
    }
  }

  private Reg pick() {
    return NUMBERS.get(random.nextInt(NUMBERS.size()));
  }

  private Reg other(Reg than) {
    Reg other = pick();
    return other == than ? other(than) : other;
  }

  private long number() {
    return switch (random.nextInt(4)) {
      case 0 -> EDGES[random.nextInt(EDGES.length)];
      case 1 -> random.nextInt();
      case 2 -> random.nextLong();
      default -> 1L << random.nextInt(64);
    };
  }
}
