"""Connections that are cut at every byte, and around every COMMIT."""

from ground import Violation, sampled
from loads import rich_loads, small_loads
from proxy import Fault, Proxy

# CommandComplete "COMMIT" and ReadyForQuery.
ANSWER_BYTES = 18


def cut(ground, load, proxy, fault):
    load.fresh()
    proxy.fault = Fault(fault)
    outcome = ground.run(load.command(conninfo=proxy.conninfo()))
    if outcome.code != load.code:
        ground.check_failure(outcome)
        if proxy.fault.commits > 2:
            # It was well on its way, and the server is there.
            ground.tally.add("wrong codes")
            raise Violation("it gave up: " + str(outcome))
    load.settle(outcome)


def survive(ground, load, proxy, fault):
    """Every connection breaks after a while."""
    load.fresh()
    proxy.fault = Fault(fault)
    for _ in range(20):
        outcome = ground.run(load.command(conninfo=proxy.conninfo()))
        if outcome.code == load.code:
            break
        ground.check_failure(outcome)
    load.settle(outcome)


def faults_of(ground, proxy, load, rounds):
    """Each fault of a load that is to be tried."""
    load.fresh()
    proxy.fault = Fault()
    ground.must(load.command(conninfo=proxy.conninfo()),
                "by way of the proxy", load.code)
    whole = proxy.fault
    if whole.commits < 10:
        raise Violation("only %d COMMITs were seen" % whole.commits)
    for side in ("client", "server"):
        for at in sampled(whole.passed[side], rounds, ground.dice):
            yield "cut:%s:%d:%s" % (
                side, at, ground.dice.choice(("close", "reset", "close",
                                              "reset", "stall")))
    for number in sampled(whole.commits, rounds, ground.dice):
        for when in ("before", "after", "late", "inside:%d" %
                     ground.dice.randint(1, ANSWER_BYTES - 1)):
            yield "commit:%d:%s" % (number, when)


def network(ground, rounds):
    """A proxy that cuts: at bytes, around COMMITs, again and again."""
    proxy = Proxy(ground.environment["PGHOST"])
    loads = list(small_loads(ground, 1))
    if rounds != 1:  # a sample is to be quick
        loads += rich_loads(ground, 1)
    for load in loads:
        for fault in faults_of(ground, proxy, load, rounds):
            ground.attempt("%s, %s" % (load.name, fault), cut, ground, load,
                           proxy, fault)
    for load in small_loads(ground, 3):
        for _ in range(rounds or 200):
            fault = "flaky:2000:60000:%d" % ground.dice.randrange(10 ** 6)
            ground.attempt("%s, %s" % (load.name, fault), survive, ground,
                           load, proxy, fault)
    proxy.close()
