package pytap.inject;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What must be known of a thread before its process may be stopped, read at once: for a process of
/// many threads, reading it takes longer than all else that is done before the stop.
///
/// @param state one letter, as in ps
/// @param tracer the process that traces it; 0 where none does
/// @param seccomp its mode, `SECCOMP_MODE_…`
/// @param filters how many seccomp filters it has, where the kernel tells
record ThreadFacts(int tid, char state, int tracer, int seccomp, Optional<String> filters) {

  /// Those of the threads that have not ended.
  static List<ThreadFacts> ofLiving(ProcessFiles process) {
    List<ThreadFacts> living = new ArrayList<>();
    for (int tid : process.threads()) {
      Optional<String> status = process.status(tid);
      if (status.isPresent()) {
        ThreadFacts facts = parse(tid, status.get());
        if (facts.state != 'Z' && facts.state != 'X') {
          living.add(facts);
        }
      }
    }
    return living;
  }

  /// @param status as in `/proc/PID/task/TID/status`
  static ThreadFacts parse(int tid, String status) {
    return new ThreadFacts(
        tid,
        ProcessFiles.field(status, "State").map(state -> state.charAt(0)).orElse('X'),
        ProcessFiles.number(ProcessFiles.field(status, "TracerPid")),
        ProcessFiles.number(ProcessFiles.field(status, "Seccomp")),
        ProcessFiles.field(status, "Seccomp_filters"));
  }
}
