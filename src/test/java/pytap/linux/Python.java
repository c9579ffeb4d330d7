package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The interpreter that the tests attach to, Debian's /usr/bin/python3, and where things stand in
/// its file. A machine without it, or without binutils, cannot run these tests and says so.
final class Python {
  static final String PATH = "/usr/bin/python3";

  private Python() {}

  /// File offset of an exported function.
  static long functionOffset(String symbol) {
    for (String line : run("readelf", "-Ws", "--dyn-syms", PATH).lines().toList()) {
      String[] words = line.strip().split("\\s+", -1);
      if (words.length == 8 && words[7].equals(symbol)) {
        return fileOffset(Long.parseLong(words[1], 16));
      }
    }
    throw new AssertionError(PATH + " exports no " + symbol);
  }

  /// File offsets of a USDT marker's site and of its semaphore.
  static UprobeLinks.Place marker(String name, long cookie) {
    List<String> lines = run("readelf", "-nW", PATH).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).strip().equals("Name: " + name)) {
        String[] words = lines.get(i + 1).strip().split("[:,]?\\s+", -1);
        return new UprobeLinks.Place(
            fileOffset(Long.decode(words[1])), fileOffset(Long.decode(words[5])), cookie);
      }
    }
    throw new AssertionError(PATH + " has no marker " + name);
  }

  private static long fileOffset(long address) {
    for (String line : run("readelf", "-lW", PATH).lines().toList()) {
      String[] words = line.strip().split("\\s+", -1);
      if (words[0].equals("LOAD")) {
        long offset = Long.decode(words[1]);
        long start = Long.decode(words[2]);
        if (address >= start && address < start + Long.decode(words[4])) {
          return address - start + offset;
        }
      }
    }
    throw new AssertionError("no segment of " + PATH + " holds " + Long.toHexString(address));
  }

  static String run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(List.of(command) + "\n" + text).isZero();
      return text;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException stop) {
      throw new AssertionError(stop);
    }
  }
}
