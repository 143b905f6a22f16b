"""The side of PostgreSQL: its tables and their rows, through psql's COPY."""

import json
import os
import re
import subprocess
import sys

ESCAPE = re.compile(rb"\\([bfnrtv]|[0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)", re.S)
ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t",
           b"v": b"\v"}


def unescape(field):
    if field == rb"\N":
        return None
    return ESCAPE.sub(
        lambda match: ESCAPES.get(match.group(1), match.group(1)), field)


class Server:
    def __init__(self, conninfo, namespace):
        self.conninfo = conninfo
        self.namespace = namespace
        self.environment = dict(
            os.environ, PGCLIENTENCODING="UTF8",
            PGOPTIONS="-c TimeZone=UTC -c DateStyle=ISO,YMD"
            " -c extra_float_digits=1 -c bytea_output=hex"
            " -c IntervalStyle=postgres -c search_path=pg_catalog")

    def copy(self, query):
        """Rows of a query, each a list of bytes or None."""
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        if self.conninfo:
            command += ["-d", self.conninfo]
        with subprocess.Popen(command, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE,
                              env=self.environment) as psql:
            psql.stdin.write(("COPY (%s) TO STDOUT;\n" % query).encode())
            psql.stdin.close()
            for line in psql.stdout:
                fields = line.rstrip(b"\n").split(b"\t")
                yield [unescape(field) for field in fields] \
                    if b"\\" in line else fields
        if psql.returncode != 0:
            sys.exit("compare: psql failed on: %s" % query)

    def documents(self, query):
        for row in self.copy(query):
            yield json.loads(row[0])

    def tables(self):
        """All tables with what hangs on them, in the order they were made."""
        found = self.documents("""
SELECT json_build_object('oid', c.oid::int8, 'name', c.relname,
  'columns', (
    SELECT json_agg(json_build_object('name', a.attname, 'number', a.attnum,
        'type', format_type(a.atttypid, NULL),
        'identity', a.attidentity <> '',
        'following', (
          SELECT coalesce(v.last_value::numeric + 1, v.start_value)
          FROM pg_depend d JOIN pg_class s ON s.oid = d.objid
          JOIN pg_sequences v ON v.sequencename = s.relname
            AND v.schemaname = n.nspname
          WHERE d.refobjid = c.oid AND d.refobjsubid = a.attnum
            AND d.classid = 'pg_class'::regclass
            AND d.deptype IN ('a', 'i') AND s.relkind = 'S'))
      ORDER BY a.attnum)
    FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  'indexes', (
    SELECT json_agg(json_build_object('primary', i.indisprimary,
        'unique', i.indisunique,
        'columns', array(SELECT unnest(i.indkey::int2[]))))
    FROM pg_index i
    WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL),
  'foreign_keys', (
    SELECT json_agg(json_build_object('own', k.conkey,
        'parent', k.confrelid::int8, 'validated', k.convalidated))
    FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid = c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.oid""" % literal(self.namespace))
        return [Target(self, document) for document in found]


class Target:
    """A table of the target."""

    def __init__(self, server, document):
        self.server = server
        self.oid = document["oid"]
        self.name = document["name"]
        self.columns = document["columns"] or []
        self.indexes = document["indexes"] or []
        self.foreign_keys = document["foreign_keys"] or []

    def rows(self):
        names = ", ".join(quoted(column["name"]) for column in self.columns)
        return self.server.copy("SELECT %s FROM ONLY %s.%s" % (
            names, quoted(self.server.namespace), quoted(self.name)))

    def keys(self):
        """(primary key, set of unique column sets, set of indexed lists)."""
        primary, unique, plain = None, set(), set()
        for index in self.indexes:
            columns = tuple(index["columns"])
            if index["primary"]:
                primary = columns
            if index["unique"]:
                unique.add(frozenset(columns))
            plain.add(columns)
        return primary, unique, plain


def quoted(name):
    return '"%s"' % name.replace('"', '""')


def literal(text):
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return (" E'%s'" if "\\" in text else "'%s'") % escaped
