#!/usr/bin/env bats
# litehaul-import -a --on-conflict: rows whose key is there already.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	target_begin max_connections=20
	sqlite3 -bail shop.db <<-'SQL'
	CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL,
		price NUMERIC(8,2), meta JSON, note TEXT);
	CREATE TABLE stock (place TEXT, item_id INTEGER, n INTEGER,
		PRIMARY KEY (place, item_id));
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
	INSERT INTO item SELECT i, 'item ' || i, i + 0.25,
		json_object('k', i), 'n' || i FROM n;
	INSERT INTO stock SELECT 'p' || (id % 7), id, id * 2 FROM item;
	SQL
	trial_ready shop.db shop.pg --chunk-size=16KiB
	cat >tables.sql <<-'SQL'
	CREATE TABLE item (
		id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		name text NOT NULL, price numeric(10,2), meta json, note text,
		shout text GENERATED ALWAYS AS (upper(name)) STORED,
		mine text DEFAULT 'fresh');
	CREATE TABLE stock (n bigint, item_id bigint, place text,
		PRIMARY KEY (place, item_id)) PARTITION BY RANGE (item_id);
	CREATE TABLE stock_low (place text NOT NULL, gone int, n bigint,
		item_id bigint NOT NULL);
	ALTER TABLE stock_low DROP gone;
	ALTER TABLE stock ATTACH PARTITION stock_low
		FOR VALUES FROM (MINVALUE) TO (1000);
	CREATE TABLE stock_high PARTITION OF stock
		FOR VALUES FROM (1000) TO (MAXVALUE);
	INSERT INTO item (id, name, meta, mine) OVERRIDING SYSTEM VALUE
		VALUES (7, 'theirs', '{}', 'kept'), (9000, 'other', NULL, 'x');
	INSERT INTO item (id, name, price, meta, note, mine)
		OVERRIDING SYSTEM VALUE
		VALUES (8, 'item 8', 8.25, '{"k":8}', 'n8', 'same');
	INSERT INTO stock VALUES (1, 5, 'p5'), (2, 2000, 'p5');
	SQL
}

setup() {
	target_empty
	target_run tables.sql
}

import() {
	"$importer" -d test -a "$@"
}

# rows TABLE: inserted, rejected, skipped, updated, as the ledger has them.
rows() {
	server_ask "SELECT sum(rows - rejected - skipped - updated),
		sum(rejected), sum(skipped), sum(updated)
		FROM litehaul.chunk WHERE starts_with(path, 'data/$1/')"
}

# Contents with where each row lies and which transaction wrote it.
places() {
	server_ask "SELECT ctid, xmin, item FROM item ORDER BY id"
	server_ask "SELECT tableoid, ctid, xmin, stock FROM stock
		ORDER BY item_id"
}

# small SQL: a dump small.pg of the tables that it makes.
small() {
	rm -rf small.db small.pg small.pg.refused
	sqlite3 -bail small.db "$1"
	trial_ready small.db small.pg --chunk-size=4KiB
}

@test "skip keeps what is there, and counts" {
	run import --on-conflict=skip shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *'"item": 2998 inserted, 2 skipped'* ]]
	[ "$(rows item)" = "2998|0|2|0" ]
	[ "$(rows stock)" = "2998|0|2|0" ]
	[ "$(server_ask "SELECT name, mine FROM item WHERE id IN (7, 9)
		ORDER BY id")" = $'theirs|kept\nitem 9|fresh' ]
	[ "$(server_ask "SELECT count(*), sum(n) FROM stock")" = \
		"3000|$((3000 * 3001 - 10 - 4000 + 3))" ]
	# The identity goes on behind what was there.
	[ "$(server_ask "INSERT INTO item (name) VALUES ('x')
		RETURNING id" | head -n 1)" = 9001 ]
}

@test "run again with skip, a load changes nothing" {
	import -q --on-conflict=skip shop.pg
	places >before
	run import --on-conflict=skip shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"already loaded"* ]]
	places | diff before -
	# Nor where the ledger does not know of it.
	server_ask "DROP SCHEMA litehaul CASCADE"
	import -q --on-conflict=skip shop.pg
	places | diff before -
	[ "$(rows item)" = "0|0|3000|0" ]
	[ "$(rows stock)" = "0|0|3000|0" ]
}

