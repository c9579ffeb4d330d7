package pytap.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import pytap.source.FormatException;
import pytap.source.TracerException;

/// Where members stand in the running kernel's structs, from its own type information.
///
/// One pass over the types finds all the structs asked for, and reads no more of the file than it
/// must: the structs of processes are among the first of a hundred thousand types. Format: Linux
/// 6.6 Documentation/bpf/btf.rst.
public final class Btf {

  /// A member of a struct.
  ///
  /// @param struct the struct's tag, `task_struct`
  /// @param path the member's name, or several joined by dots that lead into members that are
  ///   structs themselves: `thread.fsbase`. Unnamed structs and unions on the way are not
  ///   mentioned.
  public record Member(String struct, String path) {}

  private static final String KERNEL_FILE = "/sys/kernel/btf/vmlinux";
  private static final String WHAT = "kernel type information";
  private static final int MAGIC = 0xeb9f;
  private static final int TYPE_BYTES = 12;
  private static final int MEMBER_BYTES = 12;
  private static final int NOT_FOUND = -1;

  private static final int STRUCT = 4;
  private static final int UNION = 5;
  private static final int ENUM = 6;
  private static final int TYPEDEF = 8;
  private static final int VOLATILE = 9;
  private static final int CONST = 10;
  private static final int RESTRICT = 11;
  private static final int PROTOTYPE = 13;
  private static final int DATA_SECTION = 15;
  private static final int TYPE_TAG = 18;
  private static final int ENUM_64 = 19;

  private final PagedFile file;
  private final int stringsAt;

  /// Offset of each type by its number, which counts from 1, as far as the pass has come.
  private final int[] typeAt;

  private final int typesEnd;
  private int passedTypes;
  private int passedTo;

  private final List<byte[]> wantedNames;
  private final int[] wantedTypes;

  private Btf(PagedFile file, List<byte[]> wantedNames) throws IOException, FormatException {
    this.file = file;
    this.wantedNames = wantedNames;
    this.wantedTypes = new int[wantedNames.size()];
    if (file.sizeBytes() < 24 || (file.int32(0) & 0xffff) != MAGIC) {
      throw new FormatException(WHAT, 0, "no BTF header");
    }
    int header = file.int32(4);
    int typesAt = header + file.int32(8);
    this.typesEnd = typesAt + file.int32(12);
    this.stringsAt = header + file.int32(16);
    long end = Math.max(typesEnd, (long) stringsAt + file.int32(20));
    if (typesAt < 24 || typesEnd < typesAt || end > file.sizeBytes()) {
      throw new FormatException(WHAT, 8, "sections beyond the end");
    }
    this.typeAt = new int[(typesEnd - typesAt) / TYPE_BYTES + 1];
    this.passedTo = typesAt;
  }

  /// The offsets in bytes of `members` in the running kernel, in their order. A member that this
  /// kernel does not have is empty.
  public static List<OptionalInt> offsets(List<Member> members) throws TracerException {
    try {
      return offsets(KERNEL_FILE, members);
    } catch (FormatException odd) {
      throw unreadable(odd.getMessage());
    }
  }

  static List<OptionalInt> offsets(String path, List<Member> members)
      throws TracerException, FormatException {
    try (PagedFile file = new PagedFile(path)) {
      return offsets(file, members);
    } catch (IOException failure) {
      throw unreadable(failure.getMessage());
    }
  }

  private static TracerException unreadable(@Nullable String why) {
    return new TracerException(
        TracerException.Kind.NO_BPF,
        "read the kernel's type information",
        String.valueOf(why),
        "a kernel with CONFIG_DEBUG_INFO_BTF=y is needed");
  }

  private static List<OptionalInt> offsets(PagedFile file, List<Member> members)
      throws IOException, FormatException {
    List<String> structs = new ArrayList<>();
    List<byte[]> names = new ArrayList<>();
    for (Member member : members) {
      if (!structs.contains(member.struct())) {
        structs.add(member.struct());
        names.add((member.struct() + "\0").getBytes(StandardCharsets.US_ASCII));
      }
    }
    Btf parsed = new Btf(file, names);
    List<OptionalInt> offsets = new ArrayList<>();
    for (Member member : members) {
      int type = parsed.wanted(structs.indexOf(member.struct()));
      int offset = type == 0 ? NOT_FOUND : parsed.offset(parsed.at(type), member.path());
      offsets.add(offset == NOT_FOUND ? OptionalInt.empty() : OptionalInt.of(offset));
    }
    return offsets;
  }

