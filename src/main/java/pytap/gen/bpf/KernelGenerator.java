package pytap.gen.bpf;

import static pytap.asm.bpf.Reg.R0;
import static pytap.asm.bpf.Reg.R1;
import static pytap.asm.bpf.Reg.R10;
import static pytap.asm.bpf.Reg.R2;
import static pytap.asm.bpf.Reg.R6;
import static pytap.asm.bpf.Reg.R7;
import static pytap.asm.bpf.Reg.R8;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import pytap.asm.bpf.Assembler;
import pytap.asm.bpf.BpfFunction;
import pytap.asm.bpf.Jump;
import pytap.asm.bpf.Label;
import pytap.asm.bpf.Size;
import pytap.gen.Counters;
import pytap.gen.KernelImage;
import pytap.gen.KernelMap;
import pytap.gen.Scratch;
import pytap.place.Capture;
import pytap.place.Fact;
import pytap.place.Plan;
import pytap.place.RecordLayout;

/// Generates the kernel engine's program for the sites of one file.
///
/// One program serves all sites, so that one link attaches them all: the site's index is the
/// attachment's cookie, and the program branches on it.
public final class KernelGenerator {
  private record Shared(Plan.Channel channel, Leaves leaves) {}

  private final Plan plan;
  private final KernelOffsets offsets;
  private final Scratch scratch;
  private final boolean filtered;

  /// @param processors how many processors the machine may have
  /// @param filtered only processes in the TREE map count
  public KernelGenerator(Plan plan, KernelOffsets offsets, int processors, boolean filtered) {
    this.plan = plan;
    this.offsets = offsets;
    this.filtered = filtered;
    this.scratch = scratch(plan, processors);
  }

  /// The working memory that the generated programs need.
  public Scratch scratch() {
    return scratch;
  }

  /// The program for `sites`, in the order of their cookies, the first of which is 0.
  public KernelImage generate(List<KernelImage.ArmedSite> sites) {
    return generate(sites, 0);
  }

  /// The program for `sites`, in the order of their cookies.
  ///
  /// @param firstCookie that of the first of them
  public KernelImage generate(List<KernelImage.ArmedSite> sites, int firstCookie) {
    Assembler code = new Assembler("pytap_sites");
    LineEmitter lines = new LineEmitter(code);
    Label exit = code.label("exit");
    code.mov(R6, R1);
    if (filtered) {
      emitFilter(code, exit);
    }
    if (sites.size() > 1 || asksForPlace()) {
      code.mov(R1, R6);
      code.call(BpfFunction.GET_ATTACH_COOKIE);
      code.mov(R8, R0);
    }
    Map<Shared, Label> shared = new LinkedHashMap<>();
    int end = 0;
    for (int i = 0; i < sites.size(); i = end) {
      end = endOfAlike(sites, i);
      Label next = code.label("site_" + end);
      if (end < sites.size()) {
        // The sites before are done with.
        boolean one = end == i + 1;
        code.jumpIf(one ? Jump.NOT_EQUAL : Jump.GREATER, R8, firstCookie + end - 1, next);
      }
      KernelImage.ArmedSite armed = sites.get(i);
      Plan.Channel channel = plan.channels().get(armed.channel());
      Leaves leaves = Leaves.of(channel, armed.site());
      Label record =
          shared.computeIfAbsent(new Shared(channel, leaves), absent -> code.label("record"));
      new SiteEmitter(code, channel, armed.site(), leaves, offsets).emit(record, exit);
      code.bind(next);
    }
    for (Map.Entry<Shared, Label> part : shared.entrySet()) {
      code.bind(part.getValue());
      Shared of = part.getKey();
      new RecordEmitter(code, of.channel(), of.leaves(), scratch, offsets, lines).emit(exit);
      code.jump(exit);
    }
    code.bind(exit);
    code.mov(R0, 0);
    code.exit();
    lines.emitWalks();
    return new KernelImage(code.finish(), sites);
  }

  /// The end of the run of sites from `start` on that have the same code, as those of functions
  /// have. Each of thousands would not fit a branch of its own.
  private static int endOfAlike(List<KernelImage.ArmedSite> sites, int start) {
    KernelImage.ArmedSite first = sites.get(start);
    int end = start + 1;
    while (first.site().isAnywhereTheSame()
        && end < sites.size()
        && sites.get(end).channel() == first.channel()
        && sites.get(end).site().isRecordedLike(first.site())) {
      end++;
    }
    return end;
  }

  private boolean asksForPlace() {
    for (Plan.Channel channel : plan.channels()) {
      for (RecordLayout.Slot slot : channel.layout().slots()) {
        if (slot.capture().equals(new Capture.OfFact(Fact.PLACE))) {
          return true;
        }
      }
    }
    return false;
  }

  /// The process that was hit last is told without a look into the map.
  private void emitFilter(Assembler code, Label exit) {
    Label member = code.label("member");
    int lastMember = Counters.lastMemberOffset(plan.channels().size());
    code.call(BpfFunction.GET_CURRENT_PID_TGID);
    code.shiftRight(R0, 32);
    code.loadMapValue(R7, KernelMap.COUNTERS.number(), lastMember);
    code.load(Size.DOUBLE, R1, R7, 0);
    code.jumpIf(Jump.EQUAL, R0, R1, member);
    code.mov(R8, R0);
    code.store(Size.WORD, R10, -4, R0);
    code.loadMap(R1, KernelMap.TREE.number());
    code.mov(R2, R10);
    code.add(R2, -4);
    code.call(BpfFunction.MAP_LOOKUP_ELEM);
    code.jumpIf(Jump.EQUAL, R0, 0, exit);
    code.store(Size.DOUBLE, R7, 0, R8);
    code.bind(member);
  }

  private static Scratch scratch(Plan plan, int processors) {
    int recordBytes = 0;
    int textBytes = 0;
    for (Plan.Channel channel : plan.channels()) {
      int bytes = channel.layout().fixedBytes();
      for (RecordLayout.Slot slot : channel.layout().slots()) {
        if (slot.capture() instanceof Capture.Text text) {
          int most = Math.max(text.maxBytes() * 4, text.maxBytes() + 1);
          bytes += Integer.highestOneBit(most) * 2;
          textBytes = Math.max(textBytes, Integer.highestOneBit(most) * 2);
        } else if (slot.capture() instanceof Capture.Stack stack) {
          bytes += stack.maxBytes();
          textBytes = Math.max(textBytes, Capture.Stack.PAGE_BYTES);
        }
      }
      recordBytes = Math.max(recordBytes, bytes);
    }
    return Scratch.of(recordBytes, processors, textBytes);
  }
}
