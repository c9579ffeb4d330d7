package pytap.gen.bpf;

import static pytap.asm.bpf.Reg.R0;
import static pytap.asm.bpf.Reg.R10;

import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Size;
import pytap.gen.Counters;
import pytap.place.Plan;
import pytap.probe.Argument;
import pytap.probe.ProbeSite;
import pytap.probe.Value;

/// Compiles what is a site's own: whether the hit counts, and where its arguments are. Their values
/// go into the stack as [Leaves] lays them out; the shared part of the channel does the rest.
final class SiteEmitter {
  private final Assembler code;
  private final Plan.Channel channel;
  private final ProbeSite site;
  private final Leaves leaves;
  private final ValueEmitter values;

  SiteEmitter(
      Assembler code, Plan.Channel channel, ProbeSite site, Leaves leaves, KernelOffsets offsets) {
    this.code = code;
    this.channel = channel;
    this.site = site;
    this.leaves = leaves;
    Stack stack = new Stack(leaves.stackBytes());
    this.values = new ValueEmitter(code, stack, offsets, site.address());
  }

  /// Ends with a jump to `shared`, or to `exit` where the hit does not count.
  void emit(Label shared, Label exit) {
    Label unreadable = code.label("unreadable");
    Label faulty = code.label("faulty");
    values.emit(site.condition(), exit, unreadable);
    code.mov(R0, 0);
    for (int at = -leaves.stackBytes(); at < 0; at += 8) {
      code.store(Size.DOUBLE, R10, at, R0);
    }
    for (int number : leaves.arguments()) {
      emitLeaf(number, faulty);
    }
    code.jump(shared);
    if (code.isUsed(faulty)) {
      code.bind(faulty);
      code.store(Size.DOUBLE, R10, Leaves.UNREADABLE, 1);
      code.jump(shared);
    }
    if (code.isUsed(unreadable)) {
      code.bind(unreadable);
      Counting.emit(code, Counters.unreadableOffset(channel.id()));
      code.jump(exit);
    }
  }

  private void emitLeaf(int number, Label faulty) {
    int slot = leaves.slot(number);
    switch (Leaves.argument(site, number)) {
      case Argument.Scalar scalar -> emitTo(slot, scalar.value(), faulty);
      case Argument.PythonText text -> emitTo(slot, text.object(), faulty);
      case Argument.PythonTuple tuple -> emitTo(slot, tuple.object(), faulty);
      case Argument.Line line -> {
        if (line.byteOffset().isPresent()) {
          emitTo(slot, line.code(), faulty);
          emitTo(slot + 8, line.byteOffset().get(), faulty);
        } else {
          emitTo(slot, Value.int32(line.code(), line.table().firstLine()), faulty);
        }
      }
    }
  }

  private void emitTo(int slot, Value value, Label fault) {
    values.emit(value, fault);
    code.store(Size.DOUBLE, R10, slot, R0);
  }
}
