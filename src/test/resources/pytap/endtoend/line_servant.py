"""Executes each line of standard input and answers with what the line assigned to `answer`, or
with the name of the exception that it raised; for CPython 2.7 and 3.6 on."""

import sys
import threading

seen = []


def work():
    total = 1
    total += 1
    return total


def last():
    return 0


def own(frame, event, argument):
    if frame.f_code.co_name == "work":
        seen.append((event, frame.f_lineno))
        return own
    return None


def traced():
    """What a trace function of the program's own is told."""
    del seen[:]
    sys.settrace(own)
    work()
    sys.settrace(None)
    return "%s %s" % (seen, sys.gettrace())


def sets():
    sys.settrace(own)
    a = 1
    sys.settrace(None)
    a = 2
    return a


def in_a_thread():
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


names = dict(globals())
print("ready")
sys.stdout.flush()
for line in iter(sys.stdin.readline, ""):
    names["answer"] = "done"
    try:
        exec(line, names)
    except BaseException as raised:
        names["answer"] = type(raised).__name__
    print(names["answer"])
    sys.stdout.flush()
