package pytap.python;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import pytap.asm.x86.Effect;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
import pytap.asm.x86.WrittenRegisters;
import pytap.probe.Condition;
import pytap.probe.Register;
import pytap.python.FrameLayout.InterpreterFrame;

/// The instructions that are always executed directly before a place, as places where the same
/// recipes give the same: nothing from there to the place writes a register or a field of the frame
/// that they read.
final class AdaptiveRun {
  private final AdaptiveCode code;
  private final InterpreterFrame layout;

  AdaptiveRun(AdaptiveCode code, InterpreterFrame layout) {
    this.code = code;
    this.layout = layout;
  }

  /// `place`, and the places before it from the nearest to the farthest.
  List<AdaptivePlace> endingAt(AdaptivePlace place, Condition condition) {
    Set<Register> read = Reads.registers(condition);
    read.addAll(Reads.registers(place.frame()));
    read.addAll(Reads.registers(place.executing()));
    List<AdaptivePlace> places = new ArrayList<>(List.of(place));
    if (read.contains(Register.FLAGS)) {
      return places;
    }
    List<Instruction> run = code.runBefore(place.instruction());
    for (int i = run.size() - 2; i >= 0 && !disturbs(run.get(i), read); i--) {
      places.add(new AdaptivePlace(run.get(i), place.state(), place.frame(), place.executing()));
    }
    return places;
  }

  private boolean disturbs(Instruction it, Set<Register> read) {
    for (GeneralRegister register : GeneralRegister.values()) {
      if (read.contains(Registers.of(register)) && WrittenRegisters.contain(it, register)) {
        return true;
      }
    }
    return it.memory().isPresent()
        && switch (Effect.of(it)) {
          case Effect.Load _, Effect.Address _, Effect.CompareConstant _ -> false;
          case Effect.Store(MemoryOperand to, var _, int _) -> isFrameField(to);
          case Effect.StoreConstant(MemoryOperand to, long _, int _) -> isFrameField(to);
          case Effect.Copy _,
              Effect.SetConstant _,
              Effect.Add _,
              Effect.Push _,
              Effect.Pop _,
              Effect.Other _ ->
              true;
        };
  }

  private boolean isFrameField(MemoryOperand to) {
    long offset = to.displacement();
    boolean index =
        layout.bytecode() instanceof FrameLayout.Bytecode.OfThread(int _, int at) && offset == at;
    return index
        || offset == layout.instruction()
        || offset == layout.code()
        || offset == layout.owner();
  }
}
