package pytap.python;

import java.util.Optional;
import pytap.elf.ElfFile;
import pytap.probe.MarkerSites;
import pytap.probe.PatchWindow;
import pytap.source.FormatException;
import pytap.source.TracerException;
import pytap.source.TracerException.Kind;

/// A file that holds CPython's interpreter: a `libpython`, or an executable it is linked into.
///
/// Everything is found in the file's bytes; nothing is run. A stripped file does: what is used is
/// the dynamic symbols, `.eh_frame` and the code.
public final class PythonBinary {
  private static final String SUPPORTED = "supported are CPython 2.7 and 3.6 to 3.15";

  private final ElfFile file;
  private final PythonVersion version;
  private final BuildKind build;
  private final Layout layout;
  private Optional<EvalFrameSites> evalFrame = Optional.empty();
  private Optional<AdaptiveSites> adaptive = Optional.empty();

  private PythonBinary(ElfFile file, PythonVersion version, BuildKind build, Layout layout) {
    this.file = file;
    this.version = version;
    this.build = build;
    this.layout = layout;
  }

  /// The interpreter in `file`; empty when the file does not hold CPython's eval function (an
  /// executable that loads a `libpython` does not).
  ///
  /// @throws TracerException of kind `UNKNOWN_CPYTHON` when it is an interpreter that pytap does
  ///   not know: another version, or a build whose structures are laid out otherwise
  public static Optional<PythonBinary> of(ElfFile file) throws TracerException {
    try {
      if (file.exported("_PyEval_EvalFrameDefault").isEmpty()
          && file.exported("PyEval_EvalFrameEx").isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(known(file));
    } catch (FormatException odd) {
      throw unknown("read the interpreter in " + file.name(), text(odd));
    } catch (NotEstablished missing) {
      throw unknown("find the CPython version of " + file.name(), text(missing));
    }
  }

  /// The version that the file's code says it is.
  public PythonVersion version() {
    return version;
  }

  public BuildKind build() {
    return build;
  }

  /// Where fields lie in this build.
  public Layout layout() {
    return layout;
  }

  /// The file that was read.
  public ElfFile file() {
    return file;
  }

  /// Where and how `marker` becomes real in this file, for the kernel engine.
  ///
  /// @throws TracerException as [#sites(String, Means)] does
  public MarkerSites sites(String marker) throws TracerException {
    return sites(marker, Means.KERNEL);
  }

  /// Where and how `marker` becomes real in this file.
  ///
  /// @throws TracerException of kind `UNSUPPORTED_MARKER` for a marker that cannot be had from this
  ///   interpreter by these means, and `UNKNOWN_CPYTHON` when the code is not as this version's is
  ///   known to be
  public MarkerSites sites(String marker, Means means) throws TracerException {
    String tried = tried(marker);
    try {
      boolean probe = UsdtSites.present(file, marker);
      Optional<Mechanism> mechanism = Mechanism.of(marker, version, means, probe);
      if (mechanism.isEmpty()) {
        throw Absence.of(tried, marker, version, means, probe);
      }
      return switch (mechanism.get()) {
        case STATIC_PROBE -> UsdtSites.of(file, version, layout, marker);
        case EVAL_FUNCTION -> evalFrame(marker, means);
        case BYTECODE_HANDLERS -> adaptive().sites(marker, means);
        case AUDIT_HOOKS -> AuditHooks.of(file, version, build, layout);
        case TRACE_FUNCTIONS -> TraceFunctions.of(file, version, layout, windowAtBeginning());
        case MONITORING -> new MonitoringSites(file, version, build, layout).line(adaptive());
        case COLLECTOR -> new CollectorSites(file).sites(marker, means);
        case IMPORTER -> ImportSites.of(file, version, layout).sites(marker, means);
      };
    } catch (FormatException odd) {
      throw unknown(tried, text(odd));
    } catch (NotEstablished missing) {
      throw unknown(tried, text(missing));
    }
  }

  /// The static probes of that name which the build carries, whether they work or not.
  ///
  /// @throws TracerException of kind `UNSUPPORTED_MARKER` where it carries none
  public MarkerSites ownSites(String marker) throws TracerException {
    String tried = tried(marker);
    try {
      if (!UsdtSites.present(file, marker)) {
        throw new TracerException(
            Kind.UNSUPPORTED_MARKER,
            tried,
            "the build has no static probe of that name",
            "without --raw-markers none is needed");
      }
      return UsdtSites.of(file, version, layout, marker);
    } catch (FormatException odd) {
      throw unknown(tried, text(odd));
    } catch (NotEstablished missing) {
      throw unknown(tried, text(missing));
    }
  }

  private String tried(String marker) {
    return "find " + marker + " in CPython " + version + " (" + file.name() + ")";
  }

  private MarkerSites evalFrame(String marker, Means means) throws FormatException, NotEstablished {
    if (means == Means.IN_PROCESS) {
      return evalFrame().windows(marker);
    }
    return marker.equals(Markers.FUNCTION_ENTRY) ? evalFrame().entry() : evalFrame().exit();
  }

  private EvalFrameSites evalFrame() throws FormatException, NotEstablished {
    if (evalFrame.isEmpty()) {
      evalFrame = Optional.of(EvalFrameSites.of(file, version, layout));
    }
    return evalFrame.get();
  }

  private PatchWindow windowAtBeginning() throws TracerException, FormatException, NotEstablished {
    return version.atLeast(3, 11)
        ? adaptive().windowAtBeginning()
        : evalFrame().windowAtBeginning();
  }

  private AdaptiveSites adaptive() throws TracerException, FormatException {
    if (adaptive.isEmpty()) {
      adaptive = Optional.of(AdaptiveSites.of(file, version, layout));
    }
    return adaptive.get();
  }

  private static PythonBinary known(ElfFile file)
      throws FormatException, NotEstablished, TracerException {
    PythonVersion version = VersionText.find(file);
    BuildKind build = BuildKind.of(file);
    if (Layouts.of(version).isEmpty()) {
      throw unknown("read the structures of " + file.name(), "CPython " + version);
    }
    Optional<Layout> layout = Layouts.of(version, build);
    if (layout.isEmpty()) {
      throw unknown(
          "read the structures of " + file.name(),
          "CPython " + version + ", " + build + ", whose structures are laid out otherwise");
    }
    return new PythonBinary(file, version, build, layout.get());
  }

  private static TracerException unknown(String tried, String found) {
    return new TracerException(Kind.UNKNOWN_CPYTHON, tried, found, SUPPORTED);
  }

  private static String text(Exception cause) {
    return Optional.ofNullable(cause.getMessage()).orElseThrow();
  }
}
