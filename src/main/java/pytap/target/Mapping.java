package pytap.target;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// One line of `/proc/PID/maps`.
///
/// @param start the first address
/// @param end the first address behind it
/// @param permissions such as `r-xp`; `s` at the end where writing is shared
/// @param offset where in the file it begins
/// @param inode 0 where it has no file
/// @param path the file, one character for each byte, or a name in brackets; empty for neither
public record Mapping(
    long start, long end, String permissions, long offset, long inode, String path) {

  /// A process's `maps`, read one character for each byte, in the order of addresses.
  public static List<Mapping> parseAll(String maps) {
    List<Mapping> all = new ArrayList<>();
    int next;
    for (int at = 0; at < maps.length(); at = next + 1) {
      next = maps.indexOf('\n', at);
      next = next < 0 ? maps.length() : next;
      all.add(of(maps.substring(at, next)));
    }
    return all;
  }

  /// `start-end perms offset dev inode path`, in columns of one blank but before the path.
  static Mapping of(String line) {
    int hyphen = line.indexOf('-');
    int permissions = line.indexOf(' ', hyphen) + 1;
    int offset = line.indexOf(' ', permissions) + 1;
    int device = line.indexOf(' ', offset) + 1;
    int inode = line.indexOf(' ', device) + 1;
    int behind = line.indexOf(' ', inode);
    int inodeEnd = behind < 0 ? line.length() : behind;
    return new Mapping(
        Long.parseUnsignedLong(line, 0, hyphen, 16),
        Long.parseUnsignedLong(line, hyphen + 1, permissions - 1, 16),
        line.substring(permissions, offset - 1),
        Long.parseUnsignedLong(line, offset, device - 1, 16),
        Long.parseLong(line, inode, inodeEnd, 10),
        line.substring(inodeEnd).stripLeading());
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

  /// Whether it is of a file that has a name.
  boolean isFile() {
    return path.startsWith("/");
  }

  public boolean holds(long address) {
    return range().holds(address);
  }

  AddressRange range() {
    return new AddressRange(start, end);
  }

  public long sizeBytes() {
    return end - start;
  }

  /// The file under the name that the process has for it.
  Path named() {
    return Path.of(new String(path.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
  }

  /// The name of the kernel's own link to the file, in `/proc/PID/map_files`: `maps` writes at
  /// least eight digits of an address, that does not.
  String link() {
    return Long.toHexString(start) + "-" + Long.toHexString(end);
  }
}
