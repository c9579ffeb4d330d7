"""Runs the same function in interpreters of their own, one after the other and in a thread."""

import threading

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

CODE = """
def inner(n):
    total = 0
    for i in range(n):
        total += i
    return total
inner(2)
"""


def run():
    interpreter = interpreters.create()
    interpreters.run_string(interpreter, CODE)
    interpreters.destroy(interpreter)


for _ in range(3):
    run()
thread = threading.Thread(target=run)
thread.start()
thread.join()
