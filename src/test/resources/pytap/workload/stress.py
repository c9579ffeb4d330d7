"""Many threads that do what programs do, with every result asserted, for CPython 2.7 and 3.6 on.

Says "ready" once every thread has run. Answers each line on standard input with how many rounds have
been done, and ends when there is no more: with status 0 only if every assertion held, every worker
ended in order and every forked child said what it should. What failed is on standard error.

The main thread forks and is interrupted by SIGALRM every 5 ms. Two threads are daemons and run to the
very end of the process.
"""

from __future__ import print_function

import collections
import errno
import functools
import operator
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import warnings

PYTHON3 = sys.version_info[0] >= 3
PAUSE = 0.004  # between two rounds of a thread: all together use about half a processor
TURN = 0.004  # of the main thread; shorter than from one SIGALRM to the next, for 2.7's sake
FORK_EVERY = 12  # turns
DEPTH = 400

clock = getattr(time, "monotonic", time.time)
ending = threading.Event()
failures = []
rounds = collections.OrderedDict()
alarms = [0]


def steady(call, *arguments):
    """2.7 hands a system call that a signal interrupts to its caller; later ones repeat it."""
    while True:
        try:
            return call(*arguments)
        except (EnvironmentError, select.error) as failure:
            if PYTHON3 or failure.args[0] != errno.EINTR:
                raise


def pause(seconds):
    steady(time.sleep, seconds)


def expect(found, expected):
    if found != expected:
        raise AssertionError("%r instead of %r" % (found, expected))


# ---------------------------------------------------------------- what the threads do


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def fibonacci():
    expect(fib(13), 233)


def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


def deep():
    expect(down(DEPTH), DEPTH)


class Link(object):
    def __init__(self, following):
        self.following = following

    def __len__(self):
        return 1 if self.following is None else 1 + len(self.following)

    def sum(self, *values, **named):
        return sum(values) + (self.following.sum(*values, **named) if self.following else named["end"])


def deep_methods():
    chain = None
    for _ in range(100):
        chain = Link(chain)
    expect(len(chain), 100)
    expect(chain.sum(1, 2, end=5), 305)


def fail(n):
    if n == 0:
        raise KeyError("bottom")
    try:
        fail(n - 1)
    finally:
        rounds_of_fail.append(n)


rounds_of_fail = []


def exceptions():
    del rounds_of_fail[:]
    try:
        fail(20)
    except KeyError as failure:
        expect(failure.args, ("bottom",))
        expect(len(traceback.extract_tb(sys.exc_info()[2])), 22)
    else:
        raise AssertionError("no KeyError")
    expect(rounds_of_fail, list(range(1, 21)))


def translate(n):
    try:
        return [0, 1, 2][n]
    except IndexError:
        try:
            return {}[n]
        except KeyError as failure:
            raise ValueError(failure.args[0])


def exceptions_in_exceptions():
    caught = []
    for n in range(6):
        try:
            caught.append(translate(n))
        except ValueError as failure:
            caught.append(-failure.args[0])
    expect(caught, [0, 1, 2, -3, -4, -5])


def count_to(n):
    for i in range(n):
        yield i


def squares(values):
    for value in values:
        yield value * value


def tree(n):
    if n > 0:
        for value in tree(n - 1):
            yield value
        yield n
        for value in tree(n - 1):
            yield value


def generators():
    expect(sum(squares(count_to(40))), 20540)
    expect(list(tree(4)), [1, 2, 1, 3, 1, 2, 1, 4, 1, 2, 1, 3, 1, 2, 1])
    expect(sum(x for x in count_to(10) if x % 2), 25)


def echo(log):
    received = None
    try:
        while True:
            try:
                received = yield received
            except ValueError as failure:
                received = "caught %s" % failure
    finally:
        log.append("closed")


