package pytap.gen.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import pytap.probe.Condition;
import pytap.probe.Condition.All;
import pytap.probe.Condition.Always;
import pytap.probe.Condition.Any;
import pytap.probe.Condition.Equal;
import pytap.probe.Condition.Less;
import pytap.probe.Condition.Not;
import pytap.probe.Value;
import pytap.source.TracerException;

/// Whether a hit counts: true, false, or undecided because memory was unreadable.
final class ConditionTest {
  private enum Answer {
    COUNTS,
    DOES_NOT,
    UNREADABLE
  }

  /// What the kernel makes of `condition` with RDI, RSI and RDX as given.
  private static Answer ask(Condition condition, long... registers) throws TracerException {
    try (SiteRun run = new SiteRun(SiteRun.plan(), Sites.site(condition), false)) {
      int records = run.hit(registers).size();
      assertThat(records + run.unreadable()).isLessThanOrEqualTo(1);
      assertThat(run.lost()).isZero();
      return records == 1
          ? Answer.COUNTS
          : run.unreadable() == 1 ? Answer.UNREADABLE : Answer.DOES_NOT;
    }
  }

  private static Condition rdiIs(long constant) {
    return new Equal(Sites.RDI, Value.constant(constant));
  }

  /// Equal where the word at RSI is `constant`.
  private static Condition wordIs(long constant) {
    return new Equal(Value.word(Sites.RSI, 0), Value.constant(constant));
  }

  private static Condition any(Condition... parts) {
    return new Any(List.of(parts));
  }

  private static Condition all(Condition... parts) {
    return new All(List.of(parts));
  }

  @Test
  void comparisonsAreOf64SignedBits() throws TracerException {
    assertThat(ask(rdiIs(5), 5)).isEqualTo(Answer.COUNTS);
    assertThat(ask(rdiIs(5), 5 + (1L << 32))).isEqualTo(Answer.DOES_NOT);
    assertThat(ask(rdiIs(-1), -1)).isEqualTo(Answer.COUNTS);
    assertThat(ask(rdiIs(-1), 0xffffffffL)).isEqualTo(Answer.DOES_NOT);
    assertThat(ask(rdiIs(1L << 40), 1L << 40)).isEqualTo(Answer.COUNTS);
    assertThat(ask(new Equal(Sites.RDI, Sites.RSI), 7, 7)).isEqualTo(Answer.COUNTS);
    assertThat(ask(new Equal(Sites.RDI, Sites.RSI), 7, 8)).isEqualTo(Answer.DOES_NOT);
    assertThat(ask(new Less(Sites.RDI, Value.constant(0)), -1)).isEqualTo(Answer.COUNTS);
    assertThat(ask(new Less(Sites.RDI, Value.constant(0)), 0)).isEqualTo(Answer.DOES_NOT);
    assertThat(ask(new Less(Sites.RDI, Sites.RSI), Long.MIN_VALUE, 1)).isEqualTo(Answer.COUNTS);
    assertThat(ask(new Less(Value.constant(3), Sites.RDI), 4)).isEqualTo(Answer.COUNTS);
  }

  @Test
  void anEmptyAllHoldsAndAnEmptyAnyDoesNot() throws TracerException {
    assertThat(ask(new Always())).isEqualTo(Answer.COUNTS);
    assertThat(ask(all())).isEqualTo(Answer.COUNTS);
    assertThat(ask(any())).isEqualTo(Answer.DOES_NOT);
    assertThat(ask(new Not(any()))).isEqualTo(Answer.COUNTS);
    assertThat(ask(new Not(new Always()))).isEqualTo(Answer.DOES_NOT);
  }

  @Test
  void unreadableMemoryMakesTheWholeConditionUndecided() throws TracerException {
    assertThat(ask(wordIs(0), 0, Sites.UNREADABLE)).isEqualTo(Answer.UNREADABLE);
    assertThat(ask(new Not(wordIs(0)), 0, Sites.UNREADABLE)).isEqualTo(Answer.UNREADABLE);
    assertThat(ask(any(wordIs(0), rdiIs(1)), 1, Sites.UNREADABLE)).isEqualTo(Answer.UNREADABLE);
  }

  @Test
  void memoryIsNotReadWhereWhatStandsBeforeDecides() throws TracerException {
    assertThat(ask(any(rdiIs(1), wordIs(0)), 1, Sites.UNREADABLE)).isEqualTo(Answer.COUNTS);
    assertThat(ask(all(rdiIs(1), wordIs(0)), 2, Sites.UNREADABLE)).isEqualTo(Answer.DOES_NOT);
  }