  /// The number of the first struct called `wantedNames[which]`; 0 where there is none.
  private int wanted(int which) throws IOException, FormatException {
    while (wantedTypes[which] == 0 && passedTo + TYPE_BYTES <= typesEnd) {
      passOne();
    }
    return wantedTypes[which];
  }

  /// Where the type with this number stands.
  private int at(int type) throws IOException, FormatException {
    while (passedTypes < type) {
      if (passedTo + TYPE_BYTES > typesEnd) {
        throw new FormatException(WHAT, passedTo, "no type " + type);
      }
      passOne();
    }
    return typeAt[type];
  }

  private void passOne() throws IOException, FormatException {
    int at = passedTo;
    passedTypes++;
    typeAt[passedTypes] = at;
    int info = file.int32(at + 4);
    int kind = (info >>> 24) & 0x1f;
    if (kind == STRUCT) {
      note(passedTypes, stringsAt + file.int32(at));
    }
    passedTo = at + TYPE_BYTES + bytesAfter(kind, info & 0xffff, at);
  }

  private static int bytesAfter(int kind, int count, int at) throws FormatException {
    return switch (kind) {
      case 1, 14, 17 -> 4;
      case 3 -> 12;
      case STRUCT, UNION -> count * MEMBER_BYTES;
      case ENUM, PROTOTYPE -> count * 8;
      case DATA_SECTION, ENUM_64 -> count * 12;
      case 2, 7, TYPEDEF, VOLATILE, CONST, RESTRICT, 12, 16, TYPE_TAG -> 0;
      default -> throw new FormatException(WHAT, at, "type of kind " + kind);
    };
  }

  /// Takes the first struct of each wanted name: a tag may occur again for another unit's private
  /// struct, and the kernel's own comes first.
  private void note(int number, int nameAt) throws IOException {
    for (int i = 0; i < wantedTypes.length; i++) {
      if (wantedTypes[i] == 0 && file.stands(nameAt, wantedNames.get(i))) {
        wantedTypes[i] = number;
      }
    }
  }

  private int offset(int struct, String path) throws IOException, FormatException {
    int dot = path.indexOf('.');
    String name = dot < 0 ? path : path.substring(0, dot);
    long found = find(struct, (name + "\0").getBytes(StandardCharsets.US_ASCII));
    if (found == NOT_FOUND) {
      return NOT_FOUND;
    }
    int offset = (int) (found >>> 32);
    if (dot < 0) {
      return offset;
    }
    int inner = at((int) found);
    if (!isAggregate(inner)) {
      return NOT_FOUND;
    }
    int rest = offset(inner, path.substring(dot + 1));
    return rest == NOT_FOUND ? NOT_FOUND : offset + rest;
  }

  /// Looks for a member in the struct at `struct` and its unnamed members. The upper half of the
  /// result is its offset in bytes, the lower the number of its type.
  private long find(int struct, byte[] name) throws IOException, FormatException {
    int info = file.int32(struct + 4);
    boolean bitFields = info < 0;
    for (int i = 0; i < (info & 0xffff); i++) {
      int member = struct + TYPE_BYTES + i * MEMBER_BYTES;
      int nameOffset = file.int32(member);
      int type = plain(file.int32(member + 4));
      int bits = bitFields ? file.int32(member + 8) & 0xffffff : file.int32(member + 8);
      long offset = (long) (bits / 8) << 32;
      if (nameOffset != 0) {
        if (file.stands(stringsAt + nameOffset, name)) {
          return offset | type;
        }
      } else if (isAggregate(at(type))) {
        long inner = find(at(type), name);
        if (inner != NOT_FOUND) {
          return inner + offset;
        }
      }
    }
    return NOT_FOUND;
  }

  /// The type behind typedefs and qualifiers.
  private int plain(int type) throws IOException, FormatException {
    int number = type;
    while (number != 0) {
      int kind = (file.int32(at(number) + 4) >>> 24) & 0x1f;
      if (kind < TYPEDEF || (kind > RESTRICT && kind != TYPE_TAG)) {
        break;
      }
      number = file.int32(at(number) + 8);
    }
    return number;
  }

  private boolean isAggregate(int at) throws IOException {
    int kind = (file.int32(at + 4) >>> 24) & 0x1f;
    return kind == STRUCT || kind == UNION;
  }
}
