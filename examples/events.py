"""Imports a module, opens a file and collects garbage."""

import gc
import colorsys

with open("/dev/null"):
    pass
gc.collect(1)
