package pytap.runtime;

import java.util.Optional;
import java.util.function.Supplier;

/// What a running script can reach of the world beyond its records.
///
/// @param memory of the target's processes
/// @param files of `/proc`
/// @param spaces what lies where in the target's processes
/// @param places those that probes stand on
/// @param host does at once what a script wants done
/// @param zone tells the time zone of whoever started pytap
public record Outside(
    TargetMemory memory,
    ProcFiles files,
    AddressSpaces spaces,
    Places places,
    Host host,
    Supplier<Zone> zone) {

  /// The places that are armed.
  public interface Places {
    /// That with the number `place`, if there is one.
    Optional<ProbedPlace> place(long place);
  }

  /// @param westSeconds seconds that local time is behind UTC
  /// @param name its abbreviation
  public record Zone(long westSeconds, String name) {
    public static final Zone UTC = new Zone(0, "UTC");
  }

  /// Does at once what a script wants done. What it printed before stands before what comes of it.
  public interface Host {
    /// Starts a shell command and does not wait for it.
    void run(String command);

    /// Goes on in the next output file, where there are several.
    void switchFile();

    /// Does nothing.
    Host NONE =
        new Host() {
          @Override
          public void run(String command) {}

          @Override
          public void switchFile() {}
        };
  }

  /// Nothing but `memory`.
  public static Outside of(TargetMemory memory) {
    return new Outside(
        memory,
        ProcFiles.NONE,
        AddressSpaces.NONE,
        place -> Optional.empty(),
        Host.NONE,
        () -> Zone.UTC);
  }
}
