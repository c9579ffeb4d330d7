package pytap.gen.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static pytap.gen.jvm.Ir.argument;
import static pytap.gen.jvm.Ir.intrinsic;
import static pytap.gen.jvm.Ir.printf;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import pytap.ir.BinaryOperator;
import pytap.ir.Global;
import pytap.ir.Probe;
import pytap.ir.Type;
import pytap.place.Capture;
import pytap.place.Fact;
import pytap.place.Taken;
import pytap.runtime.Handlers;
import pytap.runtime.Machine;
import pytap.runtime.TargetMemory;

final class HandlerGeneratorTest {
  private static Script counting() {
    Script script = new Script();
    Global calls = script.array("calls", Type.LONG, Type.LONG, Type.STRING);
    Probe probe =
        script.probe(
            Script.ENTRY,
            Optional.empty(),
            List.of(),
            Ir.run(
                Ir.update(
                    Ir.target(calls, intrinsic("pid"), intrinsic("user_string", argument(2))),
                    BinaryOperator.ADD,
                    Ir.number(1))));
    Capture pid = new Capture.OfFact(Fact.PID_TGID);
    return script.channel(List.of(pid, new Capture.Text(new Taken.Argument(2), 511)), probe);
  }

  @Test
  void theSamePlanGivesTheSameBytes() {
    assertThat(counting().made().bytes()).isEqualTo(counting().made().bytes());
  }

  @Test
  void anIncrementOfATwoKeyArrayIsOneLookup() {
    String listing = counting().made().print();
    String handler = listing.substring(0, listing.indexOf("\nchannel0(") + 1);
    assertThat(handler)
        .isEqualTo(
            """
            handler0_channel0(Lpytap/runtime/Machine;)V
                aload 1
                getfield moment
                invokevirtual Moment.pid()J
                lstore 2
                aload 1
                getfield record
                push 1
                invokevirtual EventRecord.faulted(I)Z
                ifeq L0
                aload 0
                getfield site0
                invokestatic MemoryFunctions.fail(Lpytap/runtime/Site;)Lpytap/runtime/ByteString;
                goto L1
              L0:
                aload 1
                getfield record
                push 0
                invokevirtual EventRecord.text(I)Lpytap/runtime/ByteString;
              L1:
                astore 4
                aload 1
                getfield arrays
                push 0
                aaload
                dup
                push 0
                lload 2
                invokevirtual AssociativeArray.key(IJ)V
                dup
                push 0
                aload 4
                invokevirtual AssociativeArray.key(ILpytap/runtime/ByteString;)V
                push 1
                aload 0
                getfield site1
                invokevirtual AssociativeArray.add(JLpytap/runtime/Site;)J
                pop2
                return
            """);
  }

  @Test
  void aRecordIsTakenInOnceForAllHandlersOfItsChannel() {
    String listing = counting().made().print();
    String channel =
        listing.substring(listing.indexOf("\nchannel0(") + 1, listing.indexOf("\nchannel(I") + 1);
    assertThat(channel)
        .isEqualTo(
            """
            channel0(Ljava/lang/foreign/MemorySegment;JILpytap/runtime/Machine;)V
                try L0 to L1 else L2
                aload 5
                getfield record
                dup
                astore 6
                aload 1
                lload 2
                iload 4
                push 24
                invokevirtual EventRecord.load(Ljava/lang/foreign/MemorySegment;JII)V
                aload 5
                getfield moment
                aload 6
                push 8
                invokevirtual EventRecord.word(I)J
                invokevirtual Moment.setPidTgid(J)V
                aload 6
                push 16
                invokevirtual EventRecord.textSlot(I)V
                aload 5
                invokevirtual Machine.exiting()Z
                ifne L3
                aload 5
                push 1000
                invokevirtual Machine.begin(I)V
              L0:
                aload 0
                aload 5
                invokevirtual ScriptHandlers.handler0_channel0(Lpytap/runtime/Machine;)V
              L1:
                goto L3
              L2:
                aload 5
                swap
                invokevirtual Machine.failed(Lpytap/runtime/ScriptError;)V
              L3:
                return
            """);
  }

  @Test
  void aThrowAwayMachineLeavesNothingBehind() {
    Script script = new Script();
    Global n = script.scalar("n", Ir.number(3));
    Probe probe =
        script.probe(
            Script.ENTRY,
            Optional.empty(),
            List.of(),
            printf("%d\n", Ir.updateOld(Ir.target(n), BinaryOperator.ADD, Ir.number(1))));
    script.channel(List.of(), probe);
    Handlers handlers = script.load();
    Machine warming = new Machine(handlers, Script.INFO, TargetMemory.NONE, script);
    Machine real = new Machine(handlers, Script.INFO, TargetMemory.NONE, script);
    MemorySegment record = MemorySegment.ofArray(new byte[8]);
    for (int i = 0; i < 1000; i++) {
      handlers.channel(0, record, 0, 8, warming);
    }
    handlers.channel(0, record, 0, 8, real);
    assertThat(new String(real.out.toBytes(), StandardCharsets.US_ASCII)).isEqualTo("3\n");
  }
}
