package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import pytap.linux.ExitStatus;
import pytap.session.ProcessTree.Step;
import pytap.session.ProcessTree.Stop;

/// What is done after each stop of each thread.
final class TreeStepsTest {
  private static final int ROOT = 100;
  private static final ExitStatus ENDED = new ExitStatus.Exited(0);

  private final ProcessTree tree = new ProcessTree(ROOT);

  private static Step goes(int tid) {
    return new Step.Resume(tid, 0, false);
  }

  private static Step goesToACall(int tid) {
    return new Step.Resume(tid, 0, true);
  }

  private void begets(int parent, int tid, int process) {
    tree.happened(parent, new Stop.Begot(tid, process));
    tree.happened(tid, new Stop.Trap());
  }

  private void executesWhatIsToBeArmed(int process) {
    tree.happened(process, new Stop.Executed());
    assertThat(tree.program(process, true)).containsExactly(goesToACall(process));
    assertThat(tree.happened(process, new Stop.SystemCall()))
        .containsExactly(new Step.LookAtPlace(process));
    assertThat(tree.place(process, true)).containsExactly(goesToACall(process));
  }

  @Test
  void aSignalIsPassedOnAtOnce() {
    assertThat(tree.happened(ROOT, new Stop.Signal(15)))
        .containsExactly(new Step.Resume(ROOT, 15, false));
  }

  @Test
  void aStoppedProcessStaysStoppedUntilItIsContinued() {
    assertThat(tree.happened(ROOT, new Stop.Signal(19)))
        .containsExactly(new Step.Resume(ROOT, 19, false));
    assertThat(tree.happened(ROOT, new Stop.GroupStop())).containsExactly(new Step.Leave(ROOT));
    assertThat(tree.happened(ROOT, new Stop.Trap())).containsExactly(goes(ROOT));
  }

  @Test
  void aChildIsToldAndGoes() {
    assertThat(tree.happened(ROOT, new Stop.Begot(101, 101)))
        .containsExactly(new Step.Forked(101, ROOT), goes(ROOT));
    assertThat(tree.happened(101, new Stop.Trap())).containsExactly(goes(101));
    assertThat(tree.processes()).containsExactly(ROOT, 101);
  }

  @Test
  void aChildThatStopsBeforeItsParentTellsOfItIsKeptUntilThen() {
    assertThat(tree.happened(101, new Stop.Trap())).isEmpty();
    assertThat(tree.processes()).containsExactly(ROOT);
    assertThat(tree.happened(ROOT, new Stop.Begot(101, 101)))
        .containsExactly(new Step.Forked(101, ROOT), goes(101), goes(ROOT));
    assertThat(tree.processes()).containsExactly(ROOT, 101);
  }

  @Test
  void aChildBornIntoAGroupStopStaysInIt() {
    assertThat(tree.happened(101, new Stop.GroupStop())).isEmpty();
    assertThat(tree.happened(ROOT, new Stop.Begot(101, 101)))
        .containsExactly(new Step.Forked(101, ROOT), new Step.Leave(101), goes(ROOT));
  }

  @Test
  void aChildWhoseParentWasKilledBeforeItToldGoes() {
    begets(ROOT, 101, 101);
    assertThat(tree.happened(102, new Stop.Trap())).isEmpty();
    assertThat(tree.happened(101, new Stop.Ended(new ExitStatus.Signaled(9))))
        .containsExactly(
            new Step.Left(101),
            new Step.Ended(101, new ExitStatus.Signaled(9)),
            new Step.Adopted(102),
            goes(102));
    assertThat(tree.processes()).containsExactly(ROOT, 102);
  }

  @Test
  void aChildThatWasKilledBeforeItsParentToldIsNotThere() {
    tree.happened(101, new Stop.Trap());
    assertThat(tree.happened(101, new Stop.Ended(ENDED))).isEmpty();
    assertThat(tree.happened(ROOT, new Stop.Begot(101, 101))).containsExactly(goes(ROOT));
    assertThat(tree.processes()).containsExactly(ROOT);
    tree.happened(ROOT, new Stop.Ended(ENDED));
    assertThat(tree.isEmpty()).isTrue();
  }

