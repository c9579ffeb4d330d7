"""audit_servant.py LIBRARY: executes each line of standard input and answers with what the line
assigned to `answer`, or with the name of the exception that it raised. The library is made of
audit_hook.c."""

import ctypes
import sys

library = ctypes.CDLL(sys.argv[1])
kept = []


def add():
    ctypes.pythonapi.PySys_AddAuditHook(library.hook, None)


def forbid(name, event):
    kept.append(event)
    ctypes.c_char_p.in_dll(library, name).value = event


def heard_of(event):
    """How many of the library's hooks hear of an event."""
    heard = ctypes.c_long.in_dll(library, "heard")
    before = heard.value
    sys.audit(event)
    return heard.value - before


names = dict(globals())
print("ready", flush=True)
for line in sys.stdin:
    names["answer"] = "done"
    try:
        exec(line, names)
    except BaseException as raised:
        names["answer"] = type(raised).__name__
    print(names["answer"], flush=True)
