package pytap.place;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.ir.Children;
import pytap.ir.Expr;
import pytap.ir.Intrinsic;
import pytap.ir.MemoryRead;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.ir.Stmt;

/// Finds what handlers, and the functions they call, read of the moment their probe fires.
final class CaptureFinder {
  /// A text of wide characters takes four times that in the working memory of a probe.
  private static final int MOST_TEXT_BYTES = 4095;

  /// Room for some 20 frames of C, at which SystemTap's backtraces end.
  static final int STACK_BYTES = 3 * Capture.Stack.PAGE_BYTES;

  private final Program program;
  private final int textBytes;
  private final int mostMemory;
  private final boolean namesByPlace;
  private final Set<Capture> captures = new LinkedHashSet<>();
  private final Set<String> visited = new HashSet<>();

  /// @param textBytes no text of the script can be longer
  /// @param mostMemory so many different reads of the target's memory are captured; the tool makes
  ///   the others when the handler runs
  /// @param namesByPlace only the place that is hit tells what was
  CaptureFinder(Program program, int textBytes, int mostMemory, boolean namesByPlace) {
    this.program = program;
    this.textBytes = Math.min(textBytes, MOST_TEXT_BYTES);
    this.mostMemory = mostMemory;
    this.namesByPlace = namesByPlace;
  }

  /// What was found so far, each once, facts and numbers in the order in which they are met.
  List<Capture> captures() {
    return new ArrayList<>(captures);
  }

  void visit(Probe probe) {
    probe.condition().ifPresent(this::visit);
    visit(probe.body());
  }

  private void visit(Stmt statement) {
    Children.expressions(statement).forEach(this::visit);
    Children.statements(statement).forEach(this::visit);
  }

  private void visit(Expr expression) {
    if (expression instanceof Expr.MarkerArgument(int number, _)) {
      captures.add(new Capture.Number(new Taken.Argument(number)));
    } else if (expression instanceof Expr.Call call && visited.add(call.function())) {
      visit(program.function(call.function()).body());
    }
    if (expression instanceof Expr.IntrinsicCall call) {
      visitIntrinsic(call);
    } else {
      Children.of(expression).forEach(this::visit);
    }
  }

  private void visitIntrinsic(Expr.IntrinsicCall call) {
    if (namesByPlace && Facts.namesPoint(call.intrinsic())) {
      captures.add(new Capture.OfFact(Fact.PLACE));
    }
    switch (call.intrinsic().kind()) {
      case CONTEXT -> {
        Facts.of(call.intrinsic()).forEach(f -> captures.add(new Capture.OfFact(f)));
        if (Facts.asksForStack(call.intrinsic())) {
          captures.add(new Capture.Stack(STACK_BYTES));
        }
      }
      case MEMORY -> {
        Optional<Capture> capture = ofMemory(call).filter(this::hasRoom);
        if (capture.isPresent()) {
          captures.add(capture.get());
          call.arguments().stream().skip(1).forEach(this::visit);
          return;
        }
        // read late: whose memory it is must be known
        captures.add(new Capture.OfFact(Fact.PID_TGID));
      }
      case PURE, PROBE, SESSION -> {}
    }
    call.arguments().forEach(this::visit);
  }

  private boolean hasRoom(Capture memory) {
    return captures.contains(memory)
        || captures.stream().filter(CaptureFinder::isMemory).count() < mostMemory;
  }

  private static boolean isMemory(Capture capture) {
    return switch (capture) {
      case Capture.OfFact _, Capture.Number _, Capture.Stack _ -> false;
      case Capture.Integer _, Capture.Text _ -> true;
    };
  }

  /// The capture that serves a read of the target's memory; empty where its address depends on more
  /// than the moment of the probe, and the tool must read when the handler runs.
  private Optional<Capture> ofMemory(Expr.IntrinsicCall call) {
    Intrinsic intrinsic = call.intrinsic();
    if (intrinsic.kind() != Intrinsic.Kind.MEMORY) {
      return Optional.empty();
    }
    Optional<Taken> address = Taken.of(call.arguments().getFirst());
    int widthBytes = MemoryRead.of(intrinsic).widthBytes();
    if (widthBytes == 0) {
      return address.map(at -> new Capture.Text(at, textBytes));
    }
    return address.map(at -> new Capture.Integer(at, widthBytes));
  }
}
