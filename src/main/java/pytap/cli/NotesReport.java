package pytap.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import pytap.elf.UsdtNote;
import pytap.resolve.FileSurvey;
import pytap.resolve.FileSurvey.Access;
import pytap.resolve.FileSurvey.Marker;

/// What `pytap notes` prints of one file: its notes as readelf(1) shows them, then which markers
/// can be had and how.
final class NotesReport {
  private static final List<String> HEADINGS =
      List.of("provider", "marker", "in the file", "works", "kernel", "in-process");

  private final StringBuilder out = new StringBuilder();

  private NotesReport() {}

  static String of(FileSurvey file) {
    NotesReport report = new NotesReport();
    report.out.append(file.path());
    file.python().ifPresent(python -> report.out.append(": ").append(python));
    file.unknown()
        .ifPresent(why -> report.out.append(": a CPython that pytap does not know, ").append(why));
    report.out.append('\n');
    if (!file.notes().isEmpty()) {
      report.notes(file.notes());
    }
    if (!file.markers().isEmpty()) {
      report.table(file.markers());
      report.details(file.markers());
    }
    return report.out.toString();
  }

  /// As binutils 2.40 has it, without what a file has of other notes.
  private void notes(List<UsdtNote> notes) {
    out.append("\nDisplaying notes found in: .note.stapsdt\n");
    out.append("  Owner                Data size \tDescription\n");
    for (UsdtNote note : notes) {
      out.append(
          "  stapsdt              %s\tNT_STAPSDT (SystemTap probe descriptors)\n"
              .formatted(hex(note.sizeBytes(), 8)));
      out.append("    Provider: ").append(note.provider()).append('\n');
      out.append("    Name: ").append(note.name()).append('\n');
      out.append(
          "    Location: %s, Base: %s, Semaphore: %s\n"
              .formatted(
                  hex(note.location(), 16), hex(note.base(), 16), hex(note.semaphore(), 16)));
      out.append("    Arguments: ").append(note.arguments()).append('\n');
    }
  }

  private static String hex(long number, int digits) {
    return String.format(Locale.ROOT, "0x%0" + digits + "x", number);
  }

  private void table(List<Marker> markers) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    for (Marker marker : markers) {
      boolean there = marker.places() > 0;
      rows.add(
          List.of(
              marker.provider(),
              marker.name(),
              there ? places(marker.places()) : "no",
              there ? marker.flaw().isEmpty() ? "yes" : "no" : "",
              access(marker.kernel()),
              access(marker.inProcess())));
    }
    out.append('\n');
    int[] widths = new int[HEADINGS.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
  }

  private static String places(int count) {
    return count + (count == 1 ? " place" : " places");
  }

  private static String access(Access access) {
    return switch (access) {
      case Access.At at -> places(at.places());
      case Access.None _ -> "no";
      case Access.Refused _ -> "refused";
    };
  }

  /// What the table has no room for.
  private void details(List<Marker> markers) {
    for (Marker marker : markers) {
      if (isPlain(marker)) {
        continue;
      }
      List<String> lines = new ArrayList<>();
      marker
          .flaw()
          .ifPresent(flaw -> lines.add((marker.places() > 0 ? "in the file: " : "") + flaw));
      if (marker.kernel() instanceof Access.At && marker.kernel().equals(marker.inProcess())) {
        lines.add("both engines: " + how(marker.kernel()));
      } else {
        add("kernel", marker.kernel(), lines);
        add("in-process", marker.inProcess(), lines);
      }
      out.append('\n').append(marker.provider()).append(':').append(marker.name()).append('\n');
      lines.forEach(line -> out.append("  ").append(line).append('\n'));
    }
  }

  /// A probe that works, for the kernel engine alone.
  private static boolean isPlain(Marker marker) {
    return marker.flaw().isEmpty()
        && marker.kernel() instanceof Access.At
        && marker.inProcess() instanceof Access.None;
  }

  private static void add(String engine, Access access, List<String> lines) {
    if (!(access instanceof Access.None)) {
      lines.add(engine + ": " + how(access));
    }
  }

  private static String how(Access access) {
    return switch (access) {
      case Access.At at -> at.how();
      case Access.Refused(String why) -> "cannot, " + why;
      case Access.None _ -> "";
    };
  }
}
