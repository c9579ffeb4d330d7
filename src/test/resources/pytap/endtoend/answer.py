"""Answers each number on standard input with that Fibonacci number, and ends when there is none."""
import sys


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


for line in iter(sys.stdin.readline, ""):
    sys.stdout.write("%d\n" % fib(int(line)))
    sys.stdout.flush()
