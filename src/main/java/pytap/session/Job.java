package pytap.session;

import java.util.Optional;
import java.util.OptionalInt;
import pytap.place.Plan;
import pytap.resolve.Surroundings;
import pytap.runtime.Handlers;

/// What a session is to do.
///
/// @param command run and trace it (`-c`)
/// @param pid trace this process (`-x`); not together with `command`
/// @param bufferBytes size of the ring buffer, a power of two
/// @param lossless the target waits for room in a full buffer before an event is lost, where the
///   engine can do that
/// @param outputPath where the script prints (`-o`); standard output where absent
public record Job(
    Plan plan,
    Handlers handlers,
    Optional<String> command,
    OptionalInt pid,
    EngineChoice engine,
    int bufferBytes,
    boolean lossless,
    Optional<String> outputPath,
    Surroundings surroundings) {

  /// Whether only one process and its descendants are traced.
  boolean hasTarget() {
    return command.isPresent() || pid.isPresent();
  }
}
