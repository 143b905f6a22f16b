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


# Some of whose rows are there already.
CONFLICTS = LIVING + """
INSERT INTO shelf SELECT i, 'old ' || i, 0 FROM generate_series(1, 60) AS i;
INSERT INTO book SELECT i, 1, 'old', 0, '2026-01-01', NULL
    FROM generate_series(1, 1200, 7) AS i;
"""

# The application refuses some.
STRICT = LIVING + """
ALTER TABLE word ADD CHECK (book_id % 50 <> 7);
"""

# An older state of the same tables, which is live.
LIVE = """
CREATE TABLE shelf (id bigint PRIMARY KEY, label text);
INSERT INTO shelf SELECT i, 'old ' || i FROM generate_series(1, 500) AS i;
CREATE TABLE word (book_id bigint, word text);
GRANT SELECT ON shelf, word TO PUBLIC;
"""

# What an operator runs: done twice it is seen, or fails.
HOOKS = {
    "before": "CREATE TABLE public.journal (entry text);"
              "INSERT INTO public.journal VALUES ('before');",
    "after-tables": "INSERT INTO public.journal VALUES ('tables');",
    "after": "INSERT INTO public.journal VALUES ('after');",
}


class Load:
    """A load into the server; conninfo may lead through a proxy."""

    def __init__(self, ground, name, dump, *options, before="", code=0):
        self.ground = ground
        self.name = name
        self.dump = dump
        self.options = options
        self.code = code
        self.truth = Truth(ground, self.command(), before, code)
        self.truth.check_ledger(dump)

    def judge(self, database, sql=""):
        """Show it to the oracle, but for what sql takes away."""
        self.ground.ask(sql)
        self.truth.compare(database)
        return self

    def command(self, *more, conninfo=""):
        return self.ground.program(
            "import", "-d", "dbname=test " + conninfo, *self.options, *more,
            self.dump)

    def fresh(self):
        self.truth.fresh()

    def settle(self, outcome=None):
        self.truth.settle(self.command(), outcome)


def hooks(ground):
    """The options."""
    for moment, sql in HOOKS.items():
        path = ground.place / (moment + ".sql")
        path.write_text(sql)
        yield "--%s=%s" % (moment, path)


class Refused(Load):
    """Rows that the server refuses are set aside in files, too."""

    def __init__(self, ground, name, dump, *options, before):
        self.files = ground.place / "refused"
        shutil.rmtree(self.files, ignore_errors=True)
        super().__init__(ground, name, dump, *options,
                         "--rejects=%s" % self.files, before=before, code=3)
        self.right = self.files.with_name("refused.right")
        shutil.rmtree(self.right, ignore_errors=True)
        self.files.rename(self.right)

    def fresh(self):
        super().fresh()
        for suffix in ("", ".partial"):
            shutil.rmtree(str(self.files) + suffix, ignore_errors=True)

    def settle(self, outcome=None):
        super().settle(outcome)
        if not self.files.exists() or not same_files(self.right, self.files):
            raise Violation("the rejects are others")


class Files:
    """An export or transform into a directory."""

    def __init__(self, ground, name, program, source, right):
        self.ground = ground
        self.name = name
        self.right = right
        self.code = 0
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
    yield Load(ground, "import", dump, "-j", jobs).judge(database)
    yield Load(ground, "import -a", fitted(ground, database), "-a", "-j", jobs,
               before=LIVING).judge(database, WITHOUT_THEIRS)


def rich_loads(ground, jobs):
    """With all that an operator may ask for."""
    database = ground.small_database()
    dump = ground.small_dump()
    ready = fitted(ground, database)
    yield Load(ground, "import --publish", dump, "--publish", "--verify", "-j",
               jobs, before=LIVE)
    yield Load(ground, "import -a --on-conflict", ready, "-a",
               "--on-conflict=update", *hooks(ground), "-j", jobs,
               before=CONFLICTS)
    yield Refused(ground, "import -a --rejects", ready, "-a", "-j", jobs,
                  before=STRICT)


def file_works(ground):
    database = ground.small_database()
    ready = ground.small_dump()
    dump = database.with_suffix(".dump")
    yield Files(ground, "export", "export", ["--chunk-size=8KiB", database],
                dump)
    yield Files(ground, "transform", "transform", [dump], ready)
