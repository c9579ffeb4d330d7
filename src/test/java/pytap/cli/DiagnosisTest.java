package pytap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import pytap.cli.Examination.Hindrance;
import pytap.cli.Examination.Offer;
import pytap.cli.Examination.Patient;
import pytap.cli.Examination.Python;
import pytap.linux.Capability;

/// What `pytap doctor` says of what it has found.
final class DiagnosisTest {

  @Test
  void whereAllIsWellNothingIsToBeDone() {
    Examination found =
        new Examination(
            "6.12.1",
            new Offer.Works(true),
            List.of(),
            true,
            0,
            Optional.empty(),
            0,
            Optional.of("none"),
            List.of(
                new Python(
                    "/usr/bin/python3.11",
                    "CPython 3.11.2, a release build",
                    List.of("on PATH", "process 7"))),
            Optional.of(
                new Patient(
                    7, Optional.of("/usr/bin/python3.11"), Optional.empty(), Optional.empty())));

    assertThat(Diagnosis.of(found))
        .isEqualTo(
            """
            This machine
              ok    kernel          Linux 6.12.1
              ok    eBPF            programs can be loaded
              ok    uprobe_multi    thousands of places are attached to at once
              ok    capabilities    all that the kernel engine needs
              ok    CAP_SYS_PTRACE  processes of every user may be traced from inside
              ok    ptrace_scope    not in this kernel: a user's processes may trace each other
              ok    seccomp         pytap has no filters
              ok    lockdown        none

            Engines
              ok    kernel          traces every process, present and future
              ok    in-process      traces what -c launches and -x names

            Pythons
              /usr/bin/python3.11
                    CPython 3.11.2, a release build; on PATH, process 7

            Process 7
              ok    program         /usr/bin/python3.11
              ok    kernel          can trace it
              ok    in-process      can trace it
            """);
    assertThat(Diagnosis.isHopeful(found)).isTrue();
  }

  @Test
  void anOrdinaryUserIsToldWhatRemainsAndWhatToDo() {
    Examination found =
        new Examination(
            "5.15.0-91-generic",
            new Offer.Refused(
                new Hindrance("this process lacks CAP_BPF and CAP_PERFMON", "run pytap as root")),
            List.of(Capability.CAP_BPF, Capability.CAP_PERFMON),
            false,
            1000,
            Optional.of("1"),
            2,
            Optional.of("confidentiality"),
            List.of(),
            Optional.of(
                new Patient(
                    7,
                    Optional.empty(),
                    Optional.of(new Hindrance("it lacks CAP_BPF", "run pytap as root")),
                    Optional.of(new Hindrance("it has ended", "")))));

    assertThat(Diagnosis.of(found))
        .isEqualTo(
            """
            This machine
              ok    kernel          Linux 5.15.0-91-generic
              no    eBPF            this process lacks CAP_BPF and CAP_PERFMON
                                    to do: run pytap as root
              no    capabilities    the kernel engine lacks CAP_BPF and CAP_PERFMON
                                    to do: run pytap as root, or use the in-process engine
              note  CAP_SYS_PTRACE  only processes of the user with the number 1000 may be traced \
            from inside
              note  ptrace_scope    1: only a process's ancestors may trace it: -c works, -x as root \
            only
                                    to do: sysctl kernel.yama.ptrace_scope=0, or run pytap as root
              note  seccomp         pytap has 2 filters, as in a container
              no    lockdown        confidentiality: programs may not read the kernel's memory
                                    to do: use the in-process engine

            Engines
              no    kernel          does not work here, see above
              ok    in-process      traces what -c launches

            Pythons
              note  none            neither on PATH, nor of pyenv, nor running

            Process 7
              no    kernel          it lacks CAP_BPF
                                    to do: run pytap as root
              no    in-process      it has ended
            """);
    assertThat(Diagnosis.isHopeful(found)).isFalse();
  }

  @Test
  void whereNobodyMayTraceOnlyTheKernelIsLeft() {
    Examination found =
        new Examination(
            "6.1.0",
            new Offer.Works(false),
            List.of(),
            true,
            0,
            Optional.of("3"),
            1,
            Optional.empty(),
            List.of(),
            Optional.empty());

    assertThat(Diagnosis.of(found))
        .isEqualTo(
            """
            This machine
              ok    kernel          Linux 6.1.0
              ok    eBPF            programs can be loaded
              note  uprobe_multi    not there before Linux 6.6: many places take seconds to attach to
              ok    capabilities    all that the kernel engine needs
              ok    CAP_SYS_PTRACE  processes of every user may be traced from inside
              no    ptrace_scope    3: nobody may trace
                                    to do: it stays so until the next boot; use the kernel engine
              note  seccomp         pytap has 1 filter, as in a container
              ok    lockdown        none

            Engines
              ok    kernel          traces every process, present and future
              no    in-process      does not work here, see above

            Pythons
              note  none            neither on PATH, nor of pyenv, nor running
            """);
    assertThat(Diagnosis.isHopeful(found)).isTrue();
  }

  @Test
  void theKernelsFilesAreReadRight() {
    assertThat(Examination.chosen("none [integrity] confidentiality")).isEqualTo("integrity");
    assertThat(Examination.chosen("[none] integrity confidentiality")).isEqualTo("none");
    assertThat(Examination.seccompFilters("Seccomp:\t0\nSeccomp_filters:\t0\n")).isZero();
    assertThat(Examination.seccompFilters("Seccomp:\t2\nSeccomp_filters:\t3\n")).isEqualTo(3);
    assertThat(Examination.seccompFilters("Seccomp:\t2\n")).as("before Linux 5.9").isEqualTo(1);
  }
}
