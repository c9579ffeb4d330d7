package pytap.python;

import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
import pytap.asm.x86.WrittenRegisters;
import pytap.probe.Value;

/// Where a function's argument is at one point of it: in which registers and stack slots.
///
/// @param registers a set of [GeneralRegister#bit]
/// @param slots stack slots, as offsets from the stack pointer at the function's first instruction
/// @param depth how far the stack pointer stands from there; empty when it is not known
/// @param frameBase the same for `%rbp`, when it is used as a frame pointer
record FramePlaces(int registers, Set<Long> slots, OptionalLong depth, OptionalLong frameBase) {
  private static final int SLOT_BYTES = 8;

  FramePlaces {
    slots = Set.copyOf(slots);
  }

  /// At the function's first instruction, with the argument in `register`.
  static FramePlaces atStart(GeneralRegister register) {
    return new FramePlaces(register.bit(), Set.of(), OptionalLong.of(0), OptionalLong.empty());
  }

  boolean holds(GeneralRegister register) {
    return (registers & register.bit()) != 0;
  }

  /// What is certain whichever of two ways control came.
  FramePlaces meet(FramePlaces other) {
    Set<Long> common = new HashSet<>(slots);
    common.retainAll(other.slots);
    boolean sameDepth = depth.equals(other.depth);
    boolean sameBase = frameBase.equals(other.frameBase);
    return new FramePlaces(
        registers & other.registers,
        sameDepth || sameBase ? common : Set.of(),
        sameDepth ? depth : OptionalLong.empty(),
        sameBase ? frameBase : OptionalLong.empty());
  }

  /// How to get the argument here; empty when it is nowhere for certain.
  Optional<Value> value() {
    // Callee-saved registers first: they are what a reader of the site's description expects.
    for (boolean saved : new boolean[] {true, false}) {
      for (GeneralRegister register : GeneralRegister.values()) {
        boolean callerSaved = (GeneralRegister.callerSaved() & register.bit()) != 0;
        if (holds(register) && callerSaved != saved) {
          return Optional.of(Value.register(Registers.of(register)));
        }
      }
    }
    if (depth.isPresent() && !slots.isEmpty()) {
      Value stack = Value.register(Registers.of(GeneralRegister.RSP));
      return Optional.of(Value.word(stack, slots.iterator().next() - depth.getAsLong()));
    }
    return Optional.empty();
  }

  /// After `it`, when control goes on to the next instruction or its target.
  FramePlaces after(Instruction it) {
    return switch (Effect.of(it)) {
      case Effect.Copy(GeneralRegister to, GeneralRegister from) -> copy(to, from);
      case Effect.Load(GeneralRegister to, MemoryOperand memory, int widthBytes) -> {
        OptionalLong slot = slot(memory);
        boolean argument =
            widthBytes == SLOT_BYTES && slot.isPresent() && slots.contains(slot.getAsLong());
        yield argument ? with(to) : without(to.bit());
      }
      case Effect.Store(MemoryOperand memory, GeneralRegister from, int widthBytes) ->
          store(memory, holds(from) && widthBytes == SLOT_BYTES);
      case Effect.StoreConstant(MemoryOperand memory, _, _) -> store(memory, false);
      case Effect.Push() -> move(-8);
      case Effect.Pop(GeneralRegister to) -> without(to.bit()).move(8);
      case Effect.Add(GeneralRegister register, long amount) when register == GeneralRegister.RSP ->
          move(amount);
      case Effect.Address(GeneralRegister to, MemoryOperand memory)
          when to == GeneralRegister.RSP && memory.basedOn(GeneralRegister.RSP) ->
          move(memory.displacement());
      default -> {
        int written = WrittenRegisters.of(it);
        yield it.memory().isPresent()
            ? without(written).store(it.memory().get(), false)
            : without(written);
      }
    };
  }

  private FramePlaces copy(GeneralRegister to, GeneralRegister from) {
    FramePlaces copied = holds(from) ? with(to) : without(to.bit());
    return to == GeneralRegister.RBP && from == GeneralRegister.RSP
        ? new FramePlaces(copied.registers, slots, depth, depth)
        : copied;
  }

  private FramePlaces with(GeneralRegister register) {
    FramePlaces without = without(register.bit());
    return new FramePlaces(
        without.registers | register.bit(), without.slots, without.depth, without.frameBase);
  }

  private FramePlaces without(int written) {
    boolean stack = (written & GeneralRegister.RSP.bit()) != 0;
    boolean base = (written & GeneralRegister.RBP.bit()) != 0;
    return new FramePlaces(
        registers & ~written,
        slots,
        stack ? OptionalLong.empty() : depth,
        base ? OptionalLong.empty() : frameBase);
  }

  private FramePlaces move(long bytes) {
    return new FramePlaces(
        registers,
        slots,
        depth.isPresent() ? OptionalLong.of(depth.getAsLong() + bytes) : depth,
        frameBase);
  }

  private FramePlaces store(MemoryOperand memory, boolean argument) {
    OptionalLong slot = slot(memory);
    if (slot.isEmpty()) {
      // A store through another pointer cannot reach a slot that the compiler keeps for itself,
      // but one relative to a stack pointer of unknown depth can.
      boolean unknown = memory.base().isPresent() && memory.base().get() == GeneralRegister.RSP;
      return unknown ? new FramePlaces(registers, Set.of(), depth, frameBase) : this;
    }
    long at = slot.getAsLong();
    Set<Long> kept = new HashSet<>();
    for (long other : slots) {
      if (Math.abs(other - at) >= SLOT_BYTES) {
        kept.add(other);
      }
    }
    if (argument) {
      kept.add(at);
    }
    return new FramePlaces(registers, kept, depth, frameBase);
  }

  private OptionalLong slot(MemoryOperand memory) {
    if (memory.basedOn(GeneralRegister.RSP) && depth.isPresent()) {
      return OptionalLong.of(depth.getAsLong() + memory.displacement());
    }
    if (memory.basedOn(GeneralRegister.RBP) && frameBase.isPresent()) {
      return OptionalLong.of(frameBase.getAsLong() + memory.displacement());
    }
    return OptionalLong.empty();
  }
}
