package pytap.stap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import pytap.ir.Printer;
import pytap.ir.Verifier;
import pytap.source.DiagnosticPrinter;
import pytap.source.SourceText;

/// Scripts that nobody would write: whatever the text, the compiler ends with a sound program or
/// with errors. `-Dpytap.seed=N` repeats a run.
final class RandomScriptTest {
  private static final int SCRIPTS = 3000;

  private static final String[] WORDS = {
    "probe",
    "global",
    "function",
    "private",
    "if",
    "else",
    "for",
    "foreach",
    "in",
    "limit",
    "return",
    "delete",
    "while",
    "break",
    "continue",
    "next",
    "string",
    "long",
    "try",
    "catch",
    "begin",
    "end",
    "timer",
    "ms",
    "process",
    "mark",
    "python",
    "entry",
    "x",
    "y",
    "a",
    "f",
    "pid",
    "printf",
    "println",
    "print",
    "sprintf",
    "printd",
    "$arg1",
    "$$name",
    "@count",
    "@hist_log",
    "@variance",
    "@defined",
    "@define",
    "@x",
    "0",
    "1",
    "0x7f",
    "99999999999999999999",
    "\"s\"",
    "\"%d %s\\n\"",
    "\"",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    ":",
    "?",
    "!",
    ".",
    "*",
    "=",
    "+=",
    "++",
    "--",
    "+",
    "-",
    "<<<",
    "<<",
    "==",
    "=~",
    "&&",
    "||",
    "&",
    "|",
    "->",
    "%",
    "%(",
    "%)",
    "%?",
    "%:",
    "%{",
    "%}",
    "$1",
    "@1",
    "$#",
    "#",
    "//",
    "/*",
    "*/",
    "\n",
    "\u0001",
    "\u00e9"
  };

  private static final String[] BALANCED = {
    "probe begin {",
    "}",
    "{",
    "}",
    "(",
    ")",
    "x",
    "a[1]",
    "=",
    "1",
    "\"s\"",
    "println(x)",
    "f(x)",
    "function f(x) {",
    "global a",
    "foreach (k in a)",
    "if (x)",
    "while (x)",
    "return x",
    "next",
    "delete a",
    "x++",
    "+",
    ".",
    "probe python.function.entry {",
    "probe p = begin {",
    "probe p {",
    "funcname",
    "$arg1",
    "printf(\"%s\", x)",
    "limit 3",
    "s <<< x",
    "@sum(s)",
    "@hist_log(s)",
    "print(@hist_linear(s, 0, 9, 1))",
    "foreach (b in @hist_log(s))",
    "foreach ([i, j] in a[*, 1] @count-)",
    "try {",
    "catch (x) {",
    "catch {",
    "x =~ \"a(b|c)*\"",
    "matched(1)",
    "error(\"e\")",
    "delete a[*, 2]",
    "[1, *] in a",
    "global s",
    "probe process.begin {",
    "break",
    "continue",
    ","
  };

  private static final long SEED = Long.getLong("pytap.seed", System.nanoTime());

  @Test
  void tokenSoupNeverBreaksTheCompiler() {
    Random random = new Random(SEED);
    for (int i = 0; i < SCRIPTS; i++) {
      compiles(soup(WORDS, random));
      compiles(soup(BALANCED, random));
    }
  }

  @Test
  void damagedScriptsNeverBreakTheCompiler() throws IOException {
    Random random = new Random(SEED);
    List<String> sound = new ArrayList<>();
    for (List<GoldenCase> cases :
        List.of(GoldenCase.all("sema", "ok"), GoldenCase.all("parse", "ok"))) {
      for (GoldenCase golden : cases) {
        sound.add(golden.script().text());
      }
    }
    for (int i = 0; i < SCRIPTS; i++) {
      compiles(damaged(sound.get(random.nextInt(sound.size())), random));
    }
  }

  @Test
  void everyBeginningOfAScriptEndsWithAnAnswer() throws IOException {
    for (GoldenCase golden : GoldenCase.all("parse", "ok")) {
      String text = golden.script().text();
      for (int length = 0; length <= text.length(); length++) {
        compiles(text.substring(0, length));
      }
    }
  }

  private static String soup(String[] words, Random random) {
    StringBuilder script = new StringBuilder();
    int length = 1 + random.nextInt(60);
    for (int i = 0; i < length; i++) {
      script.append(words[random.nextInt(words.length)]).append(random.nextInt(8) == 0 ? "" : " ");
    }
    return script.toString();
  }

  private static String damaged(String script, Random random) {
    StringBuilder text = new StringBuilder(script);
    for (int hits = 1 + random.nextInt(4); hits > 0 && !text.isEmpty(); hits--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(4)) {
        case 0 -> text.deleteCharAt(at);
        case 1 -> text.setCharAt(at, (char) random.nextInt(256));
        case 2 -> text.insert(at, " " + WORDS[random.nextInt(WORDS.length)] + " ");
        default -> {
          int end = Math.min(text.length(), at + random.nextInt(30));
          text.insert(random.nextInt(text.length()), text.substring(at, end));
        }
      }
    }
    return text.toString();
  }

  private static void compiles(String script) {
    SourceText source = new SourceText("random", script);
    try {
      StapCompiler.Input input = new StapCompiler.Input(source, List.of(), List.of("arg"));
      StapCompiler.Result result = StapCompiler.compile(input, StapCompiler.Options.DEFAULT);
      String messages = DiagnosticPrinter.print(result.diagnostics());
      if (result.program().isPresent()) {
        assertThat(Verifier.problems(result.program().get())).as(messages).isEmpty();
        assertThat(Printer.print(result.program().get())).isNotEmpty();
      } else {
        assertThat(messages).contains("failed.");
      }
      String printed = StapCompiler.parse(input).tree();
      assertThat(printed).isNotNull();
    } catch (RuntimeException | StackOverflowError | AssertionError e) {
      fail("seed " + SEED + "\n" + script, e);
    }
  }
}
