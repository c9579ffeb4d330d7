package pytap.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import pytap.asm.x86.MachineCode;
import pytap.gen.KernelImage;
import pytap.gen.bpf.KernelGenerator;
import pytap.gen.x86.InProcessGenerator;
import pytap.gen.x86.Verified;
import pytap.probe.PatchWindow;
import pytap.probe.ProbeSite;
import pytap.resolve.FileImage;
import pytap.resolve.ResolvedMarker;
import pytap.source.FormatException;
import pytap.source.TracerException;

/// The markers of one file, and all that can be made for them without a process to put it into.
///
/// @param originals what is to be replaced at the sites of `image`
/// @param program that of `image`
record Prepared(
    FileImage file,
    List<ResolvedMarker> markers,
    KernelImage image,
    Map<PatchWindow, MachineCode> originals,
    Verified program) {

  /// @param channels how many the plan has
  /// @throws TracerException where there is no room for jumps
  static Prepared of(
      FileImage file, List<ResolvedMarker> markers, KernelGenerator generator, int channels)
      throws TracerException {
    KernelImage image = generator.generate(sites(markers));
    try {
      Map<PatchWindow, MachineCode> originals = new HashMap<>();
      for (KernelImage.ArmedSite armed : image.sites()) {
        for (PatchWindow window : armed.site().windows()) {
          originals.put(window, original(file, window));
        }
      }
      Verified program = InProcessGenerator.verify(image, generator.scratch(), channels);
      return new Prepared(file, markers, image, originals, program);
    } catch (FormatException odd) {
      throw immovable(file, odd);
    }
  }

  /// What is to be said where instructions of `file` cannot be executed elsewhere.
  static TracerException immovable(FileImage file, FormatException odd) {
    return new TracerException(
        TracerException.Kind.UNSUPPORTED_MARKER,
        "move instructions of " + file.path() + " aside",
        String.valueOf(odd.getMessage()),
        "as root --engine kernel does without");
  }

  private static List<KernelImage.ArmedSite> sites(List<ResolvedMarker> markers)
      throws TracerException {
    List<KernelImage.ArmedSite> sites = new ArrayList<>();
    for (ResolvedMarker marker : markers) {
      for (ProbeSite site : marker.sites().sites()) {
        if (site.window().isEmpty() && site.callback().isEmpty()) {
          throw noWindow(marker, site);
        }
        sites.add(new KernelImage.ArmedSite(marker.channel(), site));
      }
    }
    return sites;
  }

  private static TracerException noWindow(ResolvedMarker marker, ProbeSite site) {
    return new TracerException(
        TracerException.Kind.UNSUPPORTED_MARKER,
        "write a jump for " + marker.sites().marker() + " into " + marker.file().path(),
        "there is no room for one: " + site.what(),
        "as root --engine kernel needs none");
  }

  private static MachineCode original(FileImage file, PatchWindow window) throws FormatException {
    byte[] original = new byte[window.sizeBytes()];
    file.elf().read(window.address(), original, original.length);
    return MachineCode.of(original);
  }
}
