package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ShellCommandTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "python3 prog.py",
        "/usr/bin/python3 -c 'import os; print(\"$HOME\")'",
        "python3 -c \"print('x')\" --option=value  2",
        "env A=b python3 -m unittest"
      })
  void aPlainProgramTakesTheShellsPlace(String command) {
    assertThat(ShellCommand.of(command)).isEqualTo("exec " + command);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "python3 a.py; python3 b.py",
        "python3 a.py | cat",
        "python3 a.py &",
        "python3 a.py > out",
        "python3 $FILE",
        "python3 \"$FILE\"",
        "python3 *.py",
        "python3 a.py\npython3 b.py",
        "A=b python3 a.py",
        "'my program' x",
        "python3 -c 'unbalanced",
        "cd /tmp",
        "exit 3",
        "echo x",
        "if true",
        "(python3 a.py)"
      })
  void whatTheShellHasToReadIsLeftToIt(String command) {
    assertThat(ShellCommand.of(command)).isEqualTo(command);
  }
}
