package pytap.python;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import pytap.elf.ElfFile;
import pytap.elf.FunctionExtent;
import pytap.elf.Segment;
import pytap.source.FormatException;

/// Which addresses of a function's code stand elsewhere in its file, whoever uses them: as a whole
/// pointer (a table's entry, or the addend of the relocation that makes one), or as a 32-bit
/// distance in the code of others (a jump, a call, an operand relative to the instruction). Found
/// byte by byte without decoding, so it depends on no knowledge of where functions begin; a few of
/// the distances are of nothing.
///
/// All of a file's bytes pass here while the JVM still interprets. So the loops call nothing, they
/// compare with two ranges around the parts before they look closely, and they run over short
/// stretches, since many calls have a method compiled sooner than many rounds of one loop.
final class CodeReferences {
  private static final int POINTER_BYTES = 8;
  private static final int DISTANCE_BYTES = 4;

  /// What stands before a distance and tells that it is one.
  private static final int OPCODE_BYTES = 2;

  private static final int BLOCK_BYTES = 1 << 16;
  private static final int SHORT_STRETCH_BYTES = 128;
  private static final int STRETCH_BYTES = 1 << 12;

  /// After so many blocks in short stretches, the JVM has been asked to compile.
  private static final int SHORT_BLOCKS = 4;

  private static final FunctionExtent NOTHING = new FunctionExtent(0, 0);

  private final ElfFile file;
  private final long[] starts;
  private final long[] ends;
  private final Set<Long> pointers = new HashSet<>();
  private final Set<Long> distances = new HashSet<>();
  private final byte[] block = new byte[OPCODE_BYTES + BLOCK_BYTES + POINTER_BYTES];

  /// The largest part, and what encloses the others; as 32 bits, what agrees by chance is sorted
  /// out later.
  private final FunctionExtent largest;

  private final FunctionExtent others;

  /// What encloses all parts where code may also hold addresses themselves, in 32 bits: at a fixed
  /// address.
  private final FunctionExtent absolute;

  /// Of all parts' addresses, the third byte from the least on, and how many values it takes.
  private final int firstThirdByte;

  private final int thirdBytes;

  /// Where it is the same of them all, the fourth byte.
  private final OptionalInt fourthByte;

  private int blocks;
  private int codeBlocks;

  private CodeReferences(ElfFile file, Collection<FunctionExtent> parts) {
    this.file = file;
    List<FunctionExtent> rest = new ArrayList<>(parts);
    starts = new long[rest.size()];
    ends = new long[rest.size()];
    FunctionExtent most = rest.getFirst();
    for (int i = 0; i < starts.length; i++) {
      FunctionExtent part = rest.get(i);
      starts[i] = part.start();
      ends[i] = part.end();
      most = part.end() - part.start() > most.end() - most.start() ? part : most;
    }
    largest = most;
    FunctionExtent all = around(rest);
    rest.remove(largest);
    others = around(rest);
    absolute = file.positionIndependent() ? NOTHING : all;
    firstThirdByte = (int) (all.start() >>> 16);
    thirdBytes = (int) Math.min((all.end() >>> 16) - (all.start() >>> 16) + 1, 256);
    fourthByte =
        all.start() >>> 24 == all.end() >>> 24
            ? OptionalInt.of((byte) (all.start() >>> 24))
            : OptionalInt.empty();
  }

  private static FunctionExtent around(List<FunctionExtent> parts) {
    long start = Long.MAX_VALUE;
    long end = 0;
    for (FunctionExtent part : parts) {
      start = Math.min(start, part.start());
      end = Math.max(end, part.end());
    }
    return end == 0 ? NOTHING : new FunctionExtent(start, end);
  }

  /// What leads into `parts` from everywhere else in the file.
  static CodeReferences into(ElfFile file, Collection<FunctionExtent> parts)
      throws FormatException {
    CodeReferences references = new CodeReferences(file, parts);
    for (Segment segment : file.segments()) {
      if (segment.type() == Segment.LOAD && segment.fileSize() >= POINTER_BYTES) {
        references.read(segment);
      }
    }
    return references;
  }

  /// The addresses that stand in the file as pointers.
  Set<Long> pointers() {
    return pointers;
  }

  /// The addresses that code outside of the function may jump to or name.
  Set<Long> distances() {
    return distances;
  }

