package pytap.gen.bpf;

import static pytap.asm.bpf.Reg.R0;
import static pytap.asm.bpf.Reg.R10;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Size;
import pytap.place.Capture;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.place.Taken;
import pytap.probe.Argument;
import pytap.probe.LineTable;
import pytap.probe.ObjectLayout;
import pytap.probe.ProbeSite;
import pytap.probe.UnicodeLayout;
import pytap.probe.Value;

/// What a site leaves in the stack for the shared part of its channel: two 8-byte places for each
/// argument that the channel captures, and before them a word that is not 0 where one of them could
/// not be read; then none of them counts.
///
/// | shape | first place | second place |
/// |---|---|---|
/// | Scalar | the value | |
/// | PythonText | the string object's address | |
/// | PythonTuple | the tuple's address | |
/// | FirstLine | `co_firstlineno` | |
/// | TableLine | the code object's address | the bytecode offset |
///
/// @param arguments the captured arguments' numbers, ascending
/// @param shapes one for each of `arguments`
record Leaves(List<Integer> arguments, List<Shape> shapes) {
  static final int UNREADABLE = -8;
  private static final int PLACE_BYTES = 16;

  Leaves {
    arguments = List.copyOf(arguments);
    shapes = List.copyOf(shapes);
  }

  /// What an argument is, without where one site finds it.
  sealed interface Shape {
    record Scalar() implements Shape {}

    record PythonText(UnicodeLayout layout) implements Shape {}

    record PythonTuple(ObjectLayout layout) implements Shape {}

    record FirstLine() implements Shape {}

    record TableLine(LineTable table) implements Shape {}
  }

  /// The leaves that `site` has for `channel`.
  static Leaves of(Plan.Channel channel, ProbeSite site) {
    SortedSet<Integer> numbers = new TreeSet<>();
    for (RecordLayout.Slot slot : channel.layout().slots()) {
      switch (slot.capture()) {
        case Capture.OfFact _, Capture.Stack _ -> {}
        case Capture.Number number -> addArguments(number.value(), numbers);
        case Capture.Integer integer -> addArguments(integer.address(), numbers);
        case Capture.Text text -> addArguments(text.address(), numbers);
      }
    }
    List<Shape> shapes = new ArrayList<>();
    for (int number : numbers) {
      shapes.add(shapeOf(argument(site, number)));
    }
    return new Leaves(new ArrayList<>(numbers), shapes);
  }

  private static void addArguments(Taken taken, SortedSet<Integer> numbers) {
    switch (taken) {
      case Taken.Argument argument -> numbers.add(argument.number());
      case Taken.Constant constant -> {}
      case Taken.Arithmetic arithmetic -> {
        addArguments(arithmetic.left(), numbers);
        addArguments(arithmetic.right(), numbers);
      }
    }
  }

  /// Argument `number` of `site`; behind the last one stands the frame, where the site knows it.
  static Argument argument(ProbeSite site, int number) {
    int count = site.arguments().size();
    if (number <= count) {
      return site.arguments().get(number - 1);
    }
    Optional<Value> frame = site.frame();
    if (number == count + 1 && frame.isPresent()) {
      return new Argument.Scalar(frame.get());
    }
    throw new IllegalStateException("$arg" + number + " does not exist at " + site.what());
  }

  private static Shape shapeOf(Argument argument) {
    return switch (argument) {
      case Argument.Scalar scalar -> new Shape.Scalar();
      case Argument.PythonText text -> new Shape.PythonText(text.layout());
      case Argument.PythonTuple tuple -> new Shape.PythonTuple(tuple.layout());
      case Argument.Line line ->
          line.byteOffset().isPresent() ? new Shape.TableLine(line.table()) : new Shape.FirstLine();
    };
  }

  Shape shape(int number) {
    return shapes.get(arguments.indexOf(number));
  }

  /// The first place of argument `number`, from R10; the second is 8 bytes above.
  int slot(int number) {
    return UNREADABLE - PLACE_BYTES * (arguments.indexOf(number) + 1);
  }

  /// The bytes of stack that the leaves take.
  int stackBytes() {
    return -UNREADABLE + PLACE_BYTES * arguments.size();
  }

  /// Jumps to `fault` where the leaves could not be read. Loses R0.
  void requireReadable(Assembler code, Label fault) {
    code.load(Size.DOUBLE, R0, R10, UNREADABLE);
    code.jumpIf(Jump.NOT_EQUAL, R0, 0, fault);
  }
}
