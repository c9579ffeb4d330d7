package pytap.gen.jvm;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import pytap.ir.Probe;
import pytap.place.Plan;
import pytap.probe.Occasion;
import pytap.runtime.Limits;

/// Writes the two methods of [pytap.runtime.Handlers] that find a handler by number.
final class DispatchCode {
  private static final ClassDesc MISUSE = ClassDesc.of("java.lang.IllegalArgumentException");

  private final Plan plan;
  private final Limits limits;
  private final ProgramFacts facts;

  DispatchCode(Plan plan, Limits limits, ProgramFacts facts) {
    this.plan = plan;
    this.limits = limits;
    this.facts = facts;
  }

  void write(ClassBuilder builder) {
    MethodTypeDesc channel =
        Owner.type(Owner.VOID, Owner.INT, Owner.SEGMENT, Owner.LONG, Owner.INT, Owner.MACHINE);
    builder.withMethodBody("channel", channel, ClassFile.ACC_PUBLIC, new ChannelDispatch());
    MethodTypeDesc run = Owner.type(Owner.VOID, Owner.INT, Owner.MACHINE);
    builder.withMethodBody("run", run, ClassFile.ACC_PUBLIC, new RunDispatch());
  }

  /// The life of another process is seen at the moment that the session has set.
  private static String begin(Probe probe) {
    return probe.occasion() instanceof Occasion.Life ? "begin" : "beginOwn";
  }

  private static void throwMisuse(CodeBuilder code) {
    code.new_(MISUSE);
    code.dup();
    code.invokespecial(MISUSE, ConstantDescs.INIT_NAME, Owner.type(Owner.VOID));
    code.athrow();
  }

  /// `channel(id, ring, offset, length, machine)`
  private final class ChannelDispatch implements Consumer<CodeBuilder> {
    @Override
    public void accept(CodeBuilder code) {
      Label unknown = code.newLabel();
      List<SwitchCase> cases = new ArrayList<>();
      for (Plan.Channel channel : plan.channels()) {
        cases.add(SwitchCase.of(channel.id(), code.newLabel()));
      }
      if (!cases.isEmpty()) {
        code.iload(1);
        code.tableswitch(unknown, cases);
      }
      for (int i = 0; i < cases.size(); i++) {
        code.labelBinding(cases.get(i).target());
        code.aload(0);
        code.aload(2);
        code.lload(3);
        code.iload(5);
        code.aload(6);
        code.invokevirtual(
            ClassCode.SELF, "channel" + plan.channels().get(i).id(), ChannelCode.TYPE);
        code.return_();
      }
      code.labelBinding(unknown);
      throwMisuse(code);
    }
  }

  /// `run(probe, machine)`
  private final class RunDispatch implements Consumer<CodeBuilder> {
    @Override
    public void accept(CodeBuilder code) {
      Label unknown = code.newLabel();
      List<SwitchCase> cases = new ArrayList<>();
      List<Probe> probes = new ArrayList<>();
      for (Probe probe : plan.program().probes()) {
        if (ClassCode.isRun(probe)) {
          probes.add(probe);
          cases.add(SwitchCase.of(probe.index(), code.newLabel()));
        }
      }
      if (!cases.isEmpty()) {
        code.iload(1);
        code.lookupswitch(unknown, cases);
      }
      for (int i = 0; i < cases.size(); i++) {
        Probe probe = probes.get(i);
        code.labelBinding(cases.get(i).target());
        new RunCode(code, 2, facts)
            .run(probe, ClassCode.methodOf(probe), begin(probe), ClassCode.actions(probe, limits));
        code.return_();
      }
      code.labelBinding(unknown);
      throwMisuse(code);
    }
  }
}
