package pytap.resolve;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import pytap.probe.MarkerSites;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.python.Means;
import pytap.python.PythonBinary;
import pytap.source.FormatException;
import pytap.source.TracerException;

/// The sites of interpreters, kept in a directory for the next start of the same build of pytap: to
/// look through an interpreter's code takes longer than all else that attaching does.
///
/// A file is known by where it lies, its size, both its times and its build id; besides, its code
/// must be at every site what it was. What is kept is believed only where nobody could have written
/// it who could not change pytap itself. All that does not fit, is damaged or cannot be written
/// counts as not there.
final class KeptSites {
  /// The clock of a file system may stand still for so long: a file that was changed only just now
  /// may be changed again and look the same.
  private static final long SETTLED_NANOS = 2_000_000_000L;

  private static final int CHECKSUM_BYTES = 8;
  private static final int CODE_BYTES = 8;
  private static final int FOR_OTHERS_TO_WRITE = 0022;

  private final Path directory;
  private final InstantSource clock;

  /// @param directory lies beside the jar
  KeptSites(Path directory, InstantSource clock) {
    this.directory = directory;
    this.clock = clock;
  }

  /// The sites of `marker` in `file`, which holds `python`: kept or found now.
  MarkerSites sites(FileImage file, PythonBinary python, String marker, Means means)
      throws TracerException {
    Optional<MarkerSites> known = find(file, marker, means);
    if (known.isPresent()) {
      return known.get();
    }
    MarkerSites found = python.sites(marker, means);
    keep(file, found, means);
    return found;
  }

  private Optional<MarkerSites> find(FileImage file, String marker, Means means) {
    try {
      Path entry = entry(file.identity(), marker, means);
      if (!isTrusted(directory) || !isTrusted(entry)) {
        return Optional.empty();
      }
      return decode(Files.readAllBytes(entry), file);
    } catch (IOException | FormatException notThere) {
      return Optional.empty();
    }
  }

  /// Where they have a form for that, and unless the file has changed since it was opened.
  private void keep(FileImage file, MarkerSites sites, Means means) {
    FileIdentity identity = file.identity();
    try {
      if (!SiteCodec.canEncode(sites)
          || !isTrusted(directory)
          || identity.changedAfter(nowNanos() - SETTLED_NANOS)) {
        return;
      }
      byte[] bytes = encode(sites, file);
      if (FileIdentity.of(file.path()).equals(identity)) {
        write(entry(identity, sites.marker(), means), bytes);
      }
    } catch (IOException | FormatException cannotBeKept) {
      return;
    }
  }

  private long nowNanos() {
    return TimeUnit.MILLISECONDS.toNanos(clock.millis());
  }

  private Path entry(FileIdentity identity, String marker, Means means) throws IOException {
    String name = identity.device() + "-" + identity.inode() + "-" + means + "-" + marker;
    Path entry = directory.resolve(name);
    if (!directory.equals(entry.getParent())) {
      throw new IOException(marker + " is no marker's name");
    }
    return entry;
  }

  /// Whether it is the work of root, of this user, or of whoever the directory of the jar belongs
  /// to, and nobody else may write there.
  private boolean isTrusted(Path path) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(path, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    if (!(attributes.get("uid") instanceof Integer owner)
        || !(attributes.get("mode") instanceof Integer mode)) {
      return false;
    }
    return (mode & FOR_OTHERS_TO_WRITE) == 0
        && (owner == 0
            || owner.equals(owner(Path.of("/proc/self")))
            || owner.equals(owner(directory.resolveSibling("."))));
  }

  private static Object owner(Path path) throws IOException {
    return Files.getAttribute(path, "unix:uid");
  }

  private static byte[] header(FileImage file) throws IOException, FormatException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    FileIdentity identity = file.identity();
    out.writeLong(identity.device());
    out.writeLong(identity.inode());
    out.writeLong(identity.sizeBytes());
    out.writeLong(identity.modifiedNanos());
    out.writeLong(identity.changedNanos());
    out.writeUTF(file.elf().buildId().orElse(""));
    return bytes.toByteArray();
  }

  /// A checksum, the header, the sites, the code at the sites.
  private static byte[] encode(MarkerSites sites, FileImage file)
      throws IOException, FormatException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    byte[] encoded = SiteCodec.encode(sites);
    out.writeLong(0);
    out.write(header(file));
    out.writeInt(encoded.length);
    out.write(encoded);
    out.write(code(sites, file));
    byte[] all = bytes.toByteArray();
    ByteBuffer.wrap(all).putLong(checksum(all));
    return all;
  }

  private static Optional<MarkerSites> decode(byte[] all, FileImage file)
      throws IOException, FormatException {
    byte[] header = header(file);
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(all));
    if (all.length < CHECKSUM_BYTES
        || in.readLong() != checksum(all)
        || !Arrays.equals(in.readNBytes(header.length), header)) {
      return Optional.empty();
    }
    MarkerSites sites = SiteCodec.decode(in.readNBytes(in.readInt()));
    return Arrays.equals(in.readAllBytes(), code(sites, file))
        ? Optional.of(sites)
        : Optional.empty();
  }

  private static long checksum(byte[] all) {
    CRC32 sum = new CRC32();
    sum.update(all, CHECKSUM_BYTES, all.length - CHECKSUM_BYTES);
    return sum.getValue();
  }

  /// What the file has at the sites.
  private static byte[] code(MarkerSites sites, FileImage file) throws FormatException {
    ByteArrayOutputStream code = new ByteArrayOutputStream();
    for (ProbeSite site : sites.sites()) {
      long end = site.window().map(PatchWindow::end).orElse(site.address() + CODE_BYTES);
      byte[] bytes = new byte[(int) (end - site.address())];
      file.elf().read(site.address(), bytes, bytes.length);
      code.writeBytes(bytes);
    }
    return code.toByteArray();
  }

  /// Under another name first: nobody reads half an entry.
  private void write(Path entry, byte[] bytes) throws IOException {
    Path unfinished = directory.resolve("new-" + ProcessHandle.current().pid());
    try {
      Files.deleteIfExists(unfinished);
      Files.createFile(
          unfinished,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
      Files.write(unfinished, bytes, StandardOpenOption.WRITE);
      Files.move(unfinished, entry, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }
}
