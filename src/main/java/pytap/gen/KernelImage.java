package pytap.gen;

import java.util.List;
import pytap.asm.bpf.Program;
import pytap.probe.ProbeSite;

/// The kernel engine's code for the sites of one file.
///
/// @param program attached to every site with a cookie that tells the site
/// @param sites in the order of their cookies
public record KernelImage(Program program, List<ArmedSite> sites) {
  public KernelImage {
    sites = List.copyOf(sites);
  }

  /// A site and the channel whose records it sends.
  public record ArmedSite(int channel, ProbeSite site) {}

  /// The listing that `-p4` prints.
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < sites.size(); i++) {
      ProbeSite site = sites.get(i).site();
      out.append("# site ").append(i).append(": channel ").append(sites.get(i).channel());
      out.append(", 0x").append(Long.toHexString(site.address()));
      out.append(", ").append(site.what()).append('\n');
    }
    return out.append(program).toString();
  }
}
