package pytap.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.compile.Compiler;
import pytap.gen.jvm.HandlerLoader;
import pytap.linux.ExitStatus;
import pytap.linux.Interrupts;
import pytap.linux.Signals;
import pytap.resolve.MarkerResolver;
import pytap.resolve.Surroundings;
import pytap.runtime.Outside;
import pytap.session.EngineChoice;
import pytap.session.Groundwork;
import pytap.session.Job;
import pytap.session.Outcome;
import pytap.session.Session;
import pytap.session.UnresolvedPoint;
import pytap.source.Diagnostic;
import pytap.source.DiagnosticPrinter;
import pytap.source.TracerException;
import pytap.stap.StapCompiler;
import pytap.stap.StapDiagnostics;

/// The `pytap` command.
public final class Main {
  private static final int DONE = 0;
  static final int FAILED = 1;
  static final int BUG = 70;
  private static final int LAST_PASS = 5;

  private final Console console;
  private final Interrupts interrupts;

  private Main(Console console, Interrupts interrupts) {
    this.console = console;
    this.interrupts = interrupts;
  }

  public static void main(String[] words) {
    Interrupts interrupts = new Interrupts();
    Runtime.getRuntime().addShutdownHook(interrupts.hook());
    end(interrupts, run(List.of(words), interrupts));
  }