  @Test
  void aThreadIsNoProcess() {
    assertThat(tree.happened(ROOT, new Stop.Begot(101, ROOT)))
        .containsExactly(new Step.ThreadBegan(ROOT, 101), goes(ROOT));
    assertThat(tree.happened(101, new Stop.Trap())).containsExactly(goes(101));
    assertThat(tree.processes()).containsExactly(ROOT);
    assertThat(tree.happened(101, new Stop.Begot(102, 102)))
        .containsExactly(new Step.Forked(102, ROOT), goes(101));
    assertThat(tree.happened(101, new Stop.Ended(ENDED)))
        .containsExactly(new Step.ThreadEnded(ROOT, 101));
    assertThat(tree.processes()).containsExactly(ROOT, 102);
  }

  @Test
  void aProcessThatEndsHasLeftItsMemory() {
    begets(ROOT, 101, ROOT);
    assertThat(tree.happened(ROOT, new Stop.Ended(ENDED)))
        .containsExactly(new Step.Left(ROOT), new Step.Ended(ROOT, ENDED));
    assertThat(tree.isEmpty()).isTrue();
  }

  @Test
  void aProgramThatIsNotToBeArmedGoes() {
    assertThat(tree.happened(ROOT, new Stop.Executed()))
        .containsExactly(
            new Step.Left(ROOT), new Step.Executed(ROOT), new Step.LookAtProgram(ROOT));
    assertThat(tree.program(ROOT, false)).containsExactly(goes(ROOT));
  }

  @Test
  void aProgramIsArmedAtTheExitOfItsFirstCallFromOutsideTheLinker() {
    executesWhatIsToBeArmed(ROOT);
    for (int i = 0; i < 5; i++) {
      assertThat(tree.happened(ROOT, new Stop.SystemCall()))
          .containsExactly(new Step.LookAtPlace(ROOT));
      assertThat(tree.place(ROOT, true)).containsExactly(goesToACall(ROOT));
    }
    tree.happened(ROOT, new Stop.SystemCall());
    assertThat(tree.place(ROOT, false)).containsExactly(goesToACall(ROOT));
    assertThat(tree.happened(ROOT, new Stop.SystemCall())).containsExactly(new Step.Arm(ROOT));
    assertThat(tree.armed(ROOT)).containsExactly(goes(ROOT));
  }

  /// There the exit from exec is outside of any linker already.
  @Test
  void aStaticProgramIsArmedAtTheExitOfItsFirstCall() {
    tree.happened(ROOT, new Stop.Executed());
    tree.program(ROOT, true);
    assertThat(tree.happened(ROOT, new Stop.SystemCall()))
        .containsExactly(new Step.LookAtPlace(ROOT));
    assertThat(tree.place(ROOT, false)).containsExactly(goesToACall(ROOT));
    assertThat(tree.happened(ROOT, new Stop.SystemCall()))
        .containsExactly(new Step.LookAtPlace(ROOT));
    assertThat(tree.place(ROOT, false)).containsExactly(goesToACall(ROOT));
    assertThat(tree.happened(ROOT, new Stop.SystemCall())).containsExactly(new Step.Arm(ROOT));
  }

  @Test
  void aSignalDoesNotKeepAProgramFromBeingArmed() {
    executesWhatIsToBeArmed(ROOT);
    assertThat(tree.happened(ROOT, new Stop.Signal(14)))
        .containsExactly(new Step.Resume(ROOT, 14, true));
    assertThat(tree.happened(ROOT, new Stop.GroupStop())).containsExactly(new Step.Leave(ROOT));
    assertThat(tree.happened(ROOT, new Stop.Trap())).containsExactly(goesToACall(ROOT));
  }

  @Test
  void aThreadThatExecutesAProgramIsItsProcessFromThenOn() {
    begets(ROOT, 101, ROOT);
    begets(ROOT, 102, ROOT);
    assertThat(tree.happened(ROOT, new Stop.Executed()))
        .containsExactly(
            new Step.Left(ROOT), new Step.Executed(ROOT), new Step.LookAtProgram(ROOT));
    assertThat(tree.happened(101, new Stop.Ended(ENDED))).isEmpty();
    tree.program(ROOT, false);
    tree.happened(ROOT, new Stop.Ended(ENDED));
    assertThat(tree.isEmpty()).isTrue();
  }

  @Test
  void aProgramExecutedWhileAnotherIsLoadedBeginsAnew() {
    executesWhatIsToBeArmed(ROOT);
    assertThat(tree.happened(ROOT, new Stop.Executed()))
        .containsExactly(
            new Step.Left(ROOT), new Step.Executed(ROOT), new Step.LookAtProgram(ROOT));
    assertThat(tree.program(ROOT, false)).containsExactly(goes(ROOT));
  }
}
