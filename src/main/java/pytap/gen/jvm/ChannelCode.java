package pytap.gen.jvm;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.MethodTypeDesc;
import pytap.ir.Probe;
import pytap.place.Capture;
import pytap.place.Fact;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.runtime.Limits;

/// Writes what one channel does with a record: take it in, set the moment from the facts it holds,
/// run the handlers in turn.
final class ChannelCode {
  static final MethodTypeDesc TYPE =
      Owner.type(Owner.VOID, Owner.SEGMENT, Owner.LONG, Owner.INT, Owner.MACHINE);

  private static final int RING = 1;
  private static final int OFFSET = 2;
  private static final int LENGTH = 4;
  private static final int MACHINE = 5;
  private static final int RECORD = 6;

  private final CodeBuilder code;
  private final Plan.Channel channel;
  private final Limits limits;
  private final ProgramFacts facts;

  ChannelCode(CodeBuilder code, Plan.Channel channel, Limits limits, ProgramFacts facts) {
    this.code = code;
    this.channel = channel;
    this.limits = limits;
    this.facts = facts;
  }

  void write() {
    takeRecord();
    for (RecordLayout.Slot slot : channel.layout().slots()) {
      if (slot.capture() instanceof Capture.OfFact captured) {
        setFact(captured.fact(), slot.offset());
      } else if (Captures.isOfVariableLength(slot.capture())) {
        code.aload(RECORD);
        code.loadConstant(slot.offset());
        code.invokevirtual(Owner.RECORD, "textSlot", Owner.type(Owner.VOID, Owner.INT));
        if (slot.capture() instanceof Capture.Stack) {
          code.aload(RECORD);
          code.invokevirtual(Owner.RECORD, "stackSlot", Owner.type(Owner.VOID));
        }
      }
    }
    for (Probe probe : channel.handlers()) {
      runHandler(probe);
    }
    code.return_();
  }

  private void takeRecord() {
    code.aload(MACHINE);
    code.getfield(Owner.MACHINE, "record", Owner.RECORD);
    code.dup();
    code.astore(RECORD);
    code.aload(RING);
    code.lload(OFFSET);
    code.iload(LENGTH);
    code.loadConstant(channel.layout().fixedBytes());
    code.invokevirtual(
        Owner.RECORD,
        "load",
        Owner.type(Owner.VOID, Owner.SEGMENT, Owner.LONG, Owner.INT, Owner.INT));
    if (new Captures(channel.layout()).has(Fact.REGISTERS)) {
      code.aload(MACHINE);
      code.invokevirtual(Owner.MACHINE, "forgetStack", Owner.type(Owner.VOID));
    }
    if (!new Captures(channel.layout()).has(Fact.PID_TGID)) {
      code.aload(MACHINE);
      code.getfield(Owner.MACHINE, "moment", Owner.MOMENT);
      code.invokevirtual(Owner.MOMENT, "setTarget", Owner.type(Owner.VOID));
    }
  }

  private void setFact(Fact fact, int offset) {
    code.aload(MACHINE);
    code.getfield(Owner.MACHINE, "moment", Owner.MOMENT);
    if (fact == Fact.EXECNAME || fact == Fact.REGISTERS || fact == Fact.PLACE) {
      code.loadConstant(offset);
      code.invokevirtual(Owner.MOMENT, setter(fact), Owner.type(Owner.VOID, Owner.INT));
      return;
    }
    code.aload(RECORD);
    code.loadConstant(offset);
    code.invokevirtual(Owner.RECORD, "word", Owner.type(Owner.LONG, Owner.INT));
    code.invokevirtual(Owner.MOMENT, setter(fact), Owner.type(Owner.VOID, Owner.LONG));
  }

  private static String setter(Fact fact) {
    return switch (fact) {
      case PID_TGID -> "setPidTgid";
      case TIME_NANOS -> "setTimeNanos";
      case UID_GID -> "setUidGid";
      case EUID_EGID -> "setEuidEgid";
      case PPID -> "setPpid";
      case CPU -> "setCpu";
      case UADDR -> "setUaddr";
      case EXECNAME -> "setExecname";
      case PLACE -> "setPlace";
      case REGISTERS -> "setRegisters";
    };
  }

  private void runHandler(Probe probe) {
    Label next = code.newLabel();
    code.aload(MACHINE);
    code.invokevirtual(Owner.MACHINE, "exiting", Owner.type(Owner.BOOLEAN));
    code.ifne(next);
    new RunCode(code, MACHINE, facts)
        .run(probe, ClassCode.methodOf(channel, probe), "begin", ClassCode.actions(probe, limits));
    code.labelBinding(next);
  }
}
