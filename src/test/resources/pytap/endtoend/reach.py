"""reach.py HOW OTHER FILE: says "ready", waits for a line, and starts a program in the way HOW, with
the interpreter OTHER where the way lets it choose. The program calls knock() until FILE is there,
then counted() a thousand times, and says how often it knocked."""

import os
import subprocess
import sys
import time


def knock():
    pass


def counted():
    pass


def run(path):
    knocks = 0
    while not os.path.exists(path):
        knock()
        knocks += 1
        time.sleep(0.001)
    for _ in range(1000):
        counted()
    sys.stdout.write("knocked %d\n" % knocks)
    sys.stdout.flush()


def multiply(how, path):
    import multiprocessing

    process = multiprocessing.get_context(how).Process(target=run, args=(path,))
    process.start()
    process.join()


def main():
    how, other, path = sys.argv[1:4]
    if how == "run":
        run(path)
        return
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    words = [other, os.path.abspath(__file__), "run", other, path]
    if how == "subprocess":
        subprocess.call(words)
    elif how == "shell":
        subprocess.call(["/bin/sh", "-c", '"$@"; true', "sh"] + words)
    elif how == "execute":
        os.execv(other, words)
    else:
        multiply(how, path)


if __name__ == "__main__":
    main()
