package pytap.python;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.asm.x86.GeneralRegister;
import pytap.asm.x86.Instruction;
import pytap.asm.x86.MemoryOperand;
import pytap.asm.x86.Sweep;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.elf.Symbol;
import pytap.probe.Callback;
import pytap.probe.Condition;
import pytap.probe.MarkerSites;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.source.FormatException;

/// The marker `audit` by the list of the runtime's audit hooks, which are called with the event and
/// the tuple of its arguments where the static probe would fire: before the hooks that Python code
/// has added, and not where a hook written in C forbids the event (CPython 3.12.1
/// Python/sysmodule.c, `sys_audit_tstate`).
final class AuditHooks {
  /// CPython 3.12.1 Python/sysmodule.c, `_PySys_ClearAuditHooks`.
  private static final String FAREWELL = "cpython._PySys_ClearAuditHooks";

  private static final String ADD = "PySys_AddAuditHook";

  /// `audit_hook_head`, from 3.12 on `audit_hooks.head`, in `_PyRuntime` since this version, and in
  /// debug builds, where `_PyRuntime` holds more before it from 3.12 on.
  private record Row(PythonVersion since, int head, int debugHead) {}

  /// Computed from the headers of the release tags; the same in free-threaded builds.
  private static final List<Row> ROWS =
      List.of(
          new Row(PythonVersion.of(3, 8, 0), 1456, 1456),
          new Row(PythonVersion.of(3, 9, 0), 648, 648),
          new Row(PythonVersion.of(3, 10, 0), 648, 648),
          new Row(PythonVersion.of(3, 11, 0), 656, 656),
          new Row(PythonVersion.of(3, 12, 0), 3064, 19056),
          new Row(PythonVersion.of(3, 13, 0), 10424, 26416),
          new Row(PythonVersion.of(3, 13, 12), 10448, 26440),
          new Row(PythonVersion.of(3, 14, 0), 10616, 26608),
          new Row(PythonVersion.of(3, 14, 3), 10640, 26632),
          new Row(PythonVersion.of(3, 15, 0), 10760, 26760));

  private AuditHooks() {}

  static MarkerSites of(ElfFile file, PythonVersion version, BuildKind build, Layout layout)
      throws FormatException, NotEstablished {
    long runtime = exported(file, "_PyRuntime").address();
    int offset = offset(version, build);
    long head = runtime + offset;
    requireInUse(file, head, offset);
    long audit = exported(file, "PySys_Audit").address();
    OptionalLong fileOffset = file.fileOffset(audit);
    if (fileOffset.isEmpty()) {
      throw new NotEstablished("PySys_Audit is not in the file's code");
    }
    ProbeSite site =
        new ProbeSite(
            audit,
            fileOffset.getAsLong(),
            OptionalLong.empty(),
            new Condition.Always(),
            Optional.empty(),
            AuditArguments.of(
                version, layout, Value.register(Register.RDI), Value.register(Register.RSI)),
            ProbeSite.Cost.EMULATED,
            Optional.empty(),
            Optional.of(new Callback.Listed(head, FAREWELL)),
            "list of audit hooks");
    return new MarkerSites(
        Markers.AUDIT, "a function in the runtime's list of audit hooks", List.of(site), List.of());
  }

  private static int offset(PythonVersion version, BuildKind build) throws NotEstablished {
    Optional<Row> found = Optional.empty();
    for (Row row : ROWS) {
      if (version.is(row.since().major(), row.since().minor())
          && version.micro() >= row.since().micro()) {
        found = Optional.of(row);
      }
    }
    Row row =
        found.orElseThrow(
            () -> new NotEstablished("the list of audit hooks of that version is not known"));
    return build.debug() ? row.debugHead() : row.head();
  }

  private static Symbol exported(ElfFile file, String name) throws FormatException, NotEstablished {
    return file.exported(name)
        .orElseThrow(() -> new NotEstablished("the file does not export " + name));
  }

  /// The function that adds a hook must read or write the word there, by its address or by its
  /// distance from `_PyRuntime`.
  private static void requireInUse(ElfFile file, long head, int offset)
      throws FormatException, NotEstablished {
    long add = exported(file, ADD).address();
    FunctionExtent extent =
        file.functionAt(add)
            .orElseThrow(() -> new NotEstablished("no frame description of " + ADD));
    Sweep sweep =
        Sweep.of(file.bytesAt(extent.start(), extent.end() - extent.start()), extent.start());
    for (long at = extent.start(); at < extent.end(); ) {
      Instruction it = sweep.at(at).orElseThrow();
      if (it.memory().filter(operand -> isHead(operand, head, offset)).isPresent()) {
        return;
      }
      at = it.next();
    }
    throw new NotEstablished(ADD + " does not use the word at offset " + offset + " of _PyRuntime");
  }

  private static boolean isHead(MemoryOperand operand, long head, int offset) {
    if (operand.absolute()) {
      return operand.displacement() == head;
    }
    return operand.base().filter(base -> base != GeneralRegister.RSP).isPresent()
        && operand.index().isEmpty()
        && operand.displacement() == offset;
  }
}