  /// Does what the command line says; returns the exit status.
  static int run(List<String> words, Interrupts interrupts) {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false);
    PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), false);
    Options.Request request = CommandLine.parse(words);
    Console console = console(request, out, err);
    try {
      return new Main(console, interrupts).answer(request);
    } catch (RuntimeException bug) {
      StringWriter trace = new StringWriter();
      bug.printStackTrace(new PrintWriter(trace));
      console.complain("pytap: this is a bug in pytap, please report it\n" + trace);
      return BUG;
    }
  }

  private static Console console(Options.Request request, PrintStream out, PrintStream err) {
    if (!(request instanceof Options.Request.Run(Options options))) {
      return new Console(out, err, 0);
    }
    boolean hidden = options.language().warnings() == Options.Warnings.HIDDEN;
    return new Console(out, err, options.verbosity(), hidden, options.language().color());
  }

  /// Once a signal has come, the shutdown that it began waits for the hook: only halting ends it
  /// with our own status.
  static void end(Interrupts interrupts, int status) {
    if (interrupts.count() > 0) {
      Runtime.getRuntime().halt(status);
    }
    interrupts.finish();
    System.exit(status);
  }

  private int answer(Options.Request request) {
    return switch (request) {
      case Options.Request.Help help -> print(HelpText.HELP);
      case Options.Request.Version version -> print(HelpText.VERSION);
      case Options.Request.Wrong wrong -> {
        wrong.lines().forEach(console::say);
        yield FAILED;
      }
      case Options.Request.Dump(Options.Catalogue catalogue) -> print(Catalogues.of(catalogue));
      case Options.Request.ListPoints list -> {
        try {
          yield list(list);
        } catch (TracerException refused) {
          yield FAILED; // stap says nothing either of a point that is not there
        }
      }
      case Options.Request.Notes(String subject) -> {
        try {
          yield print(Notes.of(subject, surroundings()));
        } catch (TracerException refused) {
          yield Refused.complain(refused, console);
        }
      }
      case Options.Request.Doctor(OptionalInt pid) -> {
        Examination found = Examination.of(pid, surroundings(), pyenv());
        print(Diagnosis.of(found));
        yield Diagnosis.isHopeful(found) ? DONE : FAILED;
      }
      case Options.Request.Run(Options options) -> {
        try {
          yield run(options);
        } catch (TracerException refused) {
          yield Refused.complain(refused, console);
        } catch (UnresolvedPoint unresolved) {
          yield complain(unresolved);
        }
      }
    };
  }

  private int print(String text) {
    console.print(text);
    return DONE;
  }

  private int run(Options options) throws TracerException, UnresolvedPoint {
    Optional<Groundwork> groundwork =
        options.lastPass() == LAST_PASS
            ? Optional.of(Groundwork.begin(purpose(options)))
            : Optional.empty();
    options.idle().forEach(line -> console.detail(1, line));
    StapCompiler.Input input = Scripts.input(options, System.in);
    if (options.lastPass() == 1) {
      return parse(options, input);
    }
    long startNanos = System.nanoTime();
    Options.Language language = options.language();
    Compiler.Result result =
        Compiler.compile(input, new StapCompiler.Options(language.elide()), language.limits());
    if (options.verbosity() > 0 && result.output().isPresent()) {
      console.say(Listings.summary(result.output().get(), System.nanoTime() - startNanos));
    }
    List<Diagnostic> diagnostics = Warnings.treated(result.diagnostics(), language.warnings());
    console.complain(DiagnosticPrinter.print(diagnostics));
    Optional<Compiler.Output> output = result.output();
    if (output.isEmpty() || Warnings.anyError(diagnostics)) {
      return FAILED;
    }
    return switch (options.lastPass()) {
      case 2 -> print(Listings.program(output.get()));
      case 3 -> print(Listings.plan(output.get(), resolver(options)));
      case 4 -> print(Listings.code(output.get(), resolver(options)));
      default -> trace(options, output.get(), groundwork.orElseThrow());
    };
  }

  private int parse(Options options, StapCompiler.Input input) {
    StapCompiler.Parsed parsed = StapCompiler.parse(input);
    List<Diagnostic> diagnostics =
        Warnings.treated(parsed.diagnostics(), options.language().warnings());
    console.complain(DiagnosticPrinter.print(diagnostics));
    return parseFailed(diagnostics) || Warnings.anyError(diagnostics)
        ? FAILED
        : print(parsed.tree());
  }

  private int list(Options.Request.ListPoints list) throws TracerException {
    String text = ProbeList.of(list, surroundings());
    console.print(text);
    return text.isEmpty() ? FAILED : DONE;
  }

  private static Groundwork.Purpose purpose(Options options) {
    boolean target = options.command().isPresent() || options.pid().isPresent();
    if (options.engine() == EngineChoice.KERNEL || !target) {
      return Groundwork.Purpose.KERNEL_ENGINE;
    }
    return options.pid().isPresent() ? Groundwork.Purpose.ATTACHING : Groundwork.Purpose.OTHER;
  }

  private static boolean parseFailed(List<Diagnostic> diagnostics) {
    for (Diagnostic diagnostic : diagnostics) {
      if (diagnostic.code().severity() == Diagnostic.Severity.PARSE_ERROR) {
        return true;
      }
    }
    return false;
  }

  private int trace(Options options, Compiler.Output output, Groundwork groundwork)
      throws TracerException, UnresolvedPoint {
    int bufferMebibytes = powerOfTwo(bufferMebibytes(options, output));
    console.detail(1, "event buffer: " + bufferMebibytes + " MiB");
    Job job =
        new Job(
            output.plan(),
            HandlerLoader.load(output.handlers()),
            options.command(),
            options.pid(),
            options.engine(),
            bufferMebibytes << 20,
            options.lossless(),
            options.rawMarkers(),
            new Job.Output(
                options.output().path(),
                options.output().fileMebibytes(),
                options.output().files()),
            options.seconds(),
            options.language().printsUnread(),
            surroundings(),
            Main::zone);
    return switch (Session.run(groundwork, job, console, interrupts)) {
      case Outcome.Done done -> DONE;
      case Outcome.CommandFailed(ExitStatus status) -> {
        console.say("WARNING: Child process " + ending(status));
        yield runFailed();
      }
      case Outcome.ScriptFailed failed -> runFailed();
    };
  }

  /// Copies of the stack take a hundred times the room of other records.
  private static int bufferMebibytes(Options options, Compiler.Output output) {
    return options.bufferMebibytes() == Options.DEFAULT_BUFFER_MEBIBYTES
            && output.plan().capturesStacks()
        ? Options.STACKS_BUFFER_MEBIBYTES
        : options.bufferMebibytes();
  }

  private int runFailed() {
    console.say("Pass 5: run failed.  [man error::pass5]");
    return FAILED;
  }

  private static String ending(ExitStatus status) {
    return switch (status) {
      case ExitStatus.Exited(int code) -> "exited with status " + code;
      case ExitStatus.Signaled(int signal) ->
          "exited with signal " + signal + " (" + Signals.description(signal) + ")";
    };
  }

  private static int powerOfTwo(int atLeast) {
    return Integer.highestOneBit(atLeast * 2 - 1);
  }

  /// The time zone that TZ or the machine's settings name.
  private static Outside.Zone zone() {
    ZonedDateTime now = ZonedDateTime.now(ZoneId.systemDefault());
    String name = now.format(DateTimeFormatter.ofPattern("zzz", Locale.ROOT));
    return new Outside.Zone(-now.getOffset().getTotalSeconds(), name);
  }

  /// What finds the markers that the kernel engine would probe.
  private static MarkerResolver resolver(Options options) {
    return options.rawMarkers()
        ? MarkerResolver.raw(surroundings())
        : new MarkerResolver(surroundings());
  }

  private static Surroundings surroundings() {
    return new Surroundings(
        Objects.requireNonNullElse(System.getenv("PATH"), "/usr/local/bin:/usr/bin:/bin"),
        Objects.requireNonNullElse(System.getenv("LD_LIBRARY_PATH"), ""),
        Path.of("").toAbsolutePath(),
        keptSites());
  }

  /// Where `./pytap` has made a directory for it, beside the jar of this build.
  private static Optional<Path> keptSites() {
    Path directory = Path.of(System.getProperty("java.class.path")).resolveSibling("sites");
    return Files.isDirectory(directory) ? Optional.of(directory) : Optional.empty();
  }

  /// Where pyenv may have installed interpreters.
  private static Path pyenv() {
    String home = Objects.requireNonNullElse(System.getenv("HOME"), "/");
    return Path.of(Objects.requireNonNullElse(System.getenv("PYENV_ROOT"), home + "/.pyenv"));
  }

  private int complain(UnresolvedPoint unresolved) {
    console.complain(
        DiagnosticPrinter.print(
            List.of(
                StapDiagnostics.unresolved(
                    unresolved.probe(), Scripts.bytes(sentence(unresolved.reason()))))));
    return FAILED;
  }

  private static String sentence(TracerException refused) {
    String remedy = refused.remedy().isEmpty() ? "" : "; " + refused.remedy();
    return "cannot " + refused.tried() + ": " + refused.found() + remedy;
  }
}
