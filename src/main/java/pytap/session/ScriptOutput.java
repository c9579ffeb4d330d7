package pytap.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import pytap.linux.Kernel;
import pytap.linux.OutputFile;
import pytap.runtime.ByteSink;
import pytap.runtime.Machine;
import pytap.source.TracerException;

/// Where the script's text goes: standard output, a file, or one file after the other.
final class ScriptOutput implements ByteSink, AutoCloseable {
  private final Kernel kernel;
  private final Job.Output plan;
  private OutputFile file;
  private long written;
  private int number;

  private ScriptOutput(Kernel kernel, Job.Output plan) throws TracerException {
    this.kernel = kernel;
    this.plan = plan;
    file =
        plan.path().isEmpty()
            ? OutputFile.standardOutput(kernel)
            : OutputFile.create(kernel, path(0));
  }

  static ScriptOutput open(Kernel kernel, Job job) throws TracerException {
    return new ScriptOutput(kernel, job.output());
  }

  /// The name of file `index`, the time filled in where it says so.
  private String path(int index) {
    String named = plan.path().orElseThrow();
    String timed =
        named.indexOf('%') < 0 ? named : timed(named, ZonedDateTime.now(ZoneId.systemDefault()));
    return plan.fileMebibytes() > 0 ? timed + "." + index : timed;
  }

  /// Fills in the commonest conversions of strftime(3); others stay as they are written.
  static String timed(String pattern, ZonedDateTime time) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char next = i + 1 < pattern.length() ? pattern.charAt(i + 1) : 0;
      String field =
          switch (next) {
            case 'Y' -> "uuuu";
            case 'y' -> "uu";
            case 'm' -> "MM";
            case 'd' -> "dd";
            case 'H' -> "HH";
            case 'M' -> "mm";
            case 'S' -> "ss";
            case 'j' -> "DDD";
            case 'F' -> "uuuu-MM-dd";
            case 'T' -> "HH:mm:ss";
            case 'b' -> "MMM";
            case 'a' -> "EEE";
            default -> "";
          };
      if (pattern.charAt(i) != '%') {
        out.append(pattern.charAt(i));
      } else if (next == '%' || next == 's') {
        out.append(next == '%' ? "%" : String.valueOf(time.toEpochSecond()));
        i++;
      } else if (field.isEmpty()) {
        out.append('%');
      } else {
        out.append(time.format(DateTimeFormatter.ofPattern(field, Locale.ENGLISH)));
        i++;
      }
    }
    return out.toString();
  }

  @Override
  public void write(byte[] bytes, int length) throws TracerException {
    if (plan.fileMebibytes() > 0 && written + length > (long) plan.fileMebibytes() << 20) {
      switchFile();
    }
    file.write(bytes, 0, length);
    written += length;
  }

  /// Goes on in the next file; the oldest makes room for it where only so many are kept.
  void switchFile() throws TracerException {
    if (plan.path().isEmpty() || plan.fileMebibytes() == 0) {
      return;
    }
    file.close();
    written = 0;
    number++;
    if (plan.files() > 0 && number >= plan.files()) {
      forget(Path.of(path(number - plan.files())));
    }
    file = OutputFile.create(kernel, path(number));
  }

  private static void forget(Path oldest) throws TracerException {
    try {
      Files.deleteIfExists(oldest);
    } catch (IOException refused) {
      throw new TracerException(
          TracerException.Kind.OUTPUT_FAILED,
          "remove the oldest output file " + oldest,
          String.valueOf(refused.getMessage()),
          "check the rights on its directory");
    }
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
