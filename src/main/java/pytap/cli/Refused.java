package pytap.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import pytap.linux.VerifierLog;
import pytap.source.TracerException;

/// How the command speaks of what the world refuses.
final class Refused {
  private Refused() {}

  /// Says what the world refused.
  ///
  /// @return the exit status that goes with it
  static int complain(TracerException refused, Console console) {
    if (refused.kind() == TracerException.Kind.SCRIPT_MISSING) {
      console.say(refused.found());
      console.say("Pass 1: parse failed.  [man error::pass1]");
      return Main.FAILED;
    }
    console.say("pytap: cannot " + refused.tried() + ": " + refused.found());
    if (!refused.remedy().isEmpty()) {
      console.say("Tip: " + refused.remedy());
    }
    if (refused.getCause() instanceof VerifierLog log) {
      keep(log, console);
      return Main.BUG;
    }
    return Main.FAILED;
  }

  private static void keep(VerifierLog log, Console console) {
    try {
      Path file = Files.createTempFile("pytap-verifier-", ".log");
      Files.writeString(file, log.text());
      console.say("The verifier's log is in " + file);
    } catch (IOException full) {
      console.complain(log.text() + "\n");
    }
  }
}
