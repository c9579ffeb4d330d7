"""Greenlets that switch in the middle of Python calls, all the time; servant.py's orders `fib N` and
`stop_tracing`, each answered by another greenlet."""

import select
import sys

from greenlet import greenlet


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def stop_tracing():
    return "stopped"


def numbers(n):
    for i in range(n):
        yield i


def deeper(n, value):
    """Switches with many frames on the stack, in a generator that is running."""
    return deeper(n - 1, value) + 1 if n else sum(main.switch(value) for _ in numbers(3))


def answer(words):
    while True:
        words = main.switch(fib(int(words[1])) if words[0] == "fib" else stop_tracing())


def busy(depth):
    while True:
        if deeper(depth, 0) != 3 + depth:
            raise AssertionError("switched wrongly")


main = greenlet.getcurrent()
answering = greenlet(answer)
workers = [greenlet(busy) for _ in range(20)]
for i, worker in enumerate(workers):
    worker.switch(i * 5)
print("ready")
sys.stdout.flush()
while True:
    for worker in workers:
        worker.switch(1)
    if select.select([sys.stdin], [], [], 0)[0]:
        line = sys.stdin.readline()
        if not line:
            break
        print(answering.switch(line.split()))
        sys.stdout.flush()
