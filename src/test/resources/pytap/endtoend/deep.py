"""deep.py DEPTH: goes down, says "ready", answers numbers with Fibonacci's at the bottom, and comes
back up when there are no more."""

import sys


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def stop_tracing():
    return "stopped"


def serve():
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in iter(sys.stdin.readline, ""):
        words = line.split()
        sys.stdout.write("%s\n" % (fib(int(words[1])) if words[0] == "fib" else stop_tracing()))
        sys.stdout.flush()
    return 0


def down(n):
    return serve() if n == 0 else 1 + down(n - 1)


depth = int(sys.argv[1])
sys.setrecursionlimit(depth + 1000)
print("%d" % down(depth))
