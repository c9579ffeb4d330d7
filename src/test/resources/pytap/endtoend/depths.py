"""depths.py DEPTH: recursion in many ways, to DEPTH and to where it is refused; for CPython 2.7 and 3.6 on.

Prints how deep each got.
"""

import sys

Refused = RecursionError if sys.version_info >= (3, 5) else RuntimeError
reached = [0]


def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


def plain(n):
    reached[0] = n
    return plain(n + 1)


def by_map(n):
    reached[0] = n
    return list(map(by_map, [n + 1]))


def by_key(n):
    reached[0] = n
    return sorted([n + 1], key=by_key)


class Item(object):
    def __getitem__(self, n):
        reached[0] = n
        return self[n + 1]

    def __call__(self, n):
        reached[0] = n
        return self(n + 1)

    def __getattr__(self, name):
        reached[0] += 1
        return getattr(self, name + "x")


def chain(n):
    reached[0] = n
    for value in chain(n + 1):
        yield value


class Made(object):
    def __init__(self, n):
        reached[0] = n
        Made(n + 1)


def attribute(n):
    reached[0] = n
    return Item().x


def refused_at(call):
    try:
        call(1)
    except Refused:
        return reached[0]
    return None


def main():
    depth = int(sys.argv[1])
    ways = [plain, by_map, by_key, Item().__getitem__, Item(), attribute, Made]
    for way in ways + [lambda n: list(chain(n))]:
        print("%s" % refused_at(way))
    sys.setrecursionlimit(depth + 100)
    for _ in range(2):
        print("%d" % down(depth))


main()
