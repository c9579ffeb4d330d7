package pytap.stap;

import java.util.Arrays;
import java.util.List;
import pytap.source.SourceText;

/// The script's arguments, and which of them it uses.
final class ScriptArguments {
  static final ScriptArguments NONE = new ScriptArguments(List.of());

  private final List<String> values;
  private final boolean[] used;

  ScriptArguments(List<String> values) {
    this.values = List.copyOf(values);
    this.used = new boolean[values.size()];
  }

  /// How many there are. A script that asks is taken to use them all.
  int count() {
    return values.size();
  }

  /// The argument `number`, from 1.
  String use(int number) {
    used[number - 1] = true;
    return values.get(number - 1);
  }

  void useAll() {
    Arrays.fill(used, true);
  }

  boolean isUsed(int number) {
    return used[number - 1];
  }

  /// A tapset that defines `argc` and `argv`.
  SourceText asTapset() {
    StringBuilder text = new StringBuilder("global argc = $#\nglobal argv\n");
    text.append("probe begin(-9223372036854775808) {\n");
    for (int i = 1; i <= values.size(); i++) {
      text.append("  argv[").append(i).append("] = @").append(i).append('\n');
    }
    if (values.isEmpty()) {
      text.append("  argv[0] = \"\" delete argv\n");
    }
    return new SourceText("tapset/argv.stp", text.append("}\n").toString());
  }
}
