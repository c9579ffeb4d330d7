package pytap.asm.x86;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What binutils' objdump makes of a file's `.text`.
public final class Objdump {
  private static final Pattern LINE = Pattern.compile("\\s*([0-9a-f]+):\\s+(.*)");
  private static final Pattern TARGET =
      Pattern.compile(
          "(?:bnd |notrack |data16 |rex\\S* )*(?:j\\w+|call|loop\\w*) +([0-9a-f]+)\\b.*");

  private Objdump() {}

  /// One line of the listing.
  public record Line(long address, String text) {
    /// Where the jump or call on this line goes, when it is a direct one.
    public OptionalLong target() {
      Matcher target = TARGET.matcher(text);
      return target.matches()
          ? OptionalLong.of(Long.parseUnsignedLong(target.group(1), 16))
          : OptionalLong.empty();
    }
  }

  /// All instructions of the `.text` of `file`, in address order.
  public static List<Line> text(Path file) throws IOException, InterruptedException {
    return run("-j", ".text", file.toString());
  }

  /// The instructions of `file` at addresses in `[start, end)`.
  public static List<Line> range(Path file, long start, long end)
      throws IOException, InterruptedException {
    return run("--start-address=" + start, "--stop-address=" + end, file.toString());
  }

  /// What `objdump -d` with `arguments` lists.
  static List<Line> run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("objdump", "-d", "--no-show-raw-insn", "-w"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<Line> lines = new ArrayList<>();
    try (BufferedReader reader = process.inputReader()) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        Matcher matcher = LINE.matcher(line);
        if (matcher.matches()) {
          lines.add(
              new Line(Long.parseUnsignedLong(matcher.group(1), 16), matcher.group(2).strip()));
        }
      }
    }
    if (process.waitFor() != 0) {
      throw new IOException("failed: " + String.join(" ", command));
    }
    return lines;
  }
}
