package pytap.python;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import pytap.probe.LineTable;
import pytap.probe.LineTable.Form;
import pytap.probe.UnicodeLayout;
import pytap.python.FrameLayout.Bytecode.InCode;
import pytap.python.FrameLayout.Bytecode.OfThread;
import pytap.python.FrameLayout.FrameObject;
import pytap.python.FrameLayout.InterpreterFrame;
import pytap.python.FrameLayout.ThreadFrame.Direct;
import pytap.python.FrameLayout.ThreadFrame.ThroughCFrame;

/// The layouts of all supported CPython versions. The offsets were computed from the headers of
/// every release tag from 2.7.0 to 3.15.0rc1 and checked against the debug information of 2.7.18,
/// 3.6.15, 3.7.16, 3.8.18, 3.9.18, 3.10.13, 3.11.7, 3.12.1, 3.13.0 and 3.14.7. Within the final
/// releases of a minor version one of them moved: `_PyRuntime` grew in 3.7.4.
final class Layouts {
  private static final UnicodeLayout BYTES = new UnicodeLayout.Bytes(16, 36);
  private static final UnicodeLayout PEP_393 = new UnicodeLayout.Pep393(16, 32, 48, 72);

  /// From 3.14 on `interned` takes the first byte of the state there.
  private static final UnicodeLayout FREE_THREADED_TEXT =
      new UnicodeLayout.Pep393(32, 48, 56, 72, 8);

  /// 3.12 dropped `wstr` and its length.
  private static final UnicodeLayout PEP_623 = new UnicodeLayout.Pep393(16, 32, 40, 56);

  /// In the order of versions; a row holds from its version to the next row or the end of the minor
  /// version.
  private static final List<Row> ROWS =
      List.of(
          new Row(
              PythonVersion.of(2, 7, 0),
              new Layout(
                  BYTES,
                  new LineTable(Form.LNOTAB_UNSIGNED, 96, 104, 16, 36),
                  new Layout.Code(80, 88, 28),
                  new FrameObject(24, 32, 120, 1, 16),
                  OptionalInt.empty())),
          new Row(
              PythonVersion.of(3, 6, 0),
              new Layout(
                  PEP_393,
                  new LineTable(Form.LNOTAB_SIGNED, 36, 112, 16, 32),
                  new Layout.Code(96, 104, 32),
                  new FrameObject(24, 32, 120, 1, 24),
                  OptionalInt.empty())),
          new Row(
              PythonVersion.of(3, 7, 0),
              new Layout(
                  PEP_393,
                  new LineTable(Form.LNOTAB_SIGNED, 36, 112, 16, 32),
                  new Layout.Code(96, 104, 32),
                  new FrameObject(24, 32, 104, 1, 24),
                  OptionalInt.of(1392))),
          new Row(
              PythonVersion.of(3, 7, 4),
              new Layout(
                  PEP_393,
                  new LineTable(Form.LNOTAB_SIGNED, 36, 112, 16, 32),
                  new Layout.Code(96, 104, 32),
                  new FrameObject(24, 32, 104, 1, 24),
                  OptionalInt.of(1480))),
          new Row(
              PythonVersion.of(3, 8, 0),
              new Layout(
                  PEP_393,
                  new LineTable(Form.LNOTAB_SIGNED, 40, 120, 16, 32),
                  new Layout.Code(104, 112, 36),
                  new FrameObject(24, 32, 104, 1, 24),
                  OptionalInt.of(1368))),
          new Row(
              PythonVersion.of(3, 9, 0),
              new Layout(
                  PEP_393,
                  new LineTable(Form.LNOTAB_SIGNED, 40, 120, 16, 32),
                  new Layout.Code(104, 112, 36),
                  new FrameObject(24, 32, 104, 1, 24),
                  OptionalInt.of(568))),
          new Row(
              PythonVersion.of(3, 10, 0),
              new Layout(
                  PEP_393,
                  new LineTable(Form.LINETABLE_310, 40, 120, 16, 32),
                  new Layout.Code(104, 112, 36),
                  new FrameObject(24, 32, 96, 2, 24),
                  OptionalInt.of(568))),
          new Row(
              PythonVersion.of(3, 11, 0),
              new Layout(
                  PEP_393,
                  new LineTable(Form.LOCATIONS_311, 72, 136, 16, 32),
                  new Layout.Code(112, 120, 48),
                  new InterpreterFrame(
                      32, 0, 48, 56, 69, new InCode(184), 168, new ThroughCFrame(56, 8)),
                  OptionalInt.of(576))),
          new Row(
              PythonVersion.of(3, 12, 0),
              new Layout(
                  PEP_623,
                  new LineTable(Form.LOCATIONS_311, 68, 136, 16, 32),
                  new Layout.Code(112, 120, 48),
                  new InterpreterFrame(
                      0, 0, 8, 56, 70, new InCode(192), 176, new ThroughCFrame(56, 0)),
                  OptionalInt.empty())),
          new Row(
              PythonVersion.of(3, 13, 0),
              new Layout(
                  PEP_623,
                  new LineTable(Form.LOCATIONS_311, 68, 136, 16, 32),
                  new Layout.Code(112, 120, 48),
                  new InterpreterFrame(0, 0, 8, 56, 70, new InCode(200), 184, new Direct(72)),
                  OptionalInt.empty())),
          new Row(PythonVersion.of(3, 14, 0), tagged()),
          new Row(PythonVersion.of(3, 15, 0), tagged()));

