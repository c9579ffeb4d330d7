package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// `servant.py` at work: a Python that does what it is asked to, one order after the other.
record Servant(Workbench.Conversation conversation) {
  static final Path PROGRAM = Target.FOLDER.resolve("servant.py").toAbsolutePath();

  /// Says `armed`, counts the calls of `fib`, and ends when the servant is told `stop_tracing`.
  static final String SCRIPT =
      """
      global calls
      probe begin { println("armed") }
      probe python.function.entry {
        if (funcname == "fib") calls++
        if (funcname == "stop_tracing") exit()
      }
      probe end { printf("calls %d\\n", calls) }
      """;

  /// What the script says when [#fibonacci] was all that happened.
  static final List<String> TRACED = List.of("armed", "calls 177");

  /// Compiles what the servant cannot do in Python.
  static Path library(Path directory) {
    Path library = directory.resolve("servant.so");
    List<String> command = new ArrayList<>(List.of("cc", "-O2", "-Wall", "-Wextra", "-Werror"));
    command.addAll(List.of("-shared", "-fPIC", "-o", library.toString()));
    command.addAll(List.of(Target.FOLDER.resolve("servant.c").toString(), "-lpthread"));
    Command.run(Command.builder(Map.of(), command)).succeeded();
    return library;
  }

  static Servant start(Workbench bench, Interpreter python, Path library) {
    return start(bench, python, List.of(), library);
  }

  /// @param before a program and its arguments that executes the rest
  static Servant start(Workbench bench, Interpreter python, List<String> before, Path library) {
    ProcessBuilder builder =
        python.process(List.of(PROGRAM.toString(), library.toAbsolutePath().toString()));
    builder.command().addAll(0, before);
    Servant servant = new Servant(bench.start(builder));
    servant.awaitReady();
    return servant;
  }

  void awaitReady() {
    assertThat(conversation.hear()).as("the first line").isEqualTo("ready");
  }

  long pid() {
    return conversation.process().pid();
  }

  String ask(String order) {
    return conversation.ask(order);
  }

  /// 177 calls of `fib`.
  void fibonacci() {
    assertThat(ask("fib 10")).isEqualTo("55");
  }

  void stopTracing() {
    assertThat(ask("stop_tracing")).isEqualTo("stopped");
  }

  /// What a traced servant does in most tests.
  void fibonacciAndStop() {
    fibonacci();
    stopTracing();
  }

  /// It works as ever and its code is as in its files.
  void assertGoesOn() {
    assertThat(ask("fib 15")).isEqualTo("610");
    assertThat(Footprint.of(pid()).changedCode()).isEmpty();
    assertThat(Footprint.stoppedThreads(pid())).isEmpty();
  }

  /// The same, and it ends as it should.
  void assertUnharmed() {
    assertGoesOn();
    assertThat(conversation.finish()).isZero();
  }
}
