package pytap.python;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.asm.x86.Decoder;
import pytap.elf.ElfFile;
import pytap.elf.UsdtArguments;
import pytap.elf.UsdtProbe;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.Gap;
import pytap.probe.MarkerSites;
import pytap.probe.ProbeSite;
import pytap.probe.Value;
import pytap.source.FormatException;

/// A marker by the static probes that the build carries.
final class UsdtSites {
  private static final String PROVIDER = "python";
  private static final int LONGEST_INSTRUCTION = 15;

  private UsdtSites() {}

  /// Whether the file has a note of that name.
  static boolean present(ElfFile file, String marker) throws FormatException {
    return !notes(file, marker).isEmpty();
  }

  static MarkerSites of(ElfFile file, PythonVersion version, Layout layout, String marker)
      throws FormatException, NotEstablished {
    Optional<Value> frame =
        Markers.isOfFunctions(marker) ? CurrentFrame.of(file, layout) : Optional.empty();
    List<ProbeSite> sites = new ArrayList<>();
    for (UsdtProbe probe : notes(file, marker)) {
      sites.add(site(file, probe, frame, arguments(file, version, layout, probe)));
    }
    sites.sort(Comparator.comparingLong(ProbeSite::address));
    return new MarkerSites(
        marker,
        "the static probe " + PROVIDER + ":" + marker + " of the build",
        sites,
        gaps(version, marker));
  }

  /// In 3.11 the probe of lines looks for a new line behind a frame's first instruction only.
  private static List<Gap> gaps(PythonVersion version, String marker) {
    boolean missesFirst =
        marker.equals(Markers.LINE) && version.major() == 3 && version.minor() == 11;
    return missesFirst
        ? List.of(
            new Gap.Always(
                "a line that runs where its function is defined, as in def f(): return 1, is not"
                    + " seen by the kernel engine"))
        : List.of();
  }

  private static List<UsdtProbe> notes(ElfFile file, String marker) throws FormatException {
    return file.usdtProbes().stream()
        .filter(probe -> probe.provider().equals(PROVIDER) && probe.name().equals(marker))
        .toList();
  }

  private static List<Argument> arguments(
      ElfFile file, PythonVersion version, Layout layout, UsdtProbe probe) throws FormatException {
    List<Value> values = UsdtArguments.parse(probe.arguments(), file);
    if (probe.name().equals(Markers.AUDIT) && values.size() == 2) {
      return AuditArguments.of(version, layout, values.getFirst(), values.getLast());
    }
    List<Argument> arguments = new ArrayList<>();
    for (Value value : values) {
      arguments.add(new Argument.Scalar(value));
    }
    return arguments;
  }

  private static ProbeSite site(
      ElfFile file, UsdtProbe probe, Optional<Value> frame, List<Argument> arguments)
      throws FormatException, NotEstablished {
    long address = probe.location();
    OptionalLong offset = file.fileOffset(address);
    if (offset.isEmpty() || !file.executable(address)) {
      throw new NotEstablished(
          "the note of " + probe.name() + " points outside of the code, to 0x" + hex(address));
    }
    boolean emulated =
        new Decoder(file.bytesAt(address, LONGEST_INSTRUCTION), address).at(address).emulated();
    return new ProbeSite(
        address,
        offset.getAsLong(),
        semaphore(file, probe),
        new Condition.Always(),
        frame,
        arguments,
        emulated ? ProbeSite.Cost.EMULATED : ProbeSite.Cost.SINGLE_STEPPED,
        "static probe, arguments `" + probe.arguments() + "`");
  }

  private static OptionalLong semaphore(ElfFile file, UsdtProbe probe) throws NotEstablished {
    if (probe.semaphore().isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong offset = file.fileOffset(probe.semaphore().getAsLong());
    if (offset.isEmpty()) {
      throw new NotEstablished("the semaphore of " + probe.name() + " is not in the file's data");
    }
    return offset;
  }

  private static String hex(long address) {
    return Long.toHexString(address);
  }
}
