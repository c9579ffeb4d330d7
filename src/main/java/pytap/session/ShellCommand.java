package pytap.session;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The text of `-c` as the shell is to run it.
///
/// SystemTap starts a plain command without a shell, so that `target()` is the program's own
/// process id. A shell that was told to `exec` it comes to the same; some shells do so unasked,
/// dash does not.
final class ShellCommand {
  /// Words and quoted text that mean themselves: no expansion, no second command.
  private static final Pattern PLAIN =
      Pattern.compile("[\\w./@%+:,][\\w./@%+:,-]*( +|[\\w./@%+:,=-]|'[^']*'|\"[^\"$`\\\\]*\")*");

  /// What the shell itself does (POSIX.1-2017, 2.4 and 2.14, and the `sh` utility's own): `exec`
  /// would not find it, or find a program that differs.
  private static final Set<String> SHELLS_OWN =
      Set.of(
          ("[ . : alias bg break case cd command continue do done echo elif else esac eval exec"
               + " exit export false fc fg fi for getopts hash if jobs kill local newgrp printf pwd"
               + " read readonly return set shift test then times trap true type ulimit umask"
               + " unalias unset until wait while")
              .split(" ", -1));

  private ShellCommand() {}

  /// `command`, with `exec` in front where it is one plain program with its arguments.
  static String of(String command) {
    return program(command).isPresent() ? "exec " + command : command;
  }

  /// The program that the shell is to `exec`; empty where `command` is more than that.
  static Optional<String> program(String command) {
    String trimmed = command.strip();
    String first = trimmed.split(" ", 2)[0];
    boolean plain = PLAIN.matcher(trimmed).matches() && first.matches("[\\w./@%+:,-]+");
    return plain && !SHELLS_OWN.contains(first) ? Optional.of(first) : Optional.empty();
  }
}
