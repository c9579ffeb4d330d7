package pytap.gen.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import pytap.asm.bpf.Program;
import pytap.elf.ElfFile;
import pytap.gen.KernelImage;
import pytap.linux.BpfMap;
import pytap.linux.BpfProgram;
import pytap.linux.ProgramType;
import pytap.place.Capture;
import pytap.place.Fact;
import pytap.place.Plan;
import pytap.place.Taken;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.LineTable;
import pytap.probe.ProbeSite;
import pytap.probe.Value;
import pytap.python.PythonBinary;
import pytap.source.TracerException;

/// The kernel's verifier accepts what is generated, for both types of uprobe program, with and
/// without the filter.
final class LoadTest {
  private static final Capture[] HIERARCHY = {
    new Capture.OfFact(Fact.PID_TGID),
    new Capture.OfFact(Fact.TIME_NANOS),
    new Capture.OfFact(Fact.EXECNAME),
    new Capture.Text(new Taken.Argument(2), 511),
    new Capture.Text(new Taken.Argument(1), 511),
    new Capture.Number(new Taken.Argument(3))
  };

  static List<Path> interpreters() throws IOException {
    List<Path> found = new ArrayList<>(List.of(Path.of("/usr/bin/python3")));
    Path versions = Path.of(System.getProperty("user.home"), ".pyenv", "versions");
    if (Files.isDirectory(versions)) {
      try (Stream<Path> entries = Files.walk(versions, 3)) {
        entries
            .filter(file -> file.getFileName().toString().matches("libpython\\d.*\\.so\\.1\\.0"))
            .sorted()
            .forEach(found::add);
      }
    }
    return found;
  }

  private static void load(List<ProbeSite> sites, Capture... captures) throws TracerException {
    Plan plan = SiteRun.plan(captures);
    List<KernelImage.ArmedSite> armed =
        sites.stream().map(site -> new KernelImage.ArmedSite(0, site)).toList();
    for (boolean filtered : new boolean[] {true, false}) {
      KernelGenerator generator = new KernelGenerator(plan, SiteRun.offsets(), 64, filtered);
      Program program = generator.generate(armed).program();
      BpfMap[] maps = SiteRun.maps(plan, generator, 1 << 16);
      try {
        for (ProgramType type : List.of(ProgramType.UPROBE_MULTI, ProgramType.UPROBE_PERF)) {
          BpfProgram.load(SiteRun.KERNEL, type, program, maps).close();
        }
      } finally {
        for (BpfMap map : maps) {
          map.close();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("interpreters")
  void theSitesOfEveryInterpreterLoad(Path file) throws Exception {
    PythonBinary python = PythonBinary.of(ElfFile.open(file)).orElseThrow();
    for (String marker : List.of("function__entry", "function__return")) {
      load(python.sites(marker).sites(), HIERARCHY);
    }
  }

  @ParameterizedTest
  @EnumSource
  void manySitesWithEveryLineTableLoad(LineTable.Form form) throws TracerException {
    List<ProbeSite> sites = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      Condition condition =
          new Condition.All(
              List.of(
                  new Condition.Not(
                      new Condition.Equal(Value.uint8(Sites.RCX, i), Value.constant(i))),
                  new Condition.Less(Value.int32(Sites.RDX, i), Value.constant(1000))));
      Argument line =
          new Argument.Line(
              Value.word(Sites.RDI, 8L * i),
              Optional.of(Value.int32(Sites.RSI, 4L * i)),
              Sites.table(form));
      Argument text = new Argument.PythonText(Value.word(Sites.RDI, 16), Sites.PEP_393);
      sites.add(Sites.site(condition, text, text, line));
    }
    load(sites, HIERARCHY);
  }

  @Test
  void everyFactAndNoFactLoads() throws TracerException {
    Capture[] facts = new Capture[Fact.values().length];
    for (Fact fact : Fact.values()) {
      facts[fact.ordinal()] = new Capture.OfFact(fact);
    }
    load(List.of(Sites.site()), facts);
    load(List.of(Sites.site()));
  }

  @Test
  void aFullRecordLoads() throws TracerException {
    List<Capture> captures = new ArrayList<>(List.of(HIERARCHY));
    for (int i = captures.size(); i < 32; i++) {
      captures.add(new Capture.Text(new Taken.Constant(i), 511));
    }
    Argument text = new Argument.PythonText(Sites.RDI, Sites.PEP_393);
    Argument line =
        new Argument.Line(
            Sites.RSI, Optional.of(Sites.RDX), Sites.table(LineTable.Form.LOCATIONS_311));
    load(List.of(Sites.site(text, text, line)), captures.toArray(Capture[]::new));
  }

  @Test
  void theProgramsThatFollowTheTreeLoad() throws TracerException {
    Plan plan = SiteRun.plan();
    KernelGenerator generator = new KernelGenerator(plan, SiteRun.offsets(), 2, true);
    BpfMap[] maps = SiteRun.maps(plan, generator, 4096);
    try {
      for (Program program :
          List.of(
              TreePrograms.fork(SiteRun.offsets()),
              TreePrograms.free(SiteRun.offsets(), 24),
              TreePrograms.exec(16))) {
        BpfProgram.load(SiteRun.KERNEL, ProgramType.RAW_TRACEPOINT, program, maps).close();
      }
    } finally {
      for (BpfMap map : maps) {
        map.close();
      }
    }
  }
}
