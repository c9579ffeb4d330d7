"""Imports in all the ways there are, and writes what importlib's _find_and_load was asked for by the
import statement and __import__, a line as pytap is to print it for each marker, to a file beside
itself."""

import importlib
import os
import sys

import _frozen_importlib

here = os.path.dirname(sys.argv[-1])
events = []
find_and_load = _frozen_importlib._find_and_load


def told(name, *rest):
    if sys._getframe(1).f_code.co_name == "_gcd_import":
        # importlib.import_module is Python from its beginning: there is no marker for it.
        return find_and_load(name, *rest)
    events.append("start " + name)
    found = 0
    try:
        module = find_and_load(name, *rest)
        found = 1
        return module
    finally:
        events.append("done %s %d" % (name, found))


def module(name, text):
    with open(os.path.join(here, name + ".py"), "wb") as file:
        file.write(text.encode())
    importlib.invalidate_caches()


def attempt(statement):
    try:
        exec(statement, {})
    except (ImportError, ValueError):
        pass


_frozen_importlib._find_and_load = told
sys.path.insert(0, here)
import json
import xml.dom.minidom
from email import message

import json

attempt("import no_such_module")
attempt("import json.no_such_module")
attempt("from xml import no_such_module")
attempt("from json import decoder, encoder")
module("raises_error", "import colorsys\nraise ValueError\n")
attempt("import raises_error")
module("m\u00e4x\u4e2d", "import shlex\n")
attempt("import m\u00e4x")
attempt("import m\u00e4x\u4e2d")
importlib.import_module("wave")
importlib.import_module("html.parser")
__import__("csv")
for _ in range(3):
    attempt("import decimal, fractions")
_frozen_importlib._find_and_load = find_and_load
with open(sys.argv[-1] + ".truth", "wb") as file:
    file.write("".join(event + "\n" for event in events).encode())
