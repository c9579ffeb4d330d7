package pytap.runtime;

import java.util.Optional;

/// The library functions that ask the session something, change it, or fail.
public final class SessionFunctions {
  private SessionFunctions() {}

  public static long target(Machine machine) {
    return machine.info.targetPid();
  }

  /// The session's name.
  public static ByteString moduleName(Machine machine) {
    return ByteString.ofLatin1("pytap_" + machine.info.ownPid());
  }

  public static void exit(Machine machine) {
    machine.stop();
  }

  /// Prints a line.
  public static void log(ByteString text, Machine machine) {
    machine.out.text(text);
    machine.out.octet('\n');
  }

  public static void warn(ByteString text, Machine machine) {
    machine.warned(withoutNewline(text));
  }

  /// Ends the handler; the script wants it so.
  @SuppressWarnings("DoNotCallSuggester")
  public static void error(ByteString text) {
    throw new ScriptError(withoutNewline(text).toString(), Optional.empty());
  }

  private static ByteString withoutNewline(ByteString text) {
    int last = text.length() - 1;
    return last >= 0 && text.byteAt(last) == '\n' ? text.slice(0, last) : text;
  }

  /// A number from 0 to `bound - 1`; 0 where `bound` is not positive.
  public static long randint(long bound, Machine machine) {
    if (bound <= 0) {
      return 0;
    }
    // splitmix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014)
    machine.randomState += 0x9E3779B97F4A7C15L;
    long mixed = machine.randomState;
    mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
    return Long.remainderUnsigned(mixed ^ mixed >>> 31, bound);
  }

  /// Group `number` of what `=~` found last, 0 being the whole; empty where it took no part.
  public static ByteString matched(long number, Machine machine, Site site) {
    return machine.lastMatch.group(number, site);
  }

  /// How many groups that has, the whole among them.
  public static long ngroups(Machine machine) {
    return machine.lastMatch.groups();
  }

  public static ByteString threadIndent(long delta, Machine machine) {
    Moment moment = machine.moment;
    return indent(moment.tid(), moment.execname(), delta, machine);
  }

  public static ByteString indent(long delta, Machine machine) {
    return indent(Indentation.NO_THREAD, ByteString.EMPTY, delta, machine);
  }

  private static ByteString indent(long thread, ByteString name, long delta, Machine machine) {
    OutputBuffer out = machine.scratch();
    machine.indentation.append(thread, name, machine.moment.realtimeMicros(), delta, out);
    return machine.scratchText();
  }

  public static long threadIndentDepth(long delta, Machine machine) {
    return machine.indentation.depth(machine.moment.tid(), delta);
  }
}
