package pytap.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// One instruction in one file at which a marker becomes real.
///
/// @param address link-time virtual address of the instruction (an instruction boundary, always)
/// @param fileOffset its offset in the file, through the PT_LOAD segment that holds it
/// @param semaphoreFileOffset offset in the file of the 16-bit USDT semaphore to raise while armed
/// @param condition when a hit counts
/// @param frame the address of the interpreter frame, where the site knows it (`$arg4` of the
///   function markers)
/// @param arguments `$arg1` first
/// @param cost what a hit costs on the kernel engine
/// @param window what the in-process engine may replace; empty where it cannot, or need not, do so
/// @param callback how the in-process engine is called instead of by a jump
/// @param what one line for `-v` and for the documentation: `RESUME handler, 3rd instruction`
public record ProbeSite(
    long address,
    long fileOffset,
    OptionalLong semaphoreFileOffset,
    Condition condition,
    Optional<Value> frame,
    List<Argument> arguments,
    Cost cost,
    Optional<PatchWindow> window,
    Optional<Callback> callback,
    String what) {

  public ProbeSite {
    arguments = List.copyOf(arguments);
  }

  /// A site that only the kernel engine can probe.
  public ProbeSite(
      long address,
      long fileOffset,
      OptionalLong semaphoreFileOffset,
      Condition condition,
      Optional<Value> frame,
      List<Argument> arguments,
      Cost cost,
      String what) {
    this(
        address,
        fileOffset,
        semaphoreFileOffset,
        condition,
        frame,
        arguments,
        cost,
        Optional.empty(),
        Optional.empty(),
        what);
  }

  /// A site without a callback.
  public ProbeSite(
      long address,
      long fileOffset,
      OptionalLong semaphoreFileOffset,
      Condition condition,
      Optional<Value> frame,
      List<Argument> arguments,
      Cost cost,
      Optional<PatchWindow> window,
      String what) {
    this(
        address,
        fileOffset,
        semaphoreFileOffset,
        condition,
        frame,
        arguments,
        cost,
        window,
        Optional.empty(),
        what);
  }

  /// All that the in-process engine replaces for this site.
  public List<PatchWindow> windows() {
    List<PatchWindow> windows = new ArrayList<>(window.stream().toList());
    if (callback.isPresent()) {
      switch (callback.get()) {
        case Callback.Listed _ -> {}
        case Callback.PerThread words -> windows.add(words.setter().window());
        case Callback.Monitored monitored -> windows.addAll(monitored.gates());
      }
    }
    return windows;
  }

  /// Whether every hit counts, and nothing that is read depends on where in the file the site is.
  public boolean isAnywhereTheSame() {
    return condition instanceof Condition.Always && frame.isEmpty() && !dependsOnAddress(arguments);
  }

  /// Whether a hit counts and is recorded as one of `other`, which is anywhere the same.
  public boolean isRecordedLike(ProbeSite other) {
    return condition.equals(other.condition)
        && frame.equals(other.frame)
        && arguments.equals(other.arguments);
  }

  private static boolean dependsOnAddress(List<Argument> arguments) {
    for (Argument argument : arguments) {
      if (!(argument instanceof Argument.Scalar(Value value)) || dependsOnAddress(value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean dependsOnAddress(Value value) {
    return switch (value) {
      case Value.OfRegister _, Value.Constant _ -> false;
      case Value.Sum(Value base, _) -> dependsOnAddress(base);
      case Value.Load(Value address, _, _) -> dependsOnAddress(address);
      case Value.Narrowed(Value base, _, _) -> dependsOnAddress(base);
      case Value.ShiftedRight(Value base, _) -> dependsOnAddress(base);
      case Value.NotZero(Value base) -> dependsOnAddress(base);
      default -> true;
    };
  }

  /// How the kernel gets past the probed instruction (Linux arch/x86/kernel/uprobes.c).
  public enum Cost {
    /// nop, push, call/jmp/jcc relative: emulated, well under a microsecond.
    EMULATED,
    /// anything else: executed out of line under single-step, microseconds.
    SINGLE_STEPPED
  }
}
