package pytap.gen.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import pytap.gen.KernelImage;
import pytap.ir.BinaryOperator;
import pytap.place.Capture;
import pytap.place.Fact;
import pytap.place.Plan;
import pytap.place.Taken;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.LineTable;
import pytap.probe.ProbeSite;
import pytap.probe.Value;

/// Whole programs as listings. To rewrite what is expected: `mvn -q test -Dtest=ListingTest
/// -Dpytap.golden=rewrite`.
final class ListingTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/pytap/gen/bpf");
  private static final KernelOffsets OFFSETS = new KernelOffsets(8, 16, 24, 32, 40, 48, 56);

  private static void check(String name, String listing) throws IOException {
    Path file = DIRECTORY.resolve(name + ".expected");
    if ("rewrite".equals(System.getProperty("pytap.golden"))) {
      if (System.getenv("CI") != null) {
        throw new IllegalStateException("golden files are never rewritten in CI");
      }
      Files.writeString(file, listing);
    }
    assertThat(listing).isEqualTo(Files.readString(file));
  }

  private static String listing(Plan plan, boolean filtered, ProbeSite... sites) {
    List<KernelImage.ArmedSite> armed =
        List.of(sites).stream().map(site -> new KernelImage.ArmedSite(0, site)).toList();
    return new KernelGenerator(plan, OFFSETS, 1, filtered).generate(armed).toString();
  }

  @Test
  void aStaticMarkerWithTextFromAnywhere() throws IOException {
    Plan plan =
        SiteRun.plan(
            new Capture.OfFact(Fact.PID_TGID),
            new Capture.Text(new Taken.Argument(1), 511),
            new Capture.Number(new Taken.Argument(2)));
    ProbeSite site = Sites.site(Sites.scalar(Sites.RDI), Sites.scalar(Sites.RSI));
    check("static-marker", listing(plan, false, site));
  }

  @Test
  void twoSitesOfAPythonWithoutMarkersInOneTree() throws IOException {
    Plan plan =
        SiteRun.plan(
            new Capture.Text(new Taken.Argument(1), 511),
            new Capture.Number(new Taken.Argument(2)));
    Argument text = new Argument.PythonText(Value.word(Sites.RDI, 112), Sites.PEP_393);
    Argument line =
        new Argument.Line(
            Sites.RDI,
            Optional.of(new Value.Difference(Sites.RSI, Value.plus(Sites.RDI, 184))),
            new LineTable(LineTable.Form.LNOTAB_SIGNED, 40, 120, 16, 32));
    Condition condition =
        new Condition.Any(
            List.of(
                new Condition.Less(Sites.RCX, Value.constant(0)),
                new Condition.Not(new Condition.Equal(Value.uint8(Sites.RDI, 69), Sites.RCX))));
    check(
        "two-sites",
        listing(plan, true, Sites.site(condition, text, line), Sites.site(text, line)));
  }

  @Test
  void anIntegerAtAComputedAddress() throws IOException {
    Taken address =
        new Taken.Arithmetic(
            BinaryOperator.ADD,
            new Taken.Argument(1),
            new Taken.Arithmetic(
                BinaryOperator.SHIFT_LEFT, new Taken.Argument(2), new Taken.Constant(3)));
    Plan plan = SiteRun.plan(new Capture.Integer(address, 4));
    ProbeSite site = Sites.site(Sites.scalar(Sites.RDI), Sites.scalar(Sites.RSI));
    check("integer", listing(plan, false, site));
  }

  @Test
  void theWalkOverALocationTable() throws IOException {
    Plan plan = SiteRun.plan(new Capture.Number(new Taken.Argument(1)));
    check("locations", listing(plan, false, Sites.site(Sites.line(LineTable.Form.LOCATIONS_311))));
  }

  @Test
  void theProgramsThatFollowTheTree() throws IOException {
    check(
        "tree",
        TreePrograms.fork(OFFSETS)
            + "\n"
            + TreePrograms.free(OFFSETS, 24)
            + "\n"
            + TreePrograms.exec(16));
  }
}
