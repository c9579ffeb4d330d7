# -*- coding: utf-8 -*-
"""Records what a program calls and returns from, as CPython's markers would report it.

    oracle.py [--recorder native|setprofile|monitoring] [--library recorder.so] [--kinds]
              [--longest BYTES] OUTPUT PROGRAM [ARGUMENT...]

Runs PROGRAM inside this interpreter, untraced from outside, and writes one line per event of the
section between workload_begin() and workload_end():

    <thread> <entry|return> <file> <function> <line>

Threads are numbered in the order of their first event in the section, and the output goes thread
by thread: how threads take turns is not the same in two runs. With --kinds a line ends
with what brought the event about: start, resume or throw; return, yield or unwind. The rules by
which each recorder's events become marker events are in README.md beside this file.
"""

import ctypes
import opcode
import sys

try:
    import _thread as thread
except ImportError:
    import thread

PYTHON_3 = sys.version_info[0] >= 3
ENTRY, RETURN = "entry", "return"
RETURNS = (
    "RETURN_VALUE",
    "RETURN_CONST",
    "INSTRUMENTED_RETURN_VALUE",
    "INSTRUMENTED_RETURN_CONST",
    "END_FINALLY",  # until 3.7: a return that went through a finally
)
# From 3.14 on, close() of a generator suspended outside every try runs the frame only when some
# tool wants to see it unwound, as each of these recorders does.
CLOSES_FOR_TOOLS = sys.version_info >= (3, 14)
# RESUME_OPARG_DEPTH1_MASK: the frame is suspended outside every try.
OUTSIDE_TRY = 8 if sys.version_info >= (3, 15) else 4
RESUMES = ("RESUME", "RESUME_CHECK", "RESUME_CHECK_JIT", "RESUME_QUICK", "INSTRUMENTED_RESUME")


class Event(object):
    """One event, not yet mapped: kind is None where only the bytecode tells."""

    __slots__ = ("thread", "code", "is_return", "kind", "line", "last", "closes")

    def __init__(self, thread, code, is_return, kind, line, last, closes=False):
        self.thread = thread
        self.code = code
        self.is_return = is_return
        self.kind = kind
        self.line = line
        self.last = last
        self.closes = closes  # by GeneratorExit


# ---------------------------------------------------------------- the three recorders


class NativeRecorder(object):
    """PyEval_SetProfile with the C function of recorder.c."""

    class Record(ctypes.Structure):
        _fields_ = [
            ("thread", ctypes.c_ulong),
            ("code", ctypes.py_object),
            ("is_return", ctypes.c_int),
            ("by_exception", ctypes.c_int),
            ("line", ctypes.c_int),
            ("last", ctypes.c_int),
        ]

    def __init__(self, library):
        recorder = ctypes.PyDLL(library)
        recorder.recorder_events.restype = ctypes.POINTER(self.Record)
        recorder.recorder_event_count.restype = ctypes.c_long
        self.recorder = recorder
        self.arm = recorder.recorder_arm
        self.disarm = recorder.recorder_disarm
        if hasattr(sys, "monitoring"):
            self.note_exceptions(recorder.recorder_note_exception)

    def note_exceptions(self, callback):
        """Lets sys.monitoring say which of the events are throw() and unwinding."""
        callback.argtypes = [ctypes.py_object] * 3
        monitoring = sys.monitoring
        tool = MonitoringRecorder.TOOL
        events = (monitoring.events.PY_THROW, monitoring.events.PY_UNWIND)
        monitoring.use_tool_id(tool, "oracle")
        for event in events:
            monitoring.register_callback(tool, event, callback)
        monitoring.set_events(tool, sum(events))

    def events(self):
        records = self.recorder.recorder_events()
        for i in range(self.recorder.recorder_event_count()):
            r = records[i]
            kind = None
            if r.by_exception:
                kind = "unwind" if r.is_return else "throw"
            closes = r.by_exception == 2
            yield Event(r.thread, r.code, bool(r.is_return), kind, r.line, r.last, closes)


class ProfileRecorder(object):
    """sys.setprofile with a Python function."""

    def __init__(self):
        self.seen = []
        seen = self.seen
        ident = thread.get_ident

        def record(frame, event, argument):
            if event == "call" or event == "return":
                seen.append(
                    Event(
                        ident(),
                        frame.f_code,
                        event == "return",
                        None,
                        frame.f_lineno,
                        frame.f_lasti,
                    )
                )

        self.record = record
        if CLOSES_FOR_TOOLS:
            self.note_closes()

    def note_closes(self):
        """Lets sys.monitoring say which of the events are by GeneratorExit."""
        seen = self.seen

        def note(code, offset, exception):
            if isinstance(exception, GeneratorExit):
                me = thread.get_ident()
                event = next(e for e in reversed(seen) if e.thread == me and e.code is code)
                event.closes = True
                event.kind = "unwind" if event.is_return else "throw"

        monitoring = sys.monitoring
        tool = MonitoringRecorder.TOOL
        monitoring.use_tool_id(tool, "oracle")
        for event in (monitoring.events.PY_THROW, monitoring.events.PY_UNWIND):
            monitoring.register_callback(tool, event, note)
        monitoring.set_events(tool, monitoring.events.PY_THROW | monitoring.events.PY_UNWIND)

    def arm(self):
        sys.setprofile(self.record)

    def disarm(self):
        sys.setprofile(None)

    def events(self):
        return self.seen


