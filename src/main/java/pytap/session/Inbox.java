package pytap.session;

import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import pytap.linux.ExitStatus;
import pytap.source.TracerException;

/// What the tracer's thread tells the session's.
final class Inbox implements Notices {

  sealed interface Message {
    /// Records may come from now on.
    record Opened(Strand strand) implements Message {}

    /// Nothing writes to it any more.
    record Retired(Strand strand) implements Message {}

    record CommandEnded(ExitStatus status) implements Message {}

    record Say(String line) implements Message {}

    record Detail(int level, String line) implements Message {}
  }

  private final Queue<Message> messages = new ConcurrentLinkedQueue<>();

  void put(Message message) {
    messages.add(message);
  }

  Optional<Message> take() {
    return Optional.ofNullable(messages.poll());
  }

  @Override
  public void say(String line) {
    put(new Message.Say(line));
  }

  @Override
  public void detail(int level, String line) {
    put(new Message.Detail(level, line));
  }

  /// Something could not be done, and the session goes on.
  void warn(TracerException refused) {
    String remedy = refused.remedy().isEmpty() ? "" : "; " + refused.remedy();
    say("WARNING: cannot " + refused.tried() + ": " + refused.found() + remedy);
  }
}
