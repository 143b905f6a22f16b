#!/usr/bin/env bats
# A load that goes on after what may have happened to the target, the dump or
# the command line since: it ends as an undisturbed one, or is refused with
# what to do.

load ../trial

setup_file() {
	target_begin max_connections=60
	trial_database app.db
	trial_dumps . app.db
	stream app.pg >app.tar
	# Up to the middle of book, whose chunks are the largest part.
	head -c "$(($(stat -c %s app.tar) * 2 / 3))" app.tar >cut.tar
}

setup() {
	cd "$BATS_FILE_TMPDIR"
	load=("$importer" -q -d dbname=test)
	fresh
}

import() {
	"${load[@]}" "$@"
}

# begin [OPTION...]: a load that stops half way.
begin() {
	outcome "${load[@]}" "$@" - <cut.tar
	[ "$code" -eq 5 ]
	[ "$(chunks)" -gt 3 ]
	[ "$(server_ask "SELECT count(*) FROM book")" -gt 0 ]
}

chunks() {
	server_ask "SELECT count(*) FROM litehaul.chunk"
}

# Tables of somebody else's, with all keys and without rows.
tables_of_others() {
	import app.pg
	server_ask "TRUNCATE author, book, tag, empty, \"odd name/ü\";
	    DROP SCHEMA litehaul CASCADE" 2>/dev/null
}

# finishes [OPTION...]: the load goes on, and everything is there, once.
finishes() {
	import "$@" app.pg
	[ "$(server_ask "SELECT state FROM litehaul.load")" = finished ]
	same_contents app.db
}

# Foreign keys that are there and hold.
keys() {
	server_ask "SELECT count(*) FROM pg_constraint WHERE contype = 'f'
	    AND convalidated AND connamespace = 'public'::regnamespace"
}

# The statement of one kind that the last message asks for.
advice() {
	grep -o "$1.*" "$complaint" | head -n 1
}

@test "a table that was emptied is found before the next chunk" {
	local before

	begin
	before=$(chunks)
	server_ask "TRUNCATE book"
	ends 4 'table "book" is empty, and the ledger has' "${load[@]}" app.pg
	grep -qF 'Use --clean to start over, with -t for this table alone' \
	    "$complaint"
	[ "$(chunks)" -eq "$before" ]
	outcome "${load[@]}" --clean -t book app.pg
	[ "$code" -eq 0 ]
	grep -qF 'was not made, because its parent table "author" has no' \
	    "$complaint"
	# The other tables have kept what they had.
	[ "$(server_ask "SELECT count(*) FROM author")" -gt 0 ]
	finishes
	[ "$(keys)" -eq 1 ]
}

@test "rows that were removed or added are found before keys are made" {
	begin
	server_ask "DELETE FROM book WHERE id = 7"
	ends 4 'table "book" holds 1499 rows, the dump 1500: some were removed' \
	    "${load[@]}" app.pg
	[ "$(server_ask "SELECT count(*) FROM pg_index
	    WHERE indrelid = 'book'::regclass")" -eq 0 ]
	server_ask "INSERT INTO book SELECT * FROM book WHERE id IN (8, 9)"
	ends 4 'table "book" holds 1501 rows, the dump 1500' "${load[@]}" app.pg
	grep -qF 'Use --clean to start over' "$complaint"
	finishes --clean
}

@test "a table that was dropped is made and loaded anew" {
	begin
	server_ask "DROP TABLE book"
	finishes
}

@test "a table that somebody has made anew is refused" {
	begin
	server_ask "ALTER TABLE book RENAME TO old;
	    CREATE TABLE book AS SELECT * FROM old; DROP TABLE old"
	ends 4 'table "book" is not the one that this load has put rows into' \
	    "${load[@]}" app.pg
	finishes --clean
}

