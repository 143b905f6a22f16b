#!/usr/bin/env bats
# litehaul-import -a: rows into tables that an application has made.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	target_begin max_connections=20
	sqlite3 -bail shop.db <<-'SQL'
	CREATE TABLE author (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		name TEXT NOT NULL, mood TEXT, tags TEXT, meta TEXT, ip TEXT,
		born DATE, boss_id INTEGER REFERENCES author (id),
		shout TEXT);
	CREATE TABLE book (
		id INTEGER PRIMARY KEY,
		author_id INTEGER REFERENCES author (id),
		title VARCHAR(20), price NUMERIC(8,2), at DATETIME);
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
	INSERT INTO author SELECT i, 'A' || i,
		CASE i % 2 WHEN 0 THEN 'new' ELSE 'old' END,
		'{a,"b c",' || i || '}', json_object('k', i),
		'10.0.0.' || (i % 250), '2020-01-01',
		CASE WHEN i > 1 THEN i * 7 % 3000 + 1 END, 'x' FROM n;
	INSERT INTO author (id, name, mood, tags, meta) VALUES (3001,
		'tab' || char(9) || 'nl' || char(10) || '\.' || char(10) ||
		'cr' || char(13) || 'bs\N', 'old', '{}', '{}');
	INSERT INTO book SELECT id, 3001 - id, 'T' || id, id + 0.25,
		'2024-01-01 00:00:0' || (id % 10) || '.123' FROM author
		WHERE id <= 3000;
	UPDATE sqlite_sequence SET seq = 5000 WHERE name = 'author';
	SQL
	"$exporter" -q --chunk-size=16KiB shop.db -f shop.dump
	"$transformer" -q shop.dump -f shop.pg
	cat >tables.sql <<-'SQL'
	CREATE TYPE mood AS ENUM ('new', 'old');
	CREATE DOMAIN address AS inet;
	CREATE TABLE author (
		id bigserial PRIMARY KEY, name varchar NOT NULL,
		mood mood NOT NULL, tags text[], meta jsonb, ip address,
		born timestamp, boss_id bigint REFERENCES author (id),
		shout text GENERATED ALWAYS AS (upper(name)) STORED,
		extra int NOT NULL DEFAULT 7);
	CREATE TABLE book (
		id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		author_id bigint NOT NULL
			REFERENCES author (id) ON DELETE CASCADE,
		title varchar(20), price numeric(10,2),
		at timestamp(3) with time zone);
	SQL
}

setup() {
	target_empty
	target_run tables.sql
}

import() {
	"$importer" -d test "$@"
}

both_keys="author_boss_id_fkey|t book_author_id_fkey|t "

expect_whole() {
	[ "$(server_ask "SELECT count(*), sum(id), sum(boss_id),
		count(DISTINCT tags), sum((meta->>'k')::int) FROM author")" = \
		"3001|4504501|4501492|3001|4501500" ]
	[ "$(server_ask "SELECT count(*), sum(author_id), sum(price),
		min(at AT TIME ZONE 'UTC') FROM book")" = \
		"3000|4501500|4502250.00|2024-01-01 00:00:00.123" ]
	[ "$(foreign_keys)" = "$both_keys" ]
	[ "$(server_ask "SELECT count(*) FROM litehaul.foreign_key")" = 0 ]
	[ "$(finished)" = 1 ]
}

@test "enum, array, domain, jsonb, serial and identity are filled" {
	run import -a shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *'"shout": the server generates its values'* ]]
	[[ $output == *"taken off for the load"*"book_author_id_fkey"* ]]
	expect_whole
	[ "$(server_ask "SELECT mood, tags[2], meta, ip, born, shout, extra
		FROM author WHERE id = 2")" = \
		'new|b c|{"k": 2}|10.0.0.2|2020-01-01 00:00:00|A2|7' ]
	[ "$(server_ask "SELECT name = E'tab\tnl\n\\\\.\ncr\rbs\\\\N'
		FROM author WHERE id = 3001")" = t ]
	# Past SQLite's own mark, and past the largest value.
	[ "$(server_ask "INSERT INTO author (name, mood)
		VALUES ('x', 'new') RETURNING id" | head -n 1)" = 5001 ]
	[ "$(server_ask "INSERT INTO book (author_id)
		VALUES (1) RETURNING id" | head -n 1)" = 3001 ]
}

