package pytap.gen.x86;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.x86.Assembler;
import pytap.asm.x86.Label;
import pytap.asm.x86.MachineCode;
import pytap.gen.Counters;
import pytap.gen.DataPage;
import pytap.gen.InProcessImage;
import pytap.gen.KernelImage;
import pytap.gen.RegionLayout;
import pytap.gen.Scratch;
import pytap.probe.Callback;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.source.FormatException;

/// Generates the in-process engine's code for the sites of one file in one process.
public final class InProcessGenerator {
  /// `struct pt_regs` (Linux 6.6 arch/x86/include/asm/ptrace.h).
  private static final int REGISTERS_BYTES = 168;

  /// The hook of a gate belongs to no site.
  private static final int NO_SITE = -1;

  /// `xor %eax,%eax; ret`: how a callback ends.
  private static final MachineCode RETURN_0 =
      MachineCode.of(new byte[] {0x31, (byte) 0xc0, (byte) 0xc3});

  private final KernelImage image;
  private final Map<PatchWindow, MachineCode> originals;
  private final long bias;
  private final RegionLayout region;
  private final long address;
  private final Map<PatchWindow, List<Integer>> windows = new LinkedHashMap<>();
  private final Map<Callback, List<Integer>> callbacks = new LinkedHashMap<>();
  private final Map<PatchWindow, Label> gates = new LinkedHashMap<>();

  private InProcessGenerator(
      KernelImage image,
      Map<PatchWindow, MachineCode> originals,
      long bias,
      RegionLayout region,
      long address) {
    this.image = image;
    this.originals = Map.copyOf(originals);
    this.bias = bias;
    this.region = region;
    this.address = address;
  }

  /// The code and the jumps and links that lead to it. Sites that share a window or a callback
  /// share what leads there, and come in the order of `image.sites()`.
  ///
  /// @param image made without a filter, with `KernelOffsets.inProcess()`
  /// @param originals the file's bytes of each window that a site has, or that its callback has
  /// @param bias what to add to the file's link-time addresses
  /// @param codeOffset where in the region's code memory the code goes, a multiple of 64
  /// @param scratch of the generator of `image`
  /// @param channels how many the plan has
  /// @throws FormatException where displaced instructions cannot be executed elsewhere
  public static InProcessImage generate(
      KernelImage image,
      Map<PatchWindow, MachineCode> originals,
      long bias,
      RegionLayout region,
      int codeOffset,
      Scratch scratch,
      int channels)
      throws FormatException {
    return generate(verify(image, scratch, channels), image, originals, bias, region, codeOffset);
  }

  /// The same where the program of `image` was verified before.
  public static InProcessImage generate(
      Verified program,
      KernelImage image,
      Map<PatchWindow, MachineCode> originals,
      long bias,
      RegionLayout region,
      int codeOffset)
      throws FormatException {
    return new InProcessGenerator(image, originals, bias, region, region.base() + codeOffset)
        .generate(program);
  }

  /// Verifies the program of `image`: the part of [#generate] for which no process is needed.
  public static Verified verify(KernelImage image, Scratch scratch, int channels)
      throws FormatException {
    return Verifier.verify(image.program(), contract(scratch, channels));
  }

  /// The functions and the program, without a way to get there.
  ///
  /// @param entry where in the code the program's entry is, see the package's ABI
  record ProgramCode(long address, MachineCode code, int entry) {}

  /// The program alone, as [#generate] has it.
  static ProgramCode program(
      KernelImage image, RegionLayout region, int codeOffset, Scratch scratch, int channels)
      throws FormatException {
    Verified verified = verify(image, scratch, channels);
    long address = region.base() + codeOffset;
    Assembler code = new Assembler(address);
    Label entry = program(code, region, verified);
    MachineCode finished = MachineCode.of(code.finish());
    return new ProgramCode(address, finished, code.offset(entry));
  }

  private static Label program(Assembler code, RegionLayout region, Verified verified) {
    Map<BpfFunction, Linkage.Target> functions = new EnumMap<>(BpfFunction.class);
    new EngineFunctions(code, region).emit(functions);
    return Translator.translate(code, verified, new Linkage(ControlPage.MAPS, functions));
  }

  /// In the order of [pytap.gen.KernelMap].
  private static Contract contract(Scratch scratch, int channels) {
    return new Contract(
        REGISTERS_BYTES,
        false,
        List.of(
            new Contract.MapShape.Ring(),
            new Contract.MapShape.Hash(4, 1),
            new Contract.MapShape.Array(scratch.valueBytes(), 1),
            new Contract.MapShape.Array(Counters.valueBytes(channels), 1)));
  }

