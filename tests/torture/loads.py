"""The loads that are tortured: what is run, from where to where, and what is
there before and afterwards."""

import filecmp
import json
import shutil

from ground import TABLES, Truth, Violation

# Another owner's rows, which a load must leave alone.
LIVING = TABLES + """
INSERT INTO shelf VALUES (100000, 'theirs', 1);
INSERT INTO book VALUES (100000, 100000, 'theirs', 1, '2026-01-01', NULL);
INSERT INTO loan VALUES (1, 100000);
"""
WITHOUT_THEIRS = """
DROP TABLE loan;
DELETE FROM book WHERE id = 100000;
DELETE FROM shelf WHERE id = 100000;
"""


class Load:
    """A load into the server; conninfo may lead through a proxy."""

    def __init__(self, ground, name, database, dump, *options, before="",
                 judged=""):
        self.ground = ground
        self.name = name
        self.dump = dump
        self.options = options
        self.truth = Truth(ground, self.command(), before)
        self.truth.check_ledger(dump)
        ground.ask(judged)
        self.truth.compare(database)

    def command(self, *more, conninfo=""):
        return self.ground.program(
            "import", "-d", "dbname=test " + conninfo, *self.options, *more,
            self.dump)

    def fresh(self):
        self.truth.fresh()

    def settle(self, outcome=None):
        self.truth.settle(self.command(), outcome)


class Files:
    """An export or transform into a directory."""

    def __init__(self, ground, name, program, source, right):
        self.ground = ground
        self.name = name
        self.right = right
        self.output = ground.place / ("torture." + name)
        self.program = ground.program(program, "-j", "1", *source, "-f",
                                      self.output)

    def command(self, *more):
        return [*self.program, *more]

    def fresh(self):
        for suffix in ("", ".partial"):
            shutil.rmtree(str(self.output) + suffix, ignore_errors=True)

    def check(self):
        if not same_files(self.right, self.output):
            raise Violation("the dump is another one")
        if self.output.with_name(self.output.name + ".partial").exists():
            raise Violation("a partial dump is left")

    def settle(self, outcome=None):
        # Whole or not there at all.
        if self.output.exists() and not same_files(self.right, self.output):
            raise Violation("a broken dump stands under its final name")
        if outcome is None or outcome.code != 0:
            self.ground.must(self.command())
            self.ground.tally.add("resumed")
        else:
            self.ground.tally.add("unhurt")
        self.check()


def same_files(one, other):
    names = sorted(path.relative_to(one) for path in one.rglob("*"))
    if names != sorted(path.relative_to(other) for path in other.rglob("*")):
        return False
    return all(filecmp.cmp(one / name, other / name, shallow=False)
               for name in names if (one / name).is_file())


def fitted(ground, database):
    """The small dump as it fits the tables of an application."""
    ready = ground.place / "fitted.pg"
    if not ready.exists():
        ground.fresh(LIVING)
        target = ground.place / "target.json"
        with open(target, "wb") as stream:
            outcome = ground.finish(ground.start(
                ground.program("import", "-d", "dbname=test", "--describe"),
                stdout=stream))
        if outcome.code == 0:
            outcome = ground.run(ground.program(
                "transform", "--target=%s" % target,
                database.with_suffix(".dump"), "-f", ready))
        if outcome.code != 0:
            raise Violation(str(outcome))
    return ready


def small_loads(ground, jobs):
    """Into new tables and into existing ones."""
    database = ground.small_database()
    dump = ground.small_dump()
    chunks = json.loads((dump / "manifest.json").read_text("utf-8"))
    chunks = sum(len(table["files"]) for table in chunks["tables"])
    if chunks < 10:
        raise Violation("%d chunks are too few" % chunks)
    yield Load(ground, "import", database, dump, "-j", jobs)
    yield Load(ground, "import -a", database, fitted(ground, database),
               "-a", "-j", jobs, before=LIVING, judged=WITHOUT_THEIRS)


def file_works(ground):
    database = ground.small_database()
    ready = ground.small_dump()
    dump = database.with_suffix(".dump")
    yield Files(ground, "export", "export", ["--chunk-size=8KiB", database],
                dump)
    yield Files(ground, "transform", "transform", [dump], ready)
