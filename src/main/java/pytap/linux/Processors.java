package pytap.linux;

/// How many processors the kernel counts with.
final class Processors {
  private Processors() {}

  /// The processors that may ever come on line: per-processor maps have a value for each
  /// (`/sys/devices/system/cpu/possible`, such as `0-3`).
  static int possible() {
    return parse(
        ProcFile.read("/sys/devices/system/cpu/possible")
            .orElseThrow(() -> new IllegalStateException("no /sys/devices/system/cpu/possible")));
  }

  static int parse(String ranges) {
    String text = ranges.strip();
    int lastNumber = Math.max(text.lastIndexOf('-'), text.lastIndexOf(',')) + 1;
    return Integer.parseInt(text.substring(lastNumber)) + 1;
  }
}
