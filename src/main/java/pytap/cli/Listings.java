package pytap.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import pytap.compile.Compiler;
import pytap.gen.KernelImage;
import pytap.gen.bpf.KernelGenerator;
import pytap.gen.bpf.KernelOffsets;
import pytap.ir.Printer;
import pytap.ir.Probe;
import pytap.ir.Program;
import pytap.place.Plan;
import pytap.place.RecordLayout;
import pytap.probe.ProbeSite;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.source.TracerException;

/// What `-p2`, `-p3` and `-p4` print.
final class Listings {
  /// Stands for offsets that only the kernel which will run the program knows.
  private static final KernelOffsets NO_KERNEL = new KernelOffsets(0, 0, 0, 0, 0, 0, 0);

  private Listings() {}

  /// The typed program.
  static String program(Compiler.Output output) {
    return Printer.print(output.plan().program());
  }

  /// The channels: what each captures, and its sites in the file that the script names or, where it
  /// names none, in the default Python.
  static String plan(Compiler.Output output, MarkerResolver resolver) throws TracerException {
    StringBuilder out = new StringBuilder();
    for (Plan.Channel channel : output.plan().channels()) {
      out.append("# channel ").append(channel.id()).append('\n');
      for (Probe handler : channel.handlers()) {
        out.append(handler.written()).append(": handler ").append(handler.index()).append('\n');
      }
      for (RecordLayout.Slot slot : channel.layout().slots()) {
        out.append("  at ").append(slot.offset()).append(": ").append(slot.capture()).append('\n');
      }
      for (ResolvedMarker marker : markers(resolver, channel)) {
        out.append("  in ").append(marker.file().path()).append(": ");
        out.append(marker.sites().mechanism()).append('\n');
        for (ProbeSite site : marker.sites().sites()) {
          out.append("    ").append(site(site)).append('\n');
        }
      }
    }
    return out.toString();
  }

  /// One line for `-v`.
  static String summary(Compiler.Output output, long nanos) {
    Program program = output.plan().program();
    return "compiled: probes "
        + program.probes().size()
        + ", functions "
        + program.functions().size()
        + ", globals "
        + program.globals().size()
        + ", markers "
        + output.plan().channels().size()
        + ", in "
        + nanos / 1_000_000
        + " ms";
  }

  private static String site(ProbeSite site) {
    return "0x" + Long.toHexString(site.address()) + " " + site.what() + ", " + site.cost();
  }

  private static List<ResolvedMarker> markers(MarkerResolver resolver, Plan.Channel channel)
      throws TracerException {
    return channel.point().process().isPresent()
        ? resolver.named(channel)
        : resolver.ofDefaultPython(channel);
  }

  /// The handlers' bytecode, and the kernel programs for the files that the script names or, where
  /// it names none, for the default Python.
  static String code(Compiler.Output output, MarkerResolver resolver) throws TracerException {
    StringBuilder out = new StringBuilder(output.handlers().print());
    KernelGenerator generator = new KernelGenerator(output.plan(), NO_KERNEL, 1, true);
    Map<Path, List<KernelImage.ArmedSite>> files = new LinkedHashMap<>();
    for (Plan.Channel channel : output.plan().channels()) {
      for (ResolvedMarker marker : markers(resolver, channel)) {
        List<KernelImage.ArmedSite> sites =
            files.computeIfAbsent(marker.file().path(), absent -> new ArrayList<>());
        for (ProbeSite site : marker.sites().sites()) {
          sites.add(new KernelImage.ArmedSite(channel.id(), site));
        }
      }
    }
    for (Map.Entry<Path, List<KernelImage.ArmedSite>> file : files.entrySet()) {
      out.append("# ").append(file.getKey()).append('\n');
      out.append(generator.generate(file.getValue()));
    }
    return out.toString();
  }
}