@test "update takes the dump's values, and leaves what is the same alone" {
	server_ask "CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql
		AS 'BEGIN NEW.mine := ''touched''; RETURN NEW; END'"
	server_ask "CREATE TRIGGER log BEFORE UPDATE ON item
		FOR EACH ROW EXECUTE FUNCTION log()"
	run import --on-conflict=update shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *'"item": key "item_pkey" decides'* ]]
	[[ $output == *'"item": 2998 inserted, 1 skipped, 1 updated'* ]]
	[ "$(rows item)" = "2998|0|1|1" ]
	[ "$(rows stock)" = "2998|0|0|2" ]
	[ "$(server_ask "SELECT name, shout, mine FROM item
		WHERE id IN (7, 8, 9) ORDER BY id")" = \
		$'item 7|ITEM 7|touched\nitem 8|ITEM 8|same\nitem 9|ITEM 9|fresh' ]
	[ "$(server_ask "SELECT count(*), sum(n) FROM stock")" = \
		"3000|$((3000 * 3001))" ]
	# A second time there is nothing to do.
	places >before
	server_ask "DROP SCHEMA litehaul CASCADE"
	import -q --on-conflict=update shop.pg
	[ "$(rows item)" = "0|0|3000|0" ]
	server_ask "SELECT ctid, item FROM item ORDER BY id" >after
	[ "$(server_ask "SELECT count(*) FROM item WHERE mine = 'touched'")" = 1 ]
}

@test "a stream is merged too" {
	"$exporter" -q --chunk-size=16KiB shop.db | "$transformer" -q |
		import -q --on-conflict=update
	[ "$(rows item)" = "2998|0|1|1" ]
	[ "$(rows stock)" = "2998|0|0|2" ]
}

@test "of rows with one key the last is kept with update, the first with skip" {
	local how kept

	small "CREATE TABLE twin (k INTEGER, v TEXT);
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
			SELECT i + 1 FROM n WHERE i < 2000)
		INSERT INTO twin SELECT i % 500, 'v' || i FROM n;
		INSERT INTO twin VALUES (NULL, 'a'), (NULL, 'b')"
	for how in skip update; do
		server_ask "DROP TABLE IF EXISTS twin;
			DROP SCHEMA IF EXISTS litehaul CASCADE"
		server_ask "CREATE TABLE twin (k bigint UNIQUE, v text)"
		run import -j4 --on-conflict=$how small.pg
		[ "$status" -eq 0 ]
		[[ $output == *"loaded one after the other"* ]]
		kept=$(server_ask "SELECT count(*), min(v) FILTER (WHERE k = 7)
			FROM twin")
		[ "$(server_ask "SELECT count(*) FROM twin
			WHERE k IS NULL")" = 2 ]
		if [ "$how" = skip ]; then
			[ "$kept" = "502|v7" ]
			[ "$(rows twin)" = "502|0|1500|0" ]
		else
			[ "$kept" = "502|v1507" ]
			[ "$(rows twin)" = "502|0|0|1500" ]
		fi
	done
}

@test "keys that meet by their collation meet" {
	small "CREATE TABLE tag (word TEXT PRIMARY KEY, n INTEGER);
		INSERT INTO tag VALUES ('Red', 1), ('RED', 2), ('blue', 3)"
	server_ask "CREATE COLLATION loose (provider = icu,
		locale = 'und-u-ks-level2', deterministic = false)" ||
		skip "this server has no ICU"
	server_ask "CREATE TABLE tag (word text COLLATE loose PRIMARY KEY,
		n bigint)"
	server_ask "INSERT INTO tag VALUES ('BLUE', 0)"
	import -q --on-conflict=update small.pg
	[ "$(server_ask "SELECT word, n FROM tag ORDER BY n")" = \
		$'RED|2\nBLUE|3' ]
	[ "$(rows tag)" = "1|0|0|2" ]
}

@test "no key, several keys and a deferrable key are refused, all in one go" {
	small "CREATE TABLE a (x INTEGER, v TEXT);
		CREATE TABLE b (x INTEGER, y INTEGER);
		CREATE TABLE c (x INTEGER); CREATE TABLE d (x INTEGER);
		CREATE TABLE e (x INTEGER)"
	server_ask "CREATE TABLE a (x bigint, v text);
		CREATE TABLE b (x bigint UNIQUE, y bigint UNIQUE);
		CREATE TABLE c (x bigint UNIQUE DEFERRABLE);
		CREATE TABLE d (x bigint PRIMARY KEY);
		CREATE RULE r AS ON INSERT TO d DO ALSO NOTHING;
		CREATE TABLE e (x bigint, z bigint DEFAULT 1 UNIQUE)"
	run import --on-conflict=update small.pg
	[ "$status" -eq 1 ]
	[[ $output == *'table "a" has no unique key'* ]]
	[[ $output == *'table "b": several unique keys'*'"b_x_key", "b_y_key"'* ]]
	[[ $output == *'table "c": none of its unique keys'*'"c_x_key"'* ]]
	[[ $output == *'table "d" has rules'* ]]
	[[ $output == *'table "e": none of its unique keys'*'"e_z_key"'* ]]
	[[ $output == *"5 problems, and nothing was changed"* ]]
	run import --on-conflict=skip small.pg
	[ "$status" -eq 1 ]
	[[ $output == *'table "c": none of its unique keys'* ]]
	[[ $output == *"2 problems"* ]]
}

