package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pytap.source.TracerException;

final class OutputFileTest {
  private final Kernel kernel = new LinuxKernel();

  @TempDir Path directory;

  @Test
  void everyByteArrivesInOrderWhateverThePieces() throws Exception {
    Path path = directory.resolve("out");
    StringBuilder expected = new StringBuilder();
    try (OutputFile out = OutputFile.create(kernel, path.toString());
        Arena arena = Arena.ofConfined()) {
      for (int i = 0; i < 20_000; i++) {
        String line = "line " + i + " ü\n";
        expected.append(line);
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        if (i % 2 == 0) {
          out.write(bytes, 0, bytes.length);
        } else {
          out.write(arena.allocateFrom(line), 0, bytes.length);
        }
      }
      byte[] large = "x".repeat(1_000_000).getBytes(StandardCharsets.UTF_8);
      out.write(large, 1, large.length - 1);
      expected.append("x".repeat(999_999));
    }
    assertThat(Files.readString(path)).isEqualTo(expected.toString());
  }

  @Test
  void nothingIsWrittenBeforeTheBufferIsFullOrFlushed() throws Exception {
    Path path = directory.resolve("out");
    try (OutputFile out = OutputFile.create(kernel, path.toString())) {
      out.write("pending");
      assertThat(path).isEmptyFile();
      out.flush();
      assertThat(path).hasContent("pending");
    }
  }

  @Test
  void whenTheReaderIsGoneTheRestIsDroppedQuietly() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(8, 4);
      assertThat(kernel.call(new FileCall.Pipe(ends, FileCall.O_CLOEXEC))).isZero();
      kernel.call(new FileCall.Close(ends.get(Native.INT, 0)));
      try (Descriptor owner = new Descriptor(kernel, ends.get(Native.INT, 4));
          OutputFile out = OutputFile.ofDescriptor(kernel, "pipe", owner.fd())) {
        out.write("lost");
        assertThat(out.readerIsGone()).isFalse();
        out.flush();
        assertThat(out.readerIsGone()).isTrue();
        out.write("lost too");
        out.flush();
      }
    }
  }

  @Test
  void aFullDiskIsAnError() throws Exception {
    OutputFile out = OutputFile.create(kernel, "/dev/full");
    out.write("x");
    assertThatThrownBy(out::close)
        .isInstanceOf(TracerException.class)
        .hasMessage("write to /dev/full: ENOSPC (no space left)");
  }

  @Test
  void aPathThatCannotBeOpenedIsNamed() {
    assertThatThrownBy(() -> OutputFile.create(kernel, "/no/such/directory/out"))
        .isInstanceOf(TracerException.class)
        .hasMessage("open /no/such/directory/out for writing: ENOENT (no such file or directory)");
  }
}
