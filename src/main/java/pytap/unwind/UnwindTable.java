package pytap.unwind;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.elf.ElfFile;
import pytap.source.FormatException;

/// The `.eh_frame` of one file (Linux Standard Base 5.0, core, 10.6; DWARF 5, 6.4). Addresses are
/// link-time addresses.
public final class UnwindTable {
  private final ElfFile file;

  public UnwindTable(ElfFile file) {
    this.file = file;
  }

  /// The rules at the instruction at `pc`; empty where no entry covers it.
  public Optional<FrameRules> at(long pc) throws FormatException {
    OptionalLong entry = file.frameDescriptionAt(pc);
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    TableReader reader = new TableReader(file, entry.getAsLong());
    long length = reader.uint32();
    long end = reader.position() + length;
    long pointerAt = reader.position();
    SharedEntry common = common(pointerAt - reader.uint32());
    long start = reader.pointer(common.encoding());
    reader.pointer(common.encoding() & 0x0f);
    if (common.augmented()) {
      long skipped = reader.unsignedLeb128();
      reader.moveTo(reader.position() + skipped);
    }
    FrameRules rules = new FrameRules(file, common.signal());
    FrameRules initial = new FrameRules(file, common.signal());
    TableReader instructions = new TableReader(file, common.instructions());
    new Interpreter(instructions, common, initial, rules).run(common.end(), start, pc);
    initial.restore(rules);
    new Interpreter(reader, common, initial, rules).run(end, start, pc);
    return Optional.of(rules);
  }

  /// A common information entry.
  ///
  /// @param encoding of the addresses in its frame descriptions
  /// @param augmented they hold augmentation data
  /// @param signal they describe the kernel's frames for signal handlers
  /// @param instructions where its own begin
  private record SharedEntry(
      long codeAlignment,
      long dataAlignment,
      int encoding,
      boolean augmented,
      boolean signal,
      long instructions,
      long end) {}

  private SharedEntry common(long address) throws FormatException {
    TableReader reader = new TableReader(file, address);
    long length = reader.uint32();
    long end = reader.position() + length;
    reader.uint32(); // 0: the id of a common information entry
    int version = reader.uint8();
    StringBuilder augmentation = new StringBuilder();
    for (int letter = reader.uint8(); letter != 0; letter = reader.uint8()) {
      augmentation.append((char) letter);
    }
    long codeAlignment = reader.unsignedLeb128();
    long dataAlignment = reader.signedLeb128();
    if (version == 1) {
      reader.uint8();
    } else {
      reader.unsignedLeb128();
    }
    int encoding = 0;
    boolean signal = false;
    long instructions = reader.position();
    boolean augmented = !augmentation.isEmpty() && augmentation.charAt(0) == 'z';
    if (augmented) {
      long bytes = reader.unsignedLeb128();
      instructions = reader.position() + bytes;
      for (int i = 1; i < augmentation.length(); i++) {
        switch (augmentation.charAt(i)) {
          case 'R' -> encoding = reader.uint8();
          case 'L' -> reader.uint8();
          case 'P' -> reader.pointer(reader.uint8());
          case 'S' -> signal = true;
          default -> {}
        }
      }
    }
    return new SharedEntry(
        codeAlignment, dataAlignment, encoding, augmented, signal, instructions, end);
  }

  /// Runs call frame instructions up to the row that holds a pc.
  private static final class Interpreter {
    private final TableReader reader;
    private final SharedEntry common;
    private final FrameRules initial;
    private final FrameRules rules;
    private final Deque<FrameRules> remembered = new ArrayDeque<>();
    private long location;

    Interpreter(TableReader reader, SharedEntry common, FrameRules initial, FrameRules rules) {
      this.reader = reader;
      this.common = common;
      this.initial = initial;
      this.rules = rules;
    }

    void run(long end, long start, long pc) throws FormatException {
      location = start;
      while (reader.position() < end && location <= pc) {
        step(reader.uint8(), pc);
      }
    }

    private void step(int instruction, long pc) throws FormatException {
      int operand = instruction & 0x3f;
      switch (instruction >> 6) {
        case 1 -> advance(operand, pc);
        case 2 -> rules.rule(operand, atOffset(reader.unsignedLeb128()));
        case 3 -> rules.rule(operand, initial.rule(operand));
        default -> extended(operand, pc);
      }
    }

    /// Rows beyond `pc` do not count.
    private void advance(long delta, long pc) {
      location += delta * common.codeAlignment();
      if (location > pc) {
        reader.moveTo(Long.MAX_VALUE);
      }
    }

    private Rule atOffset(long factored) {
      return new Rule.AtOffset(factored * common.dataAlignment());
    }

    private void extended(int instruction, long pc) throws FormatException {
      switch (instruction) {
        case 0x00 -> {}
        case 0x01 -> location = reader.pointer(common.encoding());
        case 0x02 -> advance(reader.uint8(), pc);
        case 0x03 -> advance(reader.uint16(), pc);
        case 0x04 -> advance(reader.uint32(), pc);
        case 0x05 -> {
          long register = reader.unsignedLeb128();
          rules.rule(register, atOffset(reader.unsignedLeb128()));
        }
        case 0x06 -> {
          long register = reader.unsignedLeb128();
          rules.rule(register, initial.rule(register));
        }
        case 0x07 -> rules.rule(reader.unsignedLeb128(), new Rule.Undefined());
        case 0x08 -> rules.rule(reader.unsignedLeb128(), new Rule.SameValue());
        case 0x09 -> {
          long register = reader.unsignedLeb128();
          rules.rule(register, new Rule.InRegister((int) reader.unsignedLeb128()));
        }
        case 0x0a -> remembered.push(rules.copy());
        case 0x0b -> rules.restore(remembered.pop());
        case 0x0c -> rules.cfa(reader.unsignedLeb128(), reader.unsignedLeb128());
        case 0x0d -> rules.cfaRegister(reader.unsignedLeb128());
        case 0x0e -> rules.cfaOffset(reader.unsignedLeb128());
        default -> rare(instruction);
      }
    }

    private void rare(int instruction) throws FormatException {
      switch (instruction) {
        case 0x0f -> {
          long length = reader.unsignedLeb128();
          rules.cfaExpression(reader.position(), length);
          reader.moveTo(reader.position() + length);
        }
        case 0x10, 0x16 -> {
          long register = reader.unsignedLeb128();
          long length = reader.unsignedLeb128();
          long at = reader.position();
          rules.rule(
              register,
              instruction == 0x10
                  ? new Rule.AtExpression(at, length)
                  : new Rule.OfExpression(at, length));
          reader.moveTo(at + length);
        }
        case 0x11 -> {
          long register = reader.unsignedLeb128();
          rules.rule(register, atOffset(reader.signedLeb128()));
        }
        case 0x12 ->
            rules.cfa(reader.unsignedLeb128(), reader.signedLeb128() * common.dataAlignment());
        case 0x13 -> rules.cfaOffset(reader.signedLeb128() * common.dataAlignment());
        case 0x14, 0x15 -> {
          long register = reader.unsignedLeb128();
          long offset = instruction == 0x14 ? reader.unsignedLeb128() : reader.signedLeb128();
          rules.rule(register, new Rule.OfOffset(offset * common.dataAlignment()));
        }
        case 0x2e -> reader.unsignedLeb128(); // GNU: size of the arguments
        default ->
            throw new FormatException(
                ".eh_frame",
                reader.position() - 1,
                "an unknown call frame instruction 0x" + Integer.toHexString(instruction));
      }
    }
  }
}