@test "a row that violates another key is set aside" {
	small "CREATE TABLE user (id INTEGER PRIMARY KEY, mail TEXT);
		INSERT INTO user VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')"
	server_ask "CREATE TABLE \"user\" (id bigint PRIMARY KEY,
		mail text UNIQUE)"
	server_ask "INSERT INTO \"user\" VALUES (2, 'old'), (9, 'c')"
	run import --on-conflict=update small.pg
	[ "$status" -eq 3 ]
	[ "$(server_ask "SELECT id, mail FROM \"user\" ORDER BY 1" |
		tr '\n' ' ')" = "1|a 2|b 4|d 9|c " ]
	[ "$(rows user)" = "2|1|0|1" ]
	[[ $(server_ask "SELECT sqlstate, row, data FROM litehaul.reject") == \
		"23505|3|3,c" ]]
}

@test "a trigger that leaves rows out is named as the reason" {
	server_ask "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql
		AS 'BEGIN IF NEW.id = 50 THEN RETURN NULL; END IF;
		RETURN NEW; END'"
	server_ask "CREATE TRIGGER leave BEFORE INSERT ON item
		FOR EACH ROW EXECUTE FUNCTION leave()"
	run import --on-conflict=update shop.pg
	[ "$status" -eq 4 ]
	[[ $output == *'its triggers fire: "leave"'* ]]
	[[ $output == *"a trigger of the table leaves out 1"* ]]
	run import shop.pg
	[ "$status" -ne 0 ]
}

@test "killed at any moment, the next run goes on with skip and with update" {
	local how moment

	needs_trace
	for how in skip update; do
		server_ask "DROP SCHEMA IF EXISTS litehaul CASCADE;
			DROP TABLE item, stock" 2>/dev/null
		psql -qX -f tables.sql
		for moment in 30 60 90 120 150; do
			(trace -o /dev/null -e trace=sendto \
			    -e "inject=sendto:signal=KILL:when=$moment" \
			    "$importer" -q -d test -j1 -a \
			    --on-conflict=$how shop.pg) \
			    >struck.out 2>&1 || true
		done
		import -q --on-conflict=$how shop.pg
		if [ "$how" = skip ]; then
			[ "$(rows item)" = "2998|0|2|0" ]
		else
			[ "$(rows item)" = "2998|0|1|1" ]
		fi
		[ "$(server_ask "SELECT count(*) FROM stock")" = 3000 ]
		[ "$(server_ask "SELECT count(*) FROM item")" = 3001 ]
	done
}

@test "two importers at once merge every row once" {
	import -q -j1 --on-conflict=update shop.pg &
	import -q -j2 --on-conflict=update shop.pg
	wait $!
	[ "$(rows item)" = "2998|0|1|1" ]
	[ "$(rows stock)" = "2998|0|0|2" ]
}

@test "columns of odd names and types are merged" {
	small "CREATE TABLE \"Odd \"\"T\" (\"a b\" INTEGER PRIMARY KEY,
		litehaul_row TEXT, \"litehaul_row_\" REAL, ip TEXT, tags TEXT);
		INSERT INTO \"Odd \"\"T\" VALUES
			(1, 'x', 0.5, '10.0.0.1', '{a,b}'),
			(2, 'y', 1e300, '::1', '{}')"
	server_ask 'CREATE TABLE "odd ""t" ("a b" bigint PRIMARY KEY,
		litehaul_row varchar COLLATE "C",
		litehaul_row_ double precision, ip inet, tags text[])'
	server_ask "INSERT INTO \"odd \"\"t\" VALUES (2, 'z')"
	import -q --on-conflict=update small.pg
	[ "$(server_ask 'SELECT * FROM "odd ""t" ORDER BY 1')" = \
		$'1|x|0.5|10.0.0.1|{a,b}\n2|y|1e+300|::1|{}' ]
}
