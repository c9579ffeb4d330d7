package pytap.linux;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import pytap.source.TracerException;

/// Owner of a program's attachment to instructions of one file, in every process that has it mapped
/// or will map it. Closing detaches.
///
/// A program of type [ProgramType#UPROBE_MULTI] is attached everywhere by one link: 400 places take
/// milliseconds. One of type [ProgramType#UPROBE_PERF] takes two descriptors for each place and,
/// from some dozens of places on, seconds to detach; it is for kernels before 6.6.
public final class UprobeLinks implements AutoCloseable {

  /// One place.
  ///
  /// @param offset file offset of the instruction (not its address)
  /// @param semaphore file offset of the 16-bit counter that the kernel raises in every process
  ///   while attached; 0 for none
  /// @param cookie what the program gets from `bpf_get_attach_cookie`
  public record Place(long offset, long semaphore, long cookie) {}

  private static final String PERF_TYPE_FILE = "/sys/bus/event_source/devices/uprobe/type";

  private final Deque<Descriptor> descriptors = new ArrayDeque<>();
  private final Kernel kernel;

  /// Tells the one refusal from others that has to do with what stands at a place.
  private static final class NoSuchProbe extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private final List<Place> impossible = new ArrayList<>();

  private UprobeLinks(Kernel kernel) {
    this.kernel = kernel;
  }

  /// Attaches `program` to all `places` of the file at `path`, or to none.
  public static UprobeLinks attach(
      Kernel kernel, BpfProgram program, String path, List<Place> places) throws TracerException {
    return attach(kernel, program, path, places, false);
  }

  /// Attaches `program` to the functions that begin at `places`, but for those whose first
  /// instruction the kernel cannot probe.
  ///
  /// @param atReturn the program runs when they return, not when they begin
  public static UprobeLinks attachToFunctions(
      Kernel kernel, BpfProgram program, String path, List<Place> places, boolean atReturn)
      throws TracerException {
    UprobeLinks links = new UprobeLinks(kernel);
    try {
      links.attachPossible(program, path, places, atReturn);
      return links;
    } catch (TracerException failure) {
      links.close();
      throw failure;
    }
  }

  /// The places that the kernel cannot probe, whose offsets no link has.
  public List<Place> impossible() {
    return List.copyOf(impossible);
  }

  /// The kernel takes all or none and does not say which it cannot take: halves tell.
  private void attachPossible(BpfProgram program, String path, List<Place> places, boolean atReturn)
      throws TracerException {
    int before = descriptors.size();
    try {
      attachAll(program, path, places, atReturn);
      return;
    } catch (TracerException refused) {
      if (!(refused.getCause() instanceof NoSuchProbe)) {
        throw refused;
      }
    }
    while (descriptors.size() > before) {
      descriptors.pop().close();
    }
    if (places.size() == 1) {
      impossible.add(places.getFirst());
      return;
    }
    int middle = places.size() / 2;
    attachPossible(program, path, places.subList(0, middle), atReturn);
    attachPossible(program, path, places.subList(middle, places.size()), atReturn);
  }

  private static UprobeLinks attach(
      Kernel kernel, BpfProgram program, String path, List<Place> places, boolean atReturn)
      throws TracerException {
    UprobeLinks links = new UprobeLinks(kernel);
    try {
      links.attachAll(program, path, places, atReturn);
      return links;
    } catch (TracerException failure) {
      links.close();
      throw failure;
    }
  }

  private void attachAll(BpfProgram program, String path, List<Place> places, boolean atReturn)
      throws TracerException {
    switch (program.type()) {
      case UPROBE_MULTI -> attachMulti(program, path, places, atReturn);
      case UPROBE_PERF -> attachPerf(program, path, places, atReturn);
      case RAW_TRACEPOINT, SYSCALL ->
          throw new IllegalStateException(program.name() + " is not a program for uprobes");
    }
  }

  private void attachMulti(BpfProgram program, String path, List<Place> places, boolean atReturn)
      throws TracerException {
    List<Long> offsets = new ArrayList<>();
    List<Long> semaphores = new ArrayList<>();
    List<Long> cookies = new ArrayList<>();
    for (Place place : places) {
      offsets.add(place.offset());
      semaphores.add(place.semaphore());
      cookies.add(place.cookie());
    }
    long fd =
        kernel.call(
            new BpfCall.LinkUprobeMulti(
                program.fd(), path, offsets, semaphores, cookies, atReturn));
    if (fd < 0) {
      throw refused(path, places.size(), fd);
    }
    descriptors.push(new Descriptor(kernel, fd));
  }

  private void attachPerf(BpfProgram program, String path, List<Place> places, boolean atReturn)
      throws TracerException {
    int type = perfType();
    for (Place place : places) {
      long event =
          kernel.call(
              new BpfCall.PerfUprobeOpen(type, path, place.offset(), place.semaphore(), atReturn));
      if (event < 0) {
        throw refused(path, 1, event);
      }
      descriptors.push(new Descriptor(kernel, event));
      long link = kernel.call(new BpfCall.LinkPerfEvent(program.fd(), (int) event, place.cookie()));
      if (link < 0) {
        throw refused(path, 1, link);
      }
      descriptors.push(new Descriptor(kernel, link));
    }
  }

  private static int perfType() throws TracerException {
    String text =
        ProcFile.read(PERF_TYPE_FILE)
            .orElseThrow(() ->
                new TracerException(
                    TracerException.Kind.NO_BPF,
                    "attach uprobes",
                    "this kernel has no " + PERF_TYPE_FILE,
                    "a kernel with CONFIG_UPROBE_EVENTS=y and a mounted /sys is needed"));
    return Integer.parseInt(text.strip());
  }

  private static TracerException refused(String path, int count, long result) {
    String tried = "attach to " + count + (count == 1 ? " place" : " places") + " of " + path;
    return switch ((int) -result) {
      case Errno.ENOENT ->
          new TracerException(
              TracerException.Kind.FILE_UNREADABLE, tried, "there is no such file", "");
      case Errno.EBADF, Errno.EISDIR ->
          new TracerException(
              TracerException.Kind.FILE_UNREADABLE, tried, "it is not a regular file", "");
      case Errno.EOPNOTSUPP, Errno.ENOTSUPP -> {
        TracerException noProbe =
            new TracerException(
                TracerException.Kind.KERNEL_REFUSED,
                tried,
                "the kernel cannot probe the instruction there",
                "this is a bug in pytap; please report it");
        noProbe.initCause(new NoSuchProbe());
        yield noProbe;
      }
      case Errno.EINVAL ->
          new TracerException(
              TracerException.Kind.KERNEL_REFUSED,
              tried,
              "the kernel answered " + Errno.text(Errno.EINVAL),
              "another tracer may hold a probe there without its semaphore; end it and try again");
      default -> Refusal.of(tried, result);
    };
  }

  /// Detaches, the last link first.
  @Override
  public void close() {
    while (!descriptors.isEmpty()) {
      descriptors.pop().close();
    }
  }
}
