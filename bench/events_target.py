"""events_target.py EVENT OUTPUT [HOW]: brings EVENT about many times, `line`, `audit` or `gc__start`, and writes how
often and the least CPU time, in ns, that as many took. With HOW, a Python function that does nothing
is told of each by Python's own means: `own`, or `monitoring` from 3.12 on. For CPython 2.7 and 3.6 on.
"""

import gc
import resource
import sys

TIMES = 20000
ROUNDS = 5


def lines():
    i = 0
    while i < TIMES:
        a = 1
        a = 2
        a = 3
        a = 4
        a = 5
        a = 6
        a = 7
        i += 1
    return 9 * TIMES


def audits():
    audit = sys.audit
    for i in range(TIMES):
        audit("bench", i)
    return TIMES


def collections():
    collect = gc.collect
    for _ in range(TIMES):
        collect(0)
    return TIMES


WORK = {"line": lines, "audit": audits, "gc__start": collections}


def told(*arguments):
    return told


def begin(event, how):
    if how == "monitoring":
        monitoring = sys.monitoring
        monitoring.use_tool_id(2, "bench")
        monitoring.register_callback(2, monitoring.events.LINE, told)
        monitoring.set_events(2, monitoring.events.LINE)
    elif event == "line":
        sys.settrace(told)
    elif event == "audit":
        sys.addaudithook(told)
    else:
        gc.callbacks.append(told)


def cpu_nanos():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int((used.ru_utime + used.ru_stime) * 1e9)


def main():
    event, output = sys.argv[1:3]
    work = WORK[event]
    if len(sys.argv) > 3:
        begin(event, sys.argv[3])
    least = 1 << 62
    for i in range(ROUNDS):
        start = cpu_nanos()
        times = work()
        least = min(least, cpu_nanos() - start)
    sys.settrace(None)
    with open(output, "w") as out:
        out.write("%d %d\n" % (times, least))


main()
