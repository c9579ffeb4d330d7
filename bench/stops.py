"""stops.py LIBRARY: a program of twenty threads. Answers each line on standard input with the longest
time in ns that it was stopped since the last one; LIBRARY is made of stops.c."""

import ctypes
import sys
import threading
import time


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def work():
    while True:
        fib(8)
        time.sleep(0.002)


def main():
    library = ctypes.CDLL(sys.argv[1])
    library.longest_stop.restype = ctypes.c_long
    for _ in range(18):
        thread = threading.Thread(target=work)
        thread.daemon = True
        thread.start()
    library.begin()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for _ in iter(sys.stdin.readline, ""):
        sys.stdout.write("%d\n" % library.longest_stop())
        sys.stdout.flush()


main()
