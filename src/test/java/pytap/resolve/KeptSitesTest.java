package pytap.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.elf.ElfFile;
import pytap.elf.Segment;
import pytap.probe.MarkerSites;
import pytap.python.Means;
import pytap.python.PythonBinary;

/// What was found is found again, and nothing else ever is. Who has kept nothing asks the
/// interpreter; here that is another one than the file's, so that its answer tells who was asked.
final class KeptSitesTest {
  private static final String MARKER = "function__entry";
  private static final InstantSource LATER = () -> Instant.now().plus(Duration.ofMinutes(1));
  private static final int NOBODY = 65534;

  @TempDir Path directory;
  private Path kept;
  private Path program;

  @BeforeEach
  void makeRoom() throws IOException {
    kept = Files.createDirectory(directory.resolve("sites"));
    program = Files.copy(Path.of("/usr/bin/python3"), directory.resolve("python"));
  }

  private KeptSites sites() {
    return new KeptSites(kept, LATER);
  }

  private FileImage image() throws Exception {
    return new FileCatalog().image(program);
  }

  private MarkerSites keep() throws Exception {
    FileImage image = image();
    return sites().sites(image, image.python().orElseThrow(), MARKER, Means.KERNEL);
  }

  /// The same where none are kept, and the interpreter is another.
  private static MarkerSites others() throws Exception {
    return other().sites(MARKER, Means.KERNEL);
  }

  private static PythonBinary other() throws Exception {
    Path versions = Path.of(System.getProperty("user.home"), ".pyenv", "versions");
    Path library = versions.resolve("3.10.13/lib/libpython3.10.so.1.0");
    return PythonBinary.of(ElfFile.open(library)).orElseThrow();
  }

  /// What is answered by what is kept, or else by the other interpreter.
  private MarkerSites found() throws Exception {
    return sites().sites(image(), other(), MARKER, Means.KERNEL);
  }

  private Path entry() throws IOException {
    try (Stream<Path> entries = Files.list(kept)) {
      List<Path> all = entries.toList();
      assertThat(all).hasSize(1);
      return all.getFirst();
    }
  }

  @Test
  void whatWasFoundIsFoundAgain() throws Exception {
    MarkerSites first = keep();
    assertThat(first)
        .isEqualTo(image().python().orElseThrow().sites(MARKER, Means.KERNEL))
        .isNotEqualTo(others());
    assertThat(found()).isEqualTo(first);
    Path link = Files.createSymbolicLink(directory.resolve("link"), program);
    FileImage byLink = new FileCatalog().image(link);
    assertThat(sites().sites(byLink, other(), MARKER, Means.KERNEL)).isEqualTo(first);
  }

  @Test
  void eachMarkerAndEachMeansIsKeptForItself() throws Exception {
    keep();
    FileImage image = image();
    for (Means means : Means.values()) {
      for (String marker : List.of(MARKER, "function__return")) {
        MarkerSites real = image.python().orElseThrow().sites(marker, means);
        assertThat(sites().sites(image, image.python().orElseThrow(), marker, means))
            .isEqualTo(real);
        assertThat(sites().sites(image, other(), marker, means)).isEqualTo(real);
      }
    }
  }

  @Test
  void anEntryIsReadableForAllAndWritableForItsOwner() throws Exception {
    keep();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(entry())))
        .isEqualTo("rw-r--r--");
  }

  @Test
  void aFileThatWasChangedIsLookedThroughAgain() throws Exception {
    keep();
    FileTime before = Files.getLastModifiedTime(program);
    ElfFile elf = image().elf();
    Segment data = elf.segments().stream().filter(it -> it.fileSize() > 0).toList().getLast();
    try (FileChannel channel = FileChannel.open(program, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1}), data.fileOffset());
    }
    Files.setLastModifiedTime(program, before);
    assertThat(found()).isEqualTo(others());
  }

  @Test
  void anotherFileOfTheSameNameIsLookedThroughAgain() throws Exception {
    keep();
    Path copy = Files.copy(program, directory.resolve("copy"));
    Files.delete(program);
    Files.move(copy, program);
    assertThat(found()).isEqualTo(others());
  }

  /// Were all that a file system tells the same, the code would still have to be.
  @Test
  void otherCodeAtASiteIsNoticed() throws Exception {
    MarkerSites first = keep();
    long offset = first.sites().getLast().fileOffset();
    FileImage opened = image();
    try (FileChannel channel = FileChannel.open(program, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {(byte) 0xcc}), offset);
    }
    FileImage changed =
        new FileImage(
            opened.path(), opened.key(), opened.identity(), ElfFile.open(program), opened.python());
    assertThat(sites().sites(changed, other(), MARKER, Means.KERNEL)).isEqualTo(others());
  }

  @Test
  void aFileThatWasChangedJustNowIsNotKept() throws Exception {
    FileImage image = image();
    KeptSites now = new KeptSites(kept, InstantSource.system());
    now.sites(image, image.python().orElseThrow(), MARKER, Means.KERNEL);
    assertThat(kept).isEmptyDirectory();
  }

  @Test
  void aFileThatChangedSinceItWasOpenedIsNotKept() throws Exception {
    FileImage image = image();
    Files.setLastModifiedTime(program, FileTime.from(Instant.EPOCH));
    sites().sites(image, image.python().orElseThrow(), MARKER, Means.KERNEL);
    assertThat(kept).isEmptyDirectory();
  }

  @Test
  void aDamagedEntryIsMadeAnew() throws Exception {
    MarkerSites first = keep();
    byte[] whole = Files.readAllBytes(entry());
    for (int at = 0; at < whole.length; at += 7) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(entry(), damaged);
      assertThat(found()).as("byte " + at).isEqualTo(others());
      Files.write(entry(), Arrays.copyOf(whole, at));
      assertThat(keep()).as("cut at " + at).isEqualTo(first);
      assertThat(entry()).hasBinaryContent(whole);
    }
  }

  @Test
  void whatOthersMayWriteIsNotBelieved() throws Exception {
    MarkerSites first = keep();
    for (String permissions : List.of("rw-rw-r--", "rw-r--rw-")) {
      Files.setPosixFilePermissions(entry(), PosixFilePermissions.fromString(permissions));
      assertThat(found()).as(permissions).isEqualTo(others());
      Files.delete(entry());
      keep();
    }
    Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(found()).isEqualTo(others());
    Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(found()).isEqualTo(first);
  }

  @Test
  void whatIsAnotherUsersIsNotBelievedUnlessTheJarIsTheirsToo() throws Exception {
    MarkerSites first = keep();
    Files.setAttribute(entry(), "unix:uid", NOBODY);
    assertThat(found()).isEqualTo(others());
    Files.delete(entry());
    keep();
    Files.setAttribute(kept, "unix:uid", NOBODY);
    assertThat(found()).isEqualTo(others());
    Files.setAttribute(directory, "unix:uid", NOBODY);
    assertThat(found()).isEqualTo(first);
  }

  @Test
  void aLinkIsNotFollowed() throws Exception {
    keep();
    Path entry = entry();
    Files.createSymbolicLink(entry, Files.move(entry, directory.resolve("moved")));
    assertThat(found()).isEqualTo(others());
  }

  @Test
  void withoutTheDirectoryAllIsFoundAllTheSame() throws Exception {
    Files.delete(kept);
    assertThat(keep()).isEqualTo(image().python().orElseThrow().sites(MARKER, Means.KERNEL));
    assertThat(kept).doesNotExist();
  }
}
