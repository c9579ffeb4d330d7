package pytap.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import pytap.source.FormatException;

/// One ELF file, x86-64, little-endian, read as it is asked for. Addresses are link-time virtual
/// addresses throughout. Nothing is read before it is asked for, and asking twice reads twice
/// except for the relocations; not for use by several threads at once.
///
/// Every accessor throws [FormatException] where the file contradicts itself or ends too early.
public final class ElfFile {
  private static final int MACHINE_X86_64 = 62;
  private static final int SHARED_OBJECT = 3;
  private static final int MAX_HEADERS = 4096;
  private static final int CHDR_BYTES = 24;
  private static final int ZLIB = 1;

  private final ElfBytes bytes;
  private final int type;
  private final List<Segment> segments;
  private final DynamicSection dynamic;
  private Optional<List<Section>> sections = Optional.empty();
  private Optional<SymbolTable> symbols = Optional.empty();
  private Optional<Relocations> relocations = Optional.empty();
  private Optional<FrameDescriptions> frames = Optional.empty();

  private ElfFile(ElfBytes bytes) throws FormatException {
    this.bytes = bytes;
    if (bytes.size() < 64 || bytes.int32(0) != 0x464c457f) {
      throw bytes.odd(0, "not an ELF file");
    }
    if (bytes.uint8(4) != 2 || bytes.uint8(5) != 1 || bytes.uint16(18) != MACHINE_X86_64) {
      throw bytes.odd(4, "an ELF file for another machine than x86-64");
    }
    type = bytes.uint16(16);
    segments = readSegments();
    dynamic = new DynamicSection(this, bytes);
  }

