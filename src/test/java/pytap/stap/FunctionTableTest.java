package pytap.stap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import pytap.ir.Intrinsic;
import pytap.ir.Intrinsics;
import pytap.source.Diagnostic;
import pytap.source.SourceText;

/// Holds `docs/functions.md` to what is there.
final class FunctionTableTest {
  private static final Path TABLE = Path.of("docs/functions.md");
  private static final Pattern ROW = Pattern.compile("\\| `(\\w+)` \\| ([^|]*) \\|");

  private static Map<String, String> table() throws IOException {
    Map<String, String> states = new TreeMap<>();
    for (String line : Files.readAllLines(TABLE)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        assertThat(states.put(row.group(1), row.group(2))).as(row.group(1) + " twice").isNull();
      }
    }
    return states;
  }

  private static StapCompiler.Result compile(String script) {
    SourceText source = new SourceText("t.stp", script);
    return StapCompiler.compile(
        new StapCompiler.Input(source, List.of(), List.of()), StapCompiler.Options.DEFAULT);
  }

  /// A call of every overload of `name`, as `--dump-functions` lists them.
  private static List<String> calls(String name) {
    List<String> calls = new ArrayList<>();
    for (String line : LibraryList.functions()) {
      if (line.startsWith(name + ":") || line.startsWith(name + " ")) {
        String parameters = line.substring(line.indexOf('(') + 1, line.length() - 1);
        calls.add(
            name
                + "("
                + parameters.replaceAll("\\w+:string", "\"x\"").replaceAll("\\w+:long", "1")
                + ")");
      }
    }
    return calls;
  }

  @Test
  void whatIsSaidToBeThereCompilesInEveryForm() throws IOException {
    Set<String> broken = new TreeSet<>();
    for (Map.Entry<String, String> row : table().entrySet()) {
      if (row.getValue().startsWith("absent")) {
        continue;
      }
      List<String> calls = calls(row.getKey());
      assertThat(calls).as(row.getKey()).isNotEmpty();
      for (String call : calls) {
        if (compile("probe begin { " + call + " exit() }").program().isEmpty()) {
          broken.add(call);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void nativeAndScriptAreToldApart() throws IOException {
    Set<String> natives = new TreeSet<>();
    for (Intrinsic intrinsic : Intrinsics.all()) {
      natives.add(intrinsic.name());
    }
    for (Map.Entry<String, String> row : table().entrySet()) {
      if (row.getValue().equals("native")) {
        assertThat(natives).contains(row.getKey());
      } else if (row.getValue().equals("script")) {
        assertThat(Tapsets.definingFunction(row.getKey())).as(row.getKey()).isPresent();
      } else {
        assertThat(row.getValue()).startsWith("absent: ");
      }
    }
  }

  @Test
  void whatIsSaidToBeAbsentIsRefusedByNameWithTheReason() throws IOException {
    for (Map.Entry<String, String> row : table().entrySet()) {
      if (row.getValue().startsWith("absent: ")) {
        StapCompiler.Result result = compile("probe begin { " + row.getKey() + "(1) exit() }");
        assertThat(result.program()).as(row.getKey()).isEmpty();
        Diagnostic first = result.diagnostics().getFirst();
        assertThat(first.code()).isEqualTo(StapCode.NOT_SUPPORTED);
        assertThat(first.message())
            .isEqualTo(
                "function "
                    + row.getKey()
                    + " is not supported: "
                    + row.getValue().substring("absent: ".length()));
      }
    }
  }

  @Test
  void everyFunctionIsInTheTable() throws IOException {
    Set<String> known = new TreeSet<>();
    for (String line : LibraryList.functions()) {
      known.add(line.replaceAll("[: ].*", ""));
    }
    AbsentFunctions.all().forEach(group -> known.addAll(group.names()));
    assertThat(table().keySet()).isEqualTo(known);
  }
}
