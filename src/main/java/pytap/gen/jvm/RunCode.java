package pytap.gen.jvm;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import pytap.ir.Probe;

/// Writes the call of one handler: its limits are set before it, a run-time error is reported.
///
/// @param machine the JVM local that holds the machine
record RunCode(CodeBuilder code, int machine, ProgramFacts facts) {

  /// @param begin the machine's method that starts a handler
  void run(Probe probe, String method, String begin, int actions) {
    code.aload(machine);
    code.loadConstant(actions);
    code.invokevirtual(Owner.MACHINE, begin, Owner.type(Owner.VOID, Owner.INT));
    if (facts.summary(probe).asksForPoint()) {
      code.aload(machine);
      code.loadConstant(probe.index());
      code.putfield(Owner.MACHINE, "probe", Owner.INT);
    }
    Label start = code.newLabel();
    Label end = code.newLabel();
    Label failed = code.newLabel();
    Label done = code.newLabel();
    code.labelBinding(start);
    code.aload(0);
    code.aload(machine);
    code.invokevirtual(ClassCode.SELF, method, ClassCode.handlerType());
    code.labelBinding(end);
    code.goto_(done);
    code.labelBinding(failed);
    code.aload(machine);
    code.swap();
    code.invokevirtual(Owner.MACHINE, "failed", Owner.type(Owner.VOID, Owner.ERROR));
    code.labelBinding(done);
    code.exceptionCatch(start, end, failed, Owner.ERROR);
  }
}
