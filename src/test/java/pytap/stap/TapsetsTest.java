package pytap.stap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import pytap.source.SourceText;

final class TapsetsTest {

  @Test
  void theIndexNamesExactlyWhatTheFilesDefine() {
    for (Tapsets.Entry entry : Tapsets.INDEX) {
      ScriptParser.Result parsed =
          ScriptParser.parse(Tapsets.read(entry.file()), ScriptArguments.NONE);
      assertThat(parsed.errors()).isEmpty();
      Findings findings = new Findings();
      FileScope file = new FileScope(parsed.tree(), false, findings);
      assertThat(findings.all()).isEmpty();
      List<String> shared =
          file.functions().keySet().stream().filter(name -> isShared(file, name)).toList();
      assertThat(shared).containsExactlyInAnyOrderElementsOf(entry.functions());
      List<String> aliases =
          file.aliases().stream()
              .map(alias -> String.join(".", PointNames.of(alias.names().getFirst())))
              .toList();
      assertThat(aliases).containsExactlyInAnyOrderElementsOf(entry.aliases());
    }
  }

  @Test
  void everyShippedTapsetCompilesAsAWhole() {
    for (SourceText tapset : Tapsets.own()) {
      String script = tapset.text() + "\nprobe begin { exit() }\n";
      StapCompiler.Input input =
          new StapCompiler.Input(new SourceText(tapset.name(), script), List.of(), List.of());
      StapCompiler.Result result = StapCompiler.compile(input, new StapCompiler.Options(false));
      assertThat(result.diagnostics()).as(tapset.name()).isEmpty();
      assertThat(result.program()).isPresent();
    }
  }

  private static boolean isShared(FileScope file, String name) {
    return file.functions().getOrDefault(name, List.of()).stream()
        .noneMatch(function -> function.declaration().isPrivate());
  }
}
