"""notice.py: calls a function again and again, says "ready", and writes the monotonic time in ns from
which on each call ran into a probe: it took longer by more than raising a marker's semaphore alone
costs. Then goes on until it is killed."""

import sys
import time

CALLS = 20
PROBE_NANOS = 300  # a hit costs more, the work that a raised semaphore switches on less
IN_A_ROW = 5  # a batch that was merely interrupted is slow, the next ones are not


def function():
    pass


def batch():
    start = time.monotonic_ns()
    for _ in range(CALLS):
        function()
    return start, time.monotonic_ns() - start


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main():
    usual = sorted(batch()[1] for _ in range(10001))[5000]
    say("ready")
    row = []
    while len(row) < IN_A_ROW:
        start, took = batch()
        if took > usual + CALLS * PROBE_NANOS:
            row.append(start)
        else:
            row = []
    say("%d" % row[0])
    while True:
        function()


main()
