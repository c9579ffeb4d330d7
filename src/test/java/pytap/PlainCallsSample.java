package pytap;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/// A program of pattern switches and records that prints their answers, for [PlainCallsTest].
@NullMarked
final class PlainCallsSample {
  static final int LINES = 75;

  private sealed interface Shape {
    static String sort(Shape shape) {
      return switch (shape) {
        case Pair<?>(Empty a, Empty b) -> "two of nothing";
        case Pair<?>(Every every, Object other) when every.flag() -> "every and " + other;
        case Pair<?> pair -> "pair " + pair.first();
        case Every every when every.number() > 7 -> "high";
        case Every every -> "low";
        case Empty empty -> "nothing";
      };
    }
  }

  private record Empty() implements Shape {}

  private record Every(
      boolean flag,
      byte small,
      char letter,
      int number,
      long big,
      float ratio,
      double exact,
      String text,
      List<Integer> many)
      implements Shape {}

  private record Pair<T>(@Nullable T first, @Nullable T second) implements Shape {}

  private record Short(short value) {}

  private enum Colour {
    RED
  }

  private PlainCallsSample() {}

  public static void main(String[] words) {
    List<Integer> many = List.of(1);
    List<Object> objects =
        List.of(
            new Empty(),
            every(7, 1.5f, 2.5, "a", many),
            every(8, 1.5f, 2.5, "a", many),
            every(7, -0f, Double.NaN, "b", many),
            every(7, 0f, Double.NaN, "b", many),
            new Pair<>(new Empty(), new Empty()),
            new Pair<>(every(1, 1, 1, "c", many), 5),
            new Pair<>(null, null),
            new Pair<>("x", Optional.of(3L)),
            new Short((short) -3),
            Colour.RED,
            "text",
            2);
    for (Object object : objects) {
      if (object instanceof Shape shape) {
        System.out.println(Shape.sort(shape));
      }
      System.out.println(mixed(object));
      System.out.println(lastIsGuarded(object));
      System.out.println(object);
      System.out.println(object == Colour.RED ? 0 : object.hashCode());
      StringBuilder equal = new StringBuilder();
      objects.forEach(other -> equal.append(object.equals(other) ? '=' : '.'));
      System.out.println(equal);
    }
    System.out.println(mixed(null));
  }

  private static Every every(
      int number, float ratio, double exact, String text, List<Integer> many) {
    return new Every(true, (byte) -1, 'x', number, 9, ratio, exact, text, many);
  }

  private static String lastIsGuarded(Object object) {
    return switch (object) {
      case Integer number when number > 2 -> "more";
      default -> "no more";
    };
  }

  /// Has a label that is no type, so it stays as the compiler made it.
  private static String mixed(@Nullable Object object) {
    return switch (object) {
      case null -> "null";
      case Colour.RED -> "red";
      case String text -> text;
      case Integer number when number > 2 -> "more";
      case Integer number -> "number " + number;
      default -> "other";
    };
  }
}
