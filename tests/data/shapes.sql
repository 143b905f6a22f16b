-- Every kind of table and value that SQLite can hold, as an exporter meets them.
CREATE TABLE plain(a INTEGER, b TEXT, c REAL, d BLOB, e NUMERIC, f);
INSERT INTO plain VALUES
	(1, 'one', 1.0, x'01', 1, 'x'),
	(NULL, NULL, NULL, NULL, NULL, NULL),
	(9223372036854775807, '', 1e300, x'', 1.5, x'00ff'),
	(-9223372036854775808, ' blank ', -0.0, zeroblob(3), 0, 7),
	(0, 'comma, "quote"' || char(10) || 'line', 5e-324, x'5c', 12345678901234567890, 2.5),
	('text in integer', x'626c6f62', 'text in real', 'text in blob', x'00', 'NULL'),
	(2.5, 'nul' || char(0) || 'inside', 9e999, 17, 'abc', -9e999),
	(3, CAST(x'ff80' AS TEXT), 2, x'00', '0x10', CAST('x' AS BLOB));
CREATE TABLE keyed(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
	kind VARCHAR(20) DEFAULT 'plain' COLLATE NOCASE, at DATETIME DEFAULT CURRENT_TIMESTAMP,
	CONSTRAINT short_name CHECK (length(name) < 100), CHECK (kind <> ')'));
INSERT INTO keyed(name, at) VALUES ('first', '2024-02-29 13:05:00'), ('second', '2024-02-29');
INSERT INTO keyed(id, name) VALUES (100, 'last');
DELETE FROM keyed WHERE id = 100;
CREATE INDEX keyed_kind ON keyed(kind COLLATE BINARY DESC, lower(name)) WHERE kind IS NOT NULL;
CREATE TABLE sparse(id INTEGER PRIMARY KEY, v);
INSERT INTO sparse VALUES (-9223372036854775808, 'least'), (-5, 'minus five'), (0, 'zero'), (9223372036854775807, 'most');
CREATE TABLE descending(id INTEGER PRIMARY KEY DESC, v TEXT);
INSERT INTO descending VALUES (2, 'two'), (NULL, 'null key'), (1, 'one');
CREATE TABLE shadowed(rowid TEXT, _rowid_ TEXT, oid TEXT);
INSERT INTO shadowed VALUES ('z', 'y', 'x'), ('a', 'b', 'c');
CREATE TABLE half_shadowed(rowid TEXT, v INTEGER);
INSERT INTO half_shadowed VALUES ('z', 1), ('a', 2);
CREATE TABLE pairs(a TEXT, b INTEGER, v, CONSTRAINT pairs_key PRIMARY KEY (a, b)) WITHOUT ROWID;
INSERT INTO pairs VALUES ('b', 2, 'b2'), ('a', 10, 'a10'), ('a', 2, 'a2'), ('', 0, NULL);
CREATE TABLE pairs_down(a TEXT COLLATE NOCASE, b, PRIMARY KEY (b DESC, a)) WITHOUT ROWID;
INSERT INTO pairs_down VALUES ('x', 1), ('y', 2), ('Z', 2);
CREATE INDEX pairs_down_a ON pairs_down(a);
CREATE TABLE strict_table(i INTEGER PRIMARY KEY, t TEXT, r REAL, b BLOB, a ANY) STRICT;
INSERT INTO strict_table VALUES (1, 't', 1, x'00', '001'), (2, NULL, 2.5, NULL, 1);
CREATE TABLE generated(a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL, c TEXT AS ('(' || a || ',') STORED);
INSERT INTO generated(a) VALUES (1), (NULL);
CREATE TABLE altered(a INTEGER);
INSERT INTO altered VALUES (1);
ALTER TABLE altered ADD COLUMN b TEXT DEFAULT 'later';
INSERT INTO altered VALUES (2, 'now');
CREATE TABLE "quoted ""name"", with 'all' [of] `it` %s
and a line"("a ""b""" TEXT, [c d] INTEGER, `e``f` REAL, "select", "" TEXT);
INSERT INTO "quoted ""name"", with 'all' [of] `it` %s
and a line" VALUES ('x', 1, 2.0, 'y', 'z');
CREATE TABLE "ünï/çødé"("ключ" TEXT);
INSERT INTO "ünï/çødé" VALUES ('значение');
CREATE TABLE "../../etc/passwd"(x);
INSERT INTO "../../etc/passwd" VALUES (1);
CREATE TABLE empty(a, b);
CREATE TABLE parent(a INTEGER, b INTEGER, PRIMARY KEY (a, b));
INSERT INTO parent VALUES (1, 2);
CREATE TABLE child(id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, k INTEGER REFERENCES Keyed,
	orphan INTEGER REFERENCES nowhere(id),
	CONSTRAINT child_parent FOREIGN KEY (a, b) REFERENCES parent ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
	FOREIGN KEY (id) REFERENCES child(id) ON UPDATE SET NULL);
INSERT INTO child VALUES (1, 1, 2, 1, NULL);
CREATE VIRTUAL TABLE words USING fts5(title, body);
INSERT INTO words VALUES ('one', 'two three'), ('four', 'five');
CREATE VIRTUAL TABLE contentless USING fts5(body, content='');
INSERT INTO contentless(rowid, body) VALUES (1, 'not kept');
CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
INSERT INTO boxes VALUES (1, 0.5, 1.5), (2, -1, 3);
CREATE VIEW names AS SELECT name FROM keyed;
CREATE TRIGGER keyed_log AFTER INSERT ON keyed BEGIN SELECT 1; END;
PRAGMA user_version = 7;
PRAGMA application_id = 1234;
