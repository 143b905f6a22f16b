#!/usr/bin/env bats
# Databases of the shapes that are met with in the wild arrive whole, piped and
# staged; tests/oracle/compare is the judge.

load carry

setup_file() {
	server_start
}

setup() {
	EXPORT=(-q) TRANSFORM=(-q) IMPORT=(-q)
}

# type_of TABLE COLUMN: the type it got in the database last loaded.
type_of() {
	server_ask "SELECT format_type(atttypid, atttypmod) FROM pg_attribute
	    WHERE attrelid = '$1'::regclass AND attname = '$2'"
}

@test "every kind of table arrives" {
	carry_make kinds.sql
	carry_piped
	carry_staged
	[[ $report == *" equal, 0 differences"* ]]
	[ "$(server_ask 'SELECT count(*) FROM words')" = 2 ]
	[ "$(server_ask 'SELECT count(*) FROM boxes')" = 2 ]
	[ "$(server_ask "SELECT to_regclass('words_content') IS NULL")" = t ]
}

@test "names of every shape arrive" {
	carry_make names.sql
	carry_piped
	carry_staged
}

@test "values that are what their columns say arrive in fitting types" {
	carry_make types.sql
	carry_piped
	carry_staged
	[ "$(type_of numbers n)" = boolean ]
	[ "$(type_of numbers f)" = bigint ]
	[ "$(type_of numbers g)" = "double precision" ]
	[ "$(type_of texts a)" = text ]
	[ "$(type_of texts b)" = "character varying(10)" ]
	[ "$(type_of times a)" = date ]
	[ "$(type_of times b)" = "time without time zone" ]
	[ "$(type_of times c)" = "timestamp with time zone" ]
	[ "$(type_of others a)" = bytea ]
	[ "$(type_of others b)" = jsonb ]
	[ "$(type_of others c)" = uuid ]
}

@test "values that are not what their columns say arrive nevertheless" {
	carry_make unfit.sql
	carry_piped
	carry_staged
	[ "$(type_of mixed a)" = text ]
	[ "$(type_of mixed k)" = bytea ]
}

@test "foreign keys arrive, with orphans they stay not valid" {
	carry_make keys.sql
	carry_piped
	carry_staged
	[ "$(server_ask "SELECT convalidated FROM pg_constraint
	    WHERE contype = 'f' AND conrelid = 'tree'::regclass")" = f ]
	[ "$(server_ask "SELECT convalidated FROM pg_constraint
	    WHERE contype = 'f' AND conrelid = 'a'::regclass")" = t ]
	[ "$(server_ask "SELECT count(*) FROM tree")" = 5 ]
}

@test "the sample application arrives" {
	app=$BATS_TEST_TMPDIR/app.db
	"$SOURCE/scripts/sample" "$app"
	carry_piped
	carry_staged
	[ "$(type_of sessions token)" = uuid ]
	[ "$(type_of sessions data)" = jsonb ]
	[ "$(type_of orders placed_at)" = "timestamp with time zone" ]
}

@test "a UTF-16 database arrives" {
	app=$BATS_TEST_TMPDIR/app.db
	{
		echo "PRAGMA encoding = 'UTF-16le';"
		cat "$SOURCE/tests/data/types.sql"
	} | sqlite3 -bail "$app"
	[ "$(sqlite3 "$app" 'PRAGMA encoding')" = UTF-16le ]
	carry_piped
	carry_staged
}

@test "a database in WAL mode with changes in its log arrives" {
	carry_make kinds.sql
	sqlite3 "$app" 'PRAGMA journal_mode = WAL' >/dev/null
	# A reader that stays keeps the log from being folded in.
	coproc reader { exec sqlite3 "$app"; }
	pid=$reader_PID # which is forgotten with its end
	echo "BEGIN; SELECT count(*) FROM plain;" >&"${reader[1]}"
	read -r count <&"${reader[0]}"
	[ "$count" = 4 ]
	sqlite3 "$app" "INSERT INTO plain VALUES ('in the log', 3)"
	[ -s "$app-wal" ]
	carry_piped
	carry_staged
	[ "$(server_ask "SELECT count(*) FROM plain WHERE b = 3")" = 1 ]
	echo ".quit" >&"${reader[1]}"
	wait "$pid"
}

