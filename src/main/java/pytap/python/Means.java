package pytap.python;

/// What the sites of a marker are for.
public enum Means {
  /// Breakpoints of the kernel: the instruction at a site should be one that the kernel emulates.
  KERNEL,
  /// Jumps written over instructions: every site has a [pytap.probe.PatchWindow] that begins at it.
  IN_PROCESS
}
