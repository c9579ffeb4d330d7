package pytap.resolve;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import pytap.elf.ElfFile;
import pytap.elf.Symbol;
import pytap.probe.Argument;
import pytap.probe.Condition;
import pytap.probe.Gap;
import pytap.probe.Glob;
import pytap.probe.MarkerSites;
import pytap.probe.Occasion;
import pytap.probe.ProbeSite;
import pytap.probe.Register;
import pytap.probe.Value;
import pytap.source.FormatException;
import pytap.source.TracerException;
import pytap.target.DebugFile;

/// The functions of one file by name, and where their probes stand. Names come from the file's own
/// symbol tables and, where the full one was stripped, from its separate debugging information.
///
/// A function begins where its symbol says; its arguments are where the ABI puts integers and
/// pointers (System V ABI for x86-64 1.0, 3.2.3). The kernel catches returns by changing return
/// addresses on the stack, so the eval function's are refused.
final class NativeFunctions {
  private static final int INDIRECT = 10;

  private static final List<Register> IN_REGISTERS =
      List.of(Register.RDI, Register.RSI, Register.RDX, Register.RCX, Register.R8, Register.R9);

  private static final List<Argument> GIVEN = given();
  private static final List<Argument> RETURNED =
      List.of(new Argument.Scalar(Value.register(Register.RAX)));

  private static final Set<String> EVAL_FUNCTIONS =
      Set.of("_PyEval_EvalFrameDefault", "PyEval_EvalFrameEx", "PyEval_EvalFrame");

  private static final String SWITCHERS =
      "the kernel changes return addresses on the stack for it; do not use it on programs that"
          + " switch stacks, as greenlet and gevent do";

  private final FileImage file;
  private final Occasion.Function wanted;

  private NativeFunctions(FileImage file, Occasion.Function wanted) {
    this.file = file;
    this.wanted = wanted;
  }

  private static List<Argument> given() {
    List<Argument> arguments = new ArrayList<>();
    for (int i = 0; i < Occasion.Function.ARGUMENTS; i++) {
      arguments.add(
          new Argument.Scalar(
              i < IN_REGISTERS.size()
                  ? Value.register(IN_REGISTERS.get(i))
                  // Above the return address.
                  : Value.word(Value.register(Register.RSP), 8L * (i - IN_REGISTERS.size() + 1))));
    }
    return List.copyOf(arguments);
  }

  /// The places of `wanted` in `file`, by the names of the functions.
  ///
  /// @throws TracerException UNSUPPORTED_MARKER where there are none
  static List<MarkerSites> in(FileImage file, Occasion.Function wanted) throws TracerException {
    try {
      return new NativeFunctions(file, wanted).find();
    } catch (FormatException odd) {
      throw FileCatalog.unreadable(file.path(), odd);
    }
  }

  private List<MarkerSites> find() throws TracerException, FormatException {
    ElfFile elf = file.elf();
    List<Symbol> known = new ArrayList<>(elf.exportedFunctions());
    boolean full = elf.section(".symtab").isPresent();
    if (!wanted.exported()) {
      Optional<ElfFile> debug = full ? Optional.empty() : DebugFile.of(elf);
      full |= debug.isPresent();
      known.addAll((debug.isPresent() ? debug.get() : elf).functionSymbols());
    }
    Map<Long, String> names = new LinkedHashMap<>();
    Collection<String> chosenLater = new TreeSet<>();
    Collection<String> unfit = new TreeSet<>();
    for (Symbol symbol : known) {
      String name = plain(symbol.name());
      if (!fits(name) || isRefused(name)) {
        continue;
      }
      if (symbol.type() == INDIRECT) {
        chosenLater.add(name);
      } else if (elf.executable(symbol.address())) {
        if (canBeProbed(symbol.address())) {
          names.merge(symbol.address(), name, NativeFunctions::plainer);
        } else {
          unfit.add(name);
        }
      }
    }
    if (names.isEmpty()) {
      throw missing(full, chosenLater, unfit);
    }
    Map<String, Set<Long>> found = new LinkedHashMap<>();
    names.forEach(
        (address, name) -> found.computeIfAbsent(name, absent -> new TreeSet<>()).add(address));
    List<MarkerSites> sites = new ArrayList<>();
    for (Map.Entry<String, Set<Long>> function : found.entrySet()) {
      sites.add(sites(function.getKey(), function.getValue(), sites.isEmpty()));
    }
    return sites;
  }

