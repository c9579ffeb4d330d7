package pytap.session;

import java.io.File;
import java.io.IOException;

/// Runs the shell commands of `system()`. They print where pytap does and outlive it.
final class OwnCommand {
  private OwnCommand() {}

  static void start(String command, Notices notices) {
    try {
      new ProcessBuilder("/bin/sh", "-c", command)
          .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
          .redirectOutput(ProcessBuilder.Redirect.INHERIT)
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
    } catch (IOException refused) {
      notices.say("WARNING: cannot run a shell for system(): " + refused.getMessage());
    }
  }
}
