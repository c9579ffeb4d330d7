package pytap.runtime;

/// The library functions on time.
public final class TimeFunctions {
  private static final String DAYS = "SunMonTueWedThuFriSat";
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private TimeFunctions() {}

  /// `ctime` of the moment of the probe.
  public static ByteString ctime(Machine machine, Site site) {
    return ctime(machine.moment.realtimeSeconds(), machine, site);
  }

  /// `Fri Nov 20 18:34:15 2026`, in UTC; a run-time error outside 32 bits.
  public static ByteString ctime(long epochSeconds, Machine machine, Site site) {
    if (epochSeconds > Integer.MAX_VALUE) {
      throw ScriptError.at(site, "Time too far in the future to be converted");
    }
    if (epochSeconds < Integer.MIN_VALUE) {
      throw ScriptError.at(site, "Time too far in the past to be converted");
    }
    long days = Math.floorDiv(epochSeconds, 86_400L);
    int second = (int) Math.floorMod(epochSeconds, 86_400L);
    int weekday = (int) Math.floorMod(days + 4, 7L); // 1970-01-01 was a Thursday
    // Civil date from a day number, with years that begin in March: the day within a 400-year era
    // (146097 days), the year within the era, the day within that year.
    long shifted = days + 719_468;
    long era = Math.floorDiv(shifted, 146_097L);
    long dayOfEra = shifted - era * 146_097;
    long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int month = (int) ((5 * dayOfYear + 2) / 153); // 0 is March
    long day = dayOfYear - (153L * month + 2) / 5 + 1;
    int calendarMonth = month < 10 ? month + 2 : month - 10;
    long year = yearOfEra + era * 400 + (calendarMonth <= 1 ? 1 : 0);
    OutputBuffer out = machine.scratch();
    out.text(ByteString.ofLatin1(DAYS.substring(3 * weekday, 3 * weekday + 3)));
    out.octet(' ');
    out.text(ByteString.ofLatin1(MONTHS.substring(3 * calendarMonth, 3 * calendarMonth + 3)));
    Printf.number(day, Printf.SIGNED, Printf.FLAG_NONE, 3, Printf.ABSENT, out);
    two(' ', second / 3600, out);
    two(':', second / 60 % 60, out);
    two(':', second % 60, out);
    out.octet(' ');
    out.decimal(year);
    return machine.scratchText();
  }

  private static void two(int before, int value, OutputBuffer out) {
    out.octet(before);
    out.octet('0' + value / 10);
    out.octet('0' + value % 10);
  }

  /// The same in the time zone of whoever started pytap, its name behind it.
  public static ByteString tzCtime(long epochSeconds, Machine machine, Site site) {
    Outside.Zone zone = machine.outside.zone().get();
    ByteString time = ctime(epochSeconds - zone.westSeconds(), machine, site);
    return time.concat(ByteString.ofLatin1(" " + zone.name()), machine.textBytes);
  }

  /// Seconds that local time is behind UTC.
  public static long tzGmtoff(Machine machine) {
    return machine.outside.zone().get().westSeconds();
  }

  public static ByteString tzName(Machine machine) {
    return ByteString.ofLatin1(machine.outside.zone().get().name());
  }

  /// Timer interrupts since the kernel started, which counts from five minutes before it wraps 32
  /// bits (Linux 6.6 include/linux/jiffies.h, `INITIAL_JIFFIES`).
  public static long jiffies(Machine machine) {
    long rate = hz(machine);
    long whole = machine.moment.monotonicNanos() / NANOS_PER_SECOND * rate;
    long rest = machine.moment.monotonicNanos() % NANOS_PER_SECOND * rate / NANOS_PER_SECOND;
    return (-300L * rate & 0xffffffffL) + whole + rest;
  }

  public static long hz(Machine machine) {
    return machine.outside.files().ticksPerSecond();
  }

  /// The clock of a processor; all processors have one clock here.
  public static long cpuClockNs(long cpu, Machine machine, Site site) {
    String online = machine.outside.files().read("/sys/devices/system/cpu/online");
    if (!holds(online.strip(), cpu)) {
      throw ScriptError.at(site, "cpu " + cpu + " is not online");
    }
    return machine.moment.monotonicNanos();
  }

  public static long cpuClockUs(long cpu, Machine machine, Site site) {
    return cpuClockNs(cpu, machine, site) / 1000;
  }

  public static long cpuClockMs(long cpu, Machine machine, Site site) {
    return cpuClockNs(cpu, machine, site) / 1_000_000;
  }

  public static long cpuClockS(long cpu, Machine machine, Site site) {
    return cpuClockNs(cpu, machine, site) / NANOS_PER_SECOND;
  }

  /// Whether a list such as `0-3,6` holds `number`.
  private static boolean holds(String list, long number) {
    for (String part : list.split(",", -1)) {
      int hyphen = part.indexOf('-');
      String first = hyphen < 0 ? part : part.substring(0, hyphen);
      String last = hyphen < 0 ? part : part.substring(hyphen + 1);
      if (!first.isEmpty() && Long.parseLong(first) <= number && number <= Long.parseLong(last)) {
        return true;
      }
    }
    return false;
  }

  /// Processor time is in nanoseconds.
  public static long cputimeToMsecs(long nanos) {
    return nanos / 1_000_000;
  }

  public static long cputimeToUsecs(long nanos) {
    return nanos / 1000;
  }
}
