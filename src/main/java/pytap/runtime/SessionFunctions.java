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

  /// What `module_name` takes, in SystemTap's form.
  public static ByteString moduleSize(Machine machine) {
    Runtime own = Runtime.getRuntime();
    long kibibytes = (own.totalMemory() - own.freeMemory()) / 1024;
    return ByteString.ofLatin1(kibibytes + "data/0text/0ctx/0net/0alloc kb");
  }

  /// The process that runs the script.
  public static long stpPid(Machine machine) {
    return machine.info.ownPid();
  }

  /// The number of this run among those of `--remote`: there is none.
  public static long remoteId(Machine machine) {
    return -1;
  }

  public static ByteString remoteUri(Machine machine) {
    return ByteString.EMPTY;
  }

  /// Bytes of a page, which are the same on every x86-64.
  public static long memPageSize(Machine machine) {
    return 4096;
  }

  /// The place that was hit, where the record tells it.
  static Optional<ProbedPlace> place(Machine machine) {
    long place = machine.moment.place();
    return place < 0 ? Optional.empty() : machine.outside.places().place(place);
  }

  /// The name of the function that is probed; "" where the probe is on no function.
  public static ByteString ppfunc(Machine machine) {
    return place(machine)
        .filter(it -> it.provider().isEmpty())
        .map(it -> ByteString.ofLatin1(it.name()))
        .orElse(ByteString.EMPTY);
  }

  /// `$$name` of a marker that has no name of its own in the script.
  public static ByteString markerName(Machine machine) {
    return place(machine).map(it -> ByteString.ofLatin1(it.name())).orElse(ByteString.EMPTY);
  }

  /// `$$provider` of a marker whose provider the script does not name.
  public static ByteString markerProvider(Machine machine) {
    return place(machine).map(it -> ByteString.ofLatin1(it.provider())).orElse(ByteString.EMPTY);
  }

  /// 1 where `point` is the return of a function.
  public static long isReturn(ByteString point) {
    return point.toString().endsWith(".return") ? 1 : 0;
  }

  /// The point of a function as it is probed, or `process("FILE").statement(ADDRESS)` of the
  /// instruction that was hit.
  ///
  /// @param point of the probe, where no instruction was hit or its file is not known
  public static ByteString pp(ByteString point, Machine machine) {
    Optional<ProbedPlace> place = place(machine);
    if (place.isPresent()) {
      return ByteString.ofLatin1(place.get().point());
    }
    long address = machine.moment.uaddr();
    if (address == 0) {
      return point;
    }
    Optional<AddressSpaces.Module> module =
        machine.outside.spaces().module((int) machine.moment.pid(), address);
    if (module.isEmpty()) {
      return point;
    }
    String at = LateReader.hex(module.get().linkAddress());
    return ByteString.ofLatin1("process(\"" + module.get().path() + "\").statement(" + at + ")");
  }

  /// What kind of probe `point` is, by SystemTap's names.
  public static ByteString probeType(ByteString point) {
    String text = point.toString();
    return ByteString.ofLatin1(
        text.indexOf(".function(") > 0
            ? text.endsWith(".return") ? "uretprobe" : "uprobe"
            : text.startsWith("timer.profile")
                ? "profile_timer"
                : text.startsWith("timer.jiffies")
                    ? "timer"
                    : text.startsWith("timer.")
                        ? "hrtimer"
                        : text.startsWith("process")
                                && text.indexOf(".mark(") < 0
                                && text.indexOf(".statement(") < 0
                            ? "utrace"
                            : text.startsWith("process") || text.startsWith("python")
                                ? "uprobe"
                                : "begin_end");
  }

  public static void exit(Machine machine) {
    machine.stop();
  }

  /// Ends the session like `exit()`, and the handler at once.
  public static void abort(Machine machine) {
    machine.stop();
    throw ScriptError.abort();
  }

  /// Runs `command` with the shell and does not wait for it.
  public static void system(ByteString command, Machine machine) {
    machine.outside.host().run(command.toString());
  }

  /// Goes on in the next file of `-S`.
  public static void switchFile(Machine machine) {
    machine.outside.host().switchFile();
  }

  /// Prints the first `count` of the numbers as 8 bytes each.
  public static void stpPrintBinary(
      long count, long first, long second, long third, long fourth, Machine machine) {
    long[] numbers = {first, second, third, fourth};
    for (int i = 0; i < Math.min(count, numbers.length); i++) {
      for (int shift = 0; shift < Long.SIZE; shift += 8) {
        machine.out.octet((int) (numbers[i] >>> shift));
      }
    }
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

  /// A number from 0 to `bound - 1`; 0 where `bound` is 0, a run-time error above 2^20.
  public static long randint(long bound, Machine machine, Site site) {
    if (bound < 0 || bound > 1 << 20) {
      throw ScriptError.at(site, "range too wide");
    }
    if (bound == 0) {
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

  public static long indentDepth(long delta, Machine machine) {
    return machine.indentation.depth(Indentation.NO_THREAD, delta);
  }
}