  private void read(Segment segment) throws FormatException {
    long end = segment.address() + segment.fileSize();
    for (long at = segment.address(); at < end; at += BLOCK_BYTES) {
      int bytes = (int) Math.min(block.length, end - at);
      file.read(at, block, bytes);
      readPointers(at, bytes, stretchBytes(blocks++));
      if (segment.executable()) {
        readDistances(at, bytes, stretchBytes(codeBlocks++));
      }
    }
  }

  private static int stretchBytes(int blocksBefore) {
    return blocksBefore < SHORT_BLOCKS ? SHORT_STRETCH_BYTES : STRETCH_BYTES;
  }

  /// @param start address of the block's first byte
  private void readPointers(long start, int bytes, int stretchBytes) {
    int first = (int) (-start & (POINTER_BYTES - 1));
    int end = Math.min(bytes - POINTER_BYTES + 1, BLOCK_BYTES);
    for (int from = first; from < end; from += stretchBytes) {
      int to = Math.min(from + stretchBytes, end);
      for (int i = nextPointer(from, to); i < to; i = nextPointer(i + POINTER_BYTES, to)) {
        long address = int32(i) & 0xffff_ffffL | (long) int32(i + 4) << 32;
        if (inParts(address)) {
          pointers.add(address);
        }
      }
    }
  }

  /// The first aligned word from `from` on whose third and fourth byte are as in a pointer to a
  /// part.
  private int nextPointer(int from, int to) {
    byte[] bytes = block;
    int first = firstThirdByte;
    int count = thirdBytes;
    boolean any = fourthByte.isEmpty();
    int fourth = fourthByte.orElse(0);
    for (int i = from; i < to; i += POINTER_BYTES) {
      if ((bytes[i + 2] - first & 0xff) < count && (any || bytes[i + 3] == fourth)) {
        return i;
      }
    }
    return to;
  }

  /// @param start address of the block's first byte
  private void readDistances(long start, int bytes, int stretchBytes) {
    int end = Math.min(bytes - DISTANCE_BYTES + 1, OPCODE_BYTES + BLOCK_BYTES);
    for (int from = OPCODE_BYTES; from < end; from += stretchBytes) {
      int to = Math.min(from + stretchBytes, end);
      for (int i = next(from, to, (int) start); i < to; i = next(i + 1, to, (int) start)) {
        addDistance(start, i);
      }
    }
  }

  /// The first place from `from` on whose four bytes, as a distance or as an address, seem to lead
  /// to a part.
  private int next(int from, int to, int start) {
    byte[] bytes = block;
    int first = (int) largest.start() - start - DISTANCE_BYTES + Integer.MIN_VALUE;
    int firstEnd = (int) (largest.end() - largest.start()) + Integer.MIN_VALUE;
    int second = (int) others.start() - start - DISTANCE_BYTES + Integer.MIN_VALUE;
    int secondEnd = (int) (others.end() - others.start()) + Integer.MIN_VALUE;
    int third = (int) absolute.start() + Integer.MIN_VALUE;
    int thirdEnd = (int) (absolute.end() - absolute.start()) + Integer.MIN_VALUE;
    int value = int32(from - 1);
    for (int i = from; i < to; i++) {
      value = value >>> 8 | bytes[i + 3] << 24;
      int target = value + i;
      if (target - first < firstEnd || target - second < secondEnd || value - third < thirdEnd) {
        return i;
      }
    }
    return to;
  }

  private void addDistance(long start, int index) {
    long value = int32(index);
    long target = start + index + DISTANCE_BYTES + value;
    boolean leads = inParts(target) && isRelative(index);
    boolean names = absolute.contains(value) && inParts(value);
    if ((leads || names) && !inParts(start + index)) {
      distances.add(leads ? target : value);
    }
  }

  /// Whether what stands before the four bytes at `index` can make them a distance: `call`, `jmp`,
  /// `jcc`, or a ModRM byte for an operand relative to the instruction.
  private boolean isRelative(int index) {
    int before = block[index - 1] & 0xff;
    boolean jump = before == 0xe8 || before == 0xe9;
    boolean conditional = (before & 0xf0) == 0x80 && block[index - 2] == 0x0f;
    return jump || conditional || (before & 0xc7) == 0x05;
  }

  private int int32(int index) {
    return block[index] & 0xff
        | (block[index + 1] & 0xff) << 8
        | (block[index + 2] & 0xff) << 16
        | block[index + 3] << 24;
  }

  private boolean inParts(long address) {
    for (int i = 0; i < starts.length; i++) {
      if (address >= starts[i] && address < ends[i]) {
        return true;
      }
    }
    return false;
  }
}
