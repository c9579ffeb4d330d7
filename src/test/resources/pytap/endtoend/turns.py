"""turns.py ROUNDS: twice, a while alone and then ROUNDS calls in turn with a program of its own."""
import subprocess
import sys

OTHER = """
import sys
def pong():
    pass
for line in iter(sys.stdin.readline, ""):
    pong()
    sys.stdout.write(line)
    sys.stdout.flush()
"""


def ping():
    pass


def alone():
    pass


def take_turns(rounds):
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )
    for _ in range(rounds):
        ping()
        other.stdin.write(b"\n")
        other.stdout.readline()
    other.communicate()


for _ in range(2):
    for _ in range(20000):
        alone()
    take_turns(int(sys.argv[1]))
