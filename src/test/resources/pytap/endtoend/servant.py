"""Does what each line on standard input orders, and answers with one line; for CPython 2.7 and 3.6 on.

servant.py [LIBRARY]: the shared library made of servant.c, for the orders that need it.
"""

import ctypes
import functools
import os
import signal
import struct
import sys
import threading
import time

children = []
observed = []


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def stop_tracing():
    return "stopped"


# ---------------------------------------------------------------- processes


def work_until_told(begun):
    told = []
    signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    os.write(begun, b"!")
    while not told:
        if sum(squares(20)) != 2470:
            os._exit(1)
        time.sleep(0.001)
    os._exit(42)


def squares(n):
    for i in range(n):
        yield square(i)


def square(i):
    return i * i


def fork():
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        work_until_told(writing)
    os.read(reading, 1)
    os.close(reading)
    os.close(writing)
    children.append(child)
    return child


def reap():
    for child in children:
        os.kill(child, signal.SIGTERM)
    statuses = [os.waitpid(child, 0)[1] for child in children]
    del children[:]
    return statuses


def execute(*words):
    program = sys.executable if words[0] == "itself" else words[0]
    os.execv(program, [program] + list(words[1:]))


def leave(status):
    """With os._exit, while threads run."""
    os._exit(fib(4) - 3 + int(status))


def spin():
    while True:
        fib(6)


def threads(n):
    for _ in range(int(n)):
        thread = threading.Thread(target=spin)
        thread.daemon = True
        thread.start()
    return n


def wait_in_vfork(millis):
    """Another thread sleeps where it cannot be interrupted: its child has not executed yet."""
    arguments = (int(millis), sys.executable.encode())
    thread = threading.Thread(target=library().wait_in_vfork, args=arguments)
    thread.start()
    children[:] = [thread]
    library().vfork_begun()
    return "begun"


def join():
    children.pop().join()
    return library().vfork_status()


def outlive_main():
    """The first thread, which the process is named after, ends; another takes its place."""
    thread = threading.Thread(target=succeed)
    thread.start()
    library().end_thread()


def succeed():
    while open("/proc/self/task/%d/stat" % os.getpid()).read().split(")")[-1].split()[0] != "Z":
        time.sleep(0)
    answer("outlived")
    serve()
    os._exit(0)


# ---------------------------------------------------------------- system calls


def library():
    return ctypes.CDLL(sys.argv[1])


def block():
    """Threads that each wait in a system call of their own; the names of those calls."""
    call = library().block
    call.restype = ctypes.c_char_p
    return call().decode()


def blocked():
    """What came out of these calls so far, without ending them."""
    call = library().blocked
    call.restype = ctypes.c_char_p
    return call().decode()


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def forbid(action, *numbers):
    """Of this thread, by seccomp. `action`: what the filter returns for these system calls."""
    load_number, return_constant, jump_if_equal = 0x20, 0x06, 0x15
    program = [(load_number, 0, 0, 0)]
    for i, number in enumerate(numbers):
        program.append((jump_if_equal, len(numbers) - i, 0, int(number)))
    program.append((return_constant, 0, 0, 0x7FFF0000))
    program.append((return_constant, 0, 0, int(action, 0)))
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    no_new_privileges, set_seccomp, mode_filter = 38, 22, 2
    if prctl(no_new_privileges, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    if prctl(set_seccomp, mode_filter, ctypes.byref(Filter(len(program), code)), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")
    return "forbidden"


def confine_thread():
    """Another thread may only read, write and end from now on, by seccomp's strict mode."""
    library().confine_thread()
    return "confined"


# ---------------------------------------------------------------- Python's own tracers


def calls():
    """What the tracers look at: calls, lines, exceptions and generators."""

    def leaf(n):
        return n + 1

    def numbers():
        try:
            yield leaf(1)
            yield leaf(2)
        except KeyError:
            yield 3

    def refuse():
        raise ValueError("refused")

    total = sum(leaf(i) for i in range(5))
    talk = numbers()
    total += next(talk) + talk.throw(KeyError("x"))
    talk.close()
    try:
        refuse()
    except ValueError:
        total += 1
    return total


def note(frame, event, argument):
    observed.append("%s:%s:%d" % (event, frame.f_code.co_name, frame.f_lineno))
    return note


def monitored(name, code, *rest):
    where = "" if name in ("PY_RETURN", "PY_YIELD") else ":%r" % rest[:1]
    observed.append("%s:%s%s" % (name, code.co_name, where))


def monitor():
    monitoring = sys.monitoring
    monitoring.use_tool_id(monitoring.PROFILER_ID, "servant")
    events = monitoring.events
    for name in ("PY_START", "PY_RETURN", "PY_YIELD", "PY_RESUME", "PY_THROW", "PY_UNWIND", "LINE"):
        event = getattr(events, name)
        monitoring.register_callback(
            monitoring.PROFILER_ID,
            event,
            functools.partial(monitored, name),
        )
        monitoring.set_events(
            monitoring.PROFILER_ID, monitoring.get_events(monitoring.PROFILER_ID) | event
        )


def observe(kind):
    del observed[:]
    if kind == "settrace":
        sys.settrace(note)
    elif kind == "setprofile":
        sys.setprofile(note)
    else:
        monitor()
    return kind


def report():
    """Takes the tracer away. What it has seen."""
    sys.settrace(None)
    sys.setprofile(None)
    if sys.version_info >= (3, 12) and sys.monitoring.get_tool(sys.monitoring.PROFILER_ID):
        sys.monitoring.set_events(sys.monitoring.PROFILER_ID, 0)
        sys.monitoring.free_tool_id(sys.monitoring.PROFILER_ID)
    return " ".join(observed)


def answer(text):
    sys.stdout.write("%s\n" % (text,))
    sys.stdout.flush()


def serve():
    orders = globals()
    for line in iter(sys.stdin.readline, ""):
        words = line.split()
        arguments = [int(words[1])] if words[0] == "fib" else words[1:]
        answer(orders[words[0]](*arguments))


answer("ready")
serve()
