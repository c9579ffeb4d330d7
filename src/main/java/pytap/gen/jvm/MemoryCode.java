package pytap.gen.jvm;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.util.List;
import java.util.Optional;
import pytap.ir.Expr;
import pytap.ir.Type;
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
    switch (call.intrinsic().name()) {
      case "user_char" -> integer(call, 1);
      case "user_short" -> integer(call, 2);
      case "user_int" -> integer(call, 4);
      case "user_long" -> integer(call, 8);
      default -> text(call);
    }
  }

  private void integer(Expr.IntrinsicCall call, int widthBytes) {
    Expr address = call.arguments().getFirst();
    Optional<RecordLayout.Slot> slot =
        captures.isEmpty() ? Optional.empty() : captures.get().integer(address, widthBytes);
    if (slot.isPresent()) {
      method.pushMachineField("record", Owner.RECORD);
      method.pushInt(slot.get().offset());
      method.pushInt(slot.get().index());
      method.virtual(Owner.RECORD, "integer", Owner.LONG, Owner.INT, Owner.INT);
    } else {
      method.pushMachineField("reader", Owner.READER);
      expressions.push(address);
      method.pushInt(widthBytes);
      method.virtual(Owner.READER, "integer", Owner.LONG, Owner.LONG, Owner.INT);
    }
  }

  private void text(Expr.IntrinsicCall call) {
    int mark = method.mark();
    Expr address = call.arguments().getFirst();
    Optional<RecordLayout.Slot> slot =
        captures.isEmpty() ? Optional.empty() : captures.get().text(address);
    Optional<ExpressionCode.Operand> kept =
        slot.isPresent() ? Optional.empty() : Optional.of(expressions.keep(address));
    List<ExpressionCode.Operand> rest =
        expressions.keepAll(call.arguments().subList(1, call.arguments().size()));
    boolean limited = call.intrinsic().name().equals("user_string_n");
    Label readable = code.newLabel();
    Label end = code.newLabel();
    pushFaulted(slot, kept, limited ? Optional.of(rest.getFirst()) : Optional.empty());
    code.ifeq(readable);
    pushSubstitute(call, address, kept, rest);
    code.goto_(end);
    code.labelBinding(readable);
    pushRead(slot);
    if (limited) {
      pushCut(rest.getFirst());
    }
    if (call.intrinsic().name().equals("user_string_quoted")) {
      method.pushMachine();
      method.call(
          Owner.TEXT_FUNCTIONS,
          "stringQuoted",
          Owner.BYTE_STRING,
          Owner.BYTE_STRING,
          Owner.MACHINE);
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

  /// Pushes what stands for a text that could not be read, or fails.
  private void pushSubstitute(
      Expr.IntrinsicCall call,
      Expr address,
      Optional<ExpressionCode.Operand> kept,
      List<ExpressionCode.Operand> rest) {
    String name = call.intrinsic().name();
    boolean message = !rest.isEmpty() && rest.getLast().expression().type() == Type.STRING;
    if (message) {
      expressions.push(rest.getLast());
      return;
    }
    boolean known = kept.isPresent() || captures.orElseThrow().isAtHand(address);
    if (!known) {
      if (!name.equals("user_string") && !name.equals("user_string_n")) {
        code.lconst_0();
        substitute(name, call);
        return;
      }
      method.pushSite(ScriptToken.identifier(name), call.span());
      method.call(Owner.MEMORY_FUNCTIONS, "fail", Owner.BYTE_STRING, Owner.SITE);
      return;
    }
    if (kept.isPresent()) {
      expressions.push(kept.get());
    } else {
      expressions.push(address);
    }
    substitute(name, call);
  }

  /// With the address on the stack.
  private void substitute(String name, Expr.IntrinsicCall call) {
    switch (name) {
      case "user_string_warn" -> {
        method.pushMachine();
        method.call(Owner.MEMORY_FUNCTIONS, "warn", Owner.BYTE_STRING, Owner.LONG, Owner.MACHINE);
      }
      case "user_string_quoted" ->
          method.call(Owner.MEMORY_FUNCTIONS, "address", Owner.BYTE_STRING, Owner.LONG);
      case "user_string", "user_string_n" -> {
        method.pushSite(ScriptToken.identifier(name), call.span());
        method.call(Owner.MEMORY_FUNCTIONS, "fail", Owner.BYTE_STRING, Owner.LONG, Owner.SITE);
      }
      default -> throw new IllegalStateException("no code for " + name + "()");
    }
  }
}
