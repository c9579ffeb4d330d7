package pytap.gen.jvm;

import java.lang.classfile.ClassFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import pytap.ir.Expr;
import pytap.ir.Function;
import pytap.ir.Global;
import pytap.ir.Histogram;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.ir.Type;
import pytap.place.Plan;
import pytap.runtime.ByteString;
import pytap.runtime.GlobalShape;
import pytap.runtime.Limits;
import pytap.runtime.ProgramShape;
import pytap.runtime.StatisticShape;
import pytap.source.Diagnostic;
import pytap.source.Span;

/// Makes a placed program into a class. Pure: the same plan and limits give the same bytes.
public final class HandlerGenerator {
  private HandlerGenerator() {}

  /// Generates the handlers of `plan`, every probe's and every function's.
  ///
  /// @param limits what the script may do in one run; they are part of the code
  public static Generation generate(Plan plan, Limits limits) {
    ProgramFacts facts = new ProgramFacts(plan.program());
    Literals literals = new Literals();
    for (Probe probe : plan.program().probes()) {
      facts.summary(probe);
    }
    ClassCode code = new ClassCode(plan, limits, facts, literals);
    byte[] bytes;
    try {
      bytes = ClassFile.of().build(ClassCode.SELF, code);
    } catch (IllegalArgumentException tooLarge) {
      return new Generation.Refused(refusal(plan.program(), tooLarge));
    }
    ProgramShape shape =
        new ProgramShape(
            globals(plan.program(), facts),
            literals.sites(),
            points(plan.program(), false),
            points(plan.program(), true),
            literals.patterns(),
            limits);
    return new Generation.Made(new HandlerClass(bytes, literals.texts(), shape));
  }

  private static List<ByteString> points(Program program, boolean written) {
    List<ByteString> points = new ArrayList<>();
    for (Probe probe : program.probes()) {
      points.add(ByteString.ofLatin1((written ? probe.written() : probe.point()).toString()));
    }
    return points;
  }

  private static List<GlobalShape> globals(Program program, ProgramFacts facts) {
    List<GlobalShape> shapes = new ArrayList<>();
    for (Global global : program.globals()) {
      List<Boolean> textKeys = new ArrayList<>();
      for (Type key : global.keyTypes()) {
        textKeys.add(key == Type.STRING);
      }
      shapes.add(
          new GlobalShape(
              global.name(),
              global.index(),
              global.type() == Type.STRING,
              textKeys,
              global.maxEntries().orElse(0),
              global.wrap(),
              initialNumber(global),
              initialText(global),
              global.unread() && facts.isWritten(global),
              statistic(global)));
    }
    return shapes;
  }

  private static Optional<StatisticShape> statistic(Global global) {
    if (global.type() != Type.STATISTIC) {
      return Optional.empty();
    }
    int shift = global.aggregation().bitShift();
    if (global.aggregation().histogram().isEmpty()) {
      return Optional.of(new StatisticShape(StatisticShape.NONE, 0, 0, 0, shift));
    }
    return switch (global.aggregation().histogram().get()) {
      case Histogram.Log() -> Optional.of(new StatisticShape(StatisticShape.LOG, 0, 0, 0, shift));
      case Histogram.Linear(long low, long high, long step) ->
          Optional.of(new StatisticShape(StatisticShape.LINEAR, low, high, step, shift));
    };
  }

  private static long initialNumber(Global global) {
    return global.initial().isPresent()
            && global.initial().get() instanceof Expr.LongConstant constant
        ? constant.value()
        : 0;
  }

  private static ByteString initialText(Global global) {
    return global.initial().isPresent()
            && global.initial().get() instanceof Expr.StringConstant constant
        ? ByteString.ofLatin1(constant.value())
        : ByteString.EMPTY;
  }

  /// Blames the body with the most statements.
  private static Diagnostic refusal(Program program, IllegalArgumentException cause) {
    Optional<Span> worst = Optional.empty();
    long most = -1;
    for (Probe probe : program.probes()) {
      long size = BodySize.of(probe.body());
      if (size > most) {
        most = size;
        worst = Optional.of(probe.span());
      }
    }
    for (Function function : program.functions()) {
      long size = BodySize.of(function.body());
      if (size > most) {
        most = size;
        worst = Optional.of(function.span());
      }
    }
    if (most < 0) {
      throw new IllegalStateException("a program without code was refused", cause);
    }
    return new Diagnostic(
        GenerationCode.BODY_TOO_LARGE,
        "probe handler or function is too large to compile",
        Optional.empty(),
        worst,
        Optional.of("split it into functions"),
        List.of());
  }
}
