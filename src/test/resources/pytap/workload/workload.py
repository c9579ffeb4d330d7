# -*- coding: utf-8 -*-
"""One deterministic program for every CPython from 2.7 on.

What happens between the calls of workload_begin() and workload_end() is the *section*: the same
functions are entered and left in the same order in every run of the same interpreter. Nothing is
imported, printed or collected inside it.

    workload.py [--wait] [--undisturbed]

--wait         print "ready" and call waiting() again and again, until a line comes from
               standard input, before the section: a tracer that sees these calls is attached
--undisturbed  leave out the parts that a recorder written in Python disturbs: running into the
               recursion limit, and dropping unfinished generators (see README.md)
"""

import functools
import gc
import select
import sys
import time

try:
    import _thread as thread
except ImportError:
    import thread

PYTHON_3 = sys.version_info[0] >= 3
ROUNDS = 110
RECURSION_LEVELS = 700


def waiting():
    pass


def workload_begin():
    pass


def workload_end():
    pass


def native(text):
    """text as the type that this version keeps its names in"""
    return text if PYTHON_3 else text.encode("utf-8")


def define(source, filename, lines_before=0, **names):
    """Runs source as a module of that file name and returns its names."""
    names["__name__"] = "defined"
    code = compile("\n" * lines_before + source, native(filename), "exec", 0, True)
    exec(code, names)
    return names


# ---------------------------------------------------------------- calls


def empty():
    pass


def add(a, b=2, *rest, **options):
    return a + b + len(rest) + len(options)


def factorial(n):
    if n <= 1:
        return 1
    return n * factorial(n - 1)


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def spread(
    first,
    second=(
        1,
        2,
    ),
):
    total = (
        first
        + add(
            second[0],
            second[1],
        )
    )
    return (
        add(total)
        if first % 2
        else add(
            total,
            add(
                1
            ),
        )
    )


def several_returns(n):
    if n == 0:
        return "zero"
    for i in range(n):
        if i == 2:
            return "two"
    while True:
        if n:
            break
    else:
        return "never"


def outer(n):
    def inner(m):
        def inner(k):
            return k + n + m

        return inner

    return inner(1)(2)


def counter():
    state = [0]

    def inner():
        state[0] += 1
        return state[0]

    return inner


def all_kinds_of_calls(n):
    pair = (n, 1)
    return (
        add(*pair)
        + add(b=n, a=2)
        + add(n, 2, 3, 4, x=5, **{"y": 6})
        + functools.partial(add, 1)(2)
        + functools.reduce(lambda a, b: a + b, [1, 2, n])
        + sum(map(lambda x: x + 1, [1, 2]))
        + (lambda: n)()
    )


def calls(n):
    empty()
    add(n)
    factorial(4)
    is_even(5)
    spread(n)
    several_returns(n % 4)
    outer(n)
    count = counter()
    count() + count()
    all_kinds_of_calls(n)
    return sorted([3, 1, 2], key=lambda x: -x)


# ---------------------------------------------------------------- objects


class Meta(type):
    def __call__(cls, *args):
        return super(Meta, cls).__call__(*args)


Made = Meta("Made", (object,), {})


class Descriptor(object):
    def __get__(self, instance, owner):
        return 7

    def __set__(self, instance, value):
        instance.seen = value


class Point(object):
    described = Descriptor()

    def __new__(cls, *args):
        return object.__new__(cls)

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return self.x == other.x

    def __lt__(self, other):
        return self.x < other.x

    def __hash__(self):
        return hash(self.x)

    def __getitem__(self, index):
        return self.x if index == 0 else self.y

    def __setitem__(self, index, value):
        self.x = value

    def __contains__(self, value):
        return value == self.x

    def __len__(self):
        return 2

    def __getattr__(self, name):
        if name == "missing":
            raise AttributeError(name)
        return 5

    def __call__(self, n):
        return self.x + n

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return kind is KeyError

    def __str__(self):
        return "point"

    @property
    def size(self):
        return self.x + self.y

    @size.setter
    def size(self, value):
        self.x = value

    @classmethod
    def origin(cls):
        return cls(0, 0)

    @staticmethod
    def unit():
        return 1

    def method(self, n):
        return self.unit() + n


