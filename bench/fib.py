"""fib.py N OUTPUT: computes fib(N) and writes the CPU and elapsed time that it took, in ns."""

import sys
import time


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def main():
    n = int(sys.argv[1])
    cpu, elapsed = time.process_time_ns(), time.monotonic_ns()
    fib(n)
    cpu, elapsed = time.process_time_ns() - cpu, time.monotonic_ns() - elapsed
    with open(sys.argv[2], "w") as output:
        output.write("%d %d\n" % (cpu, elapsed))


main()
