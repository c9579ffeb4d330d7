package pytap.gen.jvm;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.util.List;
import java.util.Optional;
import pytap.ir.Expr;
import pytap.ir.MemoryRead;
import pytap.place.RecordLayout;

/// Writes the functions that read the target's memory. Where the record holds what is asked for, it
/// is taken from there; else the address is computed and the memory read late.
final class MemoryCode {
  private final MethodCode method;
  private final CodeBuilder code;
  private final ExpressionCode expressions;
  private final Optional<Captures> captures;

  MemoryCode(MethodCode method, ExpressionCode expressions, Optional<Captures> captures) {
    this.method = method;
    this.code = method.code;
    this.expressions = expressions;
    this.captures = captures;
  }

  void call(Expr.IntrinsicCall call) {
    MemoryRead read = MemoryRead.of(call.intrinsic());
    if (read.isInteger()) {
      integer(call, read);
    } else {
      text(call, read);
    }
  }

  private void integer(Expr.IntrinsicCall call, MemoryRead read) {
    Expr address = call.arguments().getFirst();
    Optional<RecordLayout.Slot> slot =
        captures.isEmpty() ? Optional.empty() : captures.get().integer(address, read.widthBytes());
    boolean plain = read.onFault() == MemoryRead.OnFault.NOTHING && read.warning().isEmpty();
    if (slot.isPresent()) {
      method.pushMachineField("record", Owner.RECORD);
      method.pushInt(slot.get().offset());
      method.pushInt(slot.get().index());
      if (plain) {
        method.virtual(Owner.RECORD, "integer", Owner.LONG, Owner.INT, Owner.INT);
      } else {
        pushAddressAtHand(address);
        pushFaultHandling(call, read);
        method.call(
            Owner.MEMORY_FUNCTIONS,
            "integer",
            Owner.LONG,
            Owner.RECORD,
            Owner.INT,
            Owner.INT,
            Owner.LONG,
            Owner.BYTE_STRING,
            Owner.MACHINE,
            Owner.SITE);
      }
    } else {
      method.pushMachineField("reader", Owner.READER);
      expressions.push(address);
      method.pushInt(read.widthBytes());
      if (plain) {
        method.virtual(Owner.READER, "integer", Owner.LONG, Owner.LONG, Owner.INT);
      } else {
        pushFaultHandling(call, read);
        method.call(
            Owner.MEMORY_FUNCTIONS,
            "integer",
            Owner.LONG,
            Owner.READER,
            Owner.LONG,
            Owner.INT,
            Owner.BYTE_STRING,
            Owner.MACHINE,
            Owner.SITE);
      }
    }
    if (!read.signed() && read.widthBytes() < Long.BYTES) {
      method.pushLong(-1L >>> (64 - 8 * read.widthBytes()));
      code.land();
    }
  }

  private void pushAddressAtHand(Expr address) {
    if (captures.orElseThrow().isAtHand(address)) {
      expressions.push(address);
    } else {
      code.lconst_0();
    }
  }

  private void pushFaultHandling(Expr.IntrinsicCall call, MemoryRead read) {
    method.pushText(read.warning());
    method.pushMachine();
    method.pushSite(ScriptToken.identifier(call.intrinsic().name()), call.span());
  }

  private void text(Expr.IntrinsicCall call, MemoryRead read) {
    int mark = method.mark();
    Expr address = call.arguments().getFirst();
    Optional<RecordLayout.Slot> slot =
        captures.isEmpty() ? Optional.empty() : captures.get().text(address);
    Optional<ExpressionCode.Operand> kept =
        slot.isPresent() ? Optional.empty() : Optional.of(expressions.keep(address));
    List<ExpressionCode.Operand> rest =
        expressions.keepAll(call.arguments().subList(1, call.arguments().size()));
    Label readable = code.newLabel();
    Label end = code.newLabel();
    pushFaulted(slot, kept, read.limited() ? Optional.of(rest.getFirst()) : Optional.empty());
    code.ifeq(readable);
    pushSubstitute(call, read, kept, rest);
    code.goto_(end);
    code.labelBinding(readable);
    pushRead(slot);
    if (read.limited()) {
      pushCut(rest.getFirst());
    }
    if (read.quoted()) {
      pushQuoted(read, rest);
    }
    code.labelBinding(end);
    method.release(mark);
  }

