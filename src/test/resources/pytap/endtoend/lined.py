"""Runs through lines of every kind, in threads and in a forked child; for CPython 2.7 and 3.6 on."""

import os
import threading


class Thing(object):
    count = 0

    def __init__(self, n):
        self.n = n

    @property
    def twice(self):
        return self.n * 2

    def __add__(self, other):
        return Thing(
            self.n
            + other.n
        )


def numbers(n):
    i = 0
    while i < n:
        got = yield i
        if got:
            i += got
        i += 1


def fails(depth):
    if depth == 0:
        raise ValueError("deep")
    try:
        fails(depth - 1)
    finally:
        Thing.count += 1


def loops():
    total = 0
    for i in range(20):
        for j in (1, 2, 3): total += j
        if i % 3 == 0:
            continue
        if i == 17:
            break
        total += i
    else:
        total = -1
    while total > 100:
        total -= 7
    return total


def caught():
    for i in range(5):
        try:
            fails(i)
        except ValueError as error:
            assert str(error) == "deep"
        else:
            assert False
    with open(os.devnull) as nothing:
        nothing.read()


def generated():
    generator = numbers(10)
    next(generator)
    generator.send(3)
    rest = list(generator)
    try:
        numbers(3).throw(KeyError)
    except KeyError:
        pass
    return sum(x for x in rest), [y for y in rest if y], {z: 1 for z in rest}


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def all_of_it():
    loops()
    caught()
    generated()
    fib(8)
    thing = Thing(1) + Thing(2)
    assert thing.twice == 6
    exec("a = 1\nb = a\n")
    sorted(range(10), key=lambda x:
           -x)


all_of_it()
threads = [threading.Thread(target=all_of_it) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
child = os.fork()
if child == 0:
    all_of_it()
    os._exit(0)
os.waitpid(child, 0)
