"""Runs itself, forked and as another program: each process calls one function of its own."""

import os
import sys


def in_parent():
    pass


def in_child():
    pass


def in_program():
    pass


def main():
    if len(sys.argv) > 1:
        in_program()
        return
    in_parent()
    child = os.fork()
    if child == 0:
        in_child()
        os._exit(0)
    os.waitpid(child, 0)
    os.spawnv(os.P_WAIT, sys.executable, [sys.executable, __file__, "program"])
    in_parent()


main()