@test "text that PostgreSQL cannot hold is set aside, and nothing else" {
	app=$BATS_TEST_TMPDIR/app.db
	sqlite3 "$app" <<-'SQL'
	CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
	INSERT INTO t VALUES (1, 'good'), (2, 'nul' || char(0) || 'inside'),
		(3, CAST(x'ff41' AS TEXT)), (4, 'also good');
	CREATE TABLE keyed (k TEXT, n INTEGER, v, PRIMARY KEY (n, k))
		WITHOUT ROWID;
	INSERT INTO keyed VALUES ('a', 1, 'good'), ('b', 1, char(0));
	CREATE TABLE plain (v TEXT);
	INSERT INTO plain VALUES ('good'), (CAST(x'c328' AS TEXT)), (NULL);
	SQL
	carry_piped 3
	carry_staged 3
	[ "$(server_ask 'SELECT string_agg(id::text, $$,$$ ORDER BY id) FROM t')" \
	    = 1,4 ]
}

@test "a row of 40 MB arrives" {
	app=$BATS_TEST_TMPDIR/app.db
	sqlite3 "$app" "CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB, a TEXT);
	    INSERT INTO t VALUES (1, zeroblob(20000000), 'x'),
	    (2, x'01', printf('%.*c', 20000000, 'y'))"
	carry_piped
	carry_staged
}

@test "100 tables arrive" {
	app=$BATS_TEST_TMPDIR/app.db
	for ((i = 0; i < 100; i++)); do
		echo "CREATE TABLE t$i (id INTEGER PRIMARY KEY, a TEXT);"
		echo "INSERT INTO t$i VALUES (1, 'a'), (2, '$i');"
	done | sqlite3 -bail "$app"
	carry_piped
	[[ $report == *"100 tables equal"* ]]
}

@test "a database without tables arrives as nothing" {
	app=$BATS_TEST_TMPDIR/app.db
	sqlite3 "$app" 'PRAGMA user_version = 1; VACUUM'
	carry_piped
	carry_staged
}

@test "many small chunks of one table arrive over several connections" {
	app=$BATS_TEST_TMPDIR/app.db
	"$SOURCE/scripts/sample" "$app"
	EXPORT=(-q -j 4 --chunk-size=64KiB) TRANSFORM=(-q -j 4)
	IMPORT=(-q -j 4)
	carry_piped
	carry_staged
}

@test "a dump is the same however it is made" {
	app=$BATS_TEST_TMPDIR/app.db
	"$SOURCE/scripts/sample" "$app"
	cd "$BATS_TEST_TMPDIR"
	for jobs in 1 4; do
		"$BIN/litehaul-export" -q -j $jobs -Z zstd --chunk-size=256KiB \
		    "$app" >"$jobs.tar"
		"$BIN/litehaul-transform" -q -j $jobs -Z zstd <"$jobs.tar" \
		    >"$jobs.pg.tar"
	done
	cmp 1.tar 4.tar
	cmp 1.pg.tar 4.pg.tar
	"$BIN/litehaul-export" -q --chunk-size=256KiB "$app" -f app.dump
	"$BIN/litehaul-transform" -q app.dump -f app.pg
	mkdir piped piped.pg
	tar -x -C piped <1.tar
	tar -x -C piped.pg <1.pg.tar
	diff -r piped app.dump
	diff -r piped.pg app.pg
}

@test "a dump as NDJSON throughout arrives" {
	carry_make unfit.sql
	EXPORT=(-q --rows=ndjson)
	carry_piped
	carry_staged
	carry_make types.sql
	carry_piped
}

@test "generated columns, indexes and checks over JSON do not stop the journey" {
	app=$BATS_TEST_TMPDIR/app.db
	sqlite3 -bail "$app" <<-'SQL'
	CREATE TABLE event (
		id INTEGER PRIMARY KEY,
		body TEXT CHECK (json_valid(body)),
		kind TEXT GENERATED ALWAYS AS (json_extract(body, '$.kind'))
	);
	CREATE INDEX event_size ON event (json_extract(body, '$.size'));
	INSERT INTO event (body) VALUES ('{"kind":"a","size":1}'),
		('{"kind":"b"}'), ('{}');
	SQL
	carry_piped
	carry_staged
}

