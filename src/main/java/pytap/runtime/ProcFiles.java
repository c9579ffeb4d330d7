package pytap.runtime;

/// What `/proc` says when a handler runs, some time after the probe fired. Of a process that has
/// ended meanwhile an implementation may give what it said before.
public interface ProcFiles {
  /// A record of process `pid` has come: it is there now, and may have ended when it is asked for.
  void met(int pid);

  /// What stands in the file at `path` below `/proc`, one character for each byte; "" where it
  /// cannot be read.
  String read(String path);

  /// How many entries the directory at `path` below `/proc` has; 0 where it cannot be read.
  int entries(String path);

  /// The process ids of the children of process `pid`, ascending.
  int[] children(int pid);

  /// Timer interrupts per second of this kernel (`CONFIG_HZ`).
  long ticksPerSecond();

  /// Nothing can be read.
  ProcFiles NONE =
      new ProcFiles() {
        @Override
        public void met(int pid) {}

        @Override
        public String read(String path) {
          return "";
        }

        @Override
        public int entries(String path) {
          return 0;
        }

        @Override
        public int[] children(int pid) {
          return new int[0];
        }

        @Override
        public long ticksPerSecond() {
          return 250;
        }
      };
}
