package pytap.elf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import pytap.source.FormatException;

/// Which line of which source file the instructions of a file come from: its `.debug_line`, DWARF 2
/// to 5, section 6.2.
public final class SourceLines {
  /// A source file.
  ///
  /// @param relative to the directory that it was compiled in, which the table does not name
  public record Source(String path, boolean relative) {}

  public record Place(Source source, long line) {}

  private static final int LONG_FORMAT = 0xffff_ffff;

  /// Instructions that follow each other, by the addresses of the first and behind the last, and
  /// the rows of them.
  private record Sequence(long start, long end, int firstRow, int rows) {}

  private final List<Source> sources = new ArrayList<>();
  private final List<Sequence> sequences = new ArrayList<>();
  private long[] addresses = new long[1 << 12];
  private int[] lines = new int[1 << 12];
  private int[] sourceNumbers = new int[1 << 12];
  private int rows;

  private SourceLines() {}

  /// Empty where the file has no line table.
  public static Optional<SourceLines> of(ElfFile file) throws FormatException {
    Optional<ByteBuffer> table = file.contents(".debug_line");
    if (table.isEmpty()) {
      return Optional.empty();
    }
    SourceLines lines = new SourceLines();
    lines.readAll(
        new DebugBytes(table.get(), file.name() + ", .debug_line"),
        section(file, ".debug_str"),
        section(file, ".debug_line_str"));
    lines.sequences.sort(Comparator.comparingLong(Sequence::start));
    return Optional.of(lines);
  }

  private static Optional<DebugBytes> section(ElfFile file, String name) throws FormatException {
    return file.contents(name).map(bytes -> new DebugBytes(bytes, file.name() + ", " + name));
  }

  /// Where the instruction at the link-time `address` comes from.
  public Optional<Place> at(long address) {
    int low = 0;
    int high = sequences.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sequences.get(middle).start() <= address) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0 || sequences.get(low - 1).end() <= address) {
      return Optional.empty();
    }
    return in(sequences.get(low - 1), address);
  }

  /// The last row at or below the address: of several at one, the others have no instruction.
  private Optional<Place> in(Sequence sequence, long address) {
    int low = sequence.firstRow();
    int high = low + sequence.rows();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (addresses[middle] <= address) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    int row = low - 1;
    return lines[row] == 0
        ? Optional.empty()
        : Optional.of(new Place(sources.get(sourceNumbers[row]), lines[row]));
  }

  private void readAll(DebugBytes in, Optional<DebugBytes> texts, Optional<DebugBytes> lineTexts)
      throws FormatException {
    while (in.position() < in.end()) {
      long length = in.unsigned(4);
      int offsetBytes = 4;
      if ((int) length == LONG_FORMAT) {
        length = in.unsigned(8);
        offsetBytes = 8;
      }
      long end = in.position() + length;
      int version = (int) in.unsigned(2);
      if (version >= 2 && version <= 5) {
        new Unit(in, version, offsetBytes, end).read(new LineFiles(texts, lineTexts, offsetBytes));
      }
      in.moveTo(end);
    }
  }

  private void add(long address, long line, int source) {
    if (rows == addresses.length) {
      addresses = Arrays.copyOf(addresses, rows * 2);
      lines = Arrays.copyOf(lines, rows * 2);
      sourceNumbers = Arrays.copyOf(sourceNumbers, rows * 2);
    }
    addresses[rows] = address;
    lines[rows] = (int) line;
    sourceNumbers[rows] = source;
    rows++;
  }

  /// The program of one unit, and the machine that runs it.
  private final class Unit {
    private final DebugBytes in;
    private final int version;
    private final int offsetBytes;
    private final long end;
    private int shortestInstruction;
    private int lineBase;
    private int lineRange;
    private int firstSpecial;
    private int[] operands = {};
    private int firstSource;
    private int sourceCount;

    private long address;
    private long line;
    private long source;
    private int sequenceRow;

    Unit(DebugBytes in, int version, int offsetBytes, long end) {
      this.in = in;
      this.version = version;
      this.offsetBytes = offsetBytes;
      this.end = end;
    }

    void read(LineFiles files) throws FormatException {
      if (version >= 5) {
        in.skip(2); // sizes of an address and of a segment selector
      }
      long headerBytes = in.unsigned(offsetBytes);
      long program = in.position() + headerBytes;
      shortestInstruction = in.uint8();
      if (version >= 4) {
        in.uint8(); // operations in an instruction: 1
      }
      in.uint8(); // whether a row is the start of a statement unless said otherwise
      lineBase = in.int8();
      lineRange = in.uint8();
      firstSpecial = in.uint8();
      if (lineRange == 0 || firstSpecial == 0) {
        throw in.odd("a line range of " + lineRange + ", a first opcode of " + firstSpecial);
      }
      operands = new int[firstSpecial];
      for (int i = 1; i < firstSpecial; i++) {
        operands[i] = in.uint8();
      }
      firstSource = sources.size();
      sources.addAll(files.read(in, version));
      sourceCount = sources.size() - firstSource;
      in.moveTo(program);
      begin();
      while (in.position() < end) {
        step();
      }
    }

    private void begin() {
      address = 0;
      line = 1;
      source = 1;
      sequenceRow = rows;
    }

    /// One instruction: DWARF 5, 6.2.5.
    private void step() throws FormatException {
      int opcode = in.uint8();
      if (opcode >= firstSpecial) {
        advance((opcode - firstSpecial) / lineRange);
        line += lineBase + (opcode - firstSpecial) % lineRange;
        row();
        return;
      }
      switch (opcode) {
        case 0 -> extended();
        case 1 -> row();
        case 2 -> advance(in.unsignedLeb128());
        case 3 -> line += in.signedLeb128();
        case 4 -> source = in.unsignedLeb128();
        case 8 -> advance((255 - firstSpecial) / lineRange);
        case 9 -> address += in.unsigned(2);
        default -> {
          for (int i = 0; i < operands[opcode]; i++) {
            in.unsignedLeb128();
          }
        }
      }
    }

    private void extended() throws FormatException {
      long length = in.unsignedLeb128();
      long next = in.position() + length;
      switch (in.uint8()) {
        case 1 -> endSequence();
        case 2 -> address = in.unsigned((int) length - 1);
        default -> {}
      }
      in.moveTo(next);
    }

    private void advance(long operations) {
      address += operations * shortestInstruction;
    }

    private void row() throws FormatException {
      if (source < 0 || source >= sourceCount) {
        throw in.odd("a source file " + source + " of " + sourceCount);
      }
      add(address, line, firstSource + (int) source);
    }

    /// What the linker threw away begins at 0.
    private void endSequence() {
      if (rows > sequenceRow && addresses[sequenceRow] != 0) {
        sequences.add(
            new Sequence(addresses[sequenceRow], address, sequenceRow, rows - sequenceRow));
      }
      begin();
    }
  }
}
