package pytap.gen.x86;

import java.util.HashMap;
import java.util.Map;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Label;

/// Compiles verified programs to machine code that may lie anywhere, see the package's ABI.
public final class Translator {
  private Translator() {}

  /// Appends `program` to `code`, so that it may lie behind the functions that it calls.
  ///
  /// @return where its entry is
  public static Label translate(Assembler code, Verified program, Linkage linkage) {
    Map<Integer, Label> functions = new HashMap<>();
    for (int start : program.flow().starts()) {
      functions.put(start, code.label(program.name() + " " + start));
    }
    Label entry = code.label(program.name());
    for (int start : program.flow().starts()) {
      code.bind(start == 0 ? entry : functions.getOrDefault(start, entry));
      new FunctionTranslator(code, program, linkage, functions, start).translate();
    }
    return entry;
  }

  /// The code of `program` alone; its entry is its first byte.
  public static byte[] translate(Verified program, Linkage linkage) {
    Assembler code = new Assembler();
    translate(code, program, linkage);
    return code.finish();
  }
}