@test "nothing is made but the ledger" {
	local before

	before=$(server_ask "SELECT count(*) FROM pg_class AS c
		WHERE relnamespace = 'public'::regnamespace")
	import -q -a shop.pg
	[ "$(server_ask "SELECT count(*) FROM pg_class AS c
		WHERE relnamespace = 'public'::regnamespace")" = "$before" ]
}

@test "a stream fills them too" {
	"$transformer" -q shop.dump | import -q -a
	expect_whole
}

@test "--dry-run says what would happen and changes nothing" {
	run --separate-stderr import -a --dry-run shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *'COPY "public"."author" ("id", "name",'*'(FORMAT text)'* ]]
	[[ $output != *'"shout"'* ]]
	[[ $output != *CREATE* ]]
	[ "$(server_ask "SELECT count(*) FROM author")" = 0 ]
	[ "$(server_ask "SELECT to_regnamespace('litehaul') IS NULL")" = t ]
	[ "$(foreign_keys)" = "$both_keys" ]
}

@test "every mismatch is told in one go, and nothing is changed" {
	server_ask "DROP TABLE book"
	server_ask "ALTER TABLE author RENAME boss_id TO bossid"
	server_ask "ALTER TABLE author ALTER id TYPE integer"
	server_ask "ALTER TABLE author ALTER meta TYPE varchar(30)"
	server_ask "ALTER TABLE author ALTER extra DROP DEFAULT"
	run import -a shop.pg
	[ "$status" -eq 1 ]
	[[ $output == *'table "book" is not in schema "public"'* ]]
	[[ $output == *'no column "boss_id"; is "bossid" meant?'* ]]
	[[ $output == *'"id": bigint in the dump, integer in the target'* ]]
	[[ $output == *'"meta": text in the dump, character varying(30)'* ]]
	[[ $output == *'"extra" is NOT NULL without a default'* ]]
	[[ $output == *"5 problems, and nothing was changed"* ]]
	[[ $output == *"--describe -d"*"--target=target.json"* ]]
	[ "$(server_ask "SELECT count(*) FROM author")" = 0 ]
	[ "$(server_ask "SELECT count(*) FROM litehaul.load")" = 0 ]
}

@test "type pairs that would change values are refused with the reason" {
	local type text

	while IFS='|' read -r type text; do
		server_ask "ALTER TABLE book DROP at, ADD at $type"
		run import -a shop.pg
		[ "$status" -eq 1 ]
		[[ $output == *"$text"* ]]
	done <<-'LIST'
	timestamp|its time zone would be dropped
	date|a part of it would be cut off
	text|PostgreSQL writes such values otherwise
	boolean|what counts as true or false must be decided first
	LIST
	server_ask "ALTER TABLE book DROP at, ADD at timestamptz"
	while IFS='|' read -r type text; do
		server_ask "ALTER TABLE book DROP price, ADD price $type"
		run import -a shop.pg
		[ "$status" -eq 1 ]
		[[ $output == *"$text"* ]]
	done <<-'LIST'
	numeric(8,1)|digits would be rounded away
	double precision|digits would be rounded away
	bigint|digits would be rounded away
	LIST
}

@test "a fraction that the target would round away is an error with its row" {
	server_ask "ALTER TABLE book DROP at, ADD at timestamptz(2)"
	run import -q -a --max-rejects=0 shop.pg
	[ "$status" -eq 1 ]
	[[ $output == *'column "at": "2024-01-01 00:00:01.123+00" has more'* ]]
	[ "$(server_ask "SELECT count(*) FROM book")" = 0 ]
}

