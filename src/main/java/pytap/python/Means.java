package pytap.python;

/// What the sites of a marker are for.
public enum Means {
  /// Breakpoints of the kernel: the instruction at a site should be one that the kernel emulates.
  KERNEL,
  /// Code in the process: every site has a [pytap.probe.PatchWindow] that begins at it, over which
  /// a jump is written, or a [pytap.probe.Callback].
  IN_PROCESS
}
