package pytap.resolve;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import pytap.elf.ElfFile;
import pytap.elf.UsdtNote;
import pytap.probe.MarkerSites;
import pytap.probe.ProbeSite;
import pytap.python.DocumentedMarker;
import pytap.python.Means;
import pytap.python.PythonBinary;
import pytap.source.FormatException;
import pytap.source.TracerException;

/// What one file has to offer: its notes, and which markers can be had from it.
///
/// @param path under which it was opened
/// @param python its CPython, in words: `CPython 3.11.2, a release build`; empty where it holds
///   none
/// @param unknown why its CPython is not one that pytap knows, if so
/// @param notes in file order
/// @param markers by provider and name; with CPython's documented ones where the file holds CPython
public record FileSurvey(
    Path path,
    Optional<String> python,
    Optional<String> unknown,
    List<UsdtNote> notes,
    List<Marker> markers) {

  public FileSurvey {
    notes = List.copyOf(notes);
    markers = List.copyOf(markers);
  }

  /// One marker.
  ///
  /// @param places static probes of that name in the file
  /// @param flaw why there is none, or what is wrong with it
  public record Marker(
      String provider,
      String name,
      int places,
      Optional<String> flaw,
      Access kernel,
      Access inProcess) {}

  /// How an engine gets a marker.
  public sealed interface Access {
    /// @param how one line
    record At(int places, String how) implements Access {}

    /// This engine cannot.
    record None() implements Access {}

    /// It should, and this file is not as it must be.
    record Refused(String why) implements Access {}
  }

  private record Name(String provider, String marker) {}

  /// Looks at the file at `path`.
  ///
  /// @throws TracerException where it is no ELF file for x86-64 that may be read
  public static FileSurvey of(Path path) throws TracerException {
    try {
      ElfFile elf = ElfFile.open(path);
      Optional<PythonBinary> python = Optional.empty();
      Optional<String> unknown = Optional.empty();
      try {
        python = PythonBinary.of(elf);
      } catch (TracerException other) {
        unknown = Optional.of(other.found() + "; " + other.remedy());
      }
      FileImage image = new FileImage(path, path, FileIdentity.of(path), elf, python);
      return new FileSurvey(
          path,
          python.map(it -> "CPython " + it.version() + ", " + it.build()),
          unknown,
          elf.usdtNotes(),
          markers(image));
    } catch (IOException | FormatException odd) {
      throw FileCatalog.unreadable(path, odd);
    }
  }

  /// Whether there is nothing to say of it.
  public boolean isEmpty() {
    return python.isEmpty() && unknown.isEmpty() && notes.isEmpty();
  }

  private static List<Marker> markers(FileImage file) throws FormatException {
    Map<Name, Integer> places = new LinkedHashMap<>();
    file.python()
        .ifPresent(python -> DocumentedMarker.ALL.forEach(it -> places.put(pythons(it), 0)));
    file.elf().usdtNotes().stream()
        .map(note -> new Name(note.provider(), note.name()))
        .sorted(Comparator.comparing(Name::provider).thenComparing(Name::marker))
        .forEach(name -> places.merge(name, 1, Integer::sum));
    List<Marker> markers = new ArrayList<>();
    for (Map.Entry<Name, Integer> entry : places.entrySet()) {
      Name name = entry.getKey();
      markers.add(
          new Marker(
              name.provider(),
              name.marker(),
              entry.getValue(),
              flaw(file, name, entry.getValue()),
              access(file, name, Means.KERNEL),
              access(file, name, Means.IN_PROCESS)));
    }
    return markers;
  }

  private static Name pythons(DocumentedMarker marker) {
    return new Name("python", marker.name());
  }

  private static Optional<String> flaw(FileImage file, Name name, int places) {
    if (file.python().isEmpty()) {
      return Optional.empty();
    }
    for (DocumentedMarker marker : DocumentedMarker.ALL) {
      if (pythons(marker).equals(name)) {
        return places == 0
            ? Optional.of(marker.absence(file.python().get().version()))
            : marker.defect(file.python().get().version());
      }
    }
    return Optional.empty();
  }

  private static Access access(FileImage file, Name name, Means means) {
    try {
      MarkerSites found =
          FileMarkers.sites(
              file, Optional.of(name.provider()), name.marker(), means, Optional.empty());
      if (means == Means.IN_PROCESS && !canBePatched(found)) {
        return new Access.None(); // a place for breakpoints
      }
      return new Access.At(found.sites().size(), found.mechanism());
    } catch (TracerException refused) {
      return refused.kind() == TracerException.Kind.UNSUPPORTED_MARKER
          ? new Access.None()
          : new Access.Refused(refused.found());
    }
  }

  private static boolean canBePatched(MarkerSites found) {
    for (ProbeSite site : found.sites()) {
      if (site.window().isEmpty()) {
        return false;
      }
    }
    return true;
  }
}
