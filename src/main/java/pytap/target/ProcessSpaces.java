package pytap.target;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import pytap.elf.ElfFile;
import pytap.elf.SourceLines;
import pytap.probe.Register;
import pytap.runtime.AddressSpaces;
import pytap.source.FormatException;
import pytap.unwind.FrameRules;
import pytap.unwind.Registers;
import pytap.unwind.StackMemory;
import pytap.unwind.UnwindTable;

/// What lies where in processes, by their maps and the files they have mapped. Files are opened
/// once and kept; one thread uses it.
public final class ProcessSpaces implements AddressSpaces {
  /// Registers by their DWARF numbers (System V ABI, x86-64 supplement 1.0, figure 3.36).
  private static final Register[] BY_NUMBER = {
    Register.RAX,
    Register.RDX,
    Register.RCX,
    Register.RBX,
    Register.RSI,
    Register.RDI,
    Register.RBP,
    Register.RSP,
    Register.R8,
    Register.R9,
    Register.R10,
    Register.R11,
    Register.R12,
    Register.R13,
    Register.R14,
    Register.R15,
    Register.RIP
  };

  private final MappedFiles files = new MappedFiles();
  private final Map<Path, Optional<Content>> contents = new HashMap<>();
  private final Map<Path, Optional<SourceLines>> lines = new HashMap<>();

  /// What is known of one file.
  private record Content(ElfFile elf, ElfSymbols symbols, UnwindTable unwind) {}

  /// A file and the address in it, as its own tables write it.
  private record Place(Content content, long linkAddress) {}

  /// Looks at a process now, while it is there.
  public void remember(int pid) {
    files.read(pid);
  }

  @Override
  public Optional<Module> module(int pid, long address) {
    Optional<MappedFiles.Entry> entry = files.at(pid, address);
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    Mapping mapping = entry.get().mapping();
    List<Mapping> all = files.ofSameFile(pid, mapping);
    long base = all.getFirst().start() - all.getFirst().offset();
    long link = link(entry.get(), address).map(Place::linkAddress).orElse(address - base);
    return Optional.of(
        new Module(mapping.path(), base, address - base, all.getLast().end() - base, link));
  }

  @Override
  public Optional<Symbol> symbol(int pid, long address) {
    return place(pid, address).flatMap(place -> place.content().symbols().at(place.linkAddress()));
  }

  @Override
  public Optional<Line> line(int pid, long address) {
    Optional<MappedFiles.Entry> entry = files.at(pid, address);
    Optional<Place> place = entry.flatMap(found -> link(found, address));
    if (place.isEmpty()) {
      return Optional.empty();
    }
    Path file = entry.get().file();
    ElfFile elf = place.get().content().elf();
    return lines
        .computeIfAbsent(file, _ -> lines(elf))
        .flatMap(table -> table.at(place.get().linkAddress()))
        .map(at -> new Line(named(at.source(), entry.get().mapping()), at.line()));
  }

  /// SystemTap takes what is relative to an unknown directory for relative to the program's own.
  private static String named(SourceLines.Source source, Mapping mapping) {
    String program = mapping.path();
    return source.relative()
        ? program.substring(0, program.lastIndexOf('/') + 1) + source.path()
        : source.path();
  }

  private static Optional<SourceLines> lines(ElfFile file) {
    try {
      Optional<SourceLines> own = SourceLines.of(file);
      Optional<ElfFile> debug = own.isPresent() ? Optional.empty() : DebugFile.of(file);
      return debug.isPresent() ? SourceLines.of(debug.get()) : own;
    } catch (FormatException odd) {
      return Optional.empty(); // as where there is none
    }
  }

  @Override
  public Optional<String> buildId(int pid, long address) {
    Optional<Place> place = place(pid, address);
    try {
      return place.isPresent() ? place.get().content().elf().buildId() : Optional.empty();
    } catch (FormatException odd) {
      return Optional.empty();
    }
  }

  @Override
  public long[] walk(int pid, long[] registers, byte[] stack, int most) {
    Registers frame = new Registers();
    for (int i = 0; i < BY_NUMBER.length; i++) {
      frame.set(i, registers[BY_NUMBER[i].offset() / Long.BYTES]);
    }
    StackMemory memory = new StackMemory(frame.get(Registers.RSP), stack);
    long[] found = new long[most];
    int count = 0;
    // A return address stands behind the call, which may be a function's very last instruction; the
    // probe's own address and what a signal interrupted are looked up as they are.
    boolean exact = true;
    while (count < most) {
      long pc = frame.pc();
      found[count++] = pc;
      Optional<FrameRules> rules = rules(pid, exact ? pc : pc - 1);
      if (rules.isEmpty()) {
        break;
      }
      Optional<Registers> caller = caller(rules.get(), frame, memory);
      if (caller.isEmpty()) {
        break;
      }
      exact = rules.get().isSignalFrame();
      frame = caller.get();
    }
    return Arrays.copyOf(found, count);
  }

  private Optional<FrameRules> rules(int pid, long pc) {
    Optional<Place> place = place(pid, pc);
    try {
      return place.isPresent()
          ? place.get().content().unwind().at(place.get().linkAddress())
          : Optional.empty();
    } catch (FormatException odd) {
      return Optional.empty(); // the walk ends where its tables do
    }
  }

  private static Optional<Registers> caller(FrameRules rules, Registers frame, StackMemory memory) {
    try {
      return rules.caller(frame, memory);
    } catch (FormatException odd) {
      return Optional.empty();
    }
  }

  private Optional<Place> place(int pid, long address) {
    return files.at(pid, address).flatMap(entry -> link(entry, address));
  }

  private Optional<Place> link(MappedFiles.Entry entry, long address) {
    Optional<Content> content = content(entry.file());
    if (content.isEmpty()) {
      return Optional.empty();
    }
    Mapping mapping = entry.mapping();
    OptionalLong link = content.get().elf().address(address - mapping.start() + mapping.offset());
    return link.isEmpty()
        ? Optional.empty()
        : Optional.of(new Place(content.get(), link.getAsLong()));
  }

  private Optional<Content> content(Path file) {
    Optional<Content> known = contents.get(file);
    if (known == null) {
      known = open(file);
      contents.put(file, known);
    }
    return known;
  }

  private static Optional<Content> open(Path path) {
    try {
      ElfFile elf = ElfFile.open(path);
      return Optional.of(new Content(elf, ElfSymbols.of(elf), new UnwindTable(elf)));
    } catch (IOException | FormatException noElf) {
      return Optional.empty();
    }
  }
}
