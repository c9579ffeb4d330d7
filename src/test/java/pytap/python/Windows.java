package pytap.python;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import pytap.asm.x86.Objdump;
import pytap.elf.ElfFile;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;

/// The windows of an interpreter, for tests that look at them.
final class Windows {
  static final List<String> MARKERS = List.of("function__entry", "function__return");

  private Windows() {}

  /// The sites of the markers of functions.
  static List<ProbeSite> sites(Path file) throws Exception {
    return sites(file, MARKERS);
  }

  private static List<ProbeSite> sites(Path file, List<String> markers) throws Exception {
    PythonBinary python = PythonBinary.of(ElfFile.open(file)).orElseThrow();
    List<ProbeSite> sites = new ArrayList<>();
    for (String marker : markers) {
      sites.addAll(python.sites(marker, Means.IN_PROCESS).sites());
    }
    return sites;
  }

  /// The sites of all markers that are got by jumps.
  static List<ProbeSite> ofEveryMarker(Path file) throws Exception {
    PythonVersion version = PythonBinary.of(ElfFile.open(file)).orElseThrow().version();
    List<String> markers = new ArrayList<>(MARKERS);
    markers.addAll(List.of("gc__start", "gc__done"));
    if (version.atLeast(3, 6)) {
      markers.addAll(List.of("import__find__load__start", "import__find__load__done"));
    }
    return sites(file, markers);
  }

  /// Where the kernel engine's sites of the markers of functions are.
  static Set<Long> breakpoints(Path file) throws Exception {
    PythonBinary python = PythonBinary.of(ElfFile.open(file)).orElseThrow();
    Set<Long> addresses = new HashSet<>();
    for (String marker : MARKERS) {
      python.sites(marker).sites().forEach(site -> addresses.add(site.address()));
    }
    return addresses;
  }

  static PatchWindow window(ProbeSite site) {
    return site.window().orElseThrow(() -> new AssertionError(site.what() + " has no window"));
  }

  /// A line for each window: `RESUME at 0x1143f9, 7 bytes: cmp %rax,0xa0(%rdi)`.
  static List<String> listing(Path file) throws Exception {
    List<String> listing = new ArrayList<>();
    for (ProbeSite site : sites(file)) {
      PatchWindow window = window(site);
      List<String> code =
          Objdump.range(file, window.address(), window.end()).stream()
              .map(Objdump.Line::text)
              .toList();
      listing.add(
          "%s at 0x%x, %d bytes: %s"
              .formatted(
                  site.what(), window.address(), window.sizeBytes(), String.join("; ", code)));
    }
    return listing;
  }
}
