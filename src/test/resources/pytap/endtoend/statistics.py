"""Has the collector print its own statistics to standard error from here to its very end."""

import gc

gc.disable()


class Cycle(object):
    def __init__(self):
        self.itself = self


def cycles(count):
    for _ in range(count):
        Cycle()


gc.set_debug(gc.DEBUG_STATS)
for one in (0, 2, 1):
    cycles(one + 3)
    gc.collect(one)
gc.set_threshold(70, 3, 3)
gc.enable()
cycles(700)
