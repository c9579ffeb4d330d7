package pytap.ir;

import java.util.List;

/// How a function of kind [Intrinsic.Kind#MEMORY] reads the target's memory, by its name and its
/// parameters: the `user_*` family of SystemTap 4.8's uconversions.
///
/// @param widthBytes of the integer that is read; 0 for text
/// @param signed whether the integer is sign-extended
/// @param limited the second argument says how many bytes are wanted
/// @param quoted the text is given in double quotes with escapes
/// @param outputLimited the third argument says how long the quoted text may be
/// @param warning `%` stands for the address; empty where nothing is to be said
public record MemoryRead(
    int widthBytes,
    boolean signed,
    OnFault onFault,
    boolean limited,
    boolean quoted,
    boolean outputLimited,
    String warning) {

  /// What stands for what could not be read.
  public enum OnFault {
    /// 0 or the empty string, behind the warning where there is one.
    NOTHING,
    /// A run-time error.
    ERROR,
    /// The last argument, behind the warning where there is one.
    MESSAGE,
    /// The address in hexadecimal.
    ADDRESS
  }

  /// The widths and signs that there are functions for, as their names say them.
  static final List<String> INTEGERS =
      List.of(
          "char", "short", "ushort", "int", "uint", "long", "ulong", "int8", "uint8", "int16",
          "uint16", "int32", "uint32", "int64", "uint64");

  /// Those of which there is one that warns.
  static final List<String> WARNING_INTEGERS =
      List.of("char", "short", "ushort", "int", "uint", "long", "ulong");

  private static final String TEXT_WARNING = "user string copy fault -14 at %"; // EFAULT

  public boolean isInteger() {
    return widthBytes > 0;
  }

  /// How `intrinsic` reads, which is of kind MEMORY.
  public static MemoryRead of(Intrinsic intrinsic) {
    String name = intrinsic.name().substring("user_".length());
    return name.startsWith("string") ? text(name, intrinsic.parameters()) : integer(name);
  }

  private static MemoryRead text(String name, List<Type> parameters) {
    boolean message = parameters.getLast() == Type.STRING;
    boolean quoted = name.endsWith("_quoted");
    boolean warns = name.endsWith("_warn");
    OnFault onFault =
        message
            ? OnFault.MESSAGE
            : quoted
                ? OnFault.ADDRESS
                : warns || name.endsWith("_nofault") ? OnFault.NOTHING : OnFault.ERROR;
    boolean limited = parameters.size() > 1 && parameters.get(1) == Type.LONG;
    return new MemoryRead(
        0,
        false,
        onFault,
        limited,
        quoted,
        quoted && parameters.size() > 2,
        warns ? TEXT_WARNING : "");
  }

  private static MemoryRead integer(String name) {
    int underscore = name.indexOf('_');
    String type = underscore < 0 ? name : name.substring(0, underscore);
    boolean signed = type.charAt(0) != 'u';
    String width = signed ? type : type.substring(1);
    String suffix = underscore < 0 ? "" : name.substring(underscore);
    int widthBytes =
        switch (width) {
          case "char", "int8" -> 1;
          case "short", "int16" -> 2;
          case "int", "int32" -> 4;
          case "long", "int64" -> 8;
          default -> throw new IllegalStateException("no integer is called " + width);
        };
    String warning =
        suffix.equals("_warn")
            ? "user "
                + (signed ? "" : "unsigned ")
                + width
                + (width.equals("char") ? " copy fault at %" : " copy fault %")
            : "";
    OnFault onFault = suffix.equals("_error") ? OnFault.ERROR : OnFault.NOTHING;
    return new MemoryRead(widthBytes, signed, onFault, false, false, false, warning);
  }
}
