package pytap.python;

import pytap.elf.ElfFile;
import pytap.source.FormatException;

/// Configure-time choices that move fields, recognised by what only such a build exports.
///
/// @param debug `--with-pydebug`
/// @param traceRefs `--with-trace-refs`: two more words at the head of every object. Up to 3.7 a
///   debug build has it always
/// @param freeThreaded `--disable-gil`, 3.13 and later
public record BuildKind(boolean debug, boolean traceRefs, boolean freeThreaded) {

  /// The symbols are declared in CPython 3.8.18 Include/object.h (`Py_REF_DEBUG`, `Py_TRACE_REFS`)
  /// and CPython 3.13.0 Include/object.h and Include/refcount.h (`Py_GIL_DISABLED`).
  static BuildKind of(ElfFile file) throws FormatException {
    return new BuildKind(
        file.exported("_Py_NegativeRefcount").isPresent(),
        file.exported("_Py_PrintReferences").isPresent()
            || file.exported("_Py_AddToAllObjects").isPresent(),
        file.exported("_Py_MergeZeroLocalRefcount").isPresent()
            || file.exported("_Py_DecRefShared").isPresent());
  }

  /// In words, for a message: `a free-threaded build`.
  @Override
  public String toString() {
    return freeThreaded
        ? "a free-threaded build"
        : traceRefs
            ? "a build with reference tracing (--with-trace-refs)"
            : debug ? "a debug build" : "a release build";
  }
}
