"""Faults at numbered system calls, by strace(1): death, and errors.

strace counts each kind of call of each thread by itself, so that a moment is
the n-th call of its name.
"""

import collections
import re

from ground import Outcome, Violation, sampled
from loads import file_works, rich_loads, small_loads

CALL = re.compile(r"^(\d+) +(\w+)\(")

# What the calls of a running program may answer.  A sendto that fails while the
# connection stays whole makes libpq wait for the reason (pqSendSome): that
# cannot happen, and is left to the proxy.
ERRORS = (
    ("read", "EIO"), ("read", "EINTR"), ("write", "ENOSPC"), ("write", "EIO"),
    ("write", "EINTR"), ("openat", "EMFILE"), ("openat", "EIO"),
    ("fsync", "EIO"), ("close", "EIO"), ("close", "EINTR"),
    ("newfstatat", "EIO"), ("getdents64", "EIO"), ("mkdirat", "ENOSPC"),
    ("renameat2", "EIO"), ("unlinkat", "EIO"), ("socket", "EMFILE"),
    ("connect", "ECONNREFUSED"), ("connect", "EINTR"),
    ("sendto", "EINTR"),
    ("recvfrom", "ECONNRESET"), ("recvfrom", "EINTR"), ("poll", "EINTR"),
    ("poll", "ENOMEM"), ("pread64", "EIO"), ("fcntl", "EIO"),
    ("clone3", "EAGAIN"), ("lseek", "EIO"),
)

# The loader's own, where a library could not be read.
LOADER_FAILS = 127


def trace(command, *options, log="/dev/null"):
    return ["strace", "-f", "-qq", "-o", log, *options, *command]


def moments(ground, work):
    """All (name, n) of an undisturbed run, in their order."""
    log = ground.place / "calls"
    work.fresh()
    ground.must(trace(work.command(), log=log), "traced", work.code)
    seen, found = collections.Counter(), {}
    with open(log, encoding="utf-8", errors="replace") as lines:
        for match in filter(None, map(CALL.match, lines)):
            thread, name = match.groups()
            seen[thread, name] += 1
            found[name, seen[thread, name]] = True
    return list(found)


def works(ground, rounds):
    yield from file_works(ground)
    yield from small_loads(ground, 1)
    if rounds != 1:  # a sample is to be quick
        yield from rich_loads(ground, 1)


def strike(ground, work, name, number):
    work.fresh()
    outcome = ground.run(trace(
        work.command(), "-e", "trace=" + name, "-e",
        "inject=%s:signal=KILL:when=%d" % (name, number)))
    if outcome.code not in (-9, 137, work.code):
        ground.tally.add("wrong codes")
        raise Violation("killed, but " + str(outcome))
    work.settle(outcome)


def syscalls(ground, rounds):
    """kill -9 at every system call."""
    for work in (*works(ground, rounds), *small_loads(ground, 4)):
        made = moments(ground, work)
        for index in sampled(len(made), rounds, ground.dice):
            name, number = made[index - 1]
            ground.attempt("%s, %s %d (%d of %d)" % (
                work.name, name, number, index, len(made)),
                strike, ground, work, name, number)


def fail(ground, work, call, error, number):
    work.fresh()
    outcome = ground.run(trace(
        work.command(), "-e", "trace=" + call,
        "-e", "inject=%s:error=%s:when=%d" % (call, error, number)))
    if outcome.code == LOADER_FAILS and "shared librar" in outcome.complaint:
        outcome = Outcome(1, outcome.complaint)
    if outcome.code != work.code:
        ground.check_failure(outcome)
    work.settle(outcome)


def errors(ground, rounds):
    """System calls that fail: never a wrong success, never without a word."""
    for work in works(ground, rounds):
        made = collections.Counter(name for name, _ in moments(ground, work))
        ways = [(call, error, number) for call, error in ERRORS
                for number in range(1, made[call] + 1)]
        for index in sampled(len(ways), rounds, ground.dice):
            call, error, number = ways[index - 1]
            ground.attempt("%s, %s of %s %d of %d" % (
                work.name, error, call, number, made[call]),
                fail, ground, work, call, error, number)
