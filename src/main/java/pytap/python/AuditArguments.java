package pytap.python;

import java.util.List;
import pytap.probe.Argument;
import pytap.probe.ObjectLayout;
import pytap.probe.UnicodeLayout;
import pytap.probe.Value;

/// The arguments of the marker `audit`: the event's name, and the tuple of its own arguments.
final class AuditArguments {
  private AuditArguments() {}

  static List<Argument> of(PythonVersion version, Layout layout, Value event, Value tuple) {
    return List.of(
        new Argument.Scalar(event), new Argument.PythonTuple(tuple, objects(version, layout)));
  }

  /// The heads of objects are as long as what precedes the length of a str; a type has one that is
  /// 8 bytes longer. Tuples keep their hash since 3.14.
  private static ObjectLayout objects(PythonVersion version, Layout layout) {
    if (!(layout.text() instanceof UnicodeLayout.Pep393 text)) {
      throw new IllegalStateException("CPython " + version + " has no audit events");
    }
    int head = text.length();
    return new ObjectLayout(
        text,
        head - 8,
        head + 152,
        head + 8,
        head,
        version.atLeast(3, 14) ? head + 16 : head + 8,
        head + 16,
        version.atLeast(3, 12));
  }
}
