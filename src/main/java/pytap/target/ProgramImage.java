package pytap.target;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The program that a process runs, as it was loaded when it was executed: a process and what it
/// has forked have the same, and whatever executes a program gets another one, were it the same
/// program, since the kernel puts stack and arguments elsewhere.
///
/// @param program the kernel's name of it
/// @param places where code, stack, arguments and environment begin and end
public record ProgramImage(String program, List<String> places) {
  /// `startcode` to `startstack` and `arg_start` to `env_end` of proc(5), counted from the state.
  private static final int CODE = 23;

  private static final int CODE_END = 26;
  private static final int ARGUMENTS = 45;
  private static final int ARGUMENTS_END = 49;

  /// Empty where the process is gone, has ended, or may not be looked at.
  public static Optional<ProgramImage> of(int pid) {
    try {
      String program = Files.readSymbolicLink(Path.of("/proc/" + pid + "/exe")).toString();
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split("\\s", -1));
      List<String> places = new ArrayList<>(fields.subList(CODE, CODE_END));
      places.addAll(fields.subList(ARGUMENTS, ARGUMENTS_END));
      return Optional.of(new ProgramImage(program, List.copyOf(places)));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }
}