@test "a table with other columns is refused" {
	begin
	server_ask "ALTER TABLE book ALTER rating TYPE bigint"
	ends 4 'table "book" has other columns than when this load made it' \
	    "${load[@]}" app.pg
	server_ask "ALTER TABLE book ALTER rating TYPE double precision"
	server_ask "ALTER TABLE book DROP COLUMN price"
	ends 4 'table "book" has other columns' "${load[@]}" app.pg
	finishes --clean
}

@test "-a: a table that was emptied is refused, finished or not" {
	tables_of_others
	begin -a
	server_ask "TRUNCATE book"
	ends 4 'table "book" is empty, and the ledger has' "${load[@]}" -a app.pg
	server_ask "$(advice 'DELETE FROM litehaul.object')"
	finishes -a
	server_ask "TRUNCATE book"
	ends 4 'table "book" is empty, and the ledger has 1500 rows' \
	    "${load[@]}" -a app.pg
	server_ask "$(advice 'DELETE FROM litehaul.object')"
	finishes -a
}

@test "-a: a table made anew is loaded if it is empty, and else refused" {
	local other="ALTER TABLE tag RENAME TO old;
	    CREATE TABLE tag (LIKE old INCLUDING ALL)"

	tables_of_others
	begin -a
	import -a -t tag app.pg
	server_ask "$other; INSERT INTO tag SELECT * FROM old; DROP TABLE old"
	ends 4 'table "tag" is not the one that this load has put rows into' \
	    "${load[@]}" -a app.pg
	server_ask "TRUNCATE tag"
	finishes -a
}

@test "-a: a table that a crash would empty is refused" {
	tables_of_others
	server_ask "ALTER TABLE tag SET UNLOGGED"
	outcome "${load[@]}" -a app.pg
	[ "$code" -eq 1 ]
	grep -qF 'table public.tag is UNLOGGED' "$complaint"
	server_ask "$(advice 'ALTER TABLE public.tag')"
	finishes -a
}

@test "--on-conflict stays what a load was begun with" {
	tables_of_others
	begin -a --on-conflict=skip
	ends 1 'this load was begun with --on-conflict=skip' "${load[@]}" -a app.pg
	finishes -a --on-conflict=skip
	# A load that is finished has nothing to do with it.
	import -a app.pg
}

# other_dump SQL: other.pg, of the same schema.
other_dump() {
	rm -rf other other.pg
	mkdir other
	cp app.db other/app.db
	sqlite3 -bail other/app.db "$1"
	"$exporter" -q --chunk-size=8KiB -f other/app.dump other/app.db
	"$transformer" -q other/app.dump -f other.pg
}

@test "a dump that has changed is refused before anything is loaded" {
	local before

	begin
	before=$(chunks)
	# The change is in a chunk that has been loaded.
	other_dump "UPDATE author SET name = 'other' WHERE id = 3"
	ends 1 'begun with other data' "${load[@]}" other.pg
	grep -qF 'Use --clean to start over' "$complaint"
	[ "$(chunks)" -eq "$before" ]
	other_dump "DELETE FROM book WHERE id > 100"
	ends 1 'this load was begun with' "${load[@]}" other.pg
	[ "$(chunks)" -eq "$before" ]
	finishes
	# Fewer chunks than there were, all of them the same.
	other_dump "DELETE FROM \"Odd Name/ü\""
	ends 1 'of more chunks: the ledger has chunk 1, the dump 0' \
	    "${load[@]}" other.pg
}

@test "a stream that has changed is refused, at its end at the latest" {
	import app.pg
	other_dump "DELETE FROM \"Odd Name/ü\""
	stream other.pg >other.tar
	ends 1 'of more chunks' "${load[@]}" - <other.tar
}

@test "the same file exported again under another name and time" {
	local moved=$BATS_TEST_TMPDIR/moved

	begin
	mkdir "$moved"
	cp app.db "$moved/app.db"
	touch -d 2020-02-02 "$moved/app.db"
	trial_dumps "$moved" "$moved/app.db"
	# It is not the load's schema.json, but its data.
	run cmp -s app.pg/schema.json "$moved/app.pg/schema.json"
	[ "$status" -ne 0 ]
	import "$moved/app.pg"
	outcome "${load[@]}" -v app.pg
	[ "$code" -eq 0 ]
	finishes
	# With another name it is another source, whose tables are in the way.
	cp app.db "$moved/other.db"
	"$exporter" -q "$moved/other.db" |
		"$transformer" -q -f "$moved/other.pg"
	ends 1 'already has table "author"' "${load[@]}" "$moved/other.pg"
	import -n second "$moved/other.pg"
	import app.pg
	server_ask "DROP SCHEMA second CASCADE" 2>/dev/null
}

