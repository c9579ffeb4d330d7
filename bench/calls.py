"""calls.py N OUTPUT [HOW]: computes fib(N) while one of Python's own tracers looks on, and writes the CPU
time that it took, in ns. HOW: setprofile, cProfile or monitoring; none without. For CPython 2.7 and 3.6 on.
"""

import resource
import sys


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def empty(*arguments):
    pass


def begin_monitoring():
    tool, events = sys.monitoring.PROFILER_ID, sys.monitoring.events
    sys.monitoring.use_tool_id(tool, "bench")
    sys.monitoring.register_callback(tool, events.PY_START, empty)
    sys.monitoring.register_callback(tool, events.PY_RETURN, empty)
    sys.monitoring.set_events(tool, events.PY_START | events.PY_RETURN)


def begin(how):
    if how == "setprofile":
        sys.setprofile(empty)
    elif how == "cProfile":
        import cProfile

        cProfile.Profile().enable()
    elif how == "monitoring":
        begin_monitoring()


def cpu_nanos():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int((used.ru_utime + used.ru_stime) * 1e9)


def main():
    n = int(sys.argv[1])
    if len(sys.argv) > 3:
        begin(sys.argv[3])
    start = cpu_nanos()
    fib(n)
    took = cpu_nanos() - start
    sys.setprofile(None)
    with open(sys.argv[2], "w") as output:
        output.write("%d\n" % took)


main()
