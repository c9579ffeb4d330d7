package pytap.linux;

import java.util.List;

/// Starts a program in a child process, with this process's environment and standard streams, no
/// signal blocked, and no other descriptor than `inheritedFd`, which it finds as `childFd`. Goes
/// through the C library's `posix_spawn`, which does not copy the JVM's address space. Returns the
/// child's pid.
///
/// @param path the program's file
/// @param argv its arguments, the name first
record Spawn(String path, List<String> argv, int inheritedFd, int childFd) implements Syscall {}
