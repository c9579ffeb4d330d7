package pytap.stap;

/// What is known of a type while types are inferred.
enum ValueType {
  UNKNOWN("unknown"),
  LONG("long"),
  STRING("string"),
  STATISTIC("stats");

  private final String text;

  ValueType(String text) {
    this.text = text;
  }

  /// As messages name it.
  String text() {
    return text;
  }
}
