"""The side of SQLite: its tables and their rows, through Python's sqlite3."""

import collections
import os
import re
import sqlite3
import urllib.parse

from target import quoted
from values import Text


class Source:
    """A table of the source."""

    def __init__(self, database, name, kind, sql):
        self.database = database
        self.name = name
        self.kind = kind
        self.sql = sql
        self.readable = True
        try:
            info = database.execute(
                "SELECT cid, name, type, pk, hidden FROM pragma_table_xinfo(?)"
                " ORDER BY cid", (name,)).fetchall()
            # 1 is a hidden column of a virtual table.
            self.columns = [text(row[1]) for row in info if row[4] != 1]
            keys = sorted((row[3], text(row[1])) for row in info if row[3])
            self.primary = [column for _, column in keys]
            database.execute("SELECT * FROM %s LIMIT 1" % quoted(name))
        except sqlite3.Error as error:
            self.readable = False
            self.why = str(error)
            return
        self.rowid_column = None
        self.has_rowid = kind == b"table" and not self.without_rowid()
        if self.has_rowid and len(self.primary) == 1:
            # An alias of the rowid is its own column; a look-alike is not.
            row = database.execute(
                "SELECT count(*) FROM pragma_index_list(?)"
                " WHERE origin = 'pk'", (name,)).fetchone()
            if row[0] == 0:
                self.rowid_column = self.primary[0]

    def without_rowid(self):
        row = self.database.execute(
            "SELECT wr FROM pragma_table_list WHERE schema = 'main'"
            " AND name = ?", (self.name,)).fetchone()
        return bool(row and row[0])

    def rows(self):
        names = ", ".join(map(quoted, self.columns))
        free = [name for name in ("rowid", "_rowid_", "oid")
                if name not in [column.lower() for column in self.columns]]
        if self.has_rowid and (self.rowid_column or free):
            names = "%s, %s" % (quoted(self.rowid_column)
                                if self.rowid_column else free[0], names)
        else:
            names = "NULL, " + names
        return self.database.execute(
            "SELECT %s FROM %s" % (names, quoted(self.name)))

    def has_nulls(self):
        """Is NULL in the primary key?"""
        holes = " OR ".join("%s IS NULL" % quoted(column)
                            for column in self.primary)
        return self.database.execute(
            "SELECT EXISTS (SELECT 1 FROM %s WHERE %s)" % (
                quoted(self.name), holes)).fetchone()[0]

    def unique(self):
        """Column lists that are unique, and those that are indexed."""
        unique, plain = [], []
        for row in self.database.execute(
                'SELECT name, "unique", partial FROM pragma_index_list(?)',
                (self.name,)).fetchall():
            columns = [None if part[0] is None else text(part[0])
                       for part in self.database.execute(
                           "SELECT name FROM pragma_index_info(?)"
                           " ORDER BY seqno", (text(row[0]),))]
            if row[2] or None in columns:
                continue
            (unique if row[1] else plain).append(columns)
        return unique, plain

    def foreign_keys(self):
        keys = collections.OrderedDict()
        for row in self.database.execute(
                'SELECT id, "table", "from", "to" FROM'
                ' pragma_foreign_key_list(?) ORDER BY id, seq', (self.name,)):
            keys.setdefault(row[0], (text(row[1]), [], []))
            keys[row[0]][1].append(text(row[2]))
            keys[row[0]][2].append(None if row[3] is None else text(row[3]))
        return list(keys.values())

    def sequence(self):
        try:
            row = self.database.execute(
                "SELECT seq FROM sqlite_sequence WHERE name = ?",
                (self.name,)).fetchone()
        except sqlite3.Error:
            return 0
        return row[0] if row and isinstance(row[0], int) else 0


def text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else value


def open_source(path):
    uri = "file:%s?mode=ro" % urllib.parse.quote(os.path.abspath(path))
    database = sqlite3.connect(uri, uri=True)
    database.text_factory = Text
    return database


def source_tables(database):
    shadows = {bytes(row[0]) for row in database.execute(
        "SELECT name FROM pragma_table_list"
        " WHERE schema = 'main' AND type = 'shadow'")}
    for name, sql in database.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table'"
            " ORDER BY rowid").fetchall():
        if name.lower().startswith(b"sqlite_") or bytes(name) in shadows:
            continue
        virtual = bool(sql and re.match(rb"\s*create\s+virtual", sql, re.I))
        yield Source(database, text(name), b"virtual" if virtual else b"table",
                     sql)
