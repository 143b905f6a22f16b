"""Disks that fill up: the dump's, and the server's."""

import os
import shutil
import subprocess
import time

from ground import Violation
from kills import large_load
from loads import file_works, small_loads

ROOM = "600m"


def mount(place, size, remount=False):
    os.makedirs(place, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o",
                    ("remount," if remount else "") + "size=" + size, "none",
                    place], check=True)


def shrink(place, room):
    """Leave room KiB.  A disk does not get smaller than what is on it, and the
    server may write at any moment."""
    for _ in range(100):
        try:
            mount(place, "%dk" % (used(place) + room), remount=True)
            return
        except subprocess.CalledProcessError:
            continue
    raise Violation("the disk cannot be made smaller")


def unmount(place):
    subprocess.run(["umount", "-l", place], check=True)


def fill_files(ground, work, size):
    disk = work.output.parent
    mount(disk, "%dk" % size)
    try:
        outcome = ground.run(work.command())
        if outcome.code != 0:
            if outcome.code != 1 or "No space left" not in outcome.complaint:
                ground.tally.add("wrong codes")
                raise Violation(str(outcome))
            mount(disk, ROOM, remount=True)
        work.settle(outcome)
    finally:
        unmount(disk)


def fill_tables(ground, load, place, share, need):
    """The disk of the tables is full, that of the log is not."""
    load.fresh()
    ground.ask("CHECKPOINT")  # removes the files of dropped tables
    shrink(place, share * need)
    try:
        outcome = ground.run(load.command())
    finally:
        mount(place, ROOM, remount=True)
    if outcome.code not in (0, 6) or \
            outcome.code == 6 and "Make room" not in outcome.complaint:
        ground.tally.add("wrong codes")
        raise Violation(str(outcome))
    load.settle(outcome)


def used(place):
    """KiB."""
    facts = os.statvfs(place)
    return (facts.f_blocks - facts.f_bfree) * facts.f_frsize // 1024


def tables_disk(ground, rounds, place):
    for load in (large_load(ground), *small_loads(ground, 2)):
        load.fresh()
        ground.ask("CHECKPOINT")
        empty = used(place)
        ground.must(load.command(), "undisturbed")
        need = used(place) - empty
        for _ in range(rounds):
            share = ground.dice.random()
            ground.attempt("%s, a disk for %d %% of it" % (
                load.name, share * 100), fill_tables, ground, load, place,
                share, need)


def server_disk(ground, rounds):
    # Where the server may go.
    place = str(ground.server.resolve() / "tables")
    mount(place, ROOM)
    try:
        shutil.chown(place, "postgres", "postgres")
        ground.ask("CREATE TABLESPACE small LOCATION '%s'" % place,
                   database="postgres")
        ground.ask("ALTER DATABASE test SET TABLESPACE small",
                   database="postgres")
        tables_disk(ground, rounds, place)
    finally:
        ground.crash_server()
        unmount(place)
        ground.stop_server()


def fill_log(ground, load, place, room):
    """The disk of the server's log is full: it stops for good.  The importer
    waits until somebody has made room and started it."""
    load.fresh()
    ground.ask("CHECKPOINT")
    mount(place, "%dk" % (used(place) + room), remount=True)
    process = ground.start(load.command())
    while process.poll() is None and ground.is_serving():
        time.sleep(0.05)
    time.sleep(ground.dice.random() * 2)
    mount(place, ROOM, remount=True)
    if not ground.is_serving():
        ground.crash_server()
        ground.restart_server()
    outcome = ground.finish(process)
    if outcome.code != 0:
        ground.tally.add("wrong codes")
        raise Violation(str(outcome))
    load.settle(outcome)


def log_disk(ground, rounds):
    home = ground.server.resolve()
    place = home / "log"
    load = large_load(ground)
    # Else segments that are there already have room for all.
    ground.ask("ALTER SYSTEM SET wal_recycle = off")
    ground.crash_server()
    mount(place, ROOM)
    try:
        subprocess.run(["sh", "-ec", """
            cp -a data/pg_wal/. log
            chown postgres: log
            chmod 700 log
            rm -r data/pg_wal
            ln -s "$PWD/log" data/pg_wal"""], cwd=home, check=True)
        ground.restart_server()
        for _ in range(rounds):
            room = ground.dice.randrange(0, 40960)
            ground.attempt("a log's disk with %d KiB left" % room, fill_log,
                           ground, load, place, room)
    finally:
        ground.crash_server()
        unmount(place)
        ground.stop_server()


def disk(ground, rounds):
    """ENOSPC, then room, then the same command."""
    place = ground.place / "disk"
    for work in list(file_works(ground)):
        work.output = place / "out"
        work.program[-1] = str(work.output)
        for _ in range(rounds):
            size = ground.dice.randrange(8, 120, 4)
            ground.attempt("%s, %d KiB" % (work.name, size), fill_files,
                           ground, work, size)
    server_disk(ground, rounds)
    if rounds // 4 > 0:  # each takes long
        ground.start_server()
        log_disk(ground, rounds // 4)
