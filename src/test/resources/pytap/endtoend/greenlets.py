"""Greenlets that switch in the middle of Python calls."""
from greenlet import greenlet


def ping(n):
    for i in range(n):
        deeper(pong_greenlet)
    return "ping done"


def pong():
    while True:
        deeper(ping_greenlet)


def deeper(other):
    other.switch()


ping_greenlet = greenlet(ping)
pong_greenlet = greenlet(pong)
print(ping_greenlet.switch(1000))
