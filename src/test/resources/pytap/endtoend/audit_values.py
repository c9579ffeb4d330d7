"""Raises the audit event "values" with arguments of every kind that is shown as repr shows it, and
writes that to the file that AUDIT_TRUTH names."""

import os
import sys

VALUES = [
    (),
    (1,),
    (0, -1, 2**29, 2**30 - 1, 2**30, -(2**62)),
    (2**64, -(2**90), 2**179, -(2**180) + 1),
    ("a", "it's", 'q"', "'\"", "tab\t\n\\"),
    ("\u00e9", "\u65e5\u672c", "\U0001f600", "\udc80", "\x00x\x7f"),
    (b"by\xff'", b"", b"x" * 255),
    ("y" * 255, None),
    ("\u00e9" * 255,),
    ("\u65e5" * 255,),
    ("\U0001f600" * 100,),
    (None, True, False),
    (1.0, -2.5, 1e16, 1e-5, float("nan"), float("inf")),
    (0.1, 123456789012345.6, 1e15, 5e-324, -0.0, 1e22),
]

for values in VALUES:
    sys.audit("values", *values)
with open(os.environ["AUDIT_TRUTH"], "w", encoding="utf-8") as truth:
    for values in VALUES:
        truth.write(repr(values) + "\n")