@test "text that a check wants to be JSON arrives as JSON, where all of it is" {
	app=$BATS_TEST_TMPDIR/app.db
	sqlite3 -bail "$app" <<-'SQL'
	CREATE TABLE "task" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
		"data" text NOT NULL
			CHECK ((JSON_VALID("data") OR "data" IS NULL)),
		"meta" text NULL
			CHECK ((JSON_VALID("meta") OR "meta" IS NULL)),
		"zero" text CHECK (json_valid("zero")));
	INSERT INTO task (data, meta, zero) VALUES
		('{"a":[1,2.5,null]}', 'null', '{"a":"\u0000"}'),
		('"word"', NULL, '[]'), ('5', '{}', '{}');
	CREATE TABLE empty (data text CHECK (json_valid(data) OR data IS NULL));
	CREATE TABLE broken (data text CHECK (json_valid(data)));
	PRAGMA ignore_check_constraints = ON;
	INSERT INTO broken VALUES ('{}'), ('none');
	SQL
	carry_piped
	carry_staged
	[ "$(type_of task data)" = jsonb ]
	[ "$(type_of task meta)" = jsonb ]
	[ "$(type_of task zero)" = json ]
	[ "$(type_of empty data)" = jsonb ]
	[ "$(type_of broken data)" = text ]
	# What the type says need not be checked.
	[ "$(server_ask "SELECT count(*) FROM pg_constraint
	    WHERE contype = 'c' AND connamespace = 'public'::regnamespace")" = 0 ]
}

@test "geometries of GeoPackage arrive as bytes, also where there is none yet" {
	app=$BATS_TEST_TMPDIR/app.db
	sqlite3 -bail "$app" <<-'SQL'
	CREATE TABLE places (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
		geom POINT);
	CREATE TABLE shapes (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
		geom MULTIPOLYGON, label TEXT(10));
	INSERT INTO shapes (geom) VALUES (x'47500001e6100000'), (NULL);
	CREATE TABLE contents (name TEXT, last_change DATETIME NOT NULL DEFAULT
		(strftime('%Y-%m-%dT%H:%M:%fZ', CURRENT_TIMESTAMP)));
	SQL
	carry_piped
	carry_staged
	[ "$(type_of places geom)" = bytea ]
	[ "$(type_of shapes geom)" = bytea ]
	[ "$(server_ask "INSERT INTO contents VALUES ('a')
	    RETURNING last_change = date_trunc('second', now())")" = t ]
}

@test "defaults that count milliseconds count them" {
	app=$BATS_TEST_TMPDIR/app.db
	sqlite3 -bail "$app" <<-'SQL'
	CREATE TABLE session (id INTEGER PRIMARY KEY,
		made INTEGER NOT NULL DEFAULT
			(cast(unixepoch('subsecond') * 1000 as integer)),
		seen INTEGER NOT NULL DEFAULT
			(cast((julianday('now') - 2440587.5) * 86400000 as integer)),
		day REAL DEFAULT (julianday('now')));
	SQL
	carry_piped
	carry_staged
	[ "$(server_ask "INSERT INTO session (id) VALUES (1) RETURNING
	    made BETWEEN extract(epoch FROM now()) * 1000 - 2
	        AND extract(epoch FROM now()) * 1000 + 2
	    AND seen BETWEEN made - 2 AND made + 2
	    AND day BETWEEN made / 86400000.0 + 2440587.5 - 0.000001
	        AND made / 86400000.0 + 2440587.5 + 0.000001")" = t ]
}

@test "defaults that count what the mapping makes moments are moments" {
	app=$BATS_TEST_TMPDIR/app.db
	sqlite3 -bail "$app" <<-'SQL'
	CREATE TABLE session (id INTEGER PRIMARY KEY,
		made INTEGER DEFAULT (cast(unixepoch('subsec') * 1000 as integer)),
		seen INTEGER DEFAULT (strftime('%s', 'now')));
	INSERT INTO session VALUES (1, 1700000000123, 1700000000);
	SQL
	cat >"$BATS_TEST_TMPDIR/mapping.yaml" <<-'END'
	version: 1
	tables:
	  session:
	    columns:
	      made: { using: unix_ms }
	      seen: { using: unix_s }
	END
	server_database
	"$BIN/litehaul-export" -q "$app" |
		"$BIN/litehaul-transform" -q -m "$BATS_TEST_TMPDIR/mapping.yaml" |
		"$BIN/litehaul-import" -q
	[ "$(server_ask "INSERT INTO session (id) VALUES (2) RETURNING
	    made = date_trunc('milliseconds', now())
	    AND seen = date_trunc('second', now())")" = t ]
}