@test "a changed schema is another load, and the tables are in its way" {
	begin
	sqlite3 app.db .dump | sed 's/cover BLOB/sleeve BLOB/' |
		sqlite3 "$BATS_TEST_TMPDIR/app.db"
	"$exporter" -q "$BATS_TEST_TMPDIR/app.db" |
		"$transformer" -q -f "$BATS_TEST_TMPDIR/app.pg"
	ends 1 'tables of an unfinished load of "app.db"' \
	    "${load[@]}" "$BATS_TEST_TMPDIR/app.pg"
	grep -qF 'table "book"' "$complaint"
	finishes
}

@test "a ledger that came here with a copy is not believed" {
	begin
	export PGDATABASE=postgres
	server_ask "DROP DATABASE IF EXISTS copy" 2>/dev/null
	server_ask "CREATE DATABASE copy TEMPLATE test"
	ends 6 'the ledger speaks of another database' \
	    "$importer" -q -d dbname=copy app.pg
	# The copy is a whole one here.
	export PGDATABASE=copy
	server_ask "$(advice 'UPDATE litehaul.load' | sed 's/;.*//')"
	"$importer" -q -d dbname=copy app.pg
	same_contents app.db
	export PGDATABASE=postgres
	server_ask "DROP DATABASE copy"
	export PGDATABASE=test
	finishes
}

@test "a ledger that came back from pg_dump is not believed" {
	begin
	pg_dump test >"$BATS_TEST_TMPDIR/dump.sql"
	server_database
	psql -qX -v ON_ERROR_STOP=1 -f "$BATS_TEST_TMPDIR/dump.sql" >/dev/null
	ends 6 'the ledger speaks of another database' "${load[@]}" app.pg
	# And no table is taken for the load's because of its number.
	server_ask "UPDATE litehaul.load SET database = litehaul.database()"
	ends 4 'is not the one that this load has put rows into' "${load[@]}" app.pg
	finishes --clean
}

@test "a ledger of a newer litehaul is refused" {
	begin
	server_ask "CREATE OR REPLACE FUNCTION litehaul.version()
	    RETURNS integer LANGUAGE sql AS 'SELECT 1000'"
	ends 6 'the ledger was made by a newer litehaul (its version is 1000' \
	    "${load[@]}" app.pg
}

@test "a ledger of the first release is brought up to date" {
	import -t author app.pg
	server_ask "DROP FUNCTION litehaul.version();
	    DROP FUNCTION litehaul.database();
	    DELETE FROM litehaul.object WHERE kind = 'loaded';
	    ALTER TABLE litehaul.load DROP COLUMN client, DROP COLUMN verified,
	        DROP COLUMN published, DROP COLUMN database;
	    ALTER TABLE litehaul.object DROP COLUMN columns,
	        DROP COLUMN on_conflict;
	    ALTER TABLE litehaul.chunk DROP COLUMN rejected,
	        DROP COLUMN skipped, DROP COLUMN updated;
	    DROP TABLE litehaul.reject, litehaul.hook, litehaul.publication"
	outcome "$importer" -d dbname=test -t author app.pg
	[ "$code" -eq 0 ]
	grep -qF 'already loaded' "$complaint"
	finishes
}

# What the ledger calls complete.
complete() {
	server_ask "SELECT string_agg(name, ' ' ORDER BY name)
	    FROM litehaul.object WHERE kind = 'loaded'"
}