  /// Opens the file at `path`. It stays open for as long as the result is reachable.
  public static ElfFile open(Path path) throws IOException, FormatException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new FormatException(path.toString(), Integer.MAX_VALUE, "a file of over 2 GiB");
      }
      return new ElfFile(ElfBytes.of(channel, path.toString()));
    } catch (IOException | FormatException failed) {
      channel.close();
      throw failed;
    }
  }

  /// Reads `bytes` from index 0 to its limit; `name` is for messages.
  public static ElfFile of(ByteBuffer bytes, String name) throws FormatException {
    return new ElfFile(ElfBytes.of(bytes, name));
  }

  /// What the file is called in messages: its path when it was opened by one.
  public String name() {
    return bytes.name();
  }

  /// Whether the file is loaded at an address chosen at run time (a shared object or a
  /// position-independent executable).
  public boolean positionIndependent() {
    return type == SHARED_OBJECT;
  }

  public List<Segment> segments() {
    return segments;
  }

  /// Empty when the section headers were removed.
  public List<Section> sections() throws FormatException {
    if (sections.isEmpty()) {
      sections = Optional.of(readSections());
    }
    return sections.get();
  }

  public Optional<Section> section(String name) throws FormatException {
    for (Section section : sections()) {
      if (section.name().equals(name)) {
        return Optional.of(section);
      }
    }
    return Optional.empty();
  }

  /// What a section holds, unpacked where it is compressed; empty where there is none, or where it
  /// has nothing in this file.
  public Optional<ByteBuffer> contents(String name) throws FormatException {
    Optional<Section> section = section(name);
    if (section.isEmpty() || section.get().type() == Section.NOBITS) {
      return Optional.empty();
    }
    ByteBuffer stored = bytes.copy(section.get().fileOffset(), section.get().sizeBytes());
    return Optional.of(
        (section.get().flags() & Section.COMPRESSED) == 0 ? stored : unpacked(stored, name));
  }

  /// Behind a header of 24 bytes: how it is packed, and how long it is unpacked (gABI 4.2, `Chdr`).
  private ByteBuffer unpacked(ByteBuffer stored, String name) throws FormatException {
    if (stored.limit() < CHDR_BYTES || stored.getInt(0) != ZLIB) {
      throw bytes.odd(0, name + " is compressed in a way that pytap does not read");
    }
    byte[] unpacked = new byte[(int) stored.getLong(8)];
    try (Inflater inflater = new Inflater()) {
      inflater.setInput(stored.position(CHDR_BYTES));
      if (inflater.inflate(unpacked) != unpacked.length) {
        throw bytes.odd(0, name + " is shorter than it says");
      }
    } catch (DataFormatException odd) {
      throw bytes.odd(0, name + " cannot be unpacked: " + odd.getMessage());
    }
    return ByteBuffer.wrap(unpacked).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Where in the file the byte of link-time `address` is; empty when no segment holds it.
  public OptionalLong fileOffset(long address) {
    for (Segment segment : segments) {
      if (segment.type() == Segment.LOAD && segment.holds(address)) {
        return OptionalLong.of(address - segment.address() + segment.fileOffset());
      }
    }
    return OptionalLong.empty();
  }

  /// The link-time address at which the byte at `fileOffset` is mapped.
  public OptionalLong address(long fileOffset) {
    for (Segment segment : segments) {
      if (segment.type() == Segment.LOAD
          && fileOffset >= segment.fileOffset()
          && fileOffset - segment.fileOffset() < segment.fileSize()) {
        return OptionalLong.of(fileOffset - segment.fileOffset() + segment.address());
      }
    }
    return OptionalLong.empty();
  }

  /// Whether `address` lies in an executable segment.
  public boolean executable(long address) {
    for (Segment segment : segments) {
      if (segment.type() == Segment.LOAD && segment.executable() && segment.holds(address)) {
        return true;
      }
    }
    return false;
  }

  /// A copy of the file's bytes at `[address, address + sizeBytes)`.
  public ByteBuffer bytesAt(long address, long sizeBytes) throws FormatException {
    return bytes.copy(requireFileOffset(address), sizeBytes);
  }

  /// Copies the first `sizeBytes` of the file's bytes from `address` on to the start of `into`.
  public void read(long address, byte[] into, int sizeBytes) throws FormatException {
    bytes.read(requireFileOffset(address), into, sizeBytes);
  }

  /// The unsigned byte in the file at `address`.
  public int uint8(long address) throws FormatException {
    return bytes.uint8(requireFileOffset(address));
  }

  /// The signed 4-byte integer in the file at `address`.
  public int int32(long address) throws FormatException {
    return bytes.int32(requireFileOffset(address));
  }

  /// The 8-byte word in the file at `address`, before relocation.
  public long word(long address) throws FormatException {
    return bytes.word(requireFileOffset(address));
  }

  /// The link-time address that the pointer at `address` holds once the file is loaded: by its
  /// relocation where there is one, else the word in the file.
  public long pointer(long address) throws FormatException {
    long word = word(address);
    return relocations().addressAt(address, word).orElse(word);
  }

  /// The NUL-terminated text at `address`.
  public String text(long address) throws FormatException {
    return bytes.text(requireFileOffset(address));
  }

  /// The symbol of that name which the file exports.
  public Optional<Symbol> exported(String name) throws FormatException {
    return symbols().exported(name);
  }

  /// The symbol of that name, exported or, when the file still has its `.symtab`, local.
  public Optional<Symbol> symbol(String name) throws FormatException {
    return symbols().any(name);
  }

  /// The name of the symbol whose address the dynamic linker writes at `slot` of the GOT.
  public Optional<String> symbolInSlot(long slot) throws FormatException {
    return relocations().symbolAt(slot);
  }

  /// All function extents, sorted by start, including the cold parts of split functions.
  public List<FunctionExtent> functions() throws FormatException {
    return frames().all();
  }

  /// The function extent that contains `address`.
  public Optional<FunctionExtent> functionAt(long address) throws FormatException {
    return frames().at(address);
  }

  /// Where the frame description entry of `.eh_frame` that covers `address` stands, as a link-time
  /// address.
  public OptionalLong frameDescriptionAt(long address) throws FormatException {
    return frames().entryAt(address);
  }

  /// All functions that the file has symbols for, exported or local, in the order of the tables.
  public List<Symbol> functionSymbols() throws FormatException {
    return symbols().functions();
  }

  /// The functions that the file exports, in the order of the table.
  public List<Symbol> exportedFunctions() throws FormatException {
    return symbols().exportedFunctions();
  }

  /// The name of the separate file of debugging information, and its CRC-32.
  public record DebugLink(String name, int checksum) {}

  /// What `.gnu_debuglink` says.
  public Optional<DebugLink> debugLink() throws FormatException {
    Optional<Section> section = section(".gnu_debuglink");
    if (section.isEmpty()) {
      return Optional.empty();
    }
    String name = bytes.text(section.get().fileOffset());
    long checksum = section.get().fileOffset() + ((name.length() + 4) & ~3);
    return Optional.of(new DebugLink(name, bytes.int32(checksum)));
  }

  /// The build id in hexadecimal; empty where the file was linked without.
  public Optional<String> buildId() throws FormatException {
    Optional<Section> section = section(".note.gnu.build-id");
    if (section.isEmpty()) {
      return Optional.empty();
    }
    // A note: sizes of its name and of what it says, its type, the name "GNU", what it says.
    long at = section.get().fileOffset();
    long size = bytes.uint32(at + 4);
    StringBuilder id = new StringBuilder();
    for (long i = 0; i < size; i++) {
      int octet = bytes.uint8(at + 16 + i);
      id.append(Character.forDigit(octet >> 4, 16)).append(Character.forDigit(octet & 15, 16));
    }
    return Optional.of(id.toString());
  }

  /// The notes of `.note.stapsdt` in file order.
  public List<UsdtNote> usdtNotes() throws FormatException {
    Optional<Section> notes = section(".note.stapsdt");
    return notes.isEmpty() ? List.of() : UsdtNotes.read(bytes, notes.get());
  }

  /// The static probes that they tell of.
  public List<UsdtProbe> usdtProbes() throws FormatException {
    Optional<Section> base = section(".stapsdt.base");
    List<UsdtProbe> probes = new ArrayList<>();
    for (UsdtNote note : usdtNotes()) {
      probes.add(UsdtNotes.probe(note, base));
    }
    return probes;
  }

  /// `DT_NEEDED` in order.
  public List<String> needed() throws FormatException {
    return dynamic.texts(DynamicSection.NEEDED, bytes);
  }

  public Optional<String> soname() throws FormatException {
    return dynamic.text(DynamicSection.SONAME, bytes);
  }

  /// `DT_RPATH` as written, colon-separated.
  public Optional<String> rpath() throws FormatException {
    return dynamic.text(DynamicSection.RPATH, bytes);
  }

  /// `DT_RUNPATH` as written, colon-separated.
  public Optional<String> runpath() throws FormatException {
    return dynamic.text(DynamicSection.RUNPATH, bytes);
  }

  /// The program interpreter (`PT_INTERP`).
  public Optional<String> interpreter() throws FormatException {
    for (Segment segment : segments) {
      if (segment.type() == Segment.INTERP) {
        return Optional.of(bytes.text(segment.fileOffset()));
      }
    }
    return Optional.empty();
  }

  long requireFileOffset(long address) throws FormatException {
    OptionalLong offset = fileOffset(address);
    if (offset.isEmpty()) {
      throw bytes.odd(0, "no segment holds address 0x" + Long.toHexString(address));
    }
    return offset.getAsLong();
  }

  private SymbolTable symbols() throws FormatException {
    if (symbols.isEmpty()) {
      Optional<Section> table = Optional.empty();
      Optional<Section> names = Optional.empty();
      for (Section section : sections()) {
        if (section.type() == Section.SYMTAB && section.link() < sections().size()) {
          table = Optional.of(section);
          names = Optional.of(sections().get(section.link()));
        }
      }
      symbols = Optional.of(new SymbolTable(bytes, dynamic, table, names));
    }
    return symbols.get();
  }

  private Relocations relocations() throws FormatException {
    if (relocations.isEmpty()) {
      relocations = Optional.of(new Relocations(bytes, dynamic, symbols()));
    }
    return relocations.get();
  }

  private FrameDescriptions frames() throws FormatException {
    if (frames.isEmpty()) {
      frames = Optional.of(FrameDescriptions.of(this, bytes));
    }
    return frames.get();
  }

  private List<Segment> readSegments() throws FormatException {
    long table = bytes.word(32);
    int count = bytes.uint16(56);
    if (bytes.uint16(54) != 56 || count > MAX_HEADERS) {
      throw bytes.odd(54, count + " program headers of " + bytes.uint16(54) + " bytes");
    }
    List<Segment> found = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long at = table + i * 56L;
      Segment segment =
          new Segment(
              bytes.int32(at),
              bytes.int32(at + 4),
              bytes.word(at + 8),
              bytes.word(at + 16),
              bytes.word(at + 32),
              bytes.word(at + 40));
      if (segment.type() == Segment.LOAD
          && (segment.fileOffset() < 0
              || segment.fileSize() < 0
              || segment.fileOffset() > bytes.size() - segment.fileSize())) {
        throw bytes.odd(
            at, "segment " + i + " ends past the end of the file at 0x" + hex(bytes.size()));
      }
      found.add(segment);
    }
    return List.copyOf(found);
  }

  private List<Section> readSections() throws FormatException {
    long table = bytes.word(40);
    int count = bytes.uint16(60);
    int namesIndex = bytes.uint16(62);
    if (table == 0 || count == 0 || namesIndex >= count) {
      return List.of();
    }
    long names = bytes.word(table + namesIndex * 64L + 24);
    List<Section> found = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long at = table + i * 64L;
      found.add(
          new Section(
              bytes.text(names + bytes.uint32(at)),
              bytes.int32(at + 4),
              bytes.word(at + 8),
              bytes.word(at + 16),
              bytes.word(at + 24),
              bytes.word(at + 32),
              bytes.int32(at + 40)));
    }
    return List.copyOf(found);
  }

  private static String hex(long number) {
    return Long.toHexString(number);
  }
}
