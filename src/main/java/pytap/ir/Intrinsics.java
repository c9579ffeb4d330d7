package pytap.ir;

import static pytap.ir.Intrinsic.Kind.CONTEXT;
import static pytap.ir.Intrinsic.Kind.MEMORY;
import static pytap.ir.Intrinsic.Kind.PROBE;
import static pytap.ir.Intrinsic.Kind.PURE;
import static pytap.ir.Intrinsic.Kind.SESSION;
import static pytap.ir.Type.LONG;
import static pytap.ir.Type.STRING;
import static pytap.ir.Type.VOID;

import java.util.List;

/// The catalogue of intrinsics: SystemTap's library functions that pytap implements natively.
public final class Intrinsics {
  private static final List<Intrinsic> ALL =
      List.of(
          // the moment of the probe
          of("pid", LONG, CONTEXT),
          of("tid", LONG, CONTEXT),
          of("ppid", LONG, CONTEXT),
          of("uid", LONG, CONTEXT),
          of("euid", LONG, CONTEXT),
          of("gid", LONG, CONTEXT),
          of("egid", LONG, CONTEXT),
          of("execname", STRING, CONTEXT),
          of("cpu", LONG, CONTEXT),
          of("gettimeofday_s", LONG, CONTEXT),
          of("gettimeofday_ms", LONG, CONTEXT),
          of("gettimeofday_us", LONG, CONTEXT),
          of("gettimeofday_ns", LONG, CONTEXT),
          of("local_clock_s", LONG, CONTEXT),
          of("local_clock_ms", LONG, CONTEXT),
          of("local_clock_us", LONG, CONTEXT),
          of("local_clock_ns", LONG, CONTEXT),
          of("thread_indent", STRING, CONTEXT, LONG),
          of("thread_indent_depth", LONG, CONTEXT, LONG),
          // the target's memory
          of("user_string", STRING, MEMORY, LONG),
          of("user_string", STRING, MEMORY, LONG, STRING),
          of("user_string_n", STRING, MEMORY, LONG, LONG),
          of("user_string_n", STRING, MEMORY, LONG, LONG, STRING),
          of("user_string_warn", STRING, MEMORY, LONG),
          of("user_string_quoted", STRING, MEMORY, LONG),
          of("user_char", LONG, MEMORY, LONG),
          of("user_short", LONG, MEMORY, LONG),
          of("user_int", LONG, MEMORY, LONG),
          of("user_long", LONG, MEMORY, LONG),
          // the probe
          of("pp", STRING, PROBE),
          of("pn", STRING, PROBE),
          of("ppfunc", STRING, PROBE),
          of("probefunc", STRING, PROBE),
          // the session
          of("target", LONG, SESSION),
          of("module_name", STRING, SESSION),
          of("exit", VOID, SESSION),
          of("log", VOID, SESSION, STRING),
          of("warn", VOID, SESSION, STRING),
          of("error", VOID, SESSION, STRING),
          of("indent", STRING, CONTEXT, LONG),
          of("randint", LONG, SESSION, LONG),
          // text
          of("strlen", LONG, PURE, STRING),
          of("substr", STRING, PURE, STRING, LONG, LONG),
          of("stringat", LONG, PURE, STRING, LONG),
          of("isinstr", LONG, PURE, STRING, STRING),
          of("strpos", LONG, PURE, STRING, STRING),
          of("strtol", LONG, PURE, STRING, LONG),
          of("isdigit", LONG, PURE, STRING),
          of("str_replace", STRING, PURE, STRING, STRING, STRING),
          of("text_str", STRING, PURE, STRING),
          of("string_quoted", STRING, PURE, STRING),
          of("tokenize", STRING, SESSION, STRING, STRING),
          of("tokenize", STRING, SESSION, STRING),
          of("matched", STRING, SESSION, LONG),
          of("ngroups", LONG, SESSION),
          of("ctime", STRING, PURE, LONG));

  private Intrinsics() {}

  /// Every intrinsic, in a fixed order. Names repeat where arities differ.
  public static List<Intrinsic> all() {
    return ALL;
  }

  private static Intrinsic of(String name, Type result, Intrinsic.Kind kind, Type... parameters) {
    return new Intrinsic(name, List.of(parameters), result, kind);
  }
}
