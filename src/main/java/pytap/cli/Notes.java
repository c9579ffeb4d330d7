package pytap.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import pytap.resolve.FileSurvey;
import pytap.resolve.Surroundings;
import pytap.source.TracerException;
import pytap.target.RunningProcess;

/// `pytap notes`: which files are looked at.
final class Notes {
  private Notes() {}

  /// What is printed of the program or library `subject`, or of the process with that number.
  static String of(String subject, Surroundings surroundings) throws TracerException {
    boolean process = !subject.isEmpty() && subject.chars().allMatch(Notes::isDigit);
    List<Path> files =
        process ? ofProcess(Integer.parseInt(subject)) : surroundings.filesOf(subject);
    List<String> reports = new ArrayList<>();
    for (Path path : files) {
      FileSurvey file = FileSurvey.of(path);
      if (!file.isEmpty()) {
        reports.add(NotesReport.of(file));
      }
    }
    if (reports.isEmpty()) {
      throw new TracerException(
          TracerException.Kind.UNSUPPORTED_MARKER,
          "find static markers in " + (process ? "process " : "") + subject,
          process
              ? "neither its program nor a library of it has any, or holds CPython"
              : "the file has none, and holds no CPython",
          "");
    }
    return String.join("\n", reports);
  }

  private static boolean isDigit(int character) {
    return character >= '0' && character <= '9';
  }

  private static List<Path> ofProcess(int pid) throws TracerException {
    RunningProcess process = new RunningProcess(pid);
    Optional<Path> program = process.executable();
    if (program.isEmpty()) {
      throw new TracerException(
          TracerException.Kind.NO_SUCH_PROCESS,
          "look at process " + pid,
          process.exists() ? "what it runs may not be read" : "there is no such process",
          process.exists() ? "run pytap as its user or as root" : "");
    }
    Set<Path> paths = new LinkedHashSet<>(List.of(program.get()));
    paths.addAll(process.mappedCode());
    return List.copyOf(paths);
  }
}
