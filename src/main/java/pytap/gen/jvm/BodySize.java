package pytap.gen.jvm;

import pytap.ir.Stmt;

/// How many statements a body is written with.
final class BodySize {
  private BodySize() {}

  static long of(Stmt statement) {
    if (statement instanceof Stmt.Block block) {
      long sum = 0;
      for (Stmt inner : block.statements()) {
        sum += of(inner);
      }
      return sum;
    }
    if (statement instanceof Stmt.If branch) {
      return 1
          + of(branch.then())
          + (branch.otherwise().isPresent() ? of(branch.otherwise().get()) : 0);
    }
    if (statement instanceof Stmt.Loop loop) {
      return 1 + of(loop.body());
    }
    if (statement instanceof Stmt.Try attempt) {
      return 1 + of(attempt.body()) + of(attempt.handler());
    }
    if (statement instanceof Stmt.ForeachBucket foreach) {
      return 1 + of(foreach.body());
    }
    return statement instanceof Stmt.Foreach foreach ? 1 + of(foreach.body()) : 1;
  }
}
