package pytap.resolve;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import pytap.elf.ElfFile;
import pytap.elf.UsdtArguments;
import pytap.elf.UsdtNote;
import pytap.elf.UsdtProbe;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.Glob;
import pytap.probe.MarkerSites;
import pytap.probe.Occasion;
import pytap.probe.ProbeSite;
import pytap.probe.Value;
import pytap.python.Markers;
import pytap.python.Means;
import pytap.python.PythonBinary;
import pytap.source.FormatException;
import pytap.source.TracerException;

/// The sites of a marker in one file: CPython's markers by what they mean, every other by the
/// file's own notes.
final class FileMarkers {
  private FileMarkers() {}

  static MarkerSites sites(
      FileImage file,
      Optional<String> provider,
      String marker,
      Means means,
      Optional<KeptSites> kept)
      throws TracerException {
    if (!isPythons(file, provider, marker)) {
      return others(file, provider, marker);
    }
    PythonBinary python = file.python().orElseThrow();
    return kept.isPresent()
        ? kept.get().sites(file, python, marker, means)
        : python.sites(marker, means);
  }

  /// What the file's notes say, whatever it means.
  static MarkerSites raw(FileImage file, Optional<String> provider, String marker)
      throws TracerException {
    return isPythons(file, provider, marker)
        ? file.python().orElseThrow().ownSites(marker)
        : others(file, provider, marker);
  }

  /// The sites of one marker.
  record Found(String provider, MarkerSites sites) {}

  /// The markers that `wanted` stands for.
  ///
  /// @param raw by the file's notes, whatever they mean
  /// @param kept what was found of the file before
  /// @throws TracerException where there are none
  static List<Found> fitting(
      FileImage file, Occasion.Marker wanted, Means means, boolean raw, Optional<KeptSites> kept)
      throws TracerException {
    if (!wanted.isPattern()) {
      return List.of(found(file, wanted.provider(), wanted.marker(), means, raw, kept));
    }
    Set<Name> names =
        new TreeSet<>(Comparator.comparing(Name::provider).thenComparing(Name::marker));
    try {
      for (UsdtNote note : file.elf().usdtNotes()) {
        if (Glob.fits(wanted.marker(), note.name())
            && Glob.fits(wanted.provider().orElse("*"), note.provider())) {
          names.add(new Name(note.provider(), note.name()));
        }
      }
    } catch (FormatException odd) {
      throw FileCatalog.unreadable(file.path(), odd);
    }
    List<Found> found = new ArrayList<>();
    for (Name name : names) {
      found.add(found(file, Optional.of(name.provider()), name.marker(), means, raw, kept));
    }
    if (found.isEmpty()) {
      throw new TracerException(
          TracerException.Kind.UNSUPPORTED_MARKER,
          "find the marker " + wanted.marker() + " in " + file.path(),
          "no marker of the file fits that",
          "pytap notes " + file.path() + " lists them");
    }
    return found;
  }

  private record Name(String provider, String marker) {}

  private static Found found(
      FileImage file,
      Optional<String> provider,
      String marker,
      Means means,
      boolean raw,
      Optional<KeptSites> kept)
      throws TracerException {
    MarkerSites sites =
        raw ? raw(file, provider, marker) : sites(file, provider, marker, means, kept);
    return new Found(provider.orElseGet(() -> providerOf(file, marker)), sites);
  }

  /// Of markers of one name by several providers the first one's; Python's where it is Python's.
  private static String providerOf(FileImage file, String marker) {
    try {
      for (UsdtNote note : file.elf().usdtNotes()) {
        if (note.name().equals(marker)) {
          return note.provider();
        }
      }
      return "python";
    } catch (FormatException odd) {
      return "python"; // its notes were not needed
    }
  }

  private static boolean isPythons(FileImage file, Optional<String> provider, String marker) {
    return provider.orElse("python").equals("python")
        && file.python().isPresent()
        && Markers.include(marker);
  }

  private static MarkerSites others(FileImage file, Optional<String> provider, String marker)
      throws TracerException {
    try {
      return noted(file, provider, marker);
    } catch (FormatException odd) {
      throw new TracerException(
          TracerException.Kind.FILE_UNREADABLE,
          "read the static markers of " + file.path(),
          String.valueOf(odd.getMessage()),
          "");
    }
  }

  private static MarkerSites noted(FileImage file, Optional<String> provider, String marker)
      throws TracerException, FormatException {
    ElfFile elf = file.elf();
    List<ProbeSite> sites = new ArrayList<>();
    TreeSet<String> names = new TreeSet<>();
    for (UsdtProbe probe : elf.usdtProbes()) {
      if (provider.isEmpty() || probe.provider().equals(provider.get())) {
        names.add(probe.name());
        if (probe.name().equals(marker)) {
          sites.add(site(elf, probe));
        }
      }
    }
    if (sites.isEmpty()) {
      boolean isPython = file.python().isPresent();
      throw new TracerException(
          isPython || !names.isEmpty()
              ? TracerException.Kind.UNSUPPORTED_MARKER
              : TracerException.Kind.NOT_CPYTHON,
          "find the marker " + marker + " in " + file.path(),
          names.isEmpty()
              ? "the file has no static markers" + (isPython ? "" : " and holds no CPython")
              : "the file has the markers " + String.join(", ", names),
          isPython
              ? "those of every CPython are " + String.join(", ", Markers.names())
              : "name a Python interpreter, or a program with that marker");
    }
    return new MarkerSites(marker, "static marker of the file", sites, List.of());
  }

  private static ProbeSite site(ElfFile elf, UsdtProbe probe) throws FormatException {
    List<Argument> arguments = new ArrayList<>();
    for (Value value : UsdtArguments.parse(probe.arguments(), elf)) {
      arguments.add(new Argument.Scalar(value));
    }
    OptionalLong semaphore =
        probe.semaphore().isPresent()
            ? elf.fileOffset(probe.semaphore().getAsLong())
            : OptionalLong.empty();
    return new ProbeSite(
        probe.location(),
        elf.fileOffset(probe.location()).orElseThrow(),
        semaphore,
        new Condition.Always(),
        Optional.empty(),
        arguments,
        ProbeSite.Cost.EMULATED,
        "static marker " + probe.provider() + ":" + probe.name());
  }
}
