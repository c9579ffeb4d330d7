package pytap.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import pytap.asm.bpf.Program;
import pytap.source.TracerException;

/// Owner of one loaded program. It runs only while a link ([UprobeLinks], [RawTracepoint]) attaches
/// it; links keep the kernel's program alive by themselves.
public final class BpfProgram implements AutoCloseable {
  private static final int LOG_BYTES = 1 << 20;

  private final Kernel kernel;
  private final ProgramType type;
  private final String name;
  private final Descriptor descriptor;

  private BpfProgram(Kernel kernel, ProgramType type, String name, Descriptor descriptor) {
    this.kernel = kernel;
    this.type = type;
    this.name = name;
    this.descriptor = descriptor;
  }

  /// Loads `program`, whose map number `i` is `maps[i]`. Its name is that of its first function.
  ///
  /// When the verifier refuses it, that is a bug of pytap: the exception says so, and its cause is
  /// a [VerifierLog].
  public static BpfProgram load(Kernel kernel, ProgramType type, Program program, BpfMap... maps)
      throws TracerException {
    List<Integer> fds = new ArrayList<>();
    for (BpfMap map : maps) {
      fds.add(map.fd());
    }
    try (Descriptor btf = loadBtf(kernel, program)) {
      int btfFd = btf.isOpen() ? btf.fd() : 0;
      long fd = kernel.call(new BpfCall.ProgramLoad(type, program, fds, btfFd, MemorySegment.NULL));
      if (fd < 0) {
        String words = verifierWords(kernel, type, program, fds, btfFd);
        throw refused(program, words, fd);
      }
      return new BpfProgram(kernel, type, program.name(), new Descriptor(kernel, fd));
    }
  }

  /// Type information, needed only by programs with subprograms; otherwise nothing, closed.
  private static Descriptor loadBtf(Kernel kernel, Program program) throws TracerException {
    if (program.functions().size() == 1) {
      return new Descriptor(kernel, -1);
    }
    long fd = kernel.call(new BpfCall.BtfLoad(program.functions()));
    if (fd < 0) {
      throw Refusal.of("load the BPF program's type information", fd);
    }
    return new Descriptor(kernel, fd);
  }

  /// The verifier refuses with words; without words it never saw the program.
  private static TracerException refused(Program program, String words, long result) {
    String tried = "load the BPF program " + program.name();
    if (words.isEmpty()) {
      return Refusal.of(tried, result);
    }
    TracerException refusal =
        new TracerException(
            TracerException.Kind.KERNEL_REFUSED,
            tried,
            "the kernel's verifier refused it with " + Errno.text((int) -result),
            "this is a bug in pytap; please report it with the verifier's log");
    refusal.initCause(new VerifierLog(program.name(), words + "\n" + program));
    return refusal;
  }

  /// Loads once more with a log to learn why; a log costs the verifier much time, so not at once.
  private static String verifierWords(
      Kernel kernel, ProgramType type, Program program, List<Integer> mapFds, int btfFd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment log = arena.allocate(LOG_BYTES, 8);
      long again = kernel.call(new BpfCall.ProgramLoad(type, program, mapFds, btfFd, log));
      if (again >= 0) {
        kernel.call(new FileCall.Close((int) again));
        return "";
      }
      return log.getString(0);
    }
  }

  public ProgramType type() {
    return type;
  }

  public String name() {
    return name;
  }

  int fd() {
    return descriptor.fd();
  }

  /// Runs a program of type [ProgramType#SYSCALL] once, with `context` as its R1 argument, which it
  /// may change.
  ///
  /// @param context at most 64 KiB of native memory
  /// @return the program's R0
  public int run(MemorySegment context) throws TracerException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(4, 4);
      long answer = kernel.call(new BpfCall.ProgramRun(descriptor.fd(), context, result));
      if (answer < 0) {
        throw Refusal.of("run the BPF program " + name, answer);
      }
      return result.get(Native.INT, 0);
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
