package pytap.python;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.asm.x86.Branch;
import pytap.asm.x86.Condition;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.OpcodeMap;
import pytap.probe.Value;

/// A jump of the collecting function that asks whether statistics are to be printed
/// (`gc.DEBUG_STATS`, bit 0 of the flags in every version), with what would be printed.
///
/// The compiler may have several for one `if` of the source, of which each way through the function
/// passes one.
///
/// @param jump where it is decided
/// @param printed the address on from which it is printed
/// @param past where control goes on without
/// @param values the printed numbers, as they are to be had at the jump
record StatisticsGate(Instruction jump, long printed, long past, List<Value> values) {
  private static final int MOST_STEPS = 400;
  private static final int MOST_BETWEEN = 8;
  private static final long FLAG = 1;

  StatisticsGate {
    values = List.copyOf(values);
  }

  /// The gates through which control comes to `call`.
  ///
  /// @param values the numbers at `call`
  static List<StatisticsGate> before(CodeParts code, Instruction call, List<Value> values)
      throws NotEstablished {
    List<StatisticsGate> gates = new ArrayList<>();
    Deque<Step> work = new ArrayDeque<>();
    Set<Long> seen = new HashSet<>();
    work.add(new Step(call, values));
    while (!work.isEmpty()) {
      Step step = work.remove();
      if (!seen.add(step.at().address())) {
        continue;
      }
      List<Step> earlier = earlier(code, step, gates);
      if (seen.size() > MOST_STEPS) {
        throw odd("is not printed under a condition", step.at());
      }
      work.addAll(earlier);
    }
    if (gates.isEmpty()) {
      throw odd("is not printed under a condition", call);
    }
    Set<Long> past = past(code, gates);
    for (StatisticsGate gate : gates) {
      gate.requireRejoining(code, past);
    }
    return gates;
  }

  private record Step(Instruction at, List<Value> values) {}

  private static List<Step> earlier(CodeParts code, Step step, List<StatisticsGate> gates)
      throws NotEstablished {
    List<Step> earlier = new ArrayList<>();
    boolean reached = false;
    Instruction at = step.at();
    Optional<Instruction> falling = code.endingAt(at.address());
    if (falling.isPresent() && falling.get().branch().fallsThrough()) {
      Instruction before = falling.get();
      reached = true;
      if (asksForStatistics(code, before)) {
        long past = before.target().orElseThrow();
        gates.add(new StatisticsGate(before, at.address(), past, step.values()));
      } else {
        earlier.add(new Step(before, valuesBefore(step.values(), before)));
      }
    }
    for (Instruction jump : code.jumpsTo(at.address())) {
      reached = true;
      if (asksForStatistics(code, jump)) {
        gates.add(new StatisticsGate(jump, at.address(), jump.next(), step.values()));
      } else {
        earlier.add(new Step(jump, step.values()));
      }
    }
    // What fills the gap before an aligned block is never executed.
    if (!reached && !WindowFinder.isNop(at)) {
      throw odd("comes from nowhere", at);
    }
    return earlier;
  }

  private static List<Value> valuesBefore(List<Value> values, Instruction it)
      throws NotEstablished {
    List<Value> before = new ArrayList<>();
    for (Value value : values) {
      Optional<Value> earlier = EarlierValue.before(value, it);
      if (earlier.isEmpty()) {
        throw odd("is printed after it was changed", it);
      }
      before.add(earlier.get());
    }
    return before;
  }

  /// `test $1,flags; jcc`, with moves between the two.
  private static boolean asksForStatistics(CodeParts code, Instruction jump) {
    int condition = jump.opcode() & 0xf;
    boolean zero =
        condition == Condition.EQUAL.ordinal() || condition == Condition.NOT_EQUAL.ordinal();
    if (jump.branch() != Branch.CONDITIONAL || !zero) {
      return false;
    }
    Instruction it = jump;
    for (int i = 0; i < MOST_BETWEEN; i++) {
      Optional<Instruction> before = code.endingAt(it.address());
      if (before.isEmpty() || !before.get().branch().fallsThrough()) {
        return false;
      }
      it = before.get();
      if (!keepsFlags(it)) {
        return testsFlag(it);
      }
    }
    return false;
  }

  private static boolean testsFlag(Instruction it) {
    boolean test =
        it.map() == OpcodeMap.ONE_BYTE
            && switch (it.opcode()) {
              case 0x24, 0x25, 0xa8, 0xa9 -> true;
              case 0x80, 0x81, 0x83 -> it.extension() == 4;
              case 0xf6, 0xf7 -> it.extension() == 0;
              default -> false;
            };
    return test && it.immediate() == FLAG;
  }

  private static boolean keepsFlags(Instruction it) {
    if (it.branch() != Branch.NONE) {
      return false;
    }
    int opcode = it.opcode();
    return switch (it.map()) {
      case ONE_BYTE ->
          opcode >= 0x88 && opcode <= 0x8d
              || opcode == 0x63
              || opcode >= 0xb0 && opcode <= 0xbf
              || opcode == 0xc6
              || opcode == 0xc7;
      case TWO_BYTE ->
          opcode >= 0x10 && opcode <= 0x1f
              || opcode >= 0x40 && opcode <= 0x4f
              || opcode == 0x6f
              || opcode == 0x7f
              || opcode == 0xb6
              || opcode == 0xb7;
      case THREE_BYTE_38, THREE_BYTE_3A, EVEX_ONLY -> false;
    };
  }

  /// Printing is all that is done on the way from `printed`: it comes to where control goes on
  /// without, by one of the gates.
  private void requireRejoining(CodeParts code, Set<Long> past) throws NotEstablished {
    Deque<Long> work = new ArrayDeque<>(List.of(printed));
    Set<Long> seen = new HashSet<>();
    while (!work.isEmpty()) {
      long address = work.remove();
      if (past.contains(address) || !seen.add(address)) {
        continue;
      }
      Optional<Instruction> at = code.at(address);
      if (at.isEmpty() || seen.size() > MOST_STEPS) {
        throw odd("does more than to print", jump);
      }
      Instruction it = at.get();
      if (it.branch() == Branch.RETURN || it.branch() == Branch.JUMP_INDIRECT) {
        throw odd("does more than to print", it);
      }
      if (it.branch().fallsThrough()) {
        work.add(it.next());
      }
      if (it.branch().jumps()) {
        work.add(it.target().orElseThrow());
      }
    }
  }

  /// Where control is sure to come when nothing is printed: up to where it is decided anew.
  private static Set<Long> past(CodeParts code, List<StatisticsGate> gates) {
    Set<Long> past = new HashSet<>();
    for (StatisticsGate gate : gates) {
      Optional<Instruction> at = code.at(gate.past());
      while (at.isPresent() && past.add(at.get().address())) {
        Instruction it = at.get();
        at =
            switch (it.branch()) {
              case NONE, CALL, CALL_INDIRECT -> code.at(it.next());
              case JUMP -> code.at(it.target().orElseThrow());
              case CONDITIONAL, JUMP_INDIRECT, RETURN, STOP -> Optional.empty();
            };
      }
    }
    return past;
  }

  private static NotEstablished odd(String what, Instruction at) {
    return new NotEstablished(
        "what the collector prints of its statistics "
            + what
            + ", at 0x"
            + Long.toHexString(at.address()));
  }
}
