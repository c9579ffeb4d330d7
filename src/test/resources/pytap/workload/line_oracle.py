# -*- coding: utf-8 -*-
"""Records the lines that a program runs, as sys.monitoring tells them (CPython 3.12 and later).

    line_oracle.py LIBRARY OUTPUT PROGRAM [ARGUMENT...]

Runs PROGRAM inside this interpreter, untraced from outside, and writes one line per LINE event from
workload_begin() to workload_end(), and per event of the threads that the program starts:

    <thread> line <file> <function> <line>

LIBRARY is what recorder.c was compiled to: a callback in C takes no level of the recursion limit.
"""

import ctypes
import sys

LONGEST = 511


class Line(ctypes.Structure):
    _fields_ = [
        ("thread", ctypes.c_ulong),
        ("code", ctypes.py_object),
        ("line", ctypes.c_int),
    ]


def run(library, program):
    with open(program, "rb") as file:
        code = compile(file.read(), program, "exec", 0, True)
    names = {"__name__": "__main__", "__file__": program, "__builtins__": __builtins__}
    library.recorder_note_line.argtypes = [ctypes.py_object] * 2
    monitoring = sys.monitoring
    monitoring.use_tool_id(4, "oracle")
    monitoring.register_callback(4, monitoring.events.LINE, library.recorder_note_line)
    monitoring.set_events(4, monitoring.events.LINE)
    exec(code, names)
    monitoring.set_events(4, 0)


def main():
    name, output, program = sys.argv[1:4]
    sys.argv = sys.argv[3:]
    library = ctypes.PyDLL(name)
    library.recorder_lines.restype = ctypes.POINTER(Line)
    library.recorder_line_count.restype = ctypes.c_long
    run(library, program)
    lines = library.recorder_lines()
    with open(output, "wb") as file:
        for i in range(library.recorder_line_count()):
            event = lines[i]
            words = [b"%d line" % event.thread]
            for text in (event.code.co_filename, event.code.co_name):
                words.append(text.encode("utf-8")[:LONGEST])
            words.append(b"%d\n" % event.line)
            file.write(b" ".join(words))


main()
