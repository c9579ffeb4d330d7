"""Says "ready", calls waiting() until a line comes from standard input, as workload.py --wait does,
then runs the program that is its argument, and ends when standard input does."""

import select
import sys


def waiting():
    pass


def main():
    program = sys.argv[1]
    with open(program, "rb") as file:
        code = compile(file.read(), program, "exec")
    print("ready")
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], 0.005)[0]:
        waiting()
    sys.stdin.readline()
    exec(code, {"__name__": "__main__"})
    sys.stdout.flush()
    sys.stdin.read()


main()