  @Test
  void aReadMadeOnOnePathOnlyIsMadeAgainOnTheOther() throws TracerException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment word = arena.allocateFrom(ValueLayout.JAVA_LONG, 9);
      // the first alternative leaves before it reads when RDI is not 1
      Condition condition = all(any(all(rdiIs(1), wordIs(8)), rdiIs(2)), wordIs(9));
      assertThat(ask(condition, 2, word.address())).isEqualTo(Answer.COUNTS);
      Condition negated = all(new Not(all(rdiIs(1), wordIs(8))), wordIs(9));
      assertThat(ask(negated, 2, word.address())).isEqualTo(Answer.COUNTS);
      assertThat(ask(negated, 1, word.address())).isEqualTo(Answer.COUNTS);
    }
  }

  /// Random trees over readable and unreadable words against an evaluation here.
  @Test
  void everyNestingIsDecidedAsItReads() throws TracerException {
    long seed = Long.getLong("pytap.seed", new Random().nextLong());
    Random random = new Random(seed);
    try (Arena arena = Arena.ofConfined()) {
      long word = arena.allocateFrom(ValueLayout.JAVA_LONG, 1).address();
      for (int i = 0; i < 300; i++) {
        Condition condition = random(random, 4);
        long rdi = random.nextInt(3);
        long address = random.nextInt(3) == 0 ? Sites.UNREADABLE : word;
        Answer expected = evaluate(condition, rdi, address == word);
        assertThat(ask(condition, rdi, address))
            .as("%s with RDI %d, -Dpytap.seed=%d", condition, rdi, seed)
            .isEqualTo(expected);
      }
    }
  }

  private static Condition random(Random random, int depth) {
    int constant = random.nextInt(3);
    return switch (depth == 0 ? random.nextInt(4) : random.nextInt(8)) {
      case 0 -> rdiIs(constant);
      case 1 -> wordIs(constant);
      case 2 -> new Less(Sites.RDI, Value.word(Sites.RSI, 0));
      case 3 -> new Less(Value.word(Sites.RSI, 0), Value.constant(constant));
      case 4, 5 -> new Not(random(random, depth - 1));
      case 6 -> new All(several(random, depth - 1));
      default -> new Any(several(random, depth - 1));
    };
  }

  private static List<Condition> several(Random random, int depth) {
    List<Condition> parts = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      parts.add(random(random, depth));
    }
    return parts;
  }

  /// As the rule reads: from left to right, no further than needed. The word at RSI is 1.
  private static Answer evaluate(Condition condition, long rdi, boolean readable) {
    return switch (condition) {
      case Always _ -> Answer.COUNTS;
      case Equal(Value left, Value right) -> compare(left, right, rdi, readable, true);
      case Less(Value left, Value right) -> compare(left, right, rdi, readable, false);
      case Not(Condition inner) ->
          switch (evaluate(inner, rdi, readable)) {
            case COUNTS -> Answer.DOES_NOT;
            case DOES_NOT -> Answer.COUNTS;
            case UNREADABLE -> Answer.UNREADABLE;
          };
      case All(List<Condition> parts) -> first(parts, Answer.DOES_NOT, rdi, readable);
      case Any(List<Condition> parts) -> first(parts, Answer.COUNTS, rdi, readable);
    };
  }

  private static Answer first(List<Condition> parts, Answer decides, long rdi, boolean readable) {
    for (Condition part : parts) {
      Answer answer = evaluate(part, rdi, readable);
      if (answer == decides || answer == Answer.UNREADABLE) {
        return answer;
      }
    }
    return decides == Answer.COUNTS ? Answer.DOES_NOT : Answer.COUNTS;
  }

  private static Answer compare(
      Value left, Value right, long rdi, boolean readable, boolean equality) {
    if (!readable && (left instanceof Value.Load || right instanceof Value.Load)) {
      return Answer.UNREADABLE;
    }
    long one = number(left, rdi);
    long other = number(right, rdi);
    return (equality ? one == other : one < other) ? Answer.COUNTS : Answer.DOES_NOT;
  }

  private static long number(Value value, long rdi) {
    return switch (value) {
      case Value.Load _ -> 1;
      case Value.Constant(long constant) -> constant;
      default -> rdi;
    };
  }
}
