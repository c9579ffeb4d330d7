package pytap.python;

import java.util.Comparator;
import pytap.probe.ProbeSite;

/// Sites in the order of their addresses. The comparators that the JDK composes are lambdas that
/// the AOT cache does not keep: they cost several milliseconds when they are first made.
record ByAddress() implements Comparator<ProbeSite> {
  @Override
  public int compare(ProbeSite one, ProbeSite other) {
    return Long.compare(one.address(), other.address());
  }
}
