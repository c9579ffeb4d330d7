package pytap.runtime;

/// Which process and thread a handler sees that runs on behalf of another process.
///
/// @param name the command name
public record ProcessFacts(
    int pid, int tid, int ppid, int uid, int gid, int euid, int egid, String name) {}
