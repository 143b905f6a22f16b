-- Every kind of table that SQLite has.
CREATE TABLE plain (a TEXT, b INTEGER);
INSERT INTO plain VALUES ('one', 1), ('two', 2), ('one', 1), (NULL, NULL);

CREATE TABLE keyed (id INTEGER PRIMARY KEY, t TEXT);
INSERT INTO keyed VALUES (-9223372036854775808, 'least'), (-5, 'negative'),
	(0, 'zero'), (3, 'three'), (1000000000000, 'sparse');

CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, t TEXT);
INSERT INTO counted VALUES (7, 'seven'), (900, 'gone');
DELETE FROM counted WHERE id = 900;

CREATE TABLE highest (id INTEGER PRIMARY KEY, t TEXT);
INSERT INTO highest VALUES (9223372036854775807, 'most');

CREATE TABLE looks_like_a_key (id INT PRIMARY KEY, t TEXT);
INSERT INTO looks_like_a_key VALUES (2, 'b'), (1, 'a');

CREATE TABLE quirk (id INTEGER PRIMARY KEY DESC, t TEXT);
INSERT INTO quirk VALUES (2, 'b'), (1, 'a');

CREATE TABLE composite (a TEXT, b INTEGER, c TEXT, PRIMARY KEY (b, a),
	UNIQUE (c, a));
INSERT INTO composite VALUES ('x', 1, 'u'), ('x', 2, 'v'), ('y', 1, NULL);

CREATE TABLE without (b TEXT NOT NULL, a INTEGER NOT NULL, v,
	PRIMARY KEY (b, a)) WITHOUT ROWID;
INSERT INTO without VALUES ('z', 1, 'last'), ('a', 2, 'second'),
	('a', 1, 'first');

CREATE TABLE without_descending (a INTEGER PRIMARY KEY DESC, v TEXT)
	WITHOUT ROWID;
INSERT INTO without_descending VALUES (1, 'one'), (2, 'two');

CREATE TABLE without_nocase (word TEXT PRIMARY KEY COLLATE NOCASE, n INT)
	WITHOUT ROWID;
INSERT INTO without_nocase VALUES ('b', 1), ('A', 2), ('c', 3);

CREATE TABLE strict_one (i INT, r REAL, t TEXT, b BLOB, a ANY) STRICT;
INSERT INTO strict_one VALUES (1, 2, '3', x'04', 'five'),
	(NULL, NULL, NULL, NULL, NULL);

CREATE TABLE computed (net INTEGER NOT NULL,
	tax INTEGER GENERATED ALWAYS AS (net / 5) VIRTUAL,
	gross INTEGER AS (net + net / 5) STORED, label TEXT);
INSERT INTO computed (net, label) VALUES (100, 'a'), (7, 'b');

CREATE TABLE grown (a TEXT);
INSERT INTO grown VALUES ('before');
ALTER TABLE grown ADD COLUMN b INTEGER DEFAULT 42;
ALTER TABLE grown ADD COLUMN c TEXT NOT NULL DEFAULT 'it''s';
INSERT INTO grown VALUES ('after', 43, 'set');
ALTER TABLE grown RENAME COLUMN a TO first;
ALTER TABLE grown DROP COLUMN b;

CREATE TABLE empty (id INTEGER PRIMARY KEY, a TEXT, b REAL, c);
CREATE TABLE nothing_but_null (a TEXT, b INTEGER, c);
INSERT INTO nothing_but_null VALUES (NULL, NULL, NULL), (NULL, NULL, NULL);
CREATE TABLE one_column (a TEXT);
INSERT INTO one_column VALUES (NULL), (''), ('x'), (NULL);

CREATE TABLE shadowed (rowid TEXT, _rowid_ TEXT, oid TEXT);
INSERT INTO shadowed VALUES ('a', 'b', 'c'), ('d', 'e', 'f');

CREATE VIRTUAL TABLE words USING fts5 (title, body);
INSERT INTO words VALUES ('first', 'some words'), ('second', 'other words');
CREATE VIRTUAL TABLE boxes USING rtree (id, x1, x2);
INSERT INTO boxes VALUES (1, 0.5, 2.5), (2, 1.0, 8.0);

CREATE VIEW words_of_one AS SELECT a FROM plain WHERE b = 1;
CREATE TRIGGER counting AFTER INSERT ON plain BEGIN
	INSERT INTO counted (t) VALUES (new.a);
END;
CREATE INDEX plain_b ON plain (b, a DESC);
CREATE UNIQUE INDEX keyed_t ON keyed (t);
CREATE INDEX partial ON keyed (t) WHERE id > 0;
CREATE INDEX expression ON plain (upper(a));
