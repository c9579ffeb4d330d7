package pytap.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import pytap.compile.Compiler;
import pytap.gen.jvm.HandlerLoader;
import pytap.runtime.ByteString;
import pytap.runtime.Handlers;
import pytap.runtime.Limits;
import pytap.runtime.Machine;
import pytap.runtime.ScriptError;
import pytap.runtime.ScriptEvents;
import pytap.runtime.SessionInfo;
import pytap.runtime.TargetMemory;
import pytap.source.SourceText;
import pytap.stap.StapCompiler;

/// What one statement of a handler costs, compiled as pytap compiles it. A handler repeats it a
/// thousand times, so that starting a handler does not count; the loop and the counting of
/// statements do.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HandlerBench {
  private static final int TURNS = 1000;

  /// The statements, by what is to be reached: 5, 60 and 150 ns.
  @Param({"arithmetic", "two keys", "five arguments", "statistic", "regex"})
  public String what;

  private Handlers handlers;
  private Machine machine;

  private static String statement(String what) {
    return switch (what) {
      case "arithmetic" -> "x = x * 31 + (i ^ x >> 3)";
      case "two keys" -> "a[i & 63, s]++";
      case "five arguments" -> "printf(\"%s %d %s:%d %x\\n\", s, i, t, x, i)";
      case "statistic" -> "st[s] <<< i";
      case "regex" -> "x += t =~ \"(^|/)[a-z]+[.]py$\"";
      default -> throw new IllegalArgumentException(what);
    };
  }

  @Setup
  public void compile() {
    String script =
        "global a, st, g\nprobe begin { s = \"fib\" t = \"examples/hello.py\" x = g\n"
            + "for (i = 0; i < 1000; i++) { "
            + statement(what)
            + " }\ng = x if (x == 17) println(s, t) }\n";
    Compiler.Result result =
        Compiler.compile(
            new StapCompiler.Input(new SourceText("bench", script), List.of(), List.of()),
            StapCompiler.Options.DEFAULT,
            Limits.DEFAULT.with("MAXACTION_INTERRUPTIBLE", 1_000_000).orElseThrow());
    handlers = HandlerLoader.load(result.output().orElseThrow().handlers());
    SessionInfo info = new SessionInfo(0, 0, 1, 2, 2, 1, 0, 0, 0, 0, "bench");
    machine = new Machine(handlers, info, TargetMemory.NONE, new Failing());
  }

  @Benchmark
  @OperationsPerInvocation(TURNS)
  public int turn() {
    handlers.run(0, machine);
    int printed = machine.out.size();
    machine.out.clear();
    return printed;
  }

  private static final class Failing implements ScriptEvents {
    @Override
    public void failed(ScriptError error) {
      throw new IllegalStateException(error.report());
    }

    @Override
    public void warned(ByteString text) {
      throw new IllegalStateException(text.toString());
    }
  }
}