@test "a value that the server cannot read is named with row and column" {
	server_ask "ALTER TYPE mood RENAME VALUE 'old' TO 'stale'"
	run import -q -a --max-rejects=0 shop.pg
	[ "$status" -eq 1 ]
	[[ $output == *'table "author", data/author/0000'*', row '* ]]
	[[ $output == *'column "mood": invalid input value for enum'*'"old"'* ]]
	# The foreign keys are back though.
	[ "$(foreign_keys)" = "${both_keys//|t/|f}" ]
	server_ask "ALTER TYPE mood RENAME VALUE 'stale' TO 'old'"
	import -q -a shop.pg
	expect_whole
}

@test "a key that is there already is named, and the next run goes on" {
	server_ask "INSERT INTO author (id, name, mood)
		VALUES (2000, 'mine', 'new')"
	run import -q -a -j1 --max-rejects=0 shop.pg
	[ "$status" -eq 1 ]
	[[ $output == *'"author_pkey": Key (id)=(2000) already exists'* ]]
	[[ $output == *"row "* ]]
	[[ $output == *"remove what is in the way"* ]]
	server_ask "DELETE FROM author WHERE id = 2000"
	run import -a shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"had been loaded before"* ]]
	expect_whole
}

@test "rows are added to those that are there" {
	server_ask "INSERT INTO author (id, name, mood)
		VALUES (9000, 'mine', 'new')"
	import -q -a shop.pg
	[ "$(server_ask "SELECT count(*) FROM author")" = 3002 ]
	# Never set back.
	server_ask "SELECT setval('author_id_seq', 100000)"
	server_ask "TRUNCATE author, book"
	server_ask "DELETE FROM litehaul.load"
	import -q -a shop.pg
	[ "$(server_ask "SELECT count(*) FROM author")" = 3001 ]
	[ "$(server_ask "SELECT nextval('author_id_seq')")" = 100001 ]
}

@test "a finished load is not done again, whatever became of the tables" {
	import -q -a shop.pg
	server_ask "DELETE FROM book WHERE id = 7"
	run import -a shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"already loaded"* ]]
	# And it is no load of new tables.
	run import shop.pg
	[ "$status" -eq 1 ]
	[[ $output == *'already has table "author"'* ]]
	[[ $output == *"Use -a"* ]]
}

@test "a load of new tables is not finished with -a" {
	server_ask "DROP TABLE book, author"
	stream shop.pg >shop.tar
	head -c $(($(stat -c %s shop.tar) / 2)) shop.tar >cut.pg
	run import -q - <cut.pg
	[ "$status" -eq 5 ]
	run import -a shop.pg
	[ "$status" -eq 1 ]
	[[ $output == *"run it again without -a"* ]]
	import -q shop.pg
}

@test "killed at any moment, the next run puts the foreign keys back" {
	local moment

	needs_trace
	for moment in 10 20 30 40 60 80 100 120 140 160; do
		(trace -o /dev/null -e trace=sendto \
		    -e "inject=sendto:signal=KILL:when=$moment" \
		    "$importer" -q -d test -j1 -a shop.pg) \
		    >struck.out 2>&1 || true
	done
	[ "$(server_ask "SELECT count(*) FROM litehaul.chunk")" -gt 0 ]
	import -q -a shop.pg
	expect_whole
}

@test "killed with the keys off, another load of these tables keeps them" {
	needs_trace
	(trace -o /dev/null -e trace=sendto \
	    -e "inject=sendto:signal=KILL:when=100" \
	    "$importer" -q -d test -j1 -a shop.pg) >struck.out 2>&1 || true
	[ "$(foreign_keys)" = "" ]
	sqlite3 -bail more.db <<-'SQL'
	CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
	INSERT INTO author VALUES (8000, 'more', 'new');
	CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER);
	INSERT INTO book VALUES (8000, 8000);
	SQL
	"$exporter" -q more.db | "$transformer" -q | import -q -a
	# What the first load has brought so far has no parents yet.
	[[ $(foreign_keys) == *"author_boss_id_fkey"*"book_author_id_fkey"* ]]
	import -q -a shop.pg
	[ "$(foreign_keys)" = "$both_keys" ] ||
		[ "$(server_ask "SELECT count(*) FROM author")" = 3002 ]
	[ "$(server_ask "SELECT count(*) FROM litehaul.foreign_key")" = 0 ]
}

