"""Tells LineTableTest what lines this interpreter gives.

Big-endian 4-byte integers on standard output: the number of the table's form; then for each code
object how many samples there are, its first line, the size of its table, the table, and for each
sample an offset and its line; in the end -1. Runs on Python 2.7 and 3.
"""
import ctypes
import os
import struct
import sys

FILES = 40
SAMPLES = 14000
OWN = """
def far(x):
    a = 1
%s
    return [i
            for i in x if i
            if not i
    ], lambda: (x,
      a)
class C:
    async_ = 1
    def m(self):
        try:
            with self as s: pass
        except ValueError as e:
            raise
        finally:
            print(self,
                  s)
""" % ("\n" * 700 + "    b = (" + "a,\n" * 300 + "\n" * 200 + ")\n    for i in b: a = i\n" + "    x = a + b + a + b + a + b\n" * 400)

form = 0 if sys.version_info < (3,) else 1 if sys.version_info < (3, 10) else \
    2 if sys.version_info < (3, 11) else 3
addr2line = ctypes.pythonapi.PyCode_Addr2Line
addr2line.argtypes = [ctypes.py_object, ctypes.c_int]
addr2line.restype = ctypes.c_int
out = getattr(sys.stdout, "buffer", sys.stdout)


def tell(*numbers):
    out.write(struct.pack(">%di" % len(numbers), *numbers))


def table(code):
    return code.co_lnotab if form < 2 else code.co_linetable


def codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            for inner in codes(constant):
                yield inner


def samples(code):
    # every instruction of short code; of long code the first ones, then ever rarer ones
    size = len(code.co_code)
    offset = 0
    while offset < size:
        yield offset
        offset += (1 if form == 0 else 2) * (1 + offset // 64)
    if size > 2:
        yield size - 2


def sources():
    yield compile(OWN, "own.py", "exec")
    library = os.path.dirname(os.__file__)
    names = sorted(n for n in os.listdir(library) if n.endswith(".py"))
    step = max(1, len(names) // FILES)
    for name in names[::step]:
        with open(os.path.join(library, name), "rb") as file:
            yield compile(file.read(), name, "exec", 0, True)


tell(form)
left = SAMPLES
for source in sources():
    for code in codes(source):
        offsets = list(samples(code))
        if left <= 0:
            break
        left -= len(offsets)
        raw = table(code)
        tell(len(offsets), code.co_firstlineno, len(raw))
        out.write(raw)
        for offset in offsets:
            tell(offset, addr2line(code, offset))
tell(-1)
out.flush()
