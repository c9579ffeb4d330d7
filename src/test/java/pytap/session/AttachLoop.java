package pytap.session;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.compile.Compiler;
import pytap.gen.jvm.HandlerLoader;
import pytap.linux.Interrupts;
import pytap.resolve.Surroundings;
import pytap.runtime.Outside;
import pytap.source.SourceText;
import pytap.source.TracerException;
import pytap.stap.StapCompiler;

/// A program for tests: attaches to and detaches from processes again and again, without a JVM
/// started for each time.
///
/// Each line on standard input, `PID TIMES`, is answered with as many groups of lines: `attaching`,
/// what the script prints, and then `detached`, or `refused: ` and why. What the session says to
/// the user comes in lines that begin with `said: `.
public final class AttachLoop {
  private final EngineChoice engine;
  private final Compiler.Output script;

  private AttachLoop(EngineChoice engine, Compiler.Output script) {
    this.engine = engine;
    this.script = script;
  }

  /// @param words the engine, the script
  public static void main(String[] words) throws IOException {
    SourceText source = new SourceText("script", words[1]);
    Compiler.Result compiled =
        Compiler.compile(new StapCompiler.Input(source, List.of(), List.of()));
    AttachLoop loop =
        new AttachLoop(EngineChoice.named(words[0]).orElseThrow(), compiled.output().orElseThrow());
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    say("ready");
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      String[] parts = order.split(" ", -1);
      for (int left = Integer.parseInt(parts[1]); left > 0; left--) {
        loop.attach(Integer.parseInt(parts[0]));
      }
    }
  }

  private void attach(int pid) {
    Job job =
        new Job(
            script.plan(),
            HandlerLoader.load(script.handlers()),
            Optional.empty(),
            OptionalInt.of(pid),
            engine,
            16 << 20,
            false,
            false,
            Job.Output.STANDARD,
            OptionalInt.empty(),
            true,
            new Surroundings("/usr/bin:/bin", "", Path.of("").toAbsolutePath()),
            () -> Outside.Zone.UTC);
    say("attaching");
    try {
      Session.run(Groundwork.begin(Groundwork.Purpose.OTHER), job, new Notes(), new Interrupts());
      say("detached");
    } catch (TracerException refused) {
      say("refused: " + refused.getMessage());
    } catch (UnresolvedPoint impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private static final class Notes implements Notices {
    @Override
    public void say(String line) {
      AttachLoop.say("said: " + line);
    }

    @Override
    public void detail(int level, String line) {}
  }
}
