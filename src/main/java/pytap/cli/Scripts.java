package pytap.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import pytap.source.SourceText;
import pytap.source.TracerException;
import pytap.stap.StapCompiler;

/// Reads scripts and the tapset files of `-I` directories, one character for each byte.
final class Scripts {
  private Scripts() {}

  /// Everything that is compiled: the script with what `-E` adds to it, the tapsets, the arguments.
  static StapCompiler.Input input(Options options, InputStream standardInput)
      throws TracerException {
    SourceText script = script(options.script(), standardInput);
    if (!options.additions().isEmpty()) {
      StringBuilder text = new StringBuilder(script.text());
      options.additions().forEach(addition -> text.append('\n').append(bytes(addition)));
      script = new SourceText(script.name(), text.toString());
    }
    List<String> arguments = new ArrayList<>();
    for (String argument : options.arguments()) {
      arguments.add(bytes(argument));
    }
    Map<String, String> globals = new LinkedHashMap<>();
    options.language().globals().forEach((name, value) -> globals.put(name, bytes(value)));
    List<SourceText> tapsets = tapsets(options.tapsetDirectories());
    return new StapCompiler.Input(script, tapsets, arguments, globals);
  }

  /// The script that the command line names.
  static SourceText script(Options.Script script, InputStream standardInput)
      throws TracerException {
    return switch (script) {
      case Options.Script.Text(String text) -> new SourceText("<input>", bytes(text));
      case Options.Script.File(String path) -> file(Path.of(path), path);
      case Options.Script.StandardInput in -> {
        try {
          byte[] all = standardInput.readAllBytes();
          yield new SourceText("<stdin>", new String(all, StandardCharsets.ISO_8859_1));
        } catch (IOException unreadable) {
          throw unreadable("standard input", unreadable);
        }
      }
    };
  }

  /// The `.stp` and `.stpm` files below `directories`, each directory's in the order of their
  /// paths.
  static List<SourceText> tapsets(List<String> directories) throws TracerException {
    List<SourceText> tapsets = new ArrayList<>();
    for (String directory : directories) {
      Path path = Path.of(directory);
      if (!Files.isDirectory(path)) {
        throw new TracerException(
            TracerException.Kind.FILE_UNREADABLE,
            "read the tapset directory " + directory,
            "there is no such directory",
            "give -I a directory that holds .stp files");
      }
      List<Path> files = new ArrayList<>();
      collect(path, files);
      Collections.sort(files);
      for (Path file : files) {
        tapsets.add(file(file, file.toString()));
      }
    }
    return tapsets;
  }

  private static void collect(Path directory, List<Path> files) throws TracerException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (Files.isDirectory(entry)) {
          collect(entry, files);
        } else if (entry.toString().endsWith(".stp") || entry.toString().endsWith(".stpm")) {
          files.add(entry);
        }
      }
    } catch (IOException unreadable) {
      throw unreadable(directory.toString(), unreadable);
    }
  }

  private static SourceText file(Path path, String name) throws TracerException {
    if (!Files.exists(path)) {
      throw new TracerException(
          TracerException.Kind.SCRIPT_MISSING, name, "Input file '" + name + "' is missing.", "");
    }
    try {
      return new SourceText(name, Files.readString(path, StandardCharsets.ISO_8859_1));
    } catch (IOException unreadable) {
      throw unreadable(name, unreadable);
    }
  }

  /// Words of the command line come as Unicode; the script wants their bytes.
  static String bytes(String word) {
    return new String(word.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static TracerException unreadable(String name, IOException cause) {
    return new TracerException(
        TracerException.Kind.FILE_UNREADABLE,
        "read " + name,
        String.valueOf(cause.getMessage()),
        "check that it exists and that you may read it");
  }
}
