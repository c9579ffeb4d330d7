package pytap.stap;

import static pytap.source.Diagnostic.Severity.PARSE_ERROR;
import static pytap.source.Diagnostic.Severity.SEMANTIC_ERROR;
import static pytap.source.Diagnostic.Severity.WARNING;

import pytap.source.Diagnostic;

/// Everything that can be wrong with a script. Each has a case in the tests' `ko` folders.
public enum StapCode implements Diagnostic.Code {
  // pass 1
  /// There is nothing in the script.
  EMPTY_SCRIPT(PARSE_ERROR),
  /// Something else stands where the grammar wants a certain token.
  UNEXPECTED_TOKEN(PARSE_ERROR),
  /// Characters that make no token: an open string, an open comment, control characters.
  MALFORMED_TOKEN(PARSE_ERROR),
  /// `$3` or `@3` with fewer arguments.
  ARGUMENT_OUT_OF_RANGE(PARSE_ERROR),
  /// A number that does not fit 64 bits or has bad digits.
  MALFORMED_NUMBER(PARSE_ERROR),
  /// A `printf` format with a directive that is not one.
  MALFORMED_FORMAT(PARSE_ERROR),
  /// `@word` that is neither an operator nor a macro.
  UNKNOWN_AT_OPERATOR(PARSE_ERROR),
  /// A `%( … %)` or `@define` that does not hold together.
  MALFORMED_DIRECTIVE(PARSE_ERROR),
  /// Such as `probe a? = b {}`.
  MALFORMED_ALIAS(PARSE_ERROR),
  /// More than one `+` or `-` in a `foreach`.
  MULTIPLE_SORT_DIRECTIVES(PARSE_ERROR),
  /// `return` in a probe.
  RETURN_OUTSIDE_FUNCTION(PARSE_ERROR),
  /// `%{ … %}`: kernel C.
  EMBEDDED_CODE(PARSE_ERROR),
  /// Deeper than pytap's parser goes.
  NESTED_TOO_DEEP(PARSE_ERROR),
  // pass 2
  NO_PROBES(SEMANTIC_ERROR),
  UNRESOLVED_PROBE_POINT(SEMANTIC_ERROR),
  RECURSIVE_ALIAS(SEMANTIC_ERROR),
  TIMER_OUT_OF_RANGE(SEMANTIC_ERROR),
  UNRESOLVED_FUNCTION(SEMANTIC_ERROR),
  UNRESOLVED_ARRAY(SEMANTIC_ERROR),
  INCONSISTENT_ARITY(SEMANTIC_ERROR),
  DUPLICATE_FUNCTION(SEMANTIC_ERROR),
  NOT_ASSIGNABLE(SEMANTIC_ERROR),
  FORMAT_ARGUMENT_COUNT(SEMANTIC_ERROR),
  TOO_MANY_PRINTED(SEMANTIC_ERROR),
  /// `global x%` of what is no array.
  WRAPPED_SCALAR(SEMANTIC_ERROR),
  MODIFIED_DURING_FOREACH(SEMANTIC_ERROR),
  OUTSIDE_LOOP(SEMANTIC_ERROR),
  /// `*` for a key where one element is meant.
  MISPLACED_WILDCARD(SEMANTIC_ERROR),
  /// Histograms or bit shifts that do not go together, or are out of range.
  STATISTIC_PARAMETERS(SEMANTIC_ERROR),
  /// A statistic where a number or a string is wanted, or outside of a global.
  MISPLACED_STATISTIC(SEMANTIC_ERROR),
  /// A pattern of `=~` that is no regular expression.
  MALFORMED_REGEX(SEMANTIC_ERROR),
  /// `-G name=value` with a value of another type.
  GLOBAL_OPTION(SEMANTIC_ERROR),
  /// `$arg1` where there is no marker, or `$name` that a marker does not have.
  UNRESOLVED_TARGET_SYMBOL(SEMANTIC_ERROR),
  WRITE_TO_TARGET_SYMBOL(SEMANTIC_ERROR),
  LOCAL_IN_CONDITION(SEMANTIC_ERROR),
  TYPE_MISMATCH(SEMANTIC_ERROR),
  UNRESOLVED_TYPE(SEMANTIC_ERROR),
  /// Part of the language that pytap knows and does not do.
  NOT_SUPPORTED(SEMANTIC_ERROR),
  // warnings
  TAPSET_SKIPPED(WARNING),
  UNUSED_ARGUMENT(WARNING),
  NEVER_ASSIGNED(WARNING),
  ELIDED_ASSIGNMENT(WARNING),
  ELIDED_EXPRESSION(WARNING),
  ELIDED_PROBE(WARNING);

  private final Diagnostic.Severity severity;

  StapCode(Diagnostic.Severity severity) {
    this.severity = severity;
  }

  @Override
  public boolean isAboutItsPlace() {
    return this == MALFORMED_DIRECTIVE || this == MALFORMED_ALIAS;
  }

  @Override
  public Diagnostic.Severity severity() {
    return severity;
  }
}