  private InProcessImage generate(Verified verified) throws FormatException {
    Assembler code = new Assembler(address);
    Trampolines trampolines = new Trampolines(code, region);
    trampolines.shared(program(code, region, verified));
    find();
    List<Label> entries = new ArrayList<>();
    for (Map.Entry<PatchWindow, List<Integer>> window : windows.entrySet()) {
      Label entry = code.label("site " + window.getValue());
      entries.add(entry);
      code.bind(entry);
      trampolines.site(
          visits(window.getValue()),
          original(window.getKey()),
          window.getKey().address() + bias,
          address);
    }
    List<Keeper> keepers = new ArrayList<>();
    List<List<Label>> functions = new ArrayList<>();
    for (Map.Entry<Callback, List<Integer>> callback : callbacks.entrySet()) {
      List<Label> made = functions(code, trampolines, callback.getKey(), callback.getValue());
      functions.add(made);
      if (callback.getKey() instanceof Callback.PerThread words) {
        keepers.addAll(keepers(code, words, made, callback.getValue().getFirst()));
      }
    }
    MachineCode finished = MachineCode.of(code.finish());
    List<InProcessImage.Hook> hooks = hooks(code, entries);
    for (Keeper keeper : keepers) {
      hooks.add(hook(keeper.site(), keeper.window(), address + code.offset(keeper.entry())));
    }
    hooks.addAll(gateHooks(code));
    return new InProcessImage(address, finished, hooks, links(code, functions));
  }

  /// A jump that keeps a callback in place.
  private record Keeper(int site, PatchWindow window, Label entry) {}

  private List<Keeper> keepers(
      Assembler code, Callback.PerThread words, List<Label> functions, int site)
      throws FormatException {
    ProbeSite its = image.sites().get(site).site();
    PatchWindow window =
        its.window()
            .orElseThrow(
                () -> new FormatException("site", its.address(), "no window: " + its.what()));
    PatchWindow setter = words.setter().window();
    requireApart(window, windows.keySet(), its.what());
    requireApart(setter, windows.keySet(), its.what());
    Label entry = code.label("keeper");
    code.bind(entry);
    new ThreadKeeper(code, region, link(words.slots(), List.of()))
        .keep(functions, original(window), window.address() + bias, address);
    Label setting = code.label("setter");
    code.bind(setting);
    new ThreadKeeper(code, region, link(words.slots(), List.of()))
        .change(
            words.setter().argument(),
            functions,
            original(setter),
            setter.address() + bias,
            address);
    return List.of(new Keeper(site, window, entry), new Keeper(site, setter, setting));
  }

  private List<Label> functions(
      Assembler code, Trampolines trampolines, Callback callback, List<Integer> sites)
      throws FormatException {
    return switch (callback) {
      case Callback.Listed listed -> {
        Label entry = code.label("callback");
        code.bind(entry);
        ListedFunction.begin(code, link(listed, address), listed.farewell());
        trampolines.site(visits(sites), RETURN_0, address, address);
        yield List.of(entry);
      }
      case Callback.PerThread words ->
          new ThreadFunctions(
                  code, words.what(), link(words.slots(), List.of()), trampolines, address)
              .emit(visits(sites));
      case Callback.Monitored monitored -> {
        Label entry = code.label("callback");
        code.bind(entry);
        MonitoredFunction.begin(code, monitored, bias);
        trampolines.site(visits(sites), MonitoredFunction.end(monitored, bias), address, address);
        gates(code, monitored);
        yield List.of(entry);
      }
    };
  }

  private InProcessImage.Link.PerThread link(Callback.Slots slots, List<Long> functions) {
    Callback.ThreadList list = slots.list();
    Callback.ThreadList moved =
        new Callback.ThreadList(
            list.head() + bias,
            list.nextInterpreter(),
            list.threads(),
            list.nextThread(),
            list.current() + bias);
    Callback.Count count =
        slots.count() instanceof Callback.Count.Static(long at)
            ? new Callback.Count.Static(at + bias)
            : slots.count();
    return new InProcessImage.Link.PerThread(
        new Callback.Slots(
            moved, slots.slot(), slots.otherSlot(), slots.depth(), slots.flag(), count),
        functions,
        region.data() + DataPage.REPLACED);
  }

  private void gates(Assembler code, Callback.Monitored monitored) throws FormatException {
    long maintain = Resident.make(region, monitored, bias).maintain();
    for (PatchWindow window : monitored.gates()) {
      requireApart(window, monitored.gates(), "a gate");
      requireApart(window, windows.keySet(), "a gate");
      Label gate = code.label("gate");
      gates.put(window, gate);
      code.bind(gate);
      long from = window.address() + bias;
      Gate.emit(code, region, monitored.interpreter(), maintain, original(window), from, address);
    }
  }

