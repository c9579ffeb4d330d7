package pytap.python;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
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
final class CodeReferences {
  private static final int POINTER_BYTES = 8;
  private static final int DISTANCE_BYTES = 4;

  private final List<FunctionExtent> parts;
  private final Set<Long> pointers = new HashSet<>();
  private final Set<Long> distances = new HashSet<>();

  private CodeReferences(Collection<FunctionExtent> parts) {
    this.parts = new ArrayList<>(parts);
  }

  /// What leads into `parts` from everywhere else in the file.
  static CodeReferences into(ElfFile file, Collection<FunctionExtent> parts)
      throws FormatException {
    CodeReferences references = new CodeReferences(parts);
    for (Segment segment : file.segments()) {
      if (segment.type() == Segment.LOAD && segment.fileSize() >= POINTER_BYTES) {
        ByteBuffer bytes =
            file.bytesAt(segment.address(), segment.fileSize()).order(ByteOrder.LITTLE_ENDIAN);
        references.readPointers(bytes, segment.address());
        if (segment.executable()) {
          references.readDistances(bytes, segment.address(), !file.positionIndependent());
        }
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

  private void readPointers(ByteBuffer bytes, long start) {
    int misaligned = (int) (start & (POINTER_BYTES - 1));
    int first = misaligned == 0 ? 0 : POINTER_BYTES - misaligned;
    for (int i = first; i + POINTER_BYTES <= bytes.limit(); i += POINTER_BYTES) {
      long address = bytes.getLong(i);
      if (inParts(address)) {
        pointers.add(address);
      }
    }
  }

  /// @param absolute whether code may also hold addresses themselves, in 32 bits
  private void readDistances(ByteBuffer bytes, long start, boolean absolute) {
    for (int i = 2; i + DISTANCE_BYTES <= bytes.limit(); i++) {
      int value = bytes.getInt(i);
      long target = start + i + DISTANCE_BYTES + value;
      boolean leads = inParts(target) && isRelative(bytes, i);
      if ((leads || (absolute && inParts(value))) && !inParts(start + i)) {
        distances.add(leads ? target : value);
      }
    }
  }

  /// Whether what stands before the four bytes at `index` can make them a distance: `call`, `jmp`,
  /// `jcc`, or a ModRM byte for an operand relative to the instruction.
  private static boolean isRelative(ByteBuffer bytes, int index) {
    int before = bytes.get(index - 1) & 0xff;
    boolean jump = before == 0xe8 || before == 0xe9;
    boolean conditional = (before & 0xf0) == 0x80 && bytes.get(index - 2) == 0x0f;
    return jump || conditional || (before & 0xc7) == 0x05;
  }

  private boolean inParts(long address) {
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i).contains(address)) {
        return true;
      }
    }
    return false;
  }
}
