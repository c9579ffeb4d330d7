package pytap;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.FieldModel;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/// The rules of the house, checked on the compiled classes. The map of the rooms is the table in
/// ARCHITECTURE.md itself: a line may use only the lines above it.
@NullMarked
final class RoomsTest {

  private static final Path SOURCES = Path.of("src", "main", "java", "pytap");

  /// A table row that starts with one or more names in backquotes: the rooms of one line.
  private static final Pattern ROW = Pattern.compile("(?m)^\\| ((?:`[a-z0-9.]+`(?:, )?)+) \\|");

  private static final Pattern ROOM = Pattern.compile("`([a-z0-9.]+)`");

  private static final Pattern WEAK_NAME =
      Pattern.compile("(Util|Utils|Helper|Helpers|Manager|Impl|Base|Common)(?![a-z])");

  /// What asks or changes the world outside the program without a parameter saying so.
  private static final Set<String> PROCESS_GLOBALS =
      Set.of(
          "java.lang.System.exit",
          "java.lang.System.getenv",
          "java.lang.System.getProperty",
          "java.lang.System.in",
          "java.lang.System.out",
          "java.lang.System.err",
          "java.lang.Runtime.exit",
          "java.lang.Runtime.halt",
          "java.lang.Runtime.addShutdownHook");

  private static final Set<String> MUTABLE_TYPES =
      Set.of(
          "java.lang.StringBuilder",
          "java.util.ArrayDeque",
          "java.util.ArrayList",
          "java.util.BitSet",
          "java.util.EnumMap",
          "java.util.HashMap",
          "java.util.HashSet",
          "java.util.LinkedHashMap",
          "java.util.Random",
          "java.util.TreeMap");

  private final List<CompiledClass> classes = CompiledClass.all();

  @Test
  void theMapNamesTheRoomsThatExist() throws IOException {
    assertThat(rooms(CompiledClass::room)).isEqualTo(new TreeSet<>(lineOfRoom().keySet()));
  }

  @Test
  void aRoomUsesOnlyRoomsOnLinesAboveIt() throws IOException {
    Map<String, Integer> lineOf = lineOfRoom();
    assertThat(
            violations(user ->
                user.referencedClasses()
                    .filter(used -> used.startsWith("pytap."))
                    .filter(used -> !CompiledClass.roomOf(used).equals(user.room()))
                    .filter(used ->
                        lineOf.getOrDefault(CompiledClass.roomOf(used), 0)
                            >= lineOf.getOrDefault(user.room(), 0))))
        .isEmpty();
  }

  @Test
  void onlyLinuxCallsForeignFunctions() {
    assertThat(
            violationsOutside(
                "linux",
                user ->
                    Stream.concat(
                        user.referencedClasses()
                            .filter(used -> used.startsWith("java.lang.foreign.Linker")),
                        user.referencedMembers()
                            .filter("java.lang.foreign.MemorySegment.reinterpret"::equals))))
        .isEmpty();
  }

  @Test
  void onlyCliPrintsExitsOrReadsTheEnvironment() {
    assertThat(
            violationsOutside(
                "cli", user -> user.referencedMembers().filter(PROCESS_GLOBALS::contains)))
        .isEmpty();
  }

  @Test
  void nothingReflectsOrLoadsServices() {
    assertThat(
            violations(user ->
                Stream.concat(
                    user.referencedClasses()
                        .filter(used ->
                            used.equals("java.util.ServiceLoader")
                                || used.startsWith("java.lang.reflect."))
                        // The class file API describes classes with its flags.
                        .filter(used -> !used.equals("java.lang.reflect.AccessFlag")),
                    user.referencedMembers().filter("java.lang.Class.forName"::equals))))
        .isEmpty();
  }

  @Test
  void noStaticFieldCanChange() {
    assertThat(
            violations(user ->
                user.model().fields().stream()
                    .filter(field -> field.flags().has(AccessFlag.STATIC))
                    .filter(field -> !field.flags().has(AccessFlag.SYNTHETIC))
                    .filter(RoomsTest::canChange)
                    .map(field -> field.fieldName().stringValue())))
        .isEmpty();
  }

  @Test
  void everyClassIsClosedAndInheritsNoImplementation() {
    Map<String, CompiledClass> byName =
        classes.stream().collect(toMap(CompiledClass::name, Function.identity()));
    assertThat(
            violations(user ->
                Stream.concat(
                    Stream.of("is open")
                        .filter(_ -> !user.isClosed() && !user.isAnonymous())
                        .filter(_ -> !user.isPackageInfo()),
                    Stream.of(user.superclass())
                        .filter(byName::containsKey)
                        .filter(parent -> !isEnumOrThrowable(parent, byName)))))
        .isEmpty();
  }

  @Test
  void noNameIsOneThatFitsEverything() {
    assertThat(
            violations(
                user -> WEAK_NAME.matcher(user.simpleName()).results().map(MatchResult::group)))
        .isEmpty();
  }

  @Test
  void everyRoomSaysItsRuleAndIsNullMarked() {
    assertThat(
            rooms(user ->
                user.isPackageInfo()
                        && user.hasAnnotation("org.jspecify.annotations.NullMarked")
                        && saysItsRule(user.room())
                    ? user.room()
                    : ""))
        .isEqualTo(rooms(CompiledClass::room));
  }

  /// The rooms with the number of their line in the map, counted from 1.
  private static Map<String, Integer> lineOfRoom() throws IOException {
    Map<String, Integer> lines = new HashMap<>();
    String map = Files.readString(Path.of("ARCHITECTURE.md"));
    List<String> rows = ROW.matcher(map).results().map(row -> row.group(1)).toList();
    for (int row = 0; row < rows.size(); row++) {
      int line = row + 1;
      ROOM.matcher(rows.get(row)).results().forEach(room -> lines.put(room.group(1), line));
    }
    return lines;
  }

  private SortedSet<String> rooms(Function<CompiledClass, String> room) {
    return classes.stream()
        .map(room)
        .filter(name -> !name.isEmpty())
        .collect(toCollection(TreeSet::new));
  }

  private List<String> violations(Function<CompiledClass, Stream<String>> rule) {
    return classes.stream()
        .flatMap(user -> rule.apply(user).map(found -> user.name() + ": " + found))
        .toList();
  }

  private List<String> violationsOutside(
      String room, Function<CompiledClass, Stream<String>> rule) {
    return violations(user -> user.room().equals(room) ? Stream.empty() : rule.apply(user));
  }

  private static boolean canChange(FieldModel field) {
    String type = field.fieldTypeSymbol().descriptorString().replace('/', '.');
    boolean isSharedArray = type.startsWith("[") && !field.flags().has(AccessFlag.PRIVATE);
    return !field.flags().has(AccessFlag.FINAL)
        || isSharedArray
        || type.startsWith("Ljava.util.concurrent.")
        || MUTABLE_TYPES.contains(type.replaceAll("^L|;$", ""));
  }

  private static boolean isEnumOrThrowable(String name, Map<String, CompiledClass> byName) {
    CompiledClass ours = byName.get(name);
    return ours == null
        ? name.equals("java.lang.Enum") || name.endsWith("Exception") || name.endsWith("Error")
        : isEnumOrThrowable(ours.superclass(), byName);
  }

  private static boolean saysItsRule(String room) {
    try {
      String text =
          Files.readString(SOURCES.resolve(room.replace('.', '/')).resolve("package-info.java"));
      return text.startsWith("///") && text.contains("/// Rule of the room: ");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
