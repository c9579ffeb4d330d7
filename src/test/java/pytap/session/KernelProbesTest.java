package pytap.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import pytap.gen.bpf.KernelGenerator;
import pytap.gen.bpf.KernelOffsets;
import pytap.linux.FakeKernel;
import pytap.linux.Features;
import pytap.linux.Kernel;
import pytap.linux.KernelVersion;
import pytap.place.Plan;
import pytap.resolve.MarkerResolver;
import pytap.resolve.ResolvedMarker;
import pytap.resolve.Surroundings;
import pytap.source.TracerException;

/// What the engine opens it gives back, whichever system call fails.
final class KernelProbesTest {
  private static final int ENOMEM = 12;
  private static final KernelOffsets OFFSETS = new KernelOffsets(8, 16, 24, 32, 40, 48, 56);
  private static final Surroundings SURROUNDINGS =
      new Surroundings("/usr/bin:/bin", "", Path.of("/"));

  private final Plan plan =
      Scripts.compile(
              """
              probe process("/usr/bin/python3").mark("function__entry") { println(pid()) }
              probe process("/usr/bin/python3").mark("function__return") { println(tid()) }
              """)
          .plan();

  private List<ResolvedMarker> markers() throws TracerException {
    MarkerResolver resolver = new MarkerResolver(SURROUNDINGS);
    List<ResolvedMarker> markers = new ArrayList<>();
    for (Plan.Channel channel : plan.channels()) {
      markers.addAll(resolver.named(channel));
    }
    return markers;
  }

  private void useEverything(Kernel kernel, boolean multi, List<ResolvedMarker> markers)
      throws TracerException {
    Features features = new Features(new KernelVersion(6, 6), multi);
    KernelGenerator generator = new KernelGenerator(plan, OFFSETS, 2, true);
    try (KernelProbes engine = KernelProbes.open(kernel, features, plan, generator, 1 << 16)) {
      engine.followTree(OFFSETS, KernelProbes.Executions.STOPPED);
      engine.addToTree(77);
      assertThat(engine.arm(markers)).isPositive();
      assertThat(engine.arm(markers)).isZero();
      assertThat(engine.drain((ring, offset, length) -> {})).isZero();
      assertThat(engine.lost(plan.channels().getFirst())).isZero();
      engine.disarm();
      assertThat(engine.arm(markers)).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whichEverCallFailsEverythingIsGivenBack(boolean multi) throws TracerException {
    List<ResolvedMarker> markers = markers();
    int failures = 0;
    for (int call = 1; ; call++) {
      FakeKernel kernel = FakeKernel.failing(call, ENOMEM);
      boolean threw = false;
      try {
        useEverything(kernel, multi, markers);
      } catch (TracerException expected) {
        threw = true;
        failures++;
      }
      assertThat(kernel.leftovers()).as("after call %d failed", call).isEmpty();
      if (!kernel.hasFailed()) {
        assertThat(threw).isFalse();
        break;
      }
    }
    assertThat(failures).isGreaterThan(12);
  }

  @Test
  void anArmedFileIsNotArmedAgain() throws TracerException {
    FakeKernel kernel = new FakeKernel();
    useEverything(kernel, true, markers());
    assertThat(kernel.calls().stream().filter(call -> call.toString().startsWith("LinkUprobe")))
        .hasSize(2);
    assertThat(kernel.leftovers()).isEmpty();
  }
}