class Small(object):
    def __init__(self, value):
        self.value = value


class Sub(Point):
    def __init__(self, x):
        super(Sub, self).__init__(x, x)

    def method(self, n):
        return super(Sub, self).method(n) + 1


class Watchful(object):
    def __getattribute__(self, name):
        return 3


class Refusing(object):
    def __init__(self):
        raise ValueError("refused")


class Countdown(object):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n

    next = __next__


class Dropped(object):
    def __del__(self):
        empty()


def objects(n):
    p = Point(n, 1)
    q = p + Point(1, 1)
    p == q, p < q, p in {q: 1}, 3 in p, len(p), p[0], p(n), str(p)
    p[0] = 4
    p.anything, p.size, p.described
    p.size = 2
    p.described = 3
    hasattr(p, "missing")
    Point.origin().method(1)
    Sub(2).method(3)
    for i in range(3):
        Small(i)
    Watchful().name
    Made()
    with p:
        empty()
    with p:
        raise KeyError("swallowed")
    try:
        Refusing()
    except ValueError:
        pass
    list(Countdown(3))
    for value in Countdown(2):
        add(value)
    sorted([Point(2, 1), Point(1, 1), Point(3, 1)])
    Dropped()


def class_bodies(n):
    class Local(object):
        value = add(n)

        def method(self):
            return self.value

        class Inner(object):
            table = [add(i) for i in (1, 2)]

    Local().method()
    try:

        class Broken(object):
            value = n // 0

    except ZeroDivisionError:
        pass


# ---------------------------------------------------------------- decorators


