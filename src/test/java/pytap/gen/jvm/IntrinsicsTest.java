package pytap.gen.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static pytap.gen.jvm.Ir.intrinsic;
import static pytap.gen.jvm.Ir.number;
import static pytap.gen.jvm.Ir.printf;
import static pytap.gen.jvm.Ir.println;
import static pytap.gen.jvm.Ir.run;
import static pytap.gen.jvm.Ir.text;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import pytap.ir.BinaryOperator;
import pytap.ir.Expr;
import pytap.ir.Intrinsic;
import pytap.ir.Intrinsics;
import pytap.ir.Stmt;
import pytap.ir.Type;

final class IntrinsicsTest {

  private static String value(String name, Expr... arguments) {
    String printed = Script.printed(println(intrinsic(name, arguments)));
    return printed.substring(0, printed.length() - 1);
  }

  @Test
  void thereIsCodeForEveryIntrinsicOfTheCatalogue() {
    List<Stmt> calls = new ArrayList<>();
    for (Intrinsic intrinsic : Intrinsics.all()) {
      Expr[] arguments = new Expr[intrinsic.parameters().size()];
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = intrinsic.parameters().get(i) == Type.LONG ? number(1) : text("x");
      }
      calls.add(run(intrinsic(intrinsic.name(), arguments)));
    }
    Script script = new Script();
    script.begin(calls.toArray(new Stmt[0]));
    assertThat(script.made().print()).contains("handler0");
  }

  @Test
  void substringsAreCutToTheString() {
    assertThat(value("substr", text("python"), number(2), number(3))).isEqualTo("tho");
    assertThat(value("substr", text("python"), number(4), number(30))).isEqualTo("on");
    assertThat(value("substr", text("python"), number(6), number(1))).isEmpty();
    assertThat(value("substr", text("python"), number(-1), number(2))).isEmpty();
    assertThat(value("substr", text("python"), number(0), number(Long.MAX_VALUE)))
        .isEqualTo("python");
    assertThat(value("substr", text("python"), number(0), number(-1))).isEmpty();
  }

  @Test
  void stringsAreSearched() {
    assertThat(value("isinstr", text("fib.py"), text(".py"))).isEqualTo("1");
    assertThat(value("isinstr", text("fib.py"), text(".pyc"))).isEqualTo("0");
    assertThat(value("strpos", text("abcabc"), text("ca"))).isEqualTo("2");
    assertThat(value("strpos", text("abc"), text("d"))).isEqualTo("-1");
    assertThat(value("strlen", text("h\u00e9"))).isEqualTo("2");
    assertThat(value("stringat", text("a\u00e9"), number(1))).isEqualTo("233");
    assertThat(value("isdigit", text("7up"))).isEqualTo("1");
    assertThat(value("isdigit", text("up7"))).isEqualTo("0");
    assertThat(value("isdigit", text(""))).isEqualTo("0");
  }

  @Test
  void numbersAreReadAsTheKernelReadsThem() {
    assertThat(value("strtol", text("123abc"), number(10))).isEqualTo("123");
    assertThat(value("strtol", text("-0x1F"), number(16))).isEqualTo("-31");
    assertThat(value("strtol", text("0x1f"), number(0))).isEqualTo("31");
    assertThat(value("strtol", text("017"), number(0))).isEqualTo("15");
    assertThat(value("strtol", text("12"), number(0))).isEqualTo("12");
    assertThat(value("strtol", text("+5"), number(10))).isEqualTo("0");
    assertThat(value("strtol", text(" 5"), number(10))).isEqualTo("0");
    assertThat(value("strtol", text("102"), number(2))).isEqualTo("2");
    assertThat(value("strtol", text(""), number(10))).isEqualTo("0");
  }

  @Test
  void everyOccurrenceIsReplaced() {
    assertThat(value("str_replace", text("banana"), text("an"), text("AN!"))).isEqualTo("bAN!AN!a");
    assertThat(value("str_replace", text("aaa"), text("aa"), text("b"))).isEqualTo("ba");
    assertThat(value("str_replace", text("abc"), text(""), text("x"))).isEqualTo("abc");
  }

  @Test
  void whatIsNotPrintableIsEscaped() {
    assertThat(value("text_str", text("a\"b\\c\n\t\u0001\u007f")))
        .isEqualTo("a\\\"b\\\\c\\n\\t\\001\\177");
    assertThat(value("text_str", text("\u00c3\u00af"))).isEqualTo("\\u00EF");
    assertThat(value("text_str", text("\u00f0\u009d\u0084\u009e"))).isEqualTo("\\U0001D11E");
    assertThat(value("text_str", text("\u00ff"))).isEqualTo("\\377");
    assertThat(value("string_quoted", text("say \"hi\""))).isEqualTo("\"say \\\"hi\\\"\"");
  }

  @Test
  void aQuotedStringThatIsCutSaysSo() {
    String quoted = value("string_quoted", text("x".repeat(511)));
    assertThat(quoted).hasSize(511).startsWith("\"xxx").endsWith("x\"...");
  }

  @Test
  void tokensAreTakenOneByOne() {
    assertThat(
            Script.printed(
                println(intrinsic("tokenize", text("one two,,three"), text(" ,"))),
                println(intrinsic("tokenize", text(""), text(" ,"))),
                println(intrinsic("tokenize", text(""), text(" ,"))),
                printf("[%s]\n", intrinsic("tokenize", text(""), text(" ,"))),
                println(intrinsic("tokenize", text("/usr/lib/python"), text("/"))),
                println(intrinsic("tokenize", text(""), text("/"))),
                println(intrinsic("tokenize", text("/"))),
                printf("[%s]\n", intrinsic("tokenize", text("/")))))
        .isEqualTo("one\ntwo\nthree\n[]\nusr\nlib\npython\n[]\n");
  }

  @Test
  void aTimeIsPrintedInUtc() {
    assertThat(value("ctime", number(0))).isEqualTo("Thu Jan  1 00:00:00 1970");
    assertThat(value("ctime", number(1_795_199_655))).isEqualTo("Fri Nov 20 18:34:15 2026");
    assertThat(value("ctime", number(951_782_399))).isEqualTo("Mon Feb 28 23:59:59 2000");
    assertThat(value("ctime", number(951_782_400))).isEqualTo("Tue Feb 29 00:00:00 2000");
    assertThat(value("ctime", number(-1))).isEqualTo("Wed Dec 31 23:59:59 1969");
  }

  @Test
  void outsideMarkersTheMomentIsPytapsOwn() {
    assertThat(
            Script.printed(
                printf(
                    "%d %d %d %s %d %d %d %d %d\n",
                    intrinsic("pid"),
                    intrinsic("tid"),
                    intrinsic("ppid"),
                    intrinsic("execname"),
                    intrinsic("uid"),
                    intrinsic("gid"),
                    intrinsic("euid"),
                    intrinsic("egid"),
                    intrinsic("target")),
                printf("%s %s\n", intrinsic("pp"), intrinsic("pn")),
                printf(
                    "[%s%s] %s\n",
                    intrinsic("ppfunc"), intrinsic("probefunc"), intrinsic("module_name"))))
        .isEqualTo("100 101 99 pytap 1 2 3 4 4242\nbegin start\n[] pytap_100\n");
  }

  @Test
  void aFunctionKnowsTheProbeThatCallsIt() {
    Script script = new Script();
    script.function("where", Type.STRING, List.of(), 0, Ir.back(intrinsic("pn")));
    script.run(script.begin(println(Ir.call("where", Type.STRING))));
    assertThat(script.output()).isEqualTo("start\n");
  }

  @Test
  void logsGoToTheOutputAndWarningsToTheSession() {
    Script script = new Script();
    script.run(
        script.begin(
            run(intrinsic("warn", text("no newline"))),
            run(intrinsic("warn", text("with newline\n"))),
            printf("a"),
            run(intrinsic("log", text("b"))),
            printf("c\n")));
    assertThat(script.output()).isEqualTo("ab\nc\n");
    assertThat(script.warnings).containsExactly("no newline", "with newline");
  }

  @Test
  void exitLetsTheHandlerFinish() {
    Script script = new Script();
    script.run(script.begin(run(intrinsic("exit")), println(text("after"))));
    assertThat(script.output()).isEqualTo("after\n");
    assertThat(script.machine().exiting()).isTrue();
  }

  @Test
  void randomNumbersStayBelowTheirBound() {
    Script script = new Script();
    script.run(
        script.begin(
            printf(
                "%d %d %d\n",
                intrinsic("randint", number(1)),
                intrinsic("randint", number(0)),
                Ir.binary(intrinsic("randint", number(10)), BinaryOperator.LESS, number(10)))));
    assertThat(script.output()).isEqualTo("0 0 1\n");
  }
}
