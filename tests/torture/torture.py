#!/usr/bin/env python3
"""The whole of scripts/torture, which starts it."""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time

from disk import disk
from ground import Ground, Tally, Violation
from kills import backends, kills, several, server
from network import network
from strikes import errors, syscalls

# How it is called, what runs, and the faults of each kind where nothing else
# is asked for.  None: every one that there is.
SECTIONS = {
    "syscalls": (syscalls, None),
    "errno": (errors, 500),
    "kills": (kills, 500),
    "backends": (backends, 100),
    "server": (server, 60),
    "proxy": (network, 800),
    "disk": (disk, 40),
    "several": (several, 150),
}
NAMESPACE = "LITEHAUL_TORTURE_NAMESPACE"


def rounds_of(text):
    if text == "all":
        return None
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def own_disks():
    """Go on in a name space of mounts of one's own; False: there is none."""
    if NAMESPACE in os.environ:
        return True
    probe = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    if os.geteuid() != 0 or not shutil.which("unshare") or \
            subprocess.run(probe, capture_output=True, check=False).returncode:
        return False
    os.environ[NAMESPACE] = "own"
    os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv])


def possible(names):
    """The sections that can run here; says which cannot."""
    if "disk" in names and not own_disks():
        print("disk: left out, no file system can be mounted here")
        names = [name for name in names if name != "disk"]
    traced = [name for name in names if name in ("syscalls", "errno")]
    if traced and subprocess.run(
            ["strace", "-o", "/dev/null", "true"], capture_output=True,
            check=False).returncode:
        print("%s: left out, strace(1) does not work here" % ", ".join(traced))
        names = [name for name in names if name not in traced]
    return names


def run_section(ground, name, rounds):
    section, usual = SECTIONS[name]
    ground.tally = tally = Tally(name)
    start = time.monotonic()
    try:
        ground.start_server()
        section(ground, usual if rounds == "usual" else rounds)
    except Violation as error:
        print("VIOLATION %s: %s" % (name, error), flush=True)
        tally.add("other")
    finally:
        # Also when somebody has lost patience.
        tally.seconds = time.monotonic() - start
        print_tallies([tally])
    return tally


def print_tallies(tallies):
    print("%-10s" % "section", *("%12s" % what for what in Tally.COUNTS),
          "%9s" % "seconds")
    for tally in tallies:
        print("%-10s" % tally.name,
              *("%12d" % tally.counts[what] for what in Tally.COUNTS),
              "%9.0f" % tally.seconds, flush=True)


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/torture",
        description="break litehaul and see whether it keeps its promises")
    parser.add_argument("section", nargs="*",
                        help="of %s (default: all)" % ", ".join(SECTIONS))
    parser.add_argument("--rounds", type=rounds_of, default="usual",
                        help="faults of each kind, or \"all\"")
    parser.add_argument("--seed", type=int,
                        default=random.randrange(1, 10 ** 6))
    parser.add_argument("--rows", type=int, default=300000,
                        help="of the larger database (default: 300000)")
    parser.add_argument("--only", default="", metavar="TEXT",
                        help="only faults in whose names this is")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="name every fault")
    options = parser.parse_args()
    # The server is to be stopped then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for name in options.section:
        if name not in SECTIONS:
            parser.error("there is no section \"%s\"" % name)
    names = possible(options.section or list(SECTIONS))
    print("seed %d" % options.seed, flush=True)
    tallies = []
    with Ground(options.seed, options.rows, options.only,
                options.verbose) as ground:
        for name in names:
            tallies.append(run_section(ground, name, options.rounds))
    if len(tallies) > 1:
        print_tallies(tallies)
    return 1 if any(tally.violations() for tally in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
