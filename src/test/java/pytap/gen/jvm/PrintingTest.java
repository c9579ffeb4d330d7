package pytap.gen.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static pytap.gen.jvm.Ir.number;
import static pytap.gen.jvm.Ir.printf;
import static pytap.gen.jvm.Ir.println;
import static pytap.gen.jvm.Ir.sprintf;
import static pytap.gen.jvm.Ir.text;

import java.util.List;
import org.junit.jupiter.api.Test;
import pytap.ir.Local;
import pytap.ir.Type;

/// Directives as SystemTap 4.8 printed them.
final class PrintingTest {

  @Test
  void stringsFillTheirFields() {
    assertThat(
            Script.printed(
                printf(
                    "[%-6s|%6s|%06s|%.3s|%6.2s]\n",
                    text("ab"), text("ab"), text("ab"), text("abcdef"), text("abc")),
                printf("[%s]\n", text("tab\there"))))
        .isEqualTo("[ab    |    ab|ab\0|abc|    ab]\n[tab\there]\n");
  }

  @Test
  void binaryIsLittleEndianAndEightBytesByDefault() {
    assertThat(
            Script.printed(
                printf("%1b%2b%4b|", number(65), number(0x4342), number(0x47464544)),
                printf("%-4b|%04b|\n", number(65), number(65)),
                printf("%3b\n", number(1)),
                printf("%b", number(0x4847464544434241L))))
        .isEqualTo("ABCDEFG|A\0\0\0|A\0\0\0|\n\u0001\0\0\0\0\0\0\0\nABCDEFGH");
  }

  @Test
  void theAlternateFormAlwaysHasItsPrefix() {
    assertThat(
            Script.printed(
                printf("%#x %#X %#o %x\n", number(0), number(0), number(0), number(-1)),
                printf("%3d|%-3d|%03d\n", number(12345), number(12345), number(12345)),
                printf("%p %u %c%5c|", number(0), number(-1), number('a'), number('b'))))
        .isEqualTo(
            "0x0 0X0 00 ffffffffffffffff\n12345|12345|12345\n"
                + "0x0 18446744073709551615 a    b|");
  }

  @Test
  void widthAndPrecisionMayBeArguments() {
    assertThat(
            Script.printed(
                printf(
                    "[%*d][%-*d][%.*d][%*.*d][%*d][%*s][%.*s]",
                    number(6),
                    number(42),
                    number(6),
                    number(42),
                    number(4),
                    number(7),
                    number(8),
                    number(3),
                    number(5),
                    number(-6),
                    number(42),
                    number(4),
                    text("ab"),
                    number(1),
                    text("ab"))))
        .isEqualTo("[    42][42    ][0007][     005][42    ][  ab][a]");
  }

  @Test
  void argumentsAreEvaluatedBeforeAnythingIsPrinted() {
    Script script = new Script();
    Local n = Ir.local(0, "n", Type.LONG);
    script.function(
        "loud", Type.LONG, List.of(n), 1, printf("<%d>", Ir.read(n)), Ir.back(Ir.read(n)));
    script.run(
        script.begin(
            printf(
                "%d %s %d\n",
                Ir.call("loud", Type.LONG, number(1)),
                sprintf("(%d)", Ir.call("loud", Type.LONG, number(2))),
                Ir.call("loud", Type.LONG, number(3)))));
    assertThat(script.output()).isEqualTo("<1><2><3>1 (2) 3\n");
  }

  @Test
  void aFormattedStringIsCutAt511Bytes() {
    assertThat(Script.printed(println(Ir.intrinsic("strlen", sprintf("%600d", number(1))))))
        .isEqualTo("511\n");
  }

  @Test
  void percentSignsInStringsAreOnlyBytes() {
    assertThat(
            Script.printed(printf("%s\n", text("100%d")), println(sprintf("%s%%", text("100%d")))))
        .isEqualTo("100%d\n100%d%\n");
  }
}