def decorate(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


def decorate_with(label):
    def decorator(function):
        function.label = label
        return function

    return decorator


@decorate
@decorate_with(
    "two lines"
)
def decorated(n):
    return n


def decorators(n):
    decorated(n)

    @decorate_with("a")
    @decorate_with("b")
    def local(m):
        return m

    local(n)


# ---------------------------------------------------------------- generators


def numbers(n):
    for i in range(n):
        yield i


def long_yield(n):
    got = yield (
        n,
        add(
            n,
        ),
    )
    while got:
        got = (
            yield got
        )
    yield add(
        1
    )


def guarded(n):
    try:
        yield n
        yield n + 1
    except KeyError:
        yield "caught"
    finally:
        empty()


def stubborn():
    for i in range(2):
        try:
            yield i
        except ValueError:
            pass


def failing(n):
    yield n
    raise ValueError("failing")


def nested(n):
    for a in numbers(n):
        for b in numbers(a):
            yield a + b


def tree(depth):
    if depth:
        for x in tree(depth - 1):
            yield x
        yield depth
        for x in tree(depth - 1):
            yield x


def returns_early(n):
    if n:
        return
    yield n


def generators(n):
    list(numbers(4))
    sum(nested(3))
    list(tree(3))
    list(returns_early(1))
    sum(add(x) for x in numbers(3))
    [add(x) for x in numbers(3) if x]
    {add(x): x for x in numbers(2)}
    {add(x) for x in numbers(2)}
    [[add(y) for y in numbers(x)] for x in numbers(3)]
    g = long_yield(n)
    next(g), g.send(3), g.send(None), next(g, None), next(g, None)
    try:
        list(failing(1))
    except ValueError:
        pass
    a, b = numbers(2)
    try:
        a, b = numbers(3)
    except ValueError:
        pass


def interrupted_generators(n):
    # close: suspended in a try, suspended without one, not started, finished
    g = guarded(n)
    next(g)
    g.close()
    g = numbers(3)
    next(g)
    g.close()
    g.close()
    numbers(3).close()
    guarded(3).close()
    # throw: caught inside, let out, not started, finished
    g = guarded(n)
    next(g)
    g.throw(KeyError("caught inside"))
    next(g, None)
    g = stubborn()
    next(g)
    g.throw(ValueError("ignored"))
    try:
        g.throw(IndexError("let out"))
    except IndexError:
        pass
    try:
        g.throw(IndexError("finished"))
    except IndexError:
        pass
    try:
        numbers(1).throw(IndexError("not started"))
    except IndexError:
        pass
    for x in numbers(5):
        if x == 2:
            break
    # refuses to stop
    g = define(REFUSING_SOURCE, "refusing.py")["refusing"]()
    next(g)
    try:
        g.close()
    except RuntimeError:
        pass


def dropped_generators(n):
    # suspended in a try, without one, in a nested one, not started
    g = guarded(n)
    next(g)
    g = numbers(n + 1)
    next(g)
    g = tree(3)
    next(g), next(g)
    g = numbers(1)
    del g
    g = stubborn()
    next(g)


REFUSING_SOURCE = """
def refusing():
    while True:
        try:
            yield 1
        except GeneratorExit:
            yield 2
            return
"""


# ---------------------------------------------------------------- exceptions


def bottom(n):
    if n == 0:
        raise KeyError("zero")
    if n == 1:
        return {}["one"]
    if n == 2:
        return int("two")
    return [][
        n
    ]


def middle(n):
    return bottom(
        n
    )


def cleans_up(n):
    try:
        return middle(n)
    finally:
        empty()


def raises_again(n):
    try:
        return cleans_up(n)
    except KeyError:
        empty()
        raise
    except ValueError as error:
        raise TypeError(
            str(error)
        )


def replaces(n):
    try:
        raises_again(n)
    except TypeError:
        return "type"
    finally:
        add(n)


def leaves_with(n):
    with Point(1, 2):
        raises_again(n)
    return "after"


def overrides(n):
    for i in range(2):
        try:
            bottom(n)
        except LookupError:
            continue
        finally:
            empty()
    try:
        return bottom(n)
    finally:
        return 3


def raises_in_expression(n):
    return [middle(x) for x in range(n)]


def raises_in_generator_expression(n):
    return sum(middle(x) for x in range(n))


def raises_in_key(n):
    return sorted([2, 1], key=lambda x: middle(x))


def asserts(n):
    assert n < 0, add(
        n
    )


def exceptions(n):
    for k in range(4):
        for function in (middle, cleans_up, raises_again, replaces, leaves_with, overrides):
            try:
                function(k)
            except (LookupError, ValueError, TypeError):
                pass
    for function in (raises_in_expression, raises_in_generator_expression, raises_in_key):
        try:
            function(3)
        except (LookupError, ValueError):
            pass
    try:
        asserts(n)
    except AssertionError:
        pass


# ---------------------------------------------------------------- since 3.x

MODERN_SOURCE = '''
import_free = True


def inner_yields(n):
    got = yield n
    yield got
    return n


def delegates(n):
    result = yield from inner_yields(n)
    yield (
        result
    )
    yield from [1, 2]
    yield from (
        inner_yields(
            n + 1
        )
    )
    return result


def delegates_guarded(n):
    try:
        yield from inner_yields(n)
    except KeyError:
        yield "caught outside"
    finally:
        empty()


def delegates_deep(n):
    if n == 0:
        yield 0
    else:
        yield from delegates_deep(n - 1)


def raises_from(n):
    try:
        n // 0
    except ZeroDivisionError as error:
        raise ValueError("from") from error


def keywords(a, *, b=1, **rest):
    return a + b


def run_yield_from(n):
    list(delegates(n))
    list(delegates_deep(4))
    g = delegates(n)
    next(g)
    g.send(4)
    g.close()
    g = delegates_guarded(n)
    next(g)
    g.throw(KeyError("through"))
    next(g, None)
    g = delegates_guarded(n)
    next(g)
    g.close()
    g = delegates_guarded(n)
    next(g)
    try:
        g.throw(IndexError("let out"))
    except IndexError:
        pass
    try:
        raises_from(n)
    except ValueError:
        pass
    keywords(1, b=2)
    keywords(1, **{"b": 3, "c": 4})
    first, *others = inner_yields(n)


def dropped_delegation(n):
    g = delegates_deep(3)
    next(g)
    del g
    g = delegates_guarded(n)
    next(g)
'''

ASYNC_SOURCE = '''
class Later:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        got = yield self.value
        return got


class Manager:
    async def __aenter__(self):
        await Later(1)
        return self

    async def __aexit__(self, kind, value, traceback):
        await Later(2)
        return kind is KeyError


class Stream:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.n == 0:
            raise StopAsyncIteration
        self.n -= 1
        await Later(self.n)
        return self.n


async def leaf(n):
    if n == 2:
        raise KeyError("two")
    return await Later(
        n
    )


async def branch(n):
    total = 0
    for i in range(n):
        try:
            total += (
                await leaf(i)
                or 0
            )
        except KeyError:
            empty()
    return total


async def numbers_later(n):
    try:
        for i in range(n):
            await Later(i)
            yield i
            yield (
                i,
                await leaf(0),
            )
    finally:
        empty()


async def uses_everything(n):
    async with Manager():
        await branch(3)
    async with Manager():
        raise KeyError("swallowed")
    async for x in Stream(2):
        empty()
    async for x in numbers_later(2):
        empty()
    values = [x async for x in Stream(2)]
    values = [await leaf(x) for x in (0, 1)]
    lazily = (x async for x in numbers_later(1))
    async for x in lazily:
        empty()
    return values


async def guarded_await(n):
    try:
        await Later(n)
    except ValueError:
        await Later(n + 1)
    finally:
        empty()


def drive(coroutine):
    value = None
    while True:
        try:
            value = coroutine.send(value)
        except StopIteration as stop:
            return stop.value


def step(awaitable):
    try:
        awaitable.send(None)
    except (StopIteration, StopAsyncIteration, KeyError):
        return None


def run_coroutines(n):
    drive(leaf(1))
    drive(branch(4))
    drive(uses_everything(n))
    c = guarded_await(n)
    c.send(None)
    c.throw(ValueError("inside"))
    c.close()
    c = guarded_await(n)
    c.send(None)
    try:
        c.throw(KeyError("let out"))
    except KeyError:
        pass
    c = branch(3)
    c.send(None)
    c.close()
    c = leaf(1)
    c.close()


def dropped_coroutines(n):
    c = branch(3)
    c.send(None)
    del c
    c = guarded_await(n)
    c.send(None)


def run_async_generators(n):
    g = numbers_later(3)
    drive(g.__anext__())
    drive(g.asend(None))
    try:
        drive(g.athrow(KeyError("thrown in")))
    except KeyError:
        pass
    g = numbers_later(3)
    drive(g.__anext__())
    drive(g.aclose())
    g = numbers_later(1)
    drive(g.__anext__())
    drive(g.__anext__())
    step(g.__anext__())


class Tasks:
    def __init__(self):
        self.ready = []

    def add(self, coroutine):
        self.ready.append(coroutine)

    def run(self):
        while self.ready:
            coroutine = self.ready.pop(0)
            try:
                coroutine.send(None)
            except StopIteration:
                continue
            self.ready.append(coroutine)


def run_tasks(n):
    tasks = Tasks()
    for k in range(3):
        tasks.add(branch(k + 1))
    tasks.run()
'''

# Latin-1, UCS-2 and UCS-4 names: each string kind of PEP 393, none of them ASCII.
LATIN_1_NAME = u"gr\u00fc\u00dfe_\u00e9t\u00e9"
UCS_2_NAME = u"\u043f\u0440\u0438\u0432\u0435\u0442_\u4e16\u754c"
UCS_4_NAME = u"\U00020000\U0002070e_\u4e16"
NAMED_SOURCE = u"""
def {0}(n):
    def inner(m):
        return m

    return inner(n)


def {0}_generator(n):
    yield n
    yield {0}(n)
"""


def recoded(function, name, filename, firstlineno):
    """The function with another name and file in its code object, on any version."""
    code = function.__code__
    if hasattr(code, "replace"):
        code = code.replace(
            co_name=name, co_filename=filename, co_firstlineno=firstlineno
        )
    else:
        arguments = [code.co_argcount]
        if PYTHON_3:
            arguments.append(code.co_kwonlyargcount)
        arguments += [
            code.co_nlocals,
            code.co_stacksize,
            code.co_flags,
            code.co_code,
            code.co_consts,
            code.co_names,
            code.co_varnames,
            filename,
            name,
            firstlineno,
            code.co_lnotab,
        ]
        code = type(code)(*arguments)
    return type(function)(code, globals())


def renamed(n):
    if n:
        return add(n)
    return (
        n
    )


def named(n):
    for function in NAMED_FUNCTIONS:
        function(n)
    for function in NAMED_GENERATORS:
        list(function(n))


NAMED_FUNCTIONS = []
NAMED_GENERATORS = []
for name in (LATIN_1_NAME, UCS_2_NAME, UCS_4_NAME):
    NAMED_FUNCTIONS.append(recoded(renamed, native(name), native(name + u"/\u00e9.py"), 17))
    if PYTHON_3:
        names = define(NAMED_SOURCE.format(name), name + u".py")
        NAMED_FUNCTIONS.append(names[name])
        NAMED_GENERATORS.append(names[name + u"_generator"])
        names = define(NAMED_SOURCE.format(u"ascii_name"), u"modules/" + name + u".py")
        NAMED_FUNCTIONS.append(names[u"ascii_name"])
        NAMED_GENERATORS.append(names[u"ascii_name_generator"])
for length in (255, 256, 300, 510, 511, 512, 640):
    text = "long_" + "x" * (length - 5)
    NAMED_FUNCTIONS.append(recoded(renamed, text, "short.py", 3))
    NAMED_FUNCTIONS.append(recoded(renamed, "short", "/" + text[1:], 3))
# 2 bytes each: 300 bytes of UTF-8 in 150 characters
text = u"\u00e9" * 150
NAMED_FUNCTIONS.append(recoded(renamed, native(text), native(text), 3))
NAMED_FUNCTIONS.append(recoded(renamed, "", "", 1))
NAMED_FUNCTIONS.append(recoded(renamed, "with space", "a file/with spaces %d %s.py", 1))


# ---------------------------------------------------------------- source shapes


def long_source(lines):
    text = ["def long_function(n):", "    total = n"]
    for i in range(lines):
        text.append("    total += %d" % i)
        if i % 100 == 50:
            text.append("    empty()")
            text.append("    if total < 0:")
            text.append("        return total")
    # more than 255 bytes of code on one line, then more lines
    text.append("    total = " + " + ".join("total" for _ in range(200)))
    text.append("    empty()")
    text.append("    yielded = total")
    text.append("\n" * 300)
    text.append("    return empty()")
    text.append("")
    text.append("def long_generator(n):")
    for i in range(lines // 4):
        text.append("    n += 1")
    text.append("    yield n")
    text.append("\n" * 500)
    text.append("    yield n + 1")
    text.append("\n" * 200)
    text.append("    raise ValueError(n)")
    return "\n".join(text) + "\n"


LONG = define(long_source(600), "generated/long_source.py", 0, empty=empty)
FAR = define(long_source(20), "generated/far_down.py", 70000, empty=empty)


def source_shapes(n):
    for names in (LONG, FAR):
        names["long_function"](n)
        try:
            list(names["long_generator"](n))
        except ValueError:
            pass


def reused_addresses(n):
    for i in range(n):
        source = "def %s(n):\n    return n\nresult = %s(1)\n" % (("made_%03d" % i,) * 2)
        define(source, "made/%03d.py" % (n - i), i % 7)
    for i in range(n):
        f = eval("lambda n: n + %d" % i)
        f(i)


# ---------------------------------------------------------------- recursion limit


def dive(n):
    return 1 + dive(n + 1)


def dive_and_catch(n):
    try:
        return dive_and_catch(n + 1)
    except RuntimeError:
        return n


def dive_in_generators(n):
    yield next(dive_in_generators(n + 1)) if n < 40 else n


def recurse_through_c(n):
    return sorted([n], key=lambda x: recurse_through_c(n + 1) if n < 40 else x)


def until_refused(function):
    sys.setrecursionlimit(RECURSION_LIMIT)
    try:
        return function(1)
    except RuntimeError:
        return None


RECURSION_LIMIT = sys.getrecursionlimit()


def settle_recursion_limit(levels):
    """Sets the limit so that exactly that many levels fit, in a traced and in a recorded run.

    Only Python-to-Python calls count the same in both: 3.11 counts calls through C differently
    while a profile function is set.
    """
    global RECURSION_LIMIT
    RECURSION_LIMIT += levels - until_refused(dive_and_catch)
    reached = until_refused(dive_and_catch)
    if reached != levels:
        raise SystemExit("recursion: %d levels instead of %d" % (reached, levels))


def recursion():
    for function in (dive, dive, dive_and_catch, dive):
        reached = until_refused(function)
        if reached not in (None, RECURSION_LEVELS - 1):  # called from one frame further down
            raise SystemExit("recursion: %d levels" % reached)


def deep(n):
    recurse_through_c(n)
    list(dive_in_generators(n))


# ---------------------------------------------------------------- threads


def thread_work(k):
    total = 0
    for i in range(40):
        total += factorial(i % 5) + sum(numbers(k + 1))
        g = guarded(i)
        next(g)
        g.close()
        try:
            middle(i % 3)
        except (KeyError, ValueError):
            pass
    return total


def thread_main(k, started, go):
    started.release()
    go.acquire()
    thread_work(k)
    if k == 2:
        recursion_in_thread(60)


def recursion_in_thread(n):
    if n:
        recursion_in_thread(n - 1)


def threads(n):
    running = thread._count()
    gates = []
    for k in range(n):
        started = thread.allocate_lock()
        go = thread.allocate_lock()
        started.acquire()
        go.acquire()
        gates.append(go)
        thread.start_new_thread(thread_main, (k, started, go))
        started.acquire()  # so that threads begin in the order of their numbers
    for go in gates:
        go.release()
    thread_work(n)
    while thread._count() > running:
        time.sleep(0.0005)


# ---------------------------------------------------------------- all of it

PARTS = [
    calls,
    objects,
    class_bodies,
    decorators,
    generators,
    interrupted_generators,
    exceptions,
    deep,
]
DROPPING = [dropped_generators]
if PYTHON_3:
    MODERN = define(MODERN_SOURCE, u"modern/d\u00e9l\u00e9gu\u00e9.py", empty=empty)
    PARTS.append(MODERN["run_yield_from"])
    DROPPING.append(MODERN["dropped_delegation"])
if sys.version_info >= (3, 6):
    ASYNC = define(ASYNC_SOURCE, u"modern/\u5f02\u6b65.py", empty=empty)
    PARTS += [
        ASYNC["run_coroutines"],
        ASYNC["run_async_generators"],
        ASYNC["run_tasks"],
    ]
    DROPPING.append(ASYNC["dropped_coroutines"])


def hot_loop(n):
    total = 0
    for i in range(n):
        total += add(i) + Small(i).value
    return total


def section(undisturbed):
    parts = PARTS if undisturbed else PARTS + DROPPING
    for n in range(3):
        for part in parts:
            part(n)
        named(n)
        source_shapes(n)
    for n in range(ROUNDS):  # long enough for every call site to be specialised
        calls(n)
        objects(n)
    for part in parts:
        for n in range(ROUNDS // 10):
            part(n)
    hot_loop(ROUNDS * 2)
    for n in range(2):
        for part in parts:
            part(n)
        named(n)
    reused_addresses(60)
    if not undisturbed:
        recursion()
        recursion()
    threads(3)


def main():
    undisturbed = "--undisturbed" in sys.argv
    gc.disable()
    if not undisturbed:
        settle_recursion_limit(RECURSION_LEVELS)
    if "--wait" in sys.argv:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while not select.select([sys.stdin], [], [], 0.005)[0]:
            waiting()
        sys.stdin.readline()
    workload_begin()
    section(undisturbed)
    workload_end()


main()
