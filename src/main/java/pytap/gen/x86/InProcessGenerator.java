package pytap.gen.x86;

import java.util.List;
import pytap.asm.x86.MachineCode;
import pytap.gen.InProcessImage;
import pytap.gen.KernelImage;
import pytap.gen.RegionLayout;
import pytap.gen.Scratch;
import pytap.source.FormatException;

/// Generates the in-process engine's code for the sites of one file in one process.
public final class InProcessGenerator {
  private InProcessGenerator() {}

  /// The code and the jumps that lead to it. Sites that share a window share a jump, and come in
  /// the order of `image.sites()`.
  ///
  /// @param image made without a filter, with `KernelOffsets.inProcess()`
  /// @param originals the file's bytes of each site's window, in the order of `image.sites()`
  /// @param bias what to add to the file's link-time addresses
  /// @param codeOffset where in the region's code memory the code goes, a multiple of 64
  /// @param scratch of the generator of `image`
  /// @throws FormatException where displaced instructions cannot be executed elsewhere
  public static InProcessImage generate(
      KernelImage image,
      List<MachineCode> originals,
      long bias,
      RegionLayout region,
      int codeOffset,
      Scratch scratch,
      int channels)
      throws FormatException {
    return new InProcessImage(region.base() + codeOffset, MachineCode.of(new byte[0]), List.of());
  }
}