  private InProcessImage.Link link(Callback.Monitored monitored, long function) {
    return new InProcessImage.Link.Monitored(
        Resident.make(region, monitored, bias).code(),
        region.control() + ControlPage.CALLBACK,
        function,
        moved(monitored.nudge()));
  }

  private Callback.Nudge moved(Callback.Nudge nudge) {
    return new Callback.Nudge(
        nudge.interpreters() + bias,
        nudge.next(),
        nudge.threads(),
        nudge.nextThread(),
        nudge.bits());
  }

  private InProcessImage.Link.Listed link(Callback.Listed listed, long function) {
    return new InProcessImage.Link.Listed(
        listed.head() + bias,
        region.data() + DataPage.GUARD_ENTRY,
        region.data() + DataPage.LIST_ENTRY,
        function);
  }

  private List<InProcessImage.Link> links(Assembler code, List<List<Label>> functions) {
    List<InProcessImage.Link> links = new ArrayList<>();
    for (Callback callback : callbacks.keySet()) {
      List<Long> addresses = new ArrayList<>();
      for (Label function : functions.get(links.size())) {
        addresses.add(address + code.offset(function));
      }
      links.add(
          switch (callback) {
            case Callback.Listed listed -> link(listed, addresses.getFirst());
            case Callback.PerThread words -> link(words.slots(), addresses);
            case Callback.Monitored monitored -> link(monitored, addresses.getFirst());
          });
    }
    return links;
  }

  private List<Trampolines.Visit> visits(List<Integer> sites) {
    List<Trampolines.Visit> visits = new ArrayList<>();
    for (int site : sites) {
      long siteAddress = image.sites().get(site).site().address() + bias;
      visits.add(new Trampolines.Visit(site, siteAddress));
    }
    return visits;
  }

  private void find() throws FormatException {
    for (int i = 0; i < image.sites().size(); i++) {
      ProbeSite site = image.sites().get(i).site();
      if (site.callback().isPresent()) {
        callbacks.computeIfAbsent(site.callback().get(), absent -> new ArrayList<>()).add(i);
        continue;
      }
      PatchWindow window =
          site.window()
              .orElseThrow(
                  () -> new FormatException("site", site.address(), "no window: " + site.what()));
      requireApart(window, windows.keySet(), site.what());
      original(window);
      windows.computeIfAbsent(window, absent -> new ArrayList<>()).add(i);
    }
  }

  private void requireApart(PatchWindow window, Collection<PatchWindow> others, String what)
      throws FormatException {
    for (PatchWindow other : others) {
      boolean apart = other.end() <= window.address() || window.end() <= other.address();
      if (!apart && !other.equals(window)) {
        throw new FormatException(
            "site", window.address(), "a window that overlaps another: " + what);
      }
    }
  }

  private MachineCode original(PatchWindow window) {
    MachineCode original = originals.get(window);
    if (original == null || original.sizeBytes() != window.sizeBytes()) {
      throw new IllegalStateException("not the bytes of the window at " + window.address());
    }
    return original;
  }

  private List<InProcessImage.Hook> hooks(Assembler code, List<Label> entries) {
    List<InProcessImage.Hook> hooks = new ArrayList<>();
    for (Map.Entry<PatchWindow, List<Integer>> window : windows.entrySet()) {
      long to = address + code.offset(entries.get(hooks.size()));
      hooks.add(hook(window.getValue().getFirst(), window.getKey(), to));
    }
    return hooks;
  }

  private List<InProcessImage.Hook> gateHooks(Assembler code) {
    List<InProcessImage.Hook> hooks = new ArrayList<>();
    for (Map.Entry<PatchWindow, Label> gate : gates.entrySet()) {
      hooks.add(hook(NO_SITE, gate.getKey(), address + code.offset(gate.getValue())));
    }
    return hooks;
  }

  private InProcessImage.Hook hook(int site, PatchWindow window, long to) {
    long from = window.address() + bias;
    byte[] original = new byte[PatchWindow.JUMP_BYTES];
    System.arraycopy(original(window).toArray(), 0, original, 0, original.length);
    return new InProcessImage.Hook(
        site, from, window.sizeBytes(), MachineCode.of(original), jump(from, to));
  }

  private static MachineCode jump(long from, long to) {
    ByteBuffer jump = ByteBuffer.allocate(PatchWindow.JUMP_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    jump.put((byte) 0xe9).putInt(Math.toIntExact(to - from - PatchWindow.JUMP_BYTES));
    return MachineCode.of(jump.array());
  }
}
