package pytap.linux;

import java.lang.foreign.MemorySegment;
import java.util.List;
import pytap.asm.bpf.Program;

/// The commands of `bpf(2)` and what attaches programs. Layouts of the parameter block: `union
/// bpf_attr`, Linux 6.6 include/uapi/linux/bpf.h.
sealed interface BpfCall extends Syscall.Direct {

  int NUMBER = 321;
  int NUMBER_PERF_EVENT_OPEN = 298;
  int NAME_BYTES = 16;

  private static void bpf(CallFrame frame, int command, MemorySegment attributes) {
    frame.set(NUMBER, command, attributes.address(), attributes.byteSize());
  }

  /// Writes at most 15 bytes of `name`; the kernel takes letters, digits, `_` and `.`.
  private static void putName(MemorySegment attributes, long at, String name) {
    int length = Math.min(name.length(), NAME_BYTES - 1);
    for (int i = 0; i < length; i++) {
      char c = name.charAt(i);
      boolean allowed = c < 128 && (Character.isLetterOrDigit(c) || c == '.');
      attributes.set(Native.BYTE, at + i, (byte) (allowed ? c : '_'));
    }
  }

  /// Returns a descriptor.
  record MapCreate(int type, int keyBytes, int valueBytes, int entries, int flags, String name)
      implements BpfCall {
    @Override
    public void marshal(CallFrame frame) {
      MemorySegment a = frame.attributes(72);
      a.set(Native.INT, 0, type);
      a.set(Native.INT, 4, keyBytes);
      a.set(Native.INT, 8, valueBytes);
      a.set(Native.INT, 12, entries);
      a.set(Native.INT, 16, flags);
      putName(a, 28, name);
      bpf(frame, 0, a);
    }
  }

  /// The four commands on one entry of a map.
  enum ElementCommand {
    LOOKUP(1),
    UPDATE(2),
    DELETE(3),
    NEXT_KEY(4),
    LOOKUP_AND_DELETE(21);

    private final int number;

    ElementCommand(int number) {
      this.number = number;
    }
  }

  /// One entry of a map.
  ///
  /// @param key the key; `NULL` with NEXT_KEY asks for the first
  /// @param value where the value is or goes; with NEXT_KEY where the next key goes
  record MapElement(
      ElementCommand command, int mapFd, MemorySegment key, MemorySegment value, long flags)
      implements BpfCall {
    @Override
    public void marshal(CallFrame frame) {
      MemorySegment a = frame.attributes(32);
      a.set(Native.INT, 0, mapFd);
      a.set(Native.LONG, 8, key.address());
      a.set(Native.LONG, 16, value.address());
      a.set(Native.LONG, 24, flags);
      bpf(frame, command.number, a);
    }
  }

  /// Reads many entries at once, and deletes them if `delete`.
  ///
  /// @param start where to go on, as a call before wrote it into `next`; `NULL` for the beginning
  /// @param count 4 bytes: in, how many fit; out, how many came
  record MapBatch(
      boolean delete,
      int mapFd,
      MemorySegment start,
      MemorySegment next,
      MemorySegment keys,
      MemorySegment values,
      MemorySegment count)
      implements BpfCall {
    @Override
    public void marshal(CallFrame frame) {
      MemorySegment a = frame.attributes(56);
      a.set(Native.LONG, 0, start.address());
      a.set(Native.LONG, 8, next.address());
      a.set(Native.LONG, 16, keys.address());
      a.set(Native.LONG, 24, values.address());
      a.set(Native.INT, 32, count.get(Native.INT, 0));
      a.set(Native.INT, 36, mapFd);
      bpf(frame, delete ? 25 : 24, a);
    }

    @Override
    public void collect(CallFrame frame) {
      count.set(Native.INT, 0, frame.attributes().get(Native.INT, 32));
    }
  }

  /// Loads a program. Returns a descriptor.
  ///
  /// @param mapFds the maps that it names by number
  /// @param btfFd type information with its functions, 0 for none
  /// @param log where the verifier writes why it refuses; `NULL` for no log
  record ProgramLoad(
      ProgramType type, Program program, List<Integer> mapFds, int btfFd, MemorySegment log)
      implements BpfCall {
    @Override
    public void marshal(CallFrame frame) {
      MemorySegment a = frame.attributes(128);
      a.set(Native.INT, 0, type.number());
      a.set(Native.INT, 4, program.slots());
      a.set(Native.LONG, 8, frame.bytes(program.code(mapFds)));
      a.set(Native.LONG, 16, frame.text("GPL"));
      if (log.address() != 0) {
        a.set(Native.INT, 24, 1);
        a.set(Native.INT, 28, (int) log.byteSize());
        a.set(Native.LONG, 32, log.address());
      }
      a.set(Native.INT, 44, type.flags());
      putName(a, 48, program.name());
      a.set(Native.INT, 68, type.expectedAttachType());
      if (btfFd != 0) {
        List<Integer> info = ProgramBtf.functionInfo(program.functions());
        a.set(Native.INT, 72, btfFd);
        a.set(Native.INT, 76, 8);
        a.set(Native.LONG, 80, frame.ints(info));
        a.set(Native.INT, 88, info.size() / 2);
      }
      bpf(frame, 5, a);
    }
  }

