package pytap.gen.x86;

import java.util.Map;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.x86.Label;

/// How translated code finds what is not its own, see the package's ABI.
///
/// @param mapsOffset where in the control page the two words of map 0 are; those of the next map
///   follow 16 bytes above
/// @param functions where the functions are that programs call, all but `bpf_loop`, which is
///   compiled in place
public record Linkage(int mapsOffset, Map<BpfFunction, Target> functions) {
  public Linkage {
    functions = Map.copyOf(functions);
  }

  /// Where a function is.
  public sealed interface Target {
    /// In the same blob.
    record Near(Label label) implements Target {}

    /// Wherever the address at `controlOffset` of the control page says.
    record Through(int controlOffset) implements Target {}
  }

  int handleOffset(int map) {
    return mapsOffset + 16 * map;
  }

  int valuesOffset(int map) {
    return handleOffset(map) + 8;
  }

  Target target(BpfFunction function) {
    Target target = functions.get(function);
    if (target == null) {
      throw new IllegalStateException("no code for " + function.kernelName());
    }
    return target;
  }
}