@test "two importers at once load every row once" {
	import -q -a -j1 shop.pg &
	import -q -a -j1 shop.pg
	wait $!
	expect_whole
}

@test "orphans are named, and their key stays NOT VALID" {
	sqlite3 -bail orphans.db <<-'SQL'
	CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
	INSERT INTO author VALUES (1, 'a', 'new');
	CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER);
	INSERT INTO book VALUES (1, 1), (2, 70), (3, 80);
	SQL
	"$exporter" -q orphans.db | "$transformer" -q >orphans.pg
	run import -q -a orphans.pg
	[ "$status" -eq 0 ]
	[[ $output == *'table "book": 2 rows have no parent in "author"'* ]]
	[[ $output == *"id=2 has author_id=70; id=3 has author_id=80"* ]]
	[ "$(foreign_keys)" = "author_boss_id_fkey|t book_author_id_fkey|f " ]
	[ "$(finished)" = 1 ]
	# One that was not valid before the load is not validated by it.
	server_ask "DELETE FROM book WHERE id > 1"
	sqlite3 -bail orphan.db <<-'SQL'
	CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
	CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER);
	INSERT INTO book VALUES (4, 1);
	SQL
	"$exporter" -q orphan.db | "$transformer" -q | import -q -a
	[ "$(foreign_keys)" = "author_boss_id_fkey|t book_author_id_fkey|f " ]
}

@test "children without their parents are loaded, and told" {
	run import -q -a -t book shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *'table "book": 3000 rows have no parent in "author"'* ]]
	[ "$(foreign_keys)" = "author_boss_id_fkey|t book_author_id_fkey|f " ]
	import -q -a -t author shop.pg
	# Whoever has brought the parents validates it.
	server_ask "ALTER TABLE book VALIDATE CONSTRAINT book_author_id_fkey"
	expect_whole
}

# A role that may fill the tables and owns none of them.
make_clerk() {
	server_ask "DROP ROLE IF EXISTS clerk"
	server_ask "CREATE ROLE clerk LOGIN"
	server_ask "CREATE SCHEMA litehaul AUTHORIZATION clerk"
}

permit_clerk() {
	server_ask "GRANT SELECT, INSERT ON author, book TO clerk;
		GRANT SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public
		TO clerk"
}

@test "rights that are missing are named with the GRANT" {
	make_clerk
	run import -U clerk -a shop.pg
	[ "$status" -eq 6 ]
	[[ $output == *'GRANT SELECT, INSERT ON TABLE public.author TO clerk'* ]]
	[[ $output == *'GRANT SELECT, UPDATE ON SEQUENCE public.author_id_seq'* ]]
	permit_clerk
	server_ask "ALTER TABLE book ENABLE ROW LEVEL SECURITY"
	run import -U clerk -a shop.pg
	[ "$status" -eq 6 ]
	[[ $output == *'row security applies to role "clerk"'* ]]
	server_database
}

@test "who does not own the tables loads parents before children" {
	make_clerk
	permit_clerk
	server_ask "ALTER TABLE author DROP CONSTRAINT author_boss_id_fkey"
	run import -U clerk -a -j4 shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"stay in force: 1; tables are loaded in their order"* ]]
	[ "$(foreign_keys)" = "book_author_id_fkey|t " ]
	[ "$(server_ask "SELECT count(*) FROM book")" = 3000 ]
	server_database
}

@test "a circle of foreign keys wants the owner" {
	make_clerk
	permit_clerk
	server_ask "ALTER TABLE author ADD FOREIGN KEY (boss_id)
		REFERENCES book (id)"
	run import -U clerk -a shop.pg
	[ "$status" -eq 1 ]
	[[ $output == *"go round in a circle"* ]]
	import -q -a shop.pg
	[ "$(server_ask "SELECT bool_and(convalidated) FROM pg_constraint
		WHERE contype = 'f'")" = t ]
	server_database
}

