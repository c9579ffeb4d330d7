package pytap.session;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import pytap.place.Plan;
import pytap.resolve.Surroundings;
import pytap.runtime.Handlers;
import pytap.runtime.Outside;

/// What a session is to do.
///
/// @param command run and trace it (`-c`)
/// @param pid trace this process (`-x`); not together with `command`
/// @param bufferBytes size of the ring buffer, a power of two
/// @param lossless the target waits for room in a full buffer before an event is lost, where the
///   engine can do that
/// @param rawMarkers markers are the static ones of files, and nothing else
/// @param output where the script prints
/// @param seconds the session ends after so many (`-T`)
/// @param printsUnread globals that nobody reads are printed at the end
/// @param zone tells the time zone of whoever started pytap
public record Job(
    Plan plan,
    Handlers handlers,
    Optional<String> command,
    OptionalInt pid,
    EngineChoice engine,
    int bufferBytes,
    boolean lossless,
    boolean rawMarkers,
    Output output,
    OptionalInt seconds,
    boolean printsUnread,
    Surroundings surroundings,
    Supplier<Outside.Zone> zone) {

  /// Where the script prints.
  ///
  /// @param path `-o`, conversions of strftime(3) in it filled in; standard output where absent
  /// @param fileMebibytes a new file, with a number behind its name, when one is so large (`-S`); 0
  ///   for one file
  /// @param files how many of them are kept; 0 for all
  public record Output(Optional<String> path, int fileMebibytes, int files) {
    public static final Output STANDARD = new Output(Optional.empty(), 0, 0);
  }

  /// Whether only one process and its descendants are traced.
  boolean hasTarget() {
    return command.isPresent() || pid.isPresent();
  }
}
