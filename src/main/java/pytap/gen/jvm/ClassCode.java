package pytap.gen.jvm;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import pytap.ir.Function;
import pytap.ir.Local;
import pytap.ir.Probe;
import pytap.ir.Stmt;
import pytap.ir.Type;
import pytap.place.Plan;
import pytap.probe.Occasion;
import pytap.runtime.Limits;

/// Writes the class: a method for each handler, function and channel, the two dispatchers, and the
/// literals as fields.
final class ClassCode implements Consumer<ClassBuilder> {
  static final ClassDesc SELF = ClassDesc.of("pytap.gen.jvm.ScriptHandlers");

  private static final int PACKAGE = 0;
  private static final MethodTypeDesc HANDLER = Owner.type(Owner.VOID, Owner.MACHINE);
  private static final MethodTypeDesc CONSTRUCTOR =
      Owner.type(Owner.VOID, Owner.BYTE_STRING.arrayType(), Owner.SITE.arrayType(), Owner.SHAPE);

  private final Plan plan;
  private final Limits limits;
  private final ProgramFacts facts;
  private final Literals literals;

  ClassCode(Plan plan, Limits limits, ProgramFacts facts, Literals literals) {
    this.plan = plan;
    this.limits = limits;
    this.facts = facts;
    this.literals = literals;
  }

  static String functionMethod(String name) {
    return "function_" + name;
  }

  private static String handlerMethod(Plan.Channel channel, Probe probe) {
    return "handler" + probe.index() + "_channel" + channel.id();
  }

  private static String handlerMethod(Probe probe) {
    return "handler" + probe.index();
  }

  @Override
  public void accept(ClassBuilder builder) {
    builder.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
    builder.withInterfaceSymbols(Owner.HANDLERS);
    for (Function function : plan.program().functions()) {
      method(builder, functionMethod(function.name()), type(function), new FunctionBody(function));
    }
    for (Plan.Channel channel : plan.channels()) {
      for (Probe probe : channel.handlers()) {
        Optional<Captures> captures = Optional.of(new Captures(channel.layout()));
        method(builder, handlerMethod(channel, probe), HANDLER, new HandlerBody(probe, captures));
      }
      method(builder, "channel" + channel.id(), ChannelCode.TYPE, new ChannelBody(channel));
    }
    for (Probe probe : plan.program().probes()) {
      if (isRun(probe)) {
        method(builder, handlerMethod(probe), HANDLER, new HandlerBody(probe, Optional.empty()));
      }
    }
    DispatchCode dispatch = new DispatchCode(plan, limits, facts);
    dispatch.write(builder);
    constants(builder);
  }

  /// Whether [pytap.runtime.Handlers#run] runs it.
  static boolean isRun(Probe probe) {
    return !(probe.occasion() instanceof Occasion.InFile)
        && !(probe.occasion() instanceof Occasion.Never);
  }

  static MethodTypeDesc handlerType() {
    return HANDLER;
  }

  static String methodOf(Plan.Channel channel, Probe probe) {
    return handlerMethod(channel, probe);
  }

  static String methodOf(Probe probe) {
    return handlerMethod(probe);
  }

  private static void method(
      ClassBuilder builder, String name, MethodTypeDesc type, Consumer<CodeBuilder> body) {
    builder.withMethodBody(name, type, PACKAGE, body);
  }

  private static MethodTypeDesc type(Function function) {
    ClassDesc[] parameters = new ClassDesc[function.parameters() + 1];
    parameters[0] = Owner.MACHINE;
    for (int i = 1; i < parameters.length; i++) {
      parameters[i] = Owner.of(function.locals().get(i - 1).type());
    }
    return Owner.type(Owner.of(function.result()), parameters);
  }

  /// How many statements one run of a handler may execute.
  static int actions(Probe probe, Limits limits) {
    Occasion occasion = probe.occasion();
    boolean interruptible =
        occasion instanceof Occasion.SessionBegin
            || occasion instanceof Occasion.SessionEnd
            || occasion instanceof Occasion.SessionError;
    return interruptible ? limits.maxActionInterruptible() : limits.maxAction();
  }

