package pytap.runtime;

/// What a script can ask about the session and about pytap's own process, in which `begin`, `end`
/// and timer handlers run.
///
/// @param targetPid `target()`: the process of `-c` or `-x`, else 0
/// @param clockOffsetNanos CLOCK_REALTIME minus CLOCK_MONOTONIC
/// @param randomSeed what `randint` starts from
/// @param ownPid pytap's process id
/// @param ownTid the thread that runs handlers
/// @param ownPpid its parent
/// @param ownUid real user id
/// @param ownGid real group id
/// @param ownEuid effective user id
/// @param ownEgid effective group id
/// @param ownName the command name
public record SessionInfo(
    long targetPid,
    long clockOffsetNanos,
    long randomSeed,
    int ownPid,
    int ownTid,
    int ownPpid,
    int ownUid,
    int ownGid,
    int ownEuid,
    int ownEgid,
    String ownName) {}