  /// Without the version that a symbol table may have behind it.
  private static String plain(String name) {
    int at = name.indexOf('@');
    return at < 0 ? name : name.substring(0, at);
  }

  /// Of several names of one function the one that its users know: `printf`, not `_IO_printf`.
  private static String plainer(String one, String other) {
    return underscores(other) < underscores(one) ? other : one;
  }

  private static int underscores(String name) {
    int count = 0;
    while (count < name.length() && name.charAt(count) == '_') {
      count++;
    }
    return count;
  }

  /// The parts that compilers put elsewhere because they are seldom run are no functions.
  private boolean fits(String name) {
    return wanted.isPattern()
        ? Glob.fits(wanted.function(), name) && name.indexOf(".cold") < 0
        : wanted.function().equals(name);
  }

  private boolean isRefused(String name) {
    return wanted.side() == Occasion.Side.RETURN
        && file.python().isPresent()
        && EVAL_FUNCTIONS.contains(name);
  }

  /// The kernel takes no instruction with the prefix of a segment other than FS and GS or with LOCK
  /// (Linux 6.6 arch/x86/kernel/uprobes.c `is_prefix_bad`). Of those that begin with VEX and EVEX
  /// it takes some, and does what another instruction with the same opcode would do: where `memset`
  /// begins with `vpbroadcastb`, whose opcode is that of `jp`, it jumps.
  private boolean canBeProbed(long address) throws FormatException {
    for (long at = address; ; at++) {
      switch (file.elf().uint8(at)) {
        case 0x26, 0x2e, 0x36, 0x3e, 0xf0, 0x62, 0xc4, 0xc5 -> {
          return false;
        }
        case 0x64, 0x65, 0x66, 0x67, 0xf2, 0xf3 -> {}
        default -> {
          return true;
        }
      }
    }
  }

  private MarkerSites sites(String name, Set<Long> addresses, boolean first) {
    boolean returns = wanted.side() == Occasion.Side.RETURN;
    List<ProbeSite> sites = new ArrayList<>();
    for (long address : addresses) {
      OptionalLong offset = file.elf().fileOffset(address);
      sites.add(
          new ProbeSite(
              address,
              offset.orElseThrow(),
              OptionalLong.empty(),
              new Condition.Always(),
              Optional.empty(),
              returns ? RETURNED : GIVEN,
              ProbeSite.Cost.SINGLE_STEPPED,
              name));
    }
    List<Gap> gaps =
        returns && first && file.python().isPresent()
            ? List.of(new Gap.Always(SWITCHERS))
            : List.of();
    return new MarkerSites(
        name, "the function of that name" + (returns ? ", where it returns" : ""), sites, gaps);
  }

  private TracerException missing(
      boolean full, Collection<String> chosenLater, Collection<String> unfit) {
    String tried =
        "find the function " + wanted.function() + wanted.suffix() + " in " + file.path();
    if (isRefused(wanted.function())) {
      return refused(
          tried,
          "the kernel catches returns by changing return addresses on the stack, which kills"
              + " Pythons that switch stacks",
          "python.function.return tells of every frame that ends");
    }
    if (!unfit.isEmpty()) {
      return refused(
          tried,
          "the kernel cannot probe the instruction with which it begins",
          "probe what calls it");
    }
    if (!chosenLater.isEmpty()) {
      return refused(
          tried,
          "which code " + String.join(", ", chosenLater) + " is, is chosen when a program starts",
          "probe the function that is chosen, whose name begins with __" + wanted.function());
    }
    return full
        ? refused(tried, "the file has no function of that name", "")
        : refused(
            tried,
            "no function that the file exports has that name, and of others the names were"
                + " stripped",
            "install the file's debugging information (in /usr/lib/debug)");
  }

  private static TracerException refused(String tried, String found, String remedy) {
    return new TracerException(TracerException.Kind.UNSUPPORTED_MARKER, tried, found, remedy);
  }
}
