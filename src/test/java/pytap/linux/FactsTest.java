package pytap.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import pytap.source.TracerException;

/// What the room says about the machine and about this process.
final class FactsTest {
  private static Privileges with(String bits) {
    return Privileges.parse("Name:\tjava\nCapPrm:\t0000000000000000\nCapEff:\t" + bits + "\nX:\n");
  }

  @Test
  void missingCapabilitiesAreNamed() {
    assertThatThrownBy(() -> with("0000000000000000").requireTracing())
        .isInstanceOf(TracerException.class)
        .hasMessage(
            "trace with eBPF: this process lacks CAP_BPF and CAP_PERFMON (run pytap as root)");
    assertThatThrownBy(() -> with("0000008000000000").requireTracing())
        .isInstanceOf(TracerException.class)
        .hasMessage("trace with eBPF: this process lacks CAP_PERFMON (run pytap as root)");
    assertThatThrownBy(() -> with("0000004000000000").requireTracing())
        .isInstanceOf(TracerException.class)
        .hasMessage("trace with eBPF: this process lacks CAP_BPF (run pytap as root)");
  }

  @Test
  void bothCapabilitiesOrTheAdministratorsSuffice() throws TracerException {
    with("000000c000000000").requireTracing();
    with("0000000000200000").requireTracing();
    assertThat(with("000001fffeffffff").missingForTracing()).isEmpty();
  }

  @Test
  void aKernelWithoutBpfIsToldFromOneThatForbidsIt() {
    assertThatThrownBy(() -> Features.probe(FakeKernel.failing(2, Errno.ENOSYS)))
        .isInstanceOf(TracerException.class)
        .hasMessage(
            "trace with eBPF: this kernel has no bpf system call"
                + " (a kernel with CONFIG_BPF_SYSCALL=y is needed)");
    assertThatThrownBy(() -> Features.probe(FakeKernel.failing(2, Errno.EPERM)))
        .isInstanceOf(TracerException.class)
        .hasMessage(
            "trace with eBPF: the kernel answered EPERM (operation not permitted) although CAP_BPF"
                + " and CAP_PERFMON are in effect (a container, a user namespace, kernel lockdown"
                + " or a security module may forbid it; run pytap as root of the host)");
  }

  @Test
  void aKernelThatDoesNotKnowUprobeMultiGetsPerfEvents() throws TracerException {
    int linkCreate = 4;
    Features features = Features.probe(FakeKernel.failing(linkCreate, Errno.EINVAL));
    assertThat(features.uprobeMulti()).isFalse();
    assertThat(features.uprobeType()).isEqualTo(ProgramType.UPROBE_PERF);
    assertThat(Features.probe(new FakeKernel()).uprobeType()).isEqualTo(ProgramType.UPROBE_MULTI);
  }

  @Test
  void kernelReleasesAreRead() {
    assertThat(KernelVersion.parse("6.1.0-18-amd64")).isEqualTo(new KernelVersion(6, 1));
    assertThat(KernelVersion.parse("5.17")).isEqualTo(new KernelVersion(5, 17));
    assertThat(KernelVersion.parse("6.18.44-x")).isEqualTo(new KernelVersion(6, 18));
    assertThat(new KernelVersion(5, 15).isBefore(new KernelVersion(5, 17))).isTrue();
    assertThat(new KernelVersion(6, 1).isBefore(new KernelVersion(5, 17))).isFalse();
  }

  @Test
  void processorListsAreRead() {
    assertThat(Processors.parse("0-1\n")).isEqualTo(2);
    assertThat(Processors.parse("0\n")).isEqualTo(1);
    assertThat(Processors.parse("0-3,8-11\n")).isEqualTo(12);
  }

  @Test
  void kernelTimeBecomesTimeOfDay() throws TracerException {
    Clocks clocks = Clocks.read(new LinuxKernel());
    Instant before = Instant.now();
    long nanos = System.nanoTime() + clocks.monotonicToRealNanos();
    Instant after = Instant.now();
    Instant told = Instant.ofEpochSecond(0, nanos);
    assertThat(told).isBetween(before.minusNanos(50_000), after.plusNanos(50_000));
    assertThat(clocks.bootToRealNanos())
        .isLessThanOrEqualTo(clocks.monotonicToRealNanos() + 50_000);
  }

  @Test
  void refusalsSayWhatWasTriedFoundAndToDo() {
    assertThat(Refusal.of("create a map", -Errno.ENOMEM))
        .hasMessage(
            "create a map: the kernel has not enough memory (a smaller buffer (-s) may fit)");
    assertThat(Refusal.of("create a map", -Errno.EMFILE))
        .hasMessage("create a map: too many open files (raise the limit: ulimit -n)");
    assertThat(Refusal.of("create a map", -Errno.EBUSY))
        .hasMessage("create a map: the kernel answered EBUSY (busy)");
    assertThat(Refusal.of("create a map", -999))
        .hasMessage("create a map: the kernel answered errno 999");
    assertThat(Refusal.of("create a map", -Errno.ENOSYS).kind())
        .isEqualTo(TracerException.Kind.NO_BPF);
    assertThat(Refusal.of("create a map", -Errno.EPERM).kind())
        .isEqualTo(TracerException.Kind.NO_PERMISSION);
  }
}
