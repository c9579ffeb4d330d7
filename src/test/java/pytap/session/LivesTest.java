package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import pytap.compile.Compiler;
import pytap.gen.jvm.HandlerLoader;
import pytap.resolve.Surroundings;
import pytap.runtime.ByteString;
import pytap.runtime.Handlers;
import pytap.runtime.Machine;
import pytap.runtime.ScriptError;
import pytap.runtime.ScriptEvents;
import pytap.runtime.SessionInfo;
import pytap.runtime.TargetMemory;
import pytap.target.ProcessStatus;

final class LivesTest {
  private static final Optional<Path> SHELL = Optional.of(Path.of("/bin/sh"));
  private static final ProcessStatus STATUS = new ProcessStatus("sh", 1, 7, 8, 9, 10, false);

  private final Compiler.Output script =
      Scripts.compile(
          """
          probe process.begin { printf("begin %d %s %d\\n", pid(), execname(), euid()) }
          probe process.end { println("end ", pid()) }
          probe process.thread.begin { println("thread ", tid(), " of ", pid()) }
          probe process.thread.end { println("thread end ", tid()) }
          probe process("/bin/sh").begin { println("a shell") }
          probe process("/bin/true").begin { println("never") }
          probe process(43).begin { println("number 43") }
          """);
  private final Handlers handlers = HandlerLoader.load(script.handlers());
  private final Lives lives =
      new Lives(
          script.plan().program(), handlers, new Surroundings("/bin:/usr/bin", "", Path.of("/")));
  private final Machine machine = new Machine(handlers, INFO, TargetMemory.NONE, new Failing());

  private static final SessionInfo INFO = new SessionInfo(42, 0, 1, 2, 2, 1, 0, 0, 0, 0, "test");

  private static final class Failing implements ScriptEvents {
    @Override
    public void failed(ScriptError error) {
      throw new AssertionError(error);
    }

    @Override
    public void warned(ByteString text) {
      throw new AssertionError(text);
    }
  }

  private String printed() {
    String text = new String(machine.out.toBytes(), StandardCharsets.ISO_8859_1);
    machine.out.clear();
    return text;
  }

  @Test
  void eachLifeIsToldOnceHoweverOftenItIsSeen() {
    lives.began(42, SHELL, STATUS, machine);
    lives.began(42, SHELL, STATUS, machine);
    lives.thread(42, 50, machine);
    lives.thread(42, 50, machine);
    assertThat(printed()).isEqualTo("begin 42 sh 8\na shell\nthread 42 of 42\nthread 50 of 42\n");
    lives.threadEnded(42, 50, machine);
    lives.ended(42, machine);
    lives.ended(42, machine);
    assertThat(printed()).isEqualTo("thread end 50\nthread end 42\nend 42\n");
    assertThat(lives.knows(42)).isTrue();
    assertThat(lives.running()).isEmpty();
  }

  @Test
  void anotherProgramInTheSameProcessIsAnotherLife() {
    lives.began(43, SHELL, STATUS, machine);
    assertThat(printed()).isEqualTo("begin 43 sh 8\na shell\nnumber 43\nthread 43 of 43\n");
    Path program = Path.of("/usr/bin/env");
    lives.began(43, Optional.of(program), STATUS.named("env"), machine);
    assertThat(printed())
        .isEqualTo("thread end 43\nend 43\nbegin 43 env 8\nnumber 43\nthread 43 of 43\n");
  }

  @Test
  void nothingIsToldOnceTheScriptExits() {
    machine.stop();
    lives.began(42, SHELL, STATUS, machine);
    assertThat(printed()).isEmpty();
  }
}