@test "a stream with children first must be staged by who is no owner" {
	sqlite3 -bail order.db <<-'SQL'
	CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER);
	CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
	INSERT INTO author VALUES (1, 'a', 'new');
	INSERT INTO book VALUES (1, 1);
	SQL
	"$exporter" -q order.db | "$transformer" -q >order.pg
	make_clerk
	permit_clerk
	run import -U clerk -q -a - <order.pg
	[ "$status" -eq 1 ]
	[[ $output == *'"book" refers to "author", which comes later'* ]]
	[[ $output == *"Stage the dump"* ]]
	mkdir order.staged
	tar -xf order.pg -C order.staged
	import -U clerk -q -a order.staged
	[ "$(server_ask "SELECT count(*) FROM book")" = 1 ]
	server_database
}

@test "a part of the tables follows another part" {
	import -q -a -t author shop.pg
	run import -q -a -t author shop.pg
	[ "$status" -eq 0 ]
	import -q -a -t book shop.pg
	expect_whole
	run import -a shop.pg
	[[ $output == *"already loaded"* ]]
}

@test "the triggers of a table fire, and are named" {
	server_ask "CREATE FUNCTION shift() RETURNS trigger LANGUAGE plpgsql
		AS 'BEGIN NEW.extra := 8; RETURN NEW; END'"
	server_ask "CREATE TRIGGER shift BEFORE INSERT ON author
		FOR EACH ROW EXECUTE FUNCTION shift()"
	run import -a shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *'"author": its triggers fire: "shift"'* ]]
	[ "$(server_ask "SELECT count(*) FROM author WHERE extra = 8")" = 3001 ]
}

@test "sequences of any name and schema are set" {
	server_ask "CREATE SCHEMA odd"
	server_ask "CREATE SEQUENCE odd.\"It's\" START 10"
	server_ask "ALTER TABLE author ALTER id
		SET DEFAULT nextval('odd.\"It''s\"')"
	import -q -a shop.pg
	[ "$(server_ask "SELECT nextval('odd.\"It''s\"')")" = 5001 ]
}

@test "sequences that count down, go round, end or are shared are set" {
	sqlite3 -bail odd.db "CREATE TABLE odd (down INTEGER, cycle INTEGER,
		small INTEGER, shared INTEGER, twice INTEGER, text TEXT);
		INSERT INTO odd VALUES (-50, 90, 40000, 500, 600, 'A9'),
			(-60, 95, 3, 7, 5, 'B')"
	rm -rf odd.pg
	trial_ready odd.db odd.pg
	server_ask "CREATE SCHEMA far; CREATE SEQUENCE far.down INCREMENT -1;
		CREATE SEQUENCE far.cycle MAXVALUE 100 CYCLE;
		CREATE SEQUENCE far.small AS smallint;
		CREATE SEQUENCE far.shared INCREMENT 10"
	server_ask "CREATE TABLE odd (
		down bigint DEFAULT nextval('far.down'),
		cycle numeric DEFAULT nextval('far.cycle'),
		small bigint DEFAULT nextval('far.small'),
		shared bigint DEFAULT 1 + nextval('far.shared'),
		twice bigint DEFAULT nextval('far.shared'),
		text text DEFAULT 'A' || nextval('far.shared'))"
	import -q -a odd.pg
	[ "$(server_ask "SELECT nextval('far.down'), nextval('far.cycle'),
		nextval('far.shared')")" = "-61|96|610" ]
	# No value is left in it, and it does not begin anew.
	[ "$(server_ask "SELECT last_value FROM far.small")" = 32767 ]
}

@test "the rows that were set aside follow as a load of their own" {
	import -q -a shop.pg
	sqlite3 -bail late.db <<-'SQL'
	CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT, mood TEXT);
	INSERT INTO author VALUES (7001, 'late', 'new');
	SQL
	"$exporter" -q late.db | "$transformer" -q >late.pg
	import -q -a late.pg
	[ "$(server_ask "SELECT count(*) FROM author")" = 3002 ]
	[ "$(finished)" = 2 ]
	[ "$(foreign_keys)" = "$both_keys" ]
	run import -a shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"already loaded"* ]]
}
