package pytap.session;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import pytap.linux.RecordHandler;
import pytap.place.Plan;

/// All strands of a session: their records in one order, their counts in one sum, also of those
/// that are over.
final class Strands {
  private final long[] lost;
  private final long[] unreadable;
  private long abandoned;
  private int refusals;
  private final List<Plan.Channel> channels;
  private final Optional<LifeEvents> lives;
  private final RecordMerge merge = new RecordMerge();
  private final List<Strand> live = new ArrayList<>();
  private final Set<Strand> retired = new HashSet<>();

  /// @param lives what else has its place among the records
  Strands(Plan plan, Optional<LifeEvents> lives) {
    this.lives = lives;
    channels = plan.channels();
    lost = new long[channels.size()];
    unreadable = new long[channels.size()];
  }

  void open(Strand strand) {
    live.add(strand);
  }

  /// Nothing writes to it any more; it is over when it is drained.
  void retire(Strand strand) {
    retired.add(strand);
  }

  List<Strand> live() {
    return List.copyOf(live);
  }

  /// @return how many records `handler` got
  int drain(long nowNanos, RecordHandler handler) {
    for (Strand strand : live) {
      strand.skipAbandoned(nowNanos);
    }
    return live.size() == 1 && lives.isEmpty()
        ? live.getFirst().drain(handler)
        : merge.drain(sources(), nowNanos, handler);
  }

  private List<? extends RecordMerge.Source> sources() {
    if (lives.isEmpty()) {
      return live;
    }
    List<RecordMerge.Source> sources = new ArrayList<>(live);
    sources.add(lives.get());
    return sources;
  }

  /// The same when nothing is written any more.
  void drainAll(RecordHandler handler) {
    merge.drainAll(sources(), handler);
    for (Strand strand : live) {
      strand.drainAll(handler);
    }
  }

  boolean isBehind() {
    return live.stream().anyMatch(Strand::isBehind);
  }

  void endFollowing() {
    live.forEach(Strand::endFollowing);
  }

  /// Takes out the strands that are over.
  List<Strand> takeOver() {
    List<Strand> over = new ArrayList<>();
    for (Strand strand : List.copyOf(retired)) {
      if (strand.isOver()) {
        retired.remove(strand);
        count(strand);
        over.add(strand);
      }
    }
    return over;
  }

  private void count(Strand strand) {
    live.remove(strand);
    merge.forget(strand);
    for (Plan.Channel channel : channels) {
      lost[channel.id()] += strand.lost(channel);
      unreadable[channel.id()] += strand.unreadable(channel);
    }
    abandoned += strand.abandoned();
    refusals |= strand.refusals();
  }

  long lost(Plan.Channel channel) {
    return lost[channel.id()] + sum(strand -> strand.lost(channel));
  }

  long unreadable(Plan.Channel channel) {
    return unreadable[channel.id()] + sum(strand -> strand.unreadable(channel));
  }

  long abandoned() {
    return abandoned + sum(Strand::abandoned);
  }

  /// See [Strand#refusals].
  int refusals() {
    int all = refusals;
    for (Strand strand : live) {
      all |= strand.refusals();
    }
    return all;
  }

  private long sum(ToLongFunction<Strand> count) {
    return live.stream().mapToLong(count).sum();
  }

  /// Gives the memory back; what the strands counted is kept.
  void close() {
    for (Strand strand : live()) {
      count(strand);
      strand.target().close();
    }
  }
}
