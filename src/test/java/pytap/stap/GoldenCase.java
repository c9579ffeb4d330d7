package pytap.stap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import pytap.source.SourceText;

/// A script and what a pass makes of it: `NAME.stp`, `NAME.expected`, and where there is one the
/// user's tapset `NAME.tapset`. A first line `# args: a b` gives the script its arguments, a first
/// line `# -G a=b -G c=d` its globals initial values.
record GoldenCase(Path directory, String name) {
  private static final Path ROOT = Path.of("src/test/resources/pytap/stap");

  /// The cases of `pass` ("parse", "sema") and `kind` ("ok", "ko").
  static List<GoldenCase> all(String pass, String kind) throws IOException {
    Path directory = ROOT.resolve(pass).resolve(kind);
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(".stp"))
          .map(file -> new GoldenCase(directory, file.substring(0, file.length() - 4)))
          .sorted((a, b) -> a.name().compareTo(b.name()))
          .toList();
    }
  }

  SourceText script() throws IOException {
    return new SourceText(name + ".stp", read(".stp"));
  }

  List<SourceText> tapsets() throws IOException {
    return Files.exists(file(".tapset"))
        ? List.of(new SourceText(name + ".tapset", read(".tapset")))
        : List.of();
  }

  List<String> arguments() throws IOException {
    String first = script().line(1);
    List<String> arguments = new ArrayList<>();
    if (first.startsWith("# args:")) {
      for (String argument : first.substring(7).trim().split(" ", -1)) {
        arguments.add(argument);
      }
    }
    return arguments;
  }

  Map<String, String> globals() throws IOException {
    String first = script().line(1);
    Map<String, String> globals = new HashMap<>();
    if (first.startsWith("# -G ")) {
      for (String option : first.substring(5).split(" -G ", -1)) {
        int equals = option.indexOf('=');
        globals.put(option.substring(0, equals), option.substring(equals + 1));
      }
    }
    return globals;
  }

  StapCompiler.Result compile() throws IOException {
    StapCompiler.Input input = new StapCompiler.Input(script(), tapsets(), arguments(), globals());
    return StapCompiler.compile(input, StapCompiler.Options.DEFAULT);
  }

  /// The expected text. With `-Dpytap.golden=rewrite` it is first replaced by `actual`.
  String expected(String actual) throws IOException {
    if ("rewrite".equals(System.getProperty("pytap.golden"))) {
      if (System.getenv("CI") != null) {
        throw new IllegalStateException("golden files are never rewritten in CI");
      }
      Files.writeString(file(".expected"), actual, StandardCharsets.ISO_8859_1);
    }
    return read(".expected");
  }

  private Path file(String extension) {
    return directory.resolve(name + extension);
  }

  private String read(String extension) throws IOException {
    return Files.readString(file(extension), StandardCharsets.ISO_8859_1);
  }

  @Override
  public String toString() {
    return name;
  }
}