class MonitoringRecorder(object):
    """sys.monitoring (3.12 and later); the frame behind the callback tells the line."""

    TOOL = 4

    def __init__(self):
        self.seen = []
        self.armed = set()
        monitoring = sys.monitoring
        events = monitoring.events
        monitoring.use_tool_id(self.TOOL, "oracle")
        self.mask = 0
        for event, is_return, kind in (
            (events.PY_START, False, "start"),
            (events.PY_RESUME, False, "resume"),
            (events.PY_THROW, False, "throw"),
            (events.PY_RETURN, True, "return"),
            (events.PY_YIELD, True, "yield"),
            (events.PY_UNWIND, True, "unwind"),
        ):
            monitoring.register_callback(self.TOOL, event, self.callback(is_return, kind))
            self.mask |= event

    def callback(self, is_return, kind):
        ident = thread.get_ident
        frame_at = sys._getframe
        seen = self.seen
        armed = self.armed

        def record(code, offset, argument=None):
            if ident() in armed:
                frame = frame_at(1)
                closes = kind in ("throw", "unwind") and isinstance(argument, GeneratorExit)
                seen.append(
                    Event(ident(), frame.f_code, is_return, kind, frame.f_lineno, offset, closes)
                )

        return record

    def arm(self):
        self.armed.add(thread.get_ident())
        sys.monitoring.set_events(self.TOOL, self.mask)

    def disarm(self):
        self.armed.discard(thread.get_ident())

    def events(self):
        return self.seen


# ---------------------------------------------------------------- from events to lines


def instruction_at(code, offset):
    """Name and argument of the instruction at that offset in the code object."""
    if offset < 0:
        return None, 0
    text = bytearray(code.co_code[offset : offset + 2])
    argument = text[1] if len(text) > 1 else 0  # 2.7: an instruction may be one byte long
    return opcode.opname[text[0]], argument


def entry_kind(event):
    if event.last < 0:
        return "start"
    if sys.version_info < (3, 11):
        return "resume"
    name, argument = instruction_at(event.code, event.last)
    if name not in RESUMES:
        return "throw"
    return "start" if argument & 3 == 0 else "resume"


def return_kind(event):
    name, _ = instruction_at(event.code, event.last)
    return "return" if name in RETURNS else "yield"


def with_kind(event):
    if event.kind is None:
        event.kind = return_kind(event) if event.is_return else entry_kind(event)
    if event.kind == "start":
        event.line = event.code.co_firstlineno
    return event


def closed_for_tools(event):
    if event.is_return or event.kind != "throw" or not event.closes:
        return False
    name, argument = instruction_at(event.code, event.last)
    return name in RESUMES and argument & OUTSIDE_TRY != 0


def without_closes_for_tools(events):
    """Leaves out the entry and the return of a close() that would run nothing without tools."""
    frames = {}  # by thread: of the frames from the outermost such on, whether each is one
    for event in events:
        inside = frames.setdefault(event.thread, [])
        if event.is_return:
            left_out = inside.pop() if inside else False
        else:
            left_out = CLOSES_FOR_TOOLS and closed_for_tools(event)
            if inside or left_out:
                inside.append(left_out)
        if not left_out:
            yield event


def section(events):
    """The main thread's events between the two marker functions, every event of the others."""
    main = thread.get_ident()
    inside = False
    own = section.__code__.co_filename
    recorded = (event for event in events if event.code.co_filename != own)
    for event in without_closes_for_tools(recorded):
        if event.thread == main:
            name = event.code.co_name
            if name == "workload_begin":
                inside = event.is_return
                continue
            if name == "workload_end":
                inside = False
        if inside or event.thread != main:
            yield with_kind(event)


def encoded(text, longest):
    data = text.encode("utf-8") if PYTHON_3 else text
    return data[:longest]


def lines(events, kinds, longest):
    """One list of lines per thread, in the order of their first events."""
    ordinals = {}
    texts = []
    for event in events:
        ordinal = ordinals.setdefault(event.thread, len(ordinals))
        words = [
            ("%d %s" % (ordinal, RETURN if event.is_return else ENTRY)).encode("ascii"),
            encoded(event.code.co_filename, longest),
            encoded(event.code.co_name, longest),
            str(event.line).encode("ascii"),
        ]
        if kinds:
            words.append(event.kind.encode("ascii"))
        if ordinal == len(texts):
            texts.append([])
        texts[ordinal].append(b" ".join(words) + b"\n")
    return texts


# ---------------------------------------------------------------- running the program


def arming_threads(recorder):
    """Makes every thread that the program starts record from its first Python frame on."""
    start_plain = thread.start_new_thread

    def start_new_thread(function, arguments, keywords={}):
        def run():
            recorder.arm()
            try:
                function(*arguments, **keywords)
            finally:
                recorder.disarm()

        return start_plain(run, ())

    thread.start_new_thread = start_new_thread


def run(program, recorder):
    with open(program, "rb") as file:
        code = compile(file.read(), program, "exec", 0, True)
    names = {"__name__": "__main__", "__file__": program, "__builtins__": __builtins__}
    arming_threads(recorder)
    recorder.arm()
    try:
        exec(code, names)
    finally:
        recorder.disarm()


def options(arguments):
    chosen = {"--recorder": "native", "--library": None, "--longest": "511", "--kinds": False}
    while arguments and arguments[0].startswith("--"):
        name = arguments.pop(0)
        chosen[name] = True if name == "--kinds" else arguments.pop(0)
    return chosen, arguments


def main():
    chosen, arguments = options(sys.argv[1:])
    output, program = arguments[:2]
    sys.argv = arguments[1:]
    if chosen["--recorder"] == "native":
        recorder = NativeRecorder(chosen["--library"])
    elif chosen["--recorder"] == "setprofile":
        recorder = ProfileRecorder()
    else:
        recorder = MonitoringRecorder()
    run(program, recorder)
    with open(output, "wb") as file:
        for thread_lines in lines(
            section(recorder.events()), chosen["--kinds"], int(chosen["--longest"])
        ):
            file.writelines(thread_lines)


main()
