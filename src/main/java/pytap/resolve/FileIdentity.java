package pytap.resolve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What tells a file on disk from every other, and from itself once it was changed.
///
/// @param modifiedNanos when its contents were changed, as it says itself; in ns since 1970
/// @param changedNanos when anything of it was, which no program can set
public record FileIdentity(
    long device, long inode, long sizeBytes, long modifiedNanos, long changedNanos) {

  static FileIdentity of(Path path) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(path, "unix:dev,ino,size,lastModifiedTime,ctime");
    return new FileIdentity(
        number(attributes, "dev"),
        number(attributes, "ino"),
        number(attributes, "size"),
        nanos(attributes, "lastModifiedTime"),
        nanos(attributes, "ctime"));
  }

  boolean changedAfter(long nanos) {
    return modifiedNanos > nanos || changedNanos > nanos;
  }

  private static long number(Map<String, Object> attributes, String name) throws IOException {
    if (attributes.get(name) instanceof Number number) {
      return number.longValue();
    }
    throw new IOException("the file has no " + name);
  }

  private static long nanos(Map<String, Object> attributes, String name) throws IOException {
    if (attributes.get(name) instanceof FileTime time) {
      return time.to(TimeUnit.NANOSECONDS);
    }
    throw new IOException("the file has no " + name);
  }
}
