"""Collects garbage in all the ways there are, and writes what it knows of each collection to a file
beside itself, a line as pytap is to print it for each marker; "all" before these where nothing was
collected behind them.

From 3.3 on gc.callbacks tell; in 2.7, whose automatic collections tell nobody, what gc.collect()
returns does. gc.get_stats() must agree."""

import gc
import sys

gc.disable()


class Cycle(object):
    def __init__(self):
        self.itself = self


class Kept(Cycle):
    """Of these CPython 2.7 collects none, and counts them."""

    def __del__(self):
        pass


events = []


def told(phase, info):
    if phase == "start":
        events.append("start %d" % info["generation"])
    else:
        events.append("done %d" % (info["collected"] + info["uncollectable"]))


def cycles(count, kind=Cycle):
    for _ in range(count):
        kind()


def collect(generation):
    if not hasattr(gc, "callbacks"):
        events.append("start %d" % generation)
    count = gc.collect(generation)
    if not hasattr(gc, "callbacks"):
        events.append("done %d" % count)


def collections():
    stats = gc.get_stats() if hasattr(gc, "get_stats") else []
    return [generation["collections"] for generation in stats]


def collect_by_itself():
    gc.enable()
    gc.set_threshold(50, 3, 3)
    cycles(3000)
    gc.disable()


if hasattr(gc, "callbacks"):
    gc.callbacks.append(told)
before = collections()
for one in (2, 0, 1, 2, 0):
    cycles(10 * one + 3)
    cycles(one, Kept)
    collect(one)
if hasattr(gc, "callbacks"):
    collect_by_itself()
    gc.callbacks.remove(told)
if before:
    for generation, (old, new) in enumerate(zip(before, collections())):
        # CPython 3.13 free-threaded counts none of the youngest as such.
        assert new - old == events.count("start %d" % generation), (before, collections())
with open(sys.argv[-1] + ".truth", "w") as file:
    file.write("".join(event + "\n" for event in events))
