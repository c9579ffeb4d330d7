package pytap.session;

import pytap.linux.Kernel;
import pytap.linux.OutputFile;
import pytap.runtime.ByteSink;
import pytap.runtime.Machine;
import pytap.source.TracerException;

/// Where the script's text goes.
final class ScriptOutput implements ByteSink, AutoCloseable {
  private final OutputFile file;

  private ScriptOutput(OutputFile file) {
    this.file = file;
  }

  static ScriptOutput open(Kernel kernel, Job job) throws TracerException {
    return new ScriptOutput(
        job.outputPath().isPresent()
            ? OutputFile.create(kernel, job.outputPath().get())
            : OutputFile.standardOutput(kernel));
  }

  @Override
  public void write(byte[] bytes, int length) throws TracerException {
    file.write(bytes, 0, length);
  }

  /// Writes what `machine` has printed so far.
  void take(Machine machine) throws TracerException {
    if (machine.out.size() > 0) {
      machine.out.flushTo(this);
      file.flush();
    }
  }

  /// Whether nobody reads any more.
  boolean readerIsGone() {
    return file.readerIsGone();
  }

  @Override
  public void close() throws TracerException {
    file.close();
  }
}
