package pytap.stap;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import pytap.ir.Intrinsic;
import pytap.ir.Intrinsics;
import pytap.ir.Type;
import pytap.source.SourceText;

/// What the shipped library holds, in the form of stap's `--dump-…` options.
public final class LibraryList {
  /// The parameters of native functions have no names; stap's documentation calls most of them so.
  private static final String[] LONGS = {"n", "m", "p", "q", "r"};

  private static final String[] STRINGS = {"s", "t", "u"};

  private LibraryList() {}

  /// `substr:string (s:string, n:long, m:long)`, natives first, then those of the tapset files.
  public static List<String> functions() {
    List<String> lines = new ArrayList<>();
    for (Intrinsic intrinsic : Intrinsics.all()) {
      if (!intrinsic.name().startsWith(Intrinsics.OF_MARKER)) {
        lines.add(line(intrinsic));
      }
    }
    for (SourceText file : Tapsets.own()) {
      ScriptTree tree = ScriptParser.parse(file, ScriptArguments.NONE).tree();
      for (DeclarationTree declaration : tree.declarations()) {
        if (declaration instanceof DeclarationTree.Function function && !function.isPrivate()) {
          lines.add(line(function));
        }
      }
    }
    return lines;
  }

  private static String line(Intrinsic intrinsic) {
    StringBuilder out = new StringBuilder(intrinsic.name());
    if (intrinsic.result() != Type.VOID) {
      out.append(':').append(name(intrinsic.result()));
    }
    out.append(" (");
    int longs = 0;
    int strings = 0;
    for (int i = 0; i < intrinsic.parameters().size(); i++) {
      Type type = intrinsic.parameters().get(i);
      String parameter = type == Type.LONG ? LONGS[longs++] : STRINGS[strings++];
      out.append(i == 0 ? "" : ", ").append(parameter).append(':').append(name(type));
    }
    return out.append(')').toString();
  }

  private static String line(DeclarationTree.Function function) {
    StringBuilder out = new StringBuilder(function.name());
    out.append(suffix(function.result())).append(" (");
    String separator = "";
    for (DeclarationTree.Parameter parameter : function.parameters()) {
      out.append(separator).append(parameter.token().text()).append(suffix(parameter.type()));
      separator = ", ";
    }
    return out.append(')').toString();
  }

  private static String suffix(Optional<?> type) {
    return type.isEmpty() ? "" : ":" + type.get().toString().toLowerCase(Locale.ROOT);
  }

  private static String name(Type type) {
    return type.name().toLowerCase(Locale.ROOT);
  }

  /// The names of the probe aliases.
  public static List<String> aliases() {
    List<String> lines = new ArrayList<>();
    for (Tapsets.Entry entry : Tapsets.INDEX) {
      lines.addAll(entry.aliases());
    }
    return lines;
  }

  /// The probe points that need no alias, arguments shown by their kinds.
  public static List<String> points() {
    List<String> lines = new ArrayList<>();
    for (List<String> components : BuiltinPoints.names()) {
      StringBuilder out = new StringBuilder();
      for (String component : components) {
        out.append(out.isEmpty() ? "" : ".").append(component).append(argument(component));
      }
      lines.add(out.toString());
    }
    return lines;
  }

  private static String argument(String component) {
    return switch (component) {
      case "process", "library", "provider", "mark", "function" -> "(string)";
      case "s", "sec", "ms", "msec", "us", "usec", "ns", "nsec", "hz", "jiffies" -> "(number)";
      default -> "";
    };
  }
}
