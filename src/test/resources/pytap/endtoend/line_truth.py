"""line_truth.py PROGRAM OUTPUT: runs the program and writes a line `THREAD FUNCTION LINE` for each
line event of its code that a trace function is called for; for CPython 2.7 and 3.6 on."""

import ctypes
import os
import sys
import threading

program, output = sys.argv[1:]
thread_id = ctypes.CDLL(None).syscall
out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def trace(frame, event, argument):
    if frame.f_code.co_filename != program:
        return None
    if event == "line":
        text = "%d %s %d\n" % (thread_id(186), frame.f_code.co_name, frame.f_lineno)
        os.write(out, text.encode())
    return trace


with open(program, "rb") as file:
    code = compile(file.read(), program, "exec")
threading.settrace(trace)
sys.settrace(trace)
exec(code, {"__name__": "__main__"})
sys.settrace(None)
