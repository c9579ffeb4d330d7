package pytap.inject;

import java.util.List;

/// One line of `/proc/PID/maps`.
///
/// @param start the first address
/// @param end the first address behind it
/// @param permissions such as `r-xp`; `s` at the end where writing is shared
/// @param offset where in the file it begins
/// @param inode 0 where it has no file
/// @param path the file, or a name in brackets; empty for neither
public record Mapping(
    long start, long end, String permissions, long offset, long inode, String path) {

  /// A process's `maps`, in the order of addresses.
  static List<Mapping> parseAll(String maps) {
    return maps.lines().map(Mapping::parse).toList();
  }

  /// `start-end perms offset dev inode path`, in columns.
  static Mapping parse(String line) {
    String[] fields = line.split(" +", 6);
    int hyphen = line.indexOf('-');
    return new Mapping(
        Long.parseUnsignedLong(line, 0, hyphen, 16),
        Long.parseUnsignedLong(line, hyphen + 1, line.indexOf(' '), 16),
        fields[1],
        Long.parseUnsignedLong(fields[2], 16),
        Long.parseLong(fields[4]),
        fields.length == 6 ? fields[5] : "");
  }

  public boolean isExecutable() {
    return permissions.charAt(2) == 'x';
  }

  public boolean isWritable() {
    return permissions.charAt(1) == 'w';
  }

  public boolean isShared() {
    return permissions.charAt(3) == 's';
  }

  public boolean holds(long address) {
    return start <= address && address < end;
  }

  public long sizeBytes() {
    return end - start;
  }
}