  private void pushFaulted(
      Optional<RecordLayout.Slot> slot,
      Optional<ExpressionCode.Operand> address,
      Optional<ExpressionCode.Operand> limit) {
    if (slot.isPresent()) {
      method.pushMachineField("record", Owner.RECORD);
      method.pushInt(slot.get().index());
      method.virtual(Owner.RECORD, "faulted", Owner.BOOLEAN, Owner.INT);
      return;
    }
    method.pushMachineField("reader", Owner.READER);
    expressions.push(address.orElseThrow());
    if (limit.isPresent()) {
      expressions.push(limit.get());
      method.virtual(Owner.READER, "faults", Owner.BOOLEAN, Owner.LONG, Owner.LONG);
    } else {
      method.virtual(Owner.READER, "faults", Owner.BOOLEAN, Owner.LONG);
    }
  }

  private void pushRead(Optional<RecordLayout.Slot> slot) {
    if (slot.isPresent()) {
      method.pushMachineField("record", Owner.RECORD);
      method.pushInt(captures.orElseThrow().textIndex(slot.get()));
      method.virtual(Owner.RECORD, "text", Owner.BYTE_STRING, Owner.INT);
    } else {
      method.pushMachineField("reader", Owner.READER);
      method.virtual(Owner.READER, "text", Owner.BYTE_STRING);
    }
  }

  /// With the text on the stack: leaves its first `limit` bytes.
  private void pushCut(ExpressionCode.Operand limit) {
    code.lconst_0();
    expressions.push(limit);
    method.call(
        Owner.TEXT_FUNCTIONS,
        "substr",
        Owner.BYTE_STRING,
        Owner.BYTE_STRING,
        Owner.LONG,
        Owner.LONG);
  }

  /// With the text on the stack: leaves it quoted.
  private void pushQuoted(MemoryRead read, List<ExpressionCode.Operand> rest) {
    if (read.outputLimited()) {
      expressions.push(rest.get(1));
      method.pushMachine();
      method.call(
          Owner.QUOTED_TEXT,
          "within",
          Owner.BYTE_STRING,
          Owner.BYTE_STRING,
          Owner.LONG,
          Owner.MACHINE);
    } else {
      method.pushMachine();
      method.call(
          Owner.QUOTED_TEXT, "stringQuoted", Owner.BYTE_STRING, Owner.BYTE_STRING, Owner.MACHINE);
    }
  }

  /// Pushes what stands for a text that could not be read, or fails.
  private void pushSubstitute(
      Expr.IntrinsicCall call,
      MemoryRead read,
      Optional<ExpressionCode.Operand> kept,
      List<ExpressionCode.Operand> rest) {
    if (!read.warning().isEmpty()) {
      method.pushText(read.warning());
      pushAddress(call, kept);
      method.pushMachine();
      method.call(
          Owner.MEMORY_FUNCTIONS, "warn", Owner.VOID, Owner.BYTE_STRING, Owner.LONG, Owner.MACHINE);
    }
    switch (read.onFault()) {
      case NOTHING -> method.pushText("");
      case MESSAGE -> expressions.push(rest.getLast());
      case ADDRESS -> {
        pushAddress(call, kept);
        method.call(Owner.MEMORY_FUNCTIONS, "address", Owner.BYTE_STRING, Owner.LONG);
      }
      case ERROR -> pushFailure(call, kept);
    }
  }

  private void pushFailure(Expr.IntrinsicCall call, Optional<ExpressionCode.Operand> kept) {
    String token = ScriptToken.identifier(call.intrinsic().name());
    Expr address = call.arguments().getFirst();
    if (kept.isPresent() || captures.orElseThrow().isAtHand(address)) {
      pushAddress(call, kept);
      method.pushSite(token, call.span());
      method.call(Owner.MEMORY_FUNCTIONS, "fail", Owner.BYTE_STRING, Owner.LONG, Owner.SITE);
    } else {
      method.pushSite(token, call.span());
      method.call(Owner.MEMORY_FUNCTIONS, "fail", Owner.BYTE_STRING, Owner.SITE);
    }
  }

  private void pushAddress(Expr.IntrinsicCall call, Optional<ExpressionCode.Operand> kept) {
    if (kept.isPresent()) {
      expressions.push(kept.get());
    } else {
      pushAddressAtHand(call.arguments().getFirst());
    }
  }
}
