package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// `stress.py` at work: many threads that assert all their results.
final class StressProgram implements AutoCloseable {
  private static final Path PROGRAM = Oracle.FOLDER.resolve("stress.py");

  private final Process process;
  private final Workbench.Conversation conversation;
  private final CompletableFuture<String> errors;
  private long rounds;

  private StressProgram(Process process) {
    this.process = process;
    this.conversation = new Workbench.Conversation(process);
    this.errors =
        CompletableFuture.supplyAsync(
            () -> all(process),
            task -> {
              Thread.ofPlatform().daemon().start(task);
            });
  }

  private static String all(Process process) {
    try {
      return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Returns when each of its threads has done something.
  static StressProgram start(Interpreter python) {
    try {
      StressProgram program =
          new StressProgram(python.process(List.of(PROGRAM.toString())).start());
      String first = program.conversation.hear();
      if (!first.equals("ready")) {
        throw new AssertionError(program.process.waitFor() + first + program.errors.join());
      }
      return program;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  long pid() {
    return process.pid();
  }

  /// Fails the test where nothing has been done since this was last called, or a thread is stopped.
  void assertGoesOn() {
    String answer = conversation.ask("rounds");
    if (answer.isEmpty()) {
      throw new AssertionError("status " + conversation.finish() + ": " + errors.join());
    }
    long now = Long.parseLong(answer);
    assertThat(now).as("rounds done").isGreaterThan(rounds);
    rounds = now;
    assertThat(Footprint.stoppedThreads(pid())).isEmpty();
  }

  /// Ends it; fails the test unless every assertion held and all ended in order.
  void assertEndsWell() {
    int status = conversation.finish();
    String last = conversation.hear();
    String all = "status " + status + ": " + last + "\n" + errors.join();
    assertThat(status).as(all).isZero();
    assertThat(last).as(all).startsWith("ended: ");
  }

  void kill() {
    Command.end(process);
  }

  @Override
  public void close() {
    kill();
  }
}
