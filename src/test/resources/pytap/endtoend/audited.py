"""Raises audit events in threads and in a forked child, and writes what its own audit hook has
heard of, `THREAD EVENT`, to the file that AUDIT_TRUTH names: all from "audited.begin" on to
"audited.end", which each thread and the child begin and end with."""

import os
import sys
import threading

heard = []


def hook(event, arguments):
    heard.append("%d %s" % (threading.get_native_id(), event))


def work(rounds):
    sys.audit("audited.begin")
    for i in range(rounds):
        sys.audit("audited.round", i, "text", None)
        compile("%d" % i, "audited", "eval")
        open(os.devnull).close()
        sys._getframe()
    try:
        open("/no/such/file")
    except OSError:
        pass
    sys.audit("audited.end")


def child(end):
    del heard[:]
    work(50)
    os.write(end, "\n".join(heard).encode())
    os._exit(0)


sys.addaudithook(hook)
sys.audit("audited.begin")
threads = [threading.Thread(target=work, args=(100 + i,)) for i in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
work(30)
reading, writing = os.pipe()
pid = os.fork()
if pid == 0:
    child(writing)
os.close(writing)
with open(reading, "rb") as pipe:
    told = pipe.read().decode()
os.waitpid(pid, 0)
sys.audit("audited.end")
with open(os.environ["AUDIT_TRUTH"], "w") as truth:
    truth.write("\n".join(heard + told.split("\n")) + "\n")
