package pytap.inject;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.linux.Ptrace;
import pytap.linux.Registers;
import pytap.linux.Registers.Field;
import pytap.linux.ThreadEvent;
import pytap.source.TracerException;

/// One run of a [Stub] by a stopped thread, which stands afterwards where it stood before.
///
/// At every step pytap may be killed: the order of the steps is such that the thread, let go by the
/// kernel, either has not begun or comes to the stub's end by itself.
final class StubRun {
  private static final long PATIENCE_NANOS = 5_000_000_000L;
  private static final long ALL_SIGNALS = -1;

  /// What a call of the stub answered.
  record Answer(int call, long result) {}

  /// Called while the thread stands behind the call that made the file.
  interface FileMade {
    void with(int fd) throws TracerException;
  }

  private final Ptrace ptrace;
  private final ProcessFiles process;
  private final AllStop.Held thread;
  private final FileMade fileMade;
  private Optional<TracerException> refused = Optional.empty();
  private final List<Answer> answers = new ArrayList<>();
  private final long deadline = System.nanoTime() + PATIENCE_NANOS;

  private StubRun(Ptrace ptrace, ProcessFiles process, AllStop.Held thread, FileMade fileMade) {
    this.ptrace = ptrace;
    this.process = process;
    this.thread = thread;
    this.fileMade = fileMade;
  }

  /// Runs the stub that lies at `entry` on `thread`.
  ///
  /// @param blocked the signals that the thread blocks
  /// @param stillRunning gets the thread where it could not be stopped any more
  static List<Answer> run(
      Ptrace ptrace,
      ProcessFiles process,
      AllStop.Held thread,
      long entry,
      long blocked,
      FileMade fileMade,
      Set<Integer> stillRunning)
      throws TracerException {
    StubRun run = new StubRun(ptrace, process, thread, fileMade);
    Registers start = thread.registers().with(Field.RIP, entry).with(Field.ORIG_RAX, -1);
    run.done(ptrace.setRegisters(thread.tid(), start));
    // From here on the stub restores both registers and mask, whoever lives to see it.
    Optional<TracerException> failed = Optional.empty();
    try {
      run.done(ptrace.setSignalMask(thread.tid(), ALL_SIGNALS));
      run.callByCall(entry);
      run.backToStop();
    } catch (TracerException refused) {
      failed = Optional.of(refused);
    }
    if (ptrace.setSignalMask(thread.tid(), blocked) < 0) {
      ptrace.interrupt(thread.tid());
      stillRunning.add(thread.tid());
    } else {
      ptrace.setRegisters(thread.tid(), thread.registers());
    }
    failed = failed.or(() -> run.refused);
    if (failed.isPresent()) {
      throw failed.get();
    }
    return run.answers;
  }

  /// Up to the exit from the last call but one, which restores the mask.
  private void callByCall(long entry) throws TracerException {
    boolean inside = false;
    while (true) {
      done(ptrace.resume(thread.tid(), Ptrace.Until.SYSTEM_CALL, 0));
      ThreadEvent event = await();
      if (!event.atSystemCall()) {
        if (event.pendingSignal() != 0) {
          throw broken("was sent signal " + event.pendingSignal());
        }
        continue; // asked to stop by somebody else; that takes effect when the thread is let go
      }
      Registers now =
          ptrace.registers(thread.tid()).orElseThrow(() -> Refusals.gone(process.pid()));
      if (now.get(Field.RIP) == entry) {
        continue; // the exit from the call that it was stopped in
      }
      inside = !inside;
      int call = (int) now.get(Field.ORIG_RAX);
      if (inside && call == Stub.RT_SIGPROCMASK) {
        return;
      }
      if (!inside) {
        answer(call, now.get(Field.RAX));
      } else if (refused.isPresent() && call == Stub.FTRUNCATE) {
        // Without the file there is no use in going on: the call fails, and the stub undoes.
        done(ptrace.setRegisters(thread.tid(), now.with(Field.ORIG_RAX, -1)));
      }
    }
  }

  private void answer(int call, long result) throws TracerException {
    answers.add(new Answer(call, result));
    if (call == Stub.MEMFD_CREATE && result >= 0) {
      try {
        fileMade.with((int) result);
      } catch (TracerException cannotShare) {
        refused = Optional.of(cannotShare);
      }
    }
  }

  /// To a stop from where the kernel, when the thread goes on, deals with the interrupted call.
  private void backToStop() throws TracerException {
    done(ptrace.interrupt(thread.tid()));
    done(ptrace.resume(thread.tid(), Ptrace.Until.SIGNAL, 0));
    ThreadEvent event = await();
    while (!event.isInterrupt() && !event.isGroupStop()) {
      done(ptrace.resume(thread.tid(), Ptrace.Until.SIGNAL, event.pendingSignal()));
      event = await();
    }
  }

  private ThreadEvent await() throws TracerException {
    Pause pause = new Pause();
    while (true) {
      Optional<ThreadEvent> event = ptrace.pollStop(thread.tid());
      if (event.isPresent()) {
        return event.get();
      }
      pause.pause();
      if (!pause.isLong()) {
        continue;
      }
      if (!process.lives(thread.tid())) {
        throw Refusals.gone(process.pid());
      }
      if (System.nanoTime() > deadline) {
        throw broken("did not come to its end in time");
      }
    }
  }

  private TracerException broken(String how) {
    return new TracerException(
        TracerException.Kind.KERNEL_REFUSED,
        "make memory in process " + process.pid(),
        "its thread " + thread.tid() + " " + how,
        "use --engine kernel, which needs no memory there");
  }

  private void done(long answer) throws TracerException {
    if (answer < 0) {
      throw Refusals.gone(process.pid());
    }
  }
}
