package pytap.session;

import java.util.List;
import java.util.Optional;
import pytap.linux.ChildProcess;
import pytap.linux.ExitStatus;
import pytap.linux.RecordHandler;
import pytap.place.Plan;
import pytap.runtime.ProbedPlace;
import pytap.source.TracerException;

/// What makes a session's target send records: everything is armed that can be when it is opened,
/// and what the target begins to run later is armed by the engine itself.
///
/// Belongs to the session's thread.
sealed interface Engine extends AutoCloseable permits KernelEngine, InProcessEngine {

  /// Gives `handler` the records that are complete, in the order of firing, and sees to what else
  /// has happened in the target.
  ///
  /// @return how many records the handler got
  int drain(RecordHandler handler) throws TracerException;

  /// Whether what becomes of the target's processes and threads is told among the records.
  boolean tellsLives();

  /// Whether so much waits that the next drain should begin at once.
  boolean isBehind();

  /// A descriptor that becomes readable when a drain should not wait; negative where there is none.
  int waitDescriptor();

  /// How the command ended, where it has. Nothing else may wait for it while the engine is open.
  Optional<ExitStatus> ended(ChildProcess command) throws TracerException;

  /// Whether the script has markers that name no process, and the target never ran anything that
  /// has them.
  boolean foundNothing();

  /// The place that records call by the number `place`.
  Optional<ProbedPlace> place(long place);

  /// Events of `channel` that found no room.
  long lost(Plan.Channel channel);

  /// Hits of `channel` that could not be decided because memory was unreadable.
  long unreadable(Plan.Channel channel);

  /// What else was not seen, a sentence each.
  List<String> otherLosses();

  /// Ends the firing, gives `handler` what was sent before, and lets go of the target.
  void disarm(RecordHandler handler) throws TracerException;

  /// The same without caring for records, where it was not done; gives everything back.
  @Override
  void close() throws TracerException;
}
