package pytap.gen.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static pytap.gen.jvm.Ir.assign;
import static pytap.gen.jvm.Ir.binary;
import static pytap.gen.jvm.Ir.block;
import static pytap.gen.jvm.Ir.number;
import static pytap.gen.jvm.Ir.read;
import static pytap.gen.jvm.Ir.run;
import static pytap.gen.jvm.Ir.target;
import static pytap.gen.jvm.Ir.text;

import java.util.List;
import org.junit.jupiter.api.Test;
import pytap.ir.BinaryOperator;
import pytap.ir.Global;
import pytap.ir.Local;
import pytap.ir.Type;

final class UnreadGlobalsTest {
  private final Script script = new Script();

  @Test
  void globalsThatAreOnlyWrittenArePrintedAtTheEnd() {
    Global count = script.unread("cnt", Type.LONG);
    Global name = script.unread("name", Type.STRING);
    Global table = script.unread("tab", Type.LONG, Type.STRING);
    script.unread("untouched", Type.LONG);
    Global multi = script.unread("multi", Type.STRING, Type.LONG, Type.STRING);
    script.run(
        script.begin(
            run(assign(target(count), number(5))),
            run(assign(target(name), text("abc"))),
            run(assign(target(table, text("x")), number(2))),
            run(assign(target(table, text("y")), number(9))),
            run(assign(target(table, text("z")), number(4))),
            run(assign(target(multi, number(1), text("q")), text("v")))));
    script.machine().printUnread();
    assertThat(script.output())
        .isEqualTo(
            """
            cnt=5
            name="abc"
            tab["y"]=9
            tab["z"]=4
            tab["x"]=2
            multi[1,"q"]="v"
            """);
  }

  @Test
  void aLargeArrayIsPrintedWholeByFallingValue() {
    Global array = script.unread("a", Type.LONG, Type.LONG);
    Local i = Ir.local(0, "i", Type.LONG);
    script.run(
        script.begin(
            List.of(i),
            Ir.loop(
                binary(read(i), BinaryOperator.LESS, number(150)),
                block(
                    run(
                        assign(
                            target(array, read(i)),
                            binary(
                                binary(read(i), BinaryOperator.MULTIPLY, number(7)),
                                BinaryOperator.MODULO,
                                number(150)))),
                    run(Ir.update(target(i), BinaryOperator.ADD, number(1)))))));
    script.machine().printUnread();
    assertThat(script.output()).startsWith("a[107]=149\na[64]=148\na[21]=147\n");
    assertThat(script.output().lines()).hasSize(150).last().isEqualTo("a[0]=0");
  }

  @Test
  void aGlobalThatIsReadIsNotPrinted() {
    Global count = script.scalar("cnt", Type.LONG);
    script.run(script.begin(run(assign(target(count), number(5)))));
    script.machine().printUnread();
    assertThat(script.output()).isEmpty();
  }
}
