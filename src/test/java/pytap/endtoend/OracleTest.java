package pytap.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// The truth that pytap is held to is the same in every run, consistent with itself, and what each
/// of the interpreter's own ways of profiling says.
final class OracleTest {

  private final Oracle oracle;
  private final Interpreters interpreters;

  OracleTest(@TempDir Path directory) {
    oracle = Oracle.in(directory);
    interpreters = Interpreters.find(directory);
  }

  @TestFactory
  Stream<DynamicTest> twoRunsRecordTheSameAndEveryEntryHasItsReturn() {
    return onEach(
        interpreters.installed(),
        python -> {
          List<String> first = oracle.record(python, "native");
          assertThat(first).hasSizeGreaterThan(50_000);
          assertThat(difference(first, oracle.record(python, "native"))).isEmpty();
          Section.recorded(first, List.of()).threads().forEach(OracleTest::assertNested);
        });
  }

  @TestFactory
  Stream<DynamicTest> theRecorderInCSaysWhatSysSetprofileSays() {
    return onEach(
        interpreters.installed(),
        python ->
            assertThat(
                    difference(
                        withoutKinds(oracle.record(python, "native", "--undisturbed")),
                        withoutKinds(oracle.record(python, "setprofile", "--undisturbed"))))
                .isEmpty());
  }

  @TestFactory
  Stream<DynamicTest> theRecorderInCSaysWhatSysMonitoringSays() {
    return onEach(
        interpreters.installed().stream().filter(OracleTest::hasMonitoring).toList(),
        python ->
            assertThat(
                    difference(
                        oracle.record(python, "native", "--undisturbed"),
                        oracle.record(python, "monitoring", "--undisturbed")))
                .isEmpty());
  }

  private static boolean hasMonitoring(Interpreter python) {
    return Integer.parseInt(python.minorVersion().replaceFirst(".*\\.", "")) >= 12;
  }

  private static Stream<DynamicTest> onEach(
      List<Interpreter> interpreters, Consumer<Interpreter> test) {
    return interpreters.stream()
        .map(python -> dynamicTest(python.toString(), () -> test.accept(python)));
  }

  /// Lines with kinds are compared as if the kind were a part of the event.
  private static String difference(List<String> expected, List<String> found) {
    return Section.recorded(expected.stream().map(line -> line + " -").toList(), List.of())
        .difference(Section.recorded(found.stream().map(line -> line + " -").toList(), List.of()))
        .orElse("");
  }

  private static List<String> withoutKinds(List<String> lines) {
    return lines.stream().map(line -> line.substring(0, line.lastIndexOf(' '))).toList();
  }

  /// Each return is that of the innermost function entered and not yet left.
  private static void assertNested(List<String> events) {
    Deque<String> entered = new ArrayDeque<>();
    for (String event : events) {
      String function = event.replaceFirst("^\\w+ (.*) \\d+$", "$1");
      if (event.startsWith("entry ")) {
        entered.push(function);
      } else {
        assertThat(function).as(event).isEqualTo(entered.poll());
      }
    }
    assertThat(entered).isEmpty();
  }
}
