package pytap.ir;

import java.util.List;

/// What can be assigned to.
public sealed interface Target {
  Type type();

  record OfLocal(Local local) implements Target {
    @Override
    public Type type() {
      return local.type();
    }
  }

  record OfGlobal(Global global) implements Target {
    @Override
    public Type type() {
      return global.type();
    }
  }

  record OfElement(Global array, List<Expr> keys) implements Target {
    public OfElement {
      keys = List.copyOf(keys);
    }

    @Override
    public Type type() {
      return array.type();
    }
  }
}
