package pytap.stap;

import java.util.List;
import pytap.source.SourceText;

/// One file as it was written.
record ScriptTree(SourceText source, List<DeclarationTree> declarations) {
  ScriptTree {
    declarations = List.copyOf(declarations);
  }
}
