package pytap.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.Gap;
import pytap.probe.LineTable;
import pytap.probe.MarkerSites;
import pytap.probe.ObjectLayout;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.UnicodeLayout;
import pytap.probe.Value;
import pytap.python.Means;

/// What is written is what is read.
final class SiteCodecTest {
  private static final Value RAX = Value.register(Register.RAX);
  private static final List<Value> VALUES =
      List.of(
          new Value.OfRegister(Register.SS),
          new Value.Constant(-5),
          new Value.Static(0x7fff_ffff_f000L),
          new Value.Load(RAX, 4, true),
          new Value.Sum(RAX, -8),
          new Value.Difference(RAX, Value.constant(3)),
          new Value.Masked(RAX, ~1L),
          new Value.ShiftedLeft(RAX, 63),
          new Value.ShiftedRight(RAX, 8),
          new Value.Narrowed(RAX, 2, false),
          new Value.NotZero(RAX),
          new Value.ThreadPointer());
  private static final List<Condition> CONDITIONS =
      List.of(
          new Condition.Always(),
          new Condition.Equal(RAX, Value.constant(0)),
          new Condition.Less(Value.constant(-1), RAX),
          new Condition.Not(new Condition.Always()),
          new Condition.All(List.of(new Condition.Always(), new Condition.Equal(RAX, RAX))),
          new Condition.Any(List.of()));
  private static final List<UnicodeLayout> LAYOUTS =
      List.of(new UnicodeLayout.Pep393(16, 32, 40, 56, 8), new UnicodeLayout.Bytes(16, 36));
  private static final LineTable TABLE =
      new LineTable(LineTable.Form.LOCATIONS_311, 68, 136, 16, 32);
  private static final List<Argument> ARGUMENTS =
      List.of(
          new Argument.Scalar(RAX),
          new Argument.PythonText(RAX, LAYOUTS.get(0)),
          new Argument.PythonText(RAX, LAYOUTS.get(1)),
          new Argument.Line(RAX, Optional.empty(), TABLE),
          new Argument.Line(RAX, Optional.of(Value.constant(-2)), TABLE),
          new Argument.PythonTuple(
              RAX, new ObjectLayout(LAYOUTS.getFirst(), 1, 2, 3, 4, 5, 6, true)));
  private static final List<Gap> GAPS =
      List.of(new Gap.Always("one thing"), new Gap.OnRequest("another", "PYTHON_JIT", true));

  private static MarkerSites everything() {
    List<ProbeSite> sites =
        List.of(
            new ProbeSite(
                0x40_1000,
                0x1000,
                OptionalLong.of(0x9000),
                new Condition.All(CONDITIONS),
                Optional.of(RAX),
                ARGUMENTS,
                ProbeSite.Cost.SINGLE_STEPPED,
                Optional.of(new PatchWindow(0x40_1000, 7)),
                "first: `mov`"),
            new ProbeSite(
                0x40_2000,
                0x2000,
                OptionalLong.empty(),
                new Condition.Always(),
                Optional.empty(),
                VALUES.stream().<Argument>map(Argument.Scalar::new).toList(),
                ProbeSite.Cost.EMULATED,
                "second…"));
    return new MarkerSites("function__entry", "by hand", sites, GAPS);
  }

  @Test
  void everyPartOfASiteComesBack() throws IOException {
    assertThat(SiteCodec.decode(SiteCodec.encode(everything()))).isEqualTo(everything());
  }

  /// So that a case which is added is added above as well.
  @Test
  void theSampleHasEveryCase() {
    List<Object> parts = List.of(VALUES, CONDITIONS, LAYOUTS, ARGUMENTS, GAPS);
    List<Class<?>> choices =
        List.of(Value.class, Condition.class, UnicodeLayout.class, Argument.class, Gap.class);
    for (int i = 0; i < parts.size(); i++) {
      TreeSet<String> present = new TreeSet<>();
      ((List<?>) parts.get(i)).forEach(part -> present.add(part.getClass().getSimpleName()));
      assertThat(present)
          .containsExactlyInAnyOrderElementsOf(
              Arrays.stream(choices.get(i).getPermittedSubclasses())
                  .map(Class::getSimpleName)
                  .toList());
    }
  }

  @Test
  void aRealInterpretersSitesComeBack() throws Exception {
    FileImage file = new FileCatalog().image(Path.of("/usr/bin/python3"));
    for (Means means : Means.values()) {
      for (String marker : List.of("function__entry", "function__return")) {
        MarkerSites sites = file.python().orElseThrow().sites(marker, means);
        assertThat(SiteCodec.decode(SiteCodec.encode(sites))).isEqualTo(sites);
      }
    }
  }

  @Test
  void whatIsCutOffOrTooLongIsRefused() {
    byte[] whole = SiteCodec.encode(everything());
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> SiteCodec.decode(part)).isInstanceOf(IOException.class);
    }
    byte[] more = Arrays.copyOf(whole, whole.length + 1);
    assertThatThrownBy(() -> SiteCodec.decode(more)).isInstanceOf(IOException.class);
  }
}
