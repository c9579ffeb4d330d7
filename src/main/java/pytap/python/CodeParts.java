package pytap.python;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.Sweep;
import pytap.elf.FunctionExtent;

/// The parts into which the compiler split one function, as far as they are known.
final class CodeParts {
  private final List<FunctionExtent> extents = new ArrayList<>();
  private final List<Sweep> sweeps = new ArrayList<>();

  /// Where the jumps go that lead out of their part.
  private final Set<Long> crossings = new HashSet<>();

  CodeParts() {}

  /// The same parts, to which others can be added.
  CodeParts copy() {
    CodeParts copy = new CodeParts();
    copy.extents.addAll(extents);
    copy.sweeps.addAll(sweeps);
    copy.crossings.addAll(crossings);
    return copy;
  }

  void add(FunctionExtent extent, Sweep sweep) {
    extents.add(extent);
    sweeps.add(sweep);
    for (int i = 0; i < sweep.jumps(); i++) {
      long target = sweep.jumpTarget(i);
      if (!sweep.contains(target)) {
        crossings.add(target);
      }
    }
  }

  /// In the order in which they were found.
  List<FunctionExtent> extents() {
    return extents;
  }

  List<Sweep> sweeps() {
    return sweeps;
  }

  /// All instructions, in address order within each part.
  List<Instruction> instructions() {
    List<Instruction> all = new ArrayList<>();
    for (Sweep sweep : sweeps) {
      for (long at = sweep.start(); at < sweep.end(); at = sweep.next(at)) {
        all.add(sweep.at(at).orElseThrow());
      }
    }
    return all;
  }

  boolean hold(long address) {
    for (int i = 0; i < sweeps.size(); i++) {
      if (sweeps.get(i).contains(address)) {
        return true;
      }
    }
    return false;
  }

  /// Whether an instruction begins at `address`.
  boolean begin(long address) {
    for (int i = 0; i < sweeps.size(); i++) {
      if (sweeps.get(i).begins(address)) {
        return true;
      }
    }
    return false;
  }

  Optional<Instruction> at(long address) {
    for (int i = 0; i < sweeps.size(); i++) {
      if (sweeps.get(i).contains(address)) {
        return sweeps.get(i).at(address);
      }
    }
    return Optional.empty();
  }

  /// The instruction that ends at `address`.
  Optional<Instruction> endingAt(long address) {
    for (int i = 0; i < sweeps.size(); i++) {
      if (sweeps.get(i).contains(address - 1)) {
        return sweeps.get(i).endingAt(address);
      }
    }
    return Optional.empty();
  }

  /// Whether a direct jump of the function leads to `address`.
  boolean isTarget(long address) {
    for (int i = 0; i < sweeps.size(); i++) {
      if (sweeps.get(i).contains(address) && sweeps.get(i).isTarget(address)) {
        return true;
      }
    }
    return crossings.contains(address);
  }

  /// The direct jumps of the function that lead to `address`.
  List<Instruction> jumpsTo(long address) {
    List<Instruction> found = new ArrayList<>();
    boolean crossed = crossings.contains(address);
    for (int i = 0; i < sweeps.size(); i++) {
      if (sweeps.get(i).contains(address)) {
        found.addAll(sweeps.get(i).jumpsTo(address));
      } else if (crossed) {
        addCrossing(sweeps.get(i), address, found);
      }
    }
    return found;
  }

  private static void addCrossing(Sweep sweep, long address, List<Instruction> found) {
    for (int i = 0; i < sweep.jumps(); i++) {
      if (sweep.jumpTarget(i) == address) {
        found.add(sweep.jump(i));
      }
    }
  }

  /// Whether `sweep`, which is another part or function, jumps into the middle of a part.
  boolean areEnteredBy(Sweep sweep) {
    for (int i = 0; i < sweep.jumps(); i++) {
      long target = sweep.jumpTarget(i);
      if (hold(target) && !beginAt(target)) {
        return true;
      }
    }
    return false;
  }

  private boolean beginAt(long address) {
    for (FunctionExtent extent : extents) {
      if (extent.start() == address) {
        return true;
      }
    }
    return false;
  }
}