  private void constants(ClassBuilder builder) {
    for (int i = 0; i < literals.texts().size(); i++) {
      builder.withField(Literals.textField(i), Owner.BYTE_STRING, ClassFile.ACC_FINAL);
    }
    for (int i = 0; i < literals.sites().size(); i++) {
      builder.withField(Literals.siteField(i), Owner.SITE, ClassFile.ACC_FINAL);
    }
    builder.withField("shape", Owner.SHAPE, ClassFile.ACC_FINAL);
    builder.withMethodBody(
        ConstantDescs.INIT_NAME, CONSTRUCTOR, ClassFile.ACC_PUBLIC, new ConstructorBody(literals));
    builder.withMethodBody("shape", Owner.type(Owner.SHAPE), ClassFile.ACC_PUBLIC, new ShapeBody());
  }

  private void initialise(MethodCode method, List<Local> locals, int from) {
    for (Local local : locals.subList(from, locals.size())) {
      method.pushDefault(local.type());
      method.store(local.type(), method.slot(local));
    }
  }

  private ExpressionCode expressions(
      MethodCode method, Optional<Probe> probe, Optional<Captures> captures) {
    // SystemTap 4.8 lets calls stand one deeper than MAXNESTING says.
    ExpressionCode.Calls calls = new ExpressionCode.Calls(facts, limits.maxNesting() + 1);
    return new ExpressionCode(method, probe, captures, calls);
  }

  /// The method of one function.
  private final class FunctionBody implements Consumer<CodeBuilder> {
    private final Function function;

    FunctionBody(Function function) {
      this.function = function;
    }

    @Override
    public void accept(CodeBuilder code) {
      MethodCode method = new MethodCode(code, SELF, literals, function.locals());
      initialise(method, function.locals(), function.parameters());
      ExpressionCode expressions = expressions(method, Optional.empty(), Optional.empty());
      boolean counting = facts.summary(function.name()).statements() == ProgramFacts.UNBOUNDED;
      new StatementCode(method, expressions, function.result(), counting).body(function.body());
    }
  }

  /// The method of one handler, on one channel or on none.
  private final class HandlerBody implements Consumer<CodeBuilder> {
    private final Probe probe;
    private final Optional<Captures> captures;

    HandlerBody(Probe probe, Optional<Captures> captures) {
      this.probe = probe;
      this.captures = captures;
    }

    @Override
    public void accept(CodeBuilder code) {
      MethodCode method = new MethodCode(code, SELF, literals, probe.locals());
      initialise(method, probe.locals(), 0);
      ExpressionCode expressions = expressions(method, Optional.of(probe), captures);
      boolean counting = facts.summary(probe).statements() >= actions(probe, limits);
      StatementCode statements = new StatementCode(method, expressions, Type.VOID, counting);
      if (probe.condition().isPresent()) {
        Stmt next = new Stmt.Next(probe.span());
        statements.body(
            new Stmt.If(probe.condition().get(), probe.body(), Optional.of(next), probe.span()));
      } else {
        statements.body(probe.body());
      }
    }
  }

  /// The method that runs the handlers of one channel.
  private final class ChannelBody implements Consumer<CodeBuilder> {
    private final Plan.Channel channel;

    ChannelBody(Plan.Channel channel) {
      this.channel = channel;
    }

    @Override
    public void accept(CodeBuilder code) {
      new ChannelCode(code, channel, limits, facts).write();
    }
  }

  /// Keeps the literals.
  private record ConstructorBody(Literals literals) implements Consumer<CodeBuilder> {
    @Override
    public void accept(CodeBuilder code) {
      code.aload(0);
      code.invokespecial(Owner.OBJECT, ConstantDescs.INIT_NAME, Owner.type(Owner.VOID));
      for (int i = 0; i < literals.texts().size(); i++) {
        element(code, 1, i, Literals.textField(i), Owner.BYTE_STRING);
      }
      for (int i = 0; i < literals.sites().size(); i++) {
        element(code, 2, i, Literals.siteField(i), Owner.SITE);
      }
      code.aload(0);
      code.aload(3);
      code.putfield(SELF, "shape", Owner.SHAPE);
      code.return_();
    }

    private static void element(
        CodeBuilder code, int array, int index, String field, ClassDesc type) {
      code.aload(0);
      code.aload(array);
      code.loadConstant(index);
      code.aaload();
      code.putfield(SELF, field, type);
    }
  }

  private record ShapeBody() implements Consumer<CodeBuilder> {
    @Override
    public void accept(CodeBuilder code) {
      code.aload(0);
      code.getfield(SELF, "shape", Owner.SHAPE);
      code.areturn();
    }
  }
}