  /// `--disable-gil`: the head of every object is 16 bytes longer, and from 3.14 on code objects
  /// have a copy of their bytecode for each thread.
  private static final List<Row> FREE_THREADED_ROWS =
      List.of(
          new Row(
              PythonVersion.of(3, 13, 0),
              freeThreaded(
                  new UnicodeLayout.Pep393(32, 48, 56, 72),
                  new InterpreterFrame(0, 0, 8, 56, 70, new InCode(216), 200, new Direct(72)))),
          new Row(
              PythonVersion.of(3, 14, 0), freeThreaded(FREE_THREADED_TEXT, freeThreadedFrame())),
          new Row(
              PythonVersion.of(3, 15, 0), freeThreaded(FREE_THREADED_TEXT, freeThreadedFrame())));

  private Layouts() {}

  /// 3.14 and 3.15: `f_executable` is a tagged reference.
  private static Layout tagged() {
    return new Layout(
        PEP_623,
        new LineTable(Form.LOCATIONS_311, 68, 136, 16, 32),
        new Layout.Code(112, 120, 48),
        new InterpreterFrame(0, 3, 8, 56, 74, new InCode(208), 192, new Direct(72)),
        OptionalInt.empty());
  }

  private static Layout freeThreaded(UnicodeLayout text, InterpreterFrame frame) {
    return new Layout(
        text,
        new LineTable(Form.LOCATIONS_311, 84, 152, 32, 48),
        new Layout.Code(128, 136, 64),
        frame,
        OptionalInt.empty());
  }

  private static InterpreterFrame freeThreadedFrame() {
    return new InterpreterFrame(0, 3, 8, 56, 78, new OfThread(224, 72), 208, new Direct(72));
  }

  /// The layout of a release build of `version`; empty when the version is not supported or not yet
  /// settled.
  static Optional<Layout> of(PythonVersion version) {
    return in(ROWS, version);
  }

  /// The same for that kind of build; empty also when such a build's is not known.
  static Optional<Layout> of(PythonVersion version, BuildKind build) {
    boolean debugMoves = build.debug() && !version.atLeast(3, 8);
    if (build.traceRefs() || debugMoves) {
      return Optional.empty();
    }
    return in(build.freeThreaded() ? FREE_THREADED_ROWS : ROWS, version);
  }

  private static Optional<Layout> in(List<Row> rows, PythonVersion version) {
    Optional<Layout> found = Optional.empty();
    for (Row row : rows) {
      boolean sameMinor = version.is(row.since().major(), row.since().minor());
      boolean reached = version.micro() >= row.since().micro();
      if (sameMinor && reached && version.settled()) {
        found = Optional.of(row.layout());
      }
    }
    return found;
  }

  private record Row(PythonVersion since, Layout layout) {}
}