@test "a part that is finished does not finish the load" {
	local state="SELECT state FROM litehaul.load"

	begin
	import -t author app.pg
	[ "$(complete)" = author ]
	[ "$(server_ask "$state")" = loading ]
	outcome "$importer" -d dbname=test -t author app.pg
	[ "$code" -eq 0 ]
	grep -qF 'already loaded' "$complaint"
	finishes
	[ "$(keys)" -eq 1 ]
}

@test "-a: a part that is finished does not finish the load" {
	tables_of_others
	begin -a
	import -a -t author app.pg
	[ "$(complete)" = author ]
	[ "$(server_ask "SELECT state FROM litehaul.load")" = loading ]
	finishes -a
}

@test "a child that came without its parent gets its foreign key" {
	import -t book app.pg 2>/dev/null
	[ "$(server_ask "SELECT state FROM litehaul.load")" = finished ]
	import -t author app.pg
	[ "$(complete)" = author ]
	finishes
	[ "$(keys)" -eq 1 ]
}

@test "--clean of one table leaves the others what they are" {
	import app.pg
	import --clean -t tag app.pg
	[ "$(server_ask "SELECT count(DISTINCT name) FROM litehaul.object")" \
	    -eq 5 ]
	finishes
}

@test "two loads into one schema know their own tables" {
	sqlite3 second.db "CREATE TABLE second (id INTEGER PRIMARY KEY);
	    INSERT INTO second VALUES (1), (2)"
	"$exporter" -q second.db | "$transformer" -q -f second.pg
	begin
	import second.pg
	import --clean second.pg
	import app.pg
	[ "$(server_ask "SELECT count(*) FROM second")" -eq 2 ]
	[ "$(finished)" -eq 2 ]
	server_ask "DROP TABLE second"
	same_contents app.db
}

# at_once N COMMAND...: all at the same moment; their exit codes are in codes.
at_once() {
	local n=$1 pids=() pid

	shift
	codes=
	while ((n-- > 0)); do
		"$@" >>at-once.out 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" && codes+="0 " || codes+="$? "
	done
}

@test "five importers at the very same moment, into nothing" {
	: >at-once.out
	at_once 5 "$importer" -q -j 2 -d dbname=test app.pg
	cat at-once.out
	[ "$codes" = "0 0 0 0 0 " ]
	[ "$(chunks)" -eq "$(find app.pg/data -name '*.zst' | wc -l)" ]
	same_contents app.db
	[ "$(finished)" -eq 1 ]
}

@test "five importers at the very same moment, with -a" {
	tables_of_others
	: >at-once.out
	at_once 5 "$importer" -q -j 2 -d dbname=test -a app.pg
	cat at-once.out
	[ "$codes" = "0 0 0 0 0 " ]
	same_contents app.db
	[ "$(keys)" -eq 1 ]
}

@test "loads of two sources at the very same moment, into a new schema" {
	local one

	sqlite3 second.db "CREATE TABLE IF NOT EXISTS second (id INTEGER)"
	"$exporter" -q second.db | "$transformer" -q -f other-source.pg
	"$importer" -q -d dbname=test -n fresh other-source.pg &
	one=$!
	import -n fresh app.pg
	wait "$one"
	server_ask "DROP SCHEMA fresh CASCADE" 2>/dev/null
	rm -rf other-source.pg
}

@test "one of three importers is killed, and another one" {
	local pids=() i

	for i in 1 2 3; do
		import -j 2 app.pg >/dev/null 2>&1 &
		pids+=($!)
	done
	kill -9 "${pids[0]}"
	wait "${pids[0]}" || true
	kill -9 "${pids[1]}" || true
	wait "${pids[1]}" || true
	wait "${pids[2]}"
	finishes
}

@test "--clean beside another importer ends well or says so" {
	local one code=0

	import -j 1 app.pg 2>clean.err &
	one=$!
	import --clean app.pg
	wait "$one" || code=$?
	cat clean.err
	[ "$code" -eq 0 ] || grep -Eq \
	    'no longer in the ledger|dropped or made anew|does not exist' \
	    clean.err
	finishes
}
