package pytap.python;

import java.util.List;

/// An instruction of the bytecode whose handler gives function events.
///
/// @param name as `dis` names it
/// @param number the opcode, constant over all final releases of a minor version
/// @param role what its execution means
record AdaptiveOpcode(String name, int number, Role role) {

  enum Role {
    /// A frame begins to run, or runs on after a yield.
    RESUME,
    /// The frame ends, or yields.
    LEAVE,
    /// The same, once the callbacks of `sys.monitoring` have run.
    LEAVE_MONITORED
  }

  /// The instructions that begin a frame's run in 3.`minor` (3.11 to 3.15).
  static List<AdaptiveOpcode> entries(int minor) {
    return switch (minor) {
      case 11 -> List.of(resume("RESUME_QUICK", 150), resume("RESUME", 151));
      case 12 -> List.of(resume("RESUME", 151), resume("INSTRUMENTED_RESUME", 240));
      case 13 ->
          List.of(
              resume("RESUME", 149),
              resume("RESUME_CHECK", 207),
              resume("INSTRUMENTED_RESUME", 236));
      case 14 ->
          List.of(
              resume("RESUME", 128),
              resume("RESUME_CHECK", 196),
              resume("INSTRUMENTED_RESUME", 245));
      case 15 ->
          List.of(
              resume("RESUME", 128),
              resume("RESUME_CHECK", 200),
              resume("RESUME_CHECK_JIT", 201),
              resume("INSTRUMENTED_RESUME", 244));
      default -> throw new IllegalStateException("no opcodes for 3." + minor);
    };
  }

  /// The instructions that end a frame's run in 3.`minor` (3.11 to 3.15).
  static List<AdaptiveOpcode> returns(int minor) {
    return switch (minor) {
      case 11 -> List.of(leave("RETURN_VALUE", 83), leave("YIELD_VALUE", 86));
      case 12 ->
          List.of(
              leave("RETURN_VALUE", 83),
              leave("RETURN_CONST", 121),
              leave("YIELD_VALUE", 150),
              monitored("INSTRUMENTED_RETURN_VALUE", 242),
              monitored("INSTRUMENTED_YIELD_VALUE", 243),
              monitored("INSTRUMENTED_RETURN_CONST", 247));
      case 13 ->
          List.of(
              leave("RETURN_VALUE", 36),
              leave("RETURN_CONST", 103),
              leave("YIELD_VALUE", 118),
              monitored("INSTRUMENTED_RETURN_VALUE", 239),
              monitored("INSTRUMENTED_RETURN_CONST", 240),
              monitored("INSTRUMENTED_YIELD_VALUE", 241));
      case 14 ->
          List.of(
              leave("RETURN_VALUE", 35),
              leave("YIELD_VALUE", 120),
              monitored("INSTRUMENTED_RETURN_VALUE", 246),
              monitored("INSTRUMENTED_YIELD_VALUE", 247));
      case 15 ->
          List.of(
              leave("RETURN_VALUE", 33),
              leave("YIELD_VALUE", 119),
              monitored("INSTRUMENTED_RETURN_VALUE", 245),
              monitored("INSTRUMENTED_YIELD_VALUE", 246));
      default -> throw new IllegalStateException("no opcodes for 3." + minor);
    };
  }

  private static AdaptiveOpcode resume(String name, int number) {
    return new AdaptiveOpcode(name, number, Role.RESUME);
  }

  private static AdaptiveOpcode leave(String name, int number) {
    return new AdaptiveOpcode(name, number, Role.LEAVE);
  }

  private static AdaptiveOpcode monitored(String name, int number) {
    return new AdaptiveOpcode(name, number, Role.LEAVE_MONITORED);
  }
}
