"""later.py N: answers each line on standard input with the CPU time in ns that fib(N) takes now."""

import resource
import sys


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def cpu_nanos():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int((used.ru_utime + used.ru_stime) * 1e9)


for _ in iter(sys.stdin.readline, ""):
    start = cpu_nanos()
    fib(int(sys.argv[1]))
    sys.stdout.write("%d\n" % (cpu_nanos() - start))
    sys.stdout.flush()
