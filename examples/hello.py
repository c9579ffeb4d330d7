"""A small program to trace: calls, a method, recursion, a generator and an exception."""


class Greeter:
    def __init__(self, greeting):
        self.greeting = greeting

    def greet(self, name):
        return self.greeting + ", " + name + "!"


def factorial(n):
    if n <= 1:
        return 1
    return n * factorial(n - 1)


def names():
    yield "world"
    yield "tracer"


def check(name):
    if name == "tracer":
        raise ValueError(name)


def main():
    greeter = Greeter("Hello")
    for name in names():
        try:
            check(name)
        except ValueError:
            continue
        print(greeter.greet(name))
    print(factorial(3))


main()