  /// Runs a loaded program once on `context`, which it may change; its result goes into `result` (4
  /// bytes). Only for program types that the kernel can run so.
  record ProgramRun(int programFd, MemorySegment context, MemorySegment result) implements BpfCall {
    @Override
    public void marshal(CallFrame frame) {
      MemorySegment a = frame.attributes(80);
      a.set(Native.INT, 0, programFd);
      a.set(Native.INT, 40, (int) context.byteSize());
      a.set(Native.LONG, 48, context.address());
      bpf(frame, 10, a);
    }

    @Override
    public void collect(CallFrame frame) {
      result.set(Native.INT, 0, frame.attributes().get(Native.INT, 4));
    }
  }

  /// Returns a descriptor.
  record BtfLoad(List<Program.Function> functions) implements BpfCall {
    @Override
    public void marshal(CallFrame frame) {
      byte[] btf = ProgramBtf.bytes(functions);
      MemorySegment a = frame.attributes(32);
      a.set(Native.LONG, 0, frame.bytes(btf));
      a.set(Native.INT, 16, btf.length);
      bpf(frame, 18, a);
    }
  }

  /// Returns a descriptor whose closing detaches.
  record RawTracepointOpen(int programFd, String name) implements BpfCall {
    @Override
    public void marshal(CallFrame frame) {
      MemorySegment a = frame.attributes(16);
      a.set(Native.LONG, 0, frame.text(name));
      a.set(Native.INT, 8, programFd);
      bpf(frame, 17, a);
    }
  }

  /// Attaches a program to many places of one file. Returns a descriptor whose closing detaches.
  ///
  /// @param semaphores file offset of each place's semaphore, 0 for none; empty for none at all
  /// @param cookies what the program gets from `bpf_get_attach_cookie`; empty for 0
  /// @param atReturn not when the places are hit, but when the functions that begin there return
  record LinkUprobeMulti(
      int programFd,
      String path,
      List<Long> offsets,
      List<Long> semaphores,
      List<Long> cookies,
      boolean atReturn)
      implements BpfCall {

    static final int ATTACH_TYPE = 48;
    private static final int FLAG_RETURN = 1;

    LinkUprobeMulti(
        int programFd, String path, List<Long> offsets, List<Long> semaphores, List<Long> cookies) {
      this(programFd, path, offsets, semaphores, cookies, false);
    }

    @Override
    public void marshal(CallFrame frame) {
      MemorySegment a = frame.attributes(64);
      a.set(Native.INT, 0, programFd);
      a.set(Native.INT, 8, ATTACH_TYPE);
      a.set(Native.LONG, 16, frame.text(path));
      a.set(Native.LONG, 24, frame.longs(offsets));
      a.set(Native.LONG, 32, frame.longs(semaphores));
      a.set(Native.LONG, 40, frame.longs(cookies));
      a.set(Native.INT, 48, offsets.size());
      a.set(Native.INT, 52, atReturn ? FLAG_RETURN : 0);
      bpf(frame, 28, a);
    }
  }

  /// Attaches a program to a perf event. Returns a descriptor whose closing detaches.
  record LinkPerfEvent(int programFd, int eventFd, long cookie) implements BpfCall {

    static final int ATTACH_TYPE = 41;

    @Override
    public void marshal(CallFrame frame) {
      MemorySegment a = frame.attributes(24);
      a.set(Native.INT, 0, programFd);
      a.set(Native.INT, 4, eventFd);
      a.set(Native.INT, 8, ATTACH_TYPE);
      a.set(Native.LONG, 16, cookie);
      bpf(frame, 28, a);
    }
  }

  /// Opens the event "execution reaches `offset` of `path`", in every process. Returns a
  /// descriptor. Layout: `struct perf_event_attr`, Linux 6.6 include/uapi/linux/perf_event.h.
  ///
  /// @param type the number of the kernel's uprobe event source
  /// @param semaphore file offset of the semaphore (it travels in the upper half of `config`, so it
  ///   must fit 32 bits), 0 for none
  /// @param atReturn not when the place is hit, but when the function that begins there returns
  record PerfUprobeOpen(int type, String path, long offset, long semaphore, boolean atReturn)
      implements BpfCall {

    private static final int FLAG_CLOEXEC = 8;

    @Override
    public void marshal(CallFrame frame) {
      MemorySegment a = frame.attributes(128);
      a.set(Native.INT, 0, type);
      a.set(Native.INT, 4, (int) a.byteSize());
      a.set(Native.LONG, 8, semaphore << 32 | (atReturn ? 1 : 0));
      a.set(Native.LONG, 56, frame.text(path));
      a.set(Native.LONG, 64, offset);
      long everyProcess = -1;
      long cpu = 0;
      long noGroup = -1;
      frame.set(NUMBER_PERF_EVENT_OPEN, a.address(), everyProcess, cpu, noGroup, FLAG_CLOEXEC);
    }
  }
}