def generators_thrown_into():
    log = []
    talk = echo(log)
    expect(next(talk), None)
    expect(talk.send(3), 3)
    expect(talk.throw(ValueError("x")), "caught x")
    expect(talk.send(4), 4)
    talk.close()
    expect(log, ["closed"])
    dropped = echo(log)
    next(dropped)
    del dropped
    expect(log, ["closed", "closed"])
    try:
        other = echo(log)
        next(other)
        other.throw(KeyError("through"))
    except KeyError:
        expect(log, ["closed"] * 3)
    else:
        raise AssertionError("no KeyError")


def subprocesses():
    child = subprocess.Popen(
        [sys.executable, "-S", "-c", "import sys; print('got ' + sys.stdin.readline()); sys.exit(3)"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        close_fds=True,
    )
    expect(steady(child.communicate, b"it\n")[0], b"got it\n\n")
    expect(child.returncode, 3)
    pause(0.2)


def sleeps():
    start = clock()
    pause(0.006)
    if PYTHON3 and clock() - start < 0.006:
        raise AssertionError("slept %r" % (clock() - start))


def with_pipe(wait):
    reading, writing = os.pipe()
    try:
        expect(wait(reading, 0.003), False)
        os.write(writing, b"x")
        expect(wait(reading, 10), True)
        expect(steady(os.read, reading, 10), b"x")
        expect(wait(reading, 0.001), False)
    finally:
        os.close(reading)
        os.close(writing)


def by_select(fd, seconds):
    return steady(select.select, [fd], [], [], seconds) == ([fd], [], [])


def by_poll(fd, seconds):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return steady(poll.poll, int(seconds * 1000)) == [(fd, select.POLLIN)]


def by_epoll(fd, seconds):
    epoll = select.epoll()
    try:
        epoll.register(fd, select.EPOLLIN)
        return steady(epoll.poll, seconds) == [(fd, select.EPOLLIN)]
    finally:
        epoll.close()


def selects():
    with_pipe(by_select)


def polls():
    with_pipe(by_poll)


def epolls():
    with_pipe(by_epoll)


def sockets():
    here, there = socket.socketpair()
    try:
        here.settimeout(0.004)
        try:
            steady(here.recv, 10)
        except socket.timeout:
            pass
        else:
            raise AssertionError("no timeout")
        here.settimeout(10)
        there.settimeout(10)
        steady(there.sendall, b"ping" * 1000)
        got = b""
        while len(got) < 4000:
            got += steady(here.recv, 777)
        expect(got, b"ping" * 1000)
    finally:
        here.close()
        there.close()


def negative(value):
    return -value


@functools.total_ordering
class Ordered(object):
    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return self.value == other.value

    def __lt__(self, other):
        return self.value < other.value

    __hash__ = None


def sorts():
    values = [17, 3, 9, 1, 12, 4, 8, 2, 6, 11]
    expect(sorted(values, key=negative), sorted(values, reverse=True))
    expect([it.value for it in sorted(map(Ordered, values))], sorted(values))
    expect(max(values, key=negative), 1)


class Account(object):
    def __init__(self):
        self.log = []

    @property
    def balance(self):
        return sum(self.log)

    def __getattr__(self, name):
        return lambda amount: self.log.append(amount if name == "pay" else -amount)

    def __enter__(self):
        self.pay(100)
        return self

    def __exit__(self, *failure):
        self.take(self.balance)
        return failure[0] is KeyError


def objects():
    with Account() as account:
        account.pay(10)
        account.take(3)
        expect(account.balance, 107)
        raise KeyError("swallowed by __exit__")
    expect(account.balance, 0)


def adder(n):
    total = [n]

    def add(m):
        total[0] += m
        return total[0]

    return add


def closures():
    add = adder(5)
    expect([add(i) for i in range(5)], [5, 6, 8, 11, 15])
    expect(functools.reduce(operator.mul, map(lambda x: x + 1, range(6))), 720)
    expect({name: call(2) for name, call in zip("ab", (adder(1), adder(10)))}, {"a": 3, "b": 12})


turn = threading.Condition()
baskets = []


def producer():
    with turn:
        baskets.append(down(5))
        turn.notify()


def consumer():
    with turn:
        while not baskets and not ending.is_set():
            turn.wait(0.01)
        if baskets:
            expect(baskets.pop(), 5)


WORKERS = [
    fibonacci,
    deep,
    deep_methods,
    exceptions,
    exceptions_in_exceptions,
    generators,
    generators_thrown_into,
    subprocesses,
    sleeps,
    selects,
    polls,
    epolls,
    sockets,
    sorts,
    objects,
    closures,
    producer,
    consumer,
]
if PYTHON3:
    sys.dont_write_bytecode = True
    import stress_async

    WORKERS += [stress_async.gather, stress_async.streams]


# ---------------------------------------------------------------- running them


def worker(work):
    try:
        while not ending.is_set():
            work()
            rounds[work.__name__] += 1
            pause(PAUSE)
    except BaseException:
        failures.append("%s: %s" % (work.__name__, traceback.format_exc()))


def daemon(name):
    while True:
        if fib(8) != 21:
            failures.append("daemon: fib(8)")
        rounds[name] += 1
        time.sleep(0.003)


def keep_signals_in_the_main_thread():
    """In 2.7 any thread may get SIGALRM, whose sleep then fails; threads inherit this mask."""
    import ctypes

    mask = (ctypes.c_ulong * 16)(1 << (signal.SIGALRM - 1))
    change = ctypes.CDLL(None).pthread_sigmask
    return lambda how: change(how, mask, None)


def start():
    block = keep_signals_in_the_main_thread()
    for work in WORKERS:
        rounds[work.__name__] = 0
    for name in ("daemon 1", "daemon 2"):
        rounds[name] = 0
    threads = [threading.Thread(target=worker, args=(work,)) for work in WORKERS]
    daemons = [threading.Thread(target=daemon, args=(name,)) for name in ("daemon 1", "daemon 2")]
    for thread in daemons:
        thread.daemon = True
    block(0)  # SIG_BLOCK
    for thread in threads + daemons:
        thread.start()
    block(1)  # SIG_UNBLOCK
    return threads


def on_alarm(number, frame):
    alarms[0] += fib(3) - 1


def fork_once(grandchild):
    """A child that computes, forks in its turn and tells by a pipe and by its status."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            answer = "%d %d" % (fib(10), sum(squares(count_to(10))))
            if grandchild:
                fork_once(False)
            os.write(writing, answer.encode())
            status = 23
        finally:
            os._exit(status)
    os.close(writing)
    try:
        expect(steady(os.waitpid, child, 0), (child, 23 << 8))
        expect(steady(os.read, reading, 100), b"55 285")
    finally:
        os.close(reading)


def serve():
    """Answers lines until there are none, and forks."""
    turns = forks = 0
    pending = b""
    while True:
        turns += 1
        if turns % FORK_EVERY == 0:
            fork_once(turns % (4 * FORK_EVERY) == 0)
            forks += 1
        if steady(select.select, [0], [], [], TURN)[0]:
            got = steady(os.read, 0, 1000)
            if not got:
                return forks
            pending += got
            while b"\n" in pending:
                pending = pending.split(b"\n", 1)[1]
                say(sum(rounds.values()))


def say(what):
    os.write(1, ("%s\n" % what).encode())


def main():
    warnings.simplefilter("ignore")  # 3.12 on warns of forks in programs with threads
    threads = start()
    signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    forks = 0
    try:
        while not all(rounds.values()) and not failures:
            pause(0.002)
        say("ready")
        forks = serve()
    except BaseException:
        failures.append("main: %s" % traceback.format_exc())
    signal.setitimer(signal.ITIMER_REAL, 0)
    ending.set()
    for thread in threads:
        thread.join(60)
        if thread.is_alive() if PYTHON3 else thread.isAlive():
            failures.append("%s does not end" % thread)
    if not alarms[0]:
        failures.append("no SIGALRM came")
    for failure in failures:
        sys.stderr.write(failure + "\n")
    say("ended: %d rounds, %d forks, %d alarms" % (sum(rounds.values()), forks, alarms[0]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
