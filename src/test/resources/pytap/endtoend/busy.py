"""Calls its functions a known number of times."""


def often():
    pass


def seldom():
    pass


for i in range(3000):
    often()
for i in range(7):
    seldom()
