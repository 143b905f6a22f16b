"""Processes that die: ours, the server's sessions, the server."""

import subprocess
import threading
import time

from ground import Violation
from loads import Load, small_loads


def large_load(ground, *options):
    database = ground.large_database()
    dump = ground.make_dump(database, "256KiB")
    return Load(ground, "import", dump, *options).judge(database)


def instant(ground, load):
    """Seconds into a run of the load, sometimes behind its end."""
    return ground.dice.random() * load.truth.seconds * 1.1


# ------------------------------------------------------------------- kills

def kill_staged(ground, load, times):
    load.fresh()
    outcome = None
    for _ in range(times):
        process = ground.start(load.command())
        time.sleep(instant(ground, load))
        alive = ground.kill(process)
        outcome = ground.finish(process)
        if not alive and outcome.code != 0:
            ground.tally.add("wrong codes")
            raise Violation("not even killed, but " + str(outcome))
    load.settle(outcome)


class Pipe:
    """The three programs, the data of each in the next."""

    def __init__(self, ground, database):
        self.processes = []
        stdin = subprocess.DEVNULL
        for command, stdout in (
                (("export", "--chunk-size=256KiB", database), subprocess.PIPE),
                (("transform",), subprocess.PIPE),
                (("import", "-d", "dbname=test"), subprocess.DEVNULL)):
            process = ground.start(ground.program(*command), stdin, stdout)
            if stdin is not subprocess.DEVNULL:
                stdin.close()
            stdin = process.stdout
            self.processes.append(process)

    def finish(self, ground):
        return [ground.finish(process) for process in self.processes]


def settle_pipe(ground, database, truth):
    outcomes = Pipe(ground, database).finish(ground)
    if any(outcome.code != 0 for outcome in outcomes):
        ground.tally.add("wrong codes")
        raise Violation("again: " + "; ".join(map(str, outcomes)))
    ground.tally.add("resumed")
    truth.check()


def kill_piped(ground, database, load, stage, times):
    load.fresh()
    for _ in range(times):
        pipe = Pipe(ground, database)
        time.sleep(instant(ground, load) * 1.3)
        ground.kill(pipe.processes[stage])
        last = pipe.finish(ground)[-1]
        if last.code == 0:
            # It had everything, manifest included.
            load.truth.check()
        elif stage != 2:
            ground.check_failure(last)
    settle_pipe(ground, database, load.truth)


def kills(ground, rounds):
    """kill -9 at random instants, one to three times, then a whole run."""
    load = large_load(ground)
    database = ground.large_database()
    for number in range(rounds):
        times = ground.dice.randint(1, 3)
        ground.attempt("staged, round %d" % number, kill_staged, ground, load,
                       times)
    # Chunks of a pipe are not compressed: other digests in the ledger.
    load.fresh()
    outcomes = Pipe(ground, database).finish(ground)
    if any(outcome.code != 0 for outcome in outcomes):
        raise Violation("undisturbed: " + "; ".join(map(str, outcomes)))
    load.truth.shape = load.truth.read_shape()
    for number in range(rounds):
        stage, times = number % 3, ground.dice.randint(1, 3)
        ground.attempt("piped, stage %d, round %d" % (stage + 1, number),
                       kill_piped, ground, database, load, stage, times)


# ---------------------------------------------------------------- backends

def harass(ground, stop):
    """Terminate a random session of the importer, again and again."""
    while not stop.wait(0.01 + ground.dice.random() * 0.2):
        ground.ask("SELECT pg_terminate_backend(pid) FROM (SELECT pid"
                   " FROM pg_stat_activity WHERE application_name ="
                   " 'litehaul-import' ORDER BY random() LIMIT 1) AS one",
                   database="postgres")
        ground.tally.add("faults")


def kill_sessions(ground, load):
    load.fresh()
    process = ground.start(load.command())
    stop = threading.Event()
    thread = threading.Thread(target=harass, args=(ground, stop))
    thread.start()
    try:
        outcome = ground.finish(process)
    finally:
        stop.set()
        thread.join()
    if outcome.code != 0:
        ground.tally.add("wrong codes")
        raise Violation(str(outcome))
    ground.tally.add("unhurt")
    load.truth.check()


def backends(ground, rounds):
    """Sessions are terminated; the importer connects again by itself."""
    for load in (large_load(ground), *small_loads(ground, 3)):
        for number in range(rounds):
            ground.attempt("%s, round %d" % (load.name, number),
                           kill_sessions, ground, load)


# ------------------------------------------------------------------ server

def crash_and_resume(ground, load):
    """The importer dies with the server."""
    load.fresh()
    process = ground.start(load.command())
    time.sleep(instant(ground, load))
    ground.crash_server()
    ground.kill(process)
    outcome = ground.finish(process)
    ground.restart_server()
    load.settle(outcome)


def crash_and_wait(ground, load):
    """The importer lives on and waits for the server."""
    load.fresh()
    process = ground.start(load.command())
    time.sleep(instant(ground, load))
    ground.crash_server()
    time.sleep(ground.dice.random() * 2)
    ground.restart_server()
    outcome = ground.finish(process)
    if outcome.code != 0:
        # Only a server that never was there may stay away.
        ground.check_failure(outcome)
        if ground.ask("SELECT 1 FROM pg_namespace WHERE nspname = 'litehaul'"):
            ground.tally.add("wrong codes")
            raise Violation("it did not come back: " + str(outcome))
    load.settle(outcome)


def crash_for_good(ground, load):
    load.fresh()
    process = ground.start(load.command("--max-downtime=5"))
    time.sleep(load.truth.seconds / 2)
    ground.crash_server()
    outcome = ground.finish(process)
    ground.restart_server()
    if outcome.code != 6 or not outcome.complaint:
        ground.tally.add("wrong codes")
        raise Violation(str(outcome))
    load.settle(outcome)


def server(ground, rounds):
    """kill -9 of the whole server."""
    for load in (large_load(ground), *small_loads(ground, 2)):
        for number in range(rounds):
            for trial in (crash_and_resume, crash_and_wait):
                ground.attempt("%s, %s, round %d" % (
                    load.name, trial.__name__, number), trial, ground, load)
    if rounds > 5:
        ground.attempt("a server that stays away", crash_for_good, ground,
                       large_load(ground))


# ----------------------------------------------------------------- several

def compete(ground, load):
    """Two to five at once, each with a chance to be killed."""
    load.fresh()
    processes, victims = [], []
    for _ in range(ground.dice.randint(2, 5)):
        time.sleep(ground.dice.random() * load.truth.seconds / 3)
        processes.append(ground.start(
            load.command("-j", str(ground.dice.randint(1, 3)))))
        if ground.dice.random() < 0.4:
            time.sleep(ground.dice.random() * load.truth.seconds / 2)
            victims.append(ground.dice.choice(processes))
            ground.kill(victims[-1])
    outcomes = [(process, ground.finish(process)) for process in processes]
    for process, outcome in outcomes:
        if outcome.code != 0 and process not in victims:
            ground.tally.add("wrong codes")
            raise Violation("a survivor: " + str(outcome))
    if all(process in victims for process in processes):
        load.settle()
    else:
        load.settle(next(outcome for process, outcome in outcomes
                         if process not in victims))


def several(ground, rounds):
    """Importers of one dump at once."""
    for load in (large_load(ground), *small_loads(ground, 2)):
        for number in range(rounds):
            ground.attempt("%s, round %d" % (load.name, number), compete,
                           ground, load)
