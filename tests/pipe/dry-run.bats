#!/usr/bin/env bats
# --dry-run: what a load would do with this very target, and nothing of it.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	target_begin
	trial_database app.db
	trial_dumps . app.db
	sqlite3 odd.db "CREATE TABLE \"x
; DROP TABLE keep; --\" (id INTEGER PRIMARY KEY, \"a
b\" TEXT); INSERT INTO \"x
; DROP TABLE keep; --\" VALUES (1, 'one')"
	trial_ready odd.db odd.pg
	echo "CREATE TABLE hooked (id int)" > hook.sql
}

setup() {
	fresh
	cd "$BATS_FILE_TMPDIR" || return 1
	load=("$importer" -d "dbname=$PGDATABASE")
}

# dry ARGUMENT...: what it says, with a database that stays as it is.
dry() {
	everything > before
	"${load[@]}" --dry-run "$@"
	everything > after
	cmp before after
}

@test "a first load: tables, rows, room, connections, hooks" {
	dry -j2 --before=hook.sql --after-tables=hook.sql --after=hook.sql \
	    app.pg > script
	grep -q '^-- from "app.db" into database "test", role "postgres"' script
	grep -q '^-- 2003 rows in [0-9]* chunks' script
	grep -q '^-- they take about [0-9.]* [kM]B, [0-9.]* [kM]B of it ind' script
	grep -q '^-- 2 connections are used, of 9[0-9] that' script
	grep -q '^-- table "book": 1500 rows in [0-9]* chunks; about [0-9.]* .B, ' \
	    script
	[ "$(grep -n 'hook.sql\|^\(CREATE TABLE\|COPY\|ANALYZE\) "public"."book"' \
	    script | sed 's/.*--\(before\|after-tables\|after\) .*here/\1/;
	    s/.*\(CREATE TABLE\|COPY\|ANALYZE\).*/\1/' | tr '\n' ' ')" = \
	    "before CREATE TABLE after-tables COPY ANALYZE after " ]
	[ "$(server_ask "SELECT to_regnamespace('litehaul') IS NULL")" = t ]
	# And its statements work.
	grep -v ^COPY script | psql -qX -v ON_ERROR_STOP=1 > /dev/null
	[ "$(server_ask "SELECT to_regclass('book_author') IS NOT NULL")" = t ]
}

@test "a load that goes on, and one that is finished" {
	stream app.pg > app.stream
	outcome "${load[@]}" -q < <(head -c \
	    $(($(stat -c %s app.stream) / 2)) app.stream)
	[ "$code" -eq 5 ]
	dry --before=hook.sql app.pg > script
	grep -q '^-- this load was begun on ....-..-.. ..:.. UTC, and goes' script
	grep -q '^-- table "book" is there, made by this load' script
	grep -q '^-- table "book": .* chunks, [1-9][0-9]* of them loaded' script
	[ "$(grep -c '^CREATE TABLE' script)" -eq 0 ]
	"${load[@]}" -q app.pg
	dry --after=hook.sql app.pg > script
	grep -q '^-- this load is finished; it was begun on' script
	grep -q '^-- --after "hook.sql" is run here' script
	[ "$(grep -vc ^-- script)" -eq 0 ]
	"${load[@]}" -q --after=hook.sql app.pg
	dry --after=hook.sql app.pg | grep -q 'hook.sql" has been run, and is not'
	echo "SELECT 1" > other.sql
	ends 1 "another file has run" "${load[@]}" --dry-run \
	    --after=other.sql app.pg
}

@test "what would be refused is refused, and what --clean would drop is told" {
	server_ask "CREATE TABLE book (id int); CREATE VIEW author AS SELECT 1"
	ends 1 'already has table "author", table "book"' \
	    "${load[@]}" --dry-run app.pg
	server_ask "DROP VIEW author; CREATE TABLE author (id int)"
	dry --clean app.pg > script
	grep -q '^DROP TABLE "public"."author", "public"."book";' script
	grep -v ^COPY script | psql -qX -v ON_ERROR_STOP=1 > /dev/null
	server_ask "DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN"
	outcome "${load[@]}" -U guest --dry-run app.pg
	[ "$code" -eq 6 ]
	grep -q "GRANT" "$complaint"
	ends 2 "No such file" "${load[@]}" --dry-run --before=none.sql app.pg
	# A load that has lost its rows.
	fresh
	"${load[@]}" -q app.pg
	server_ask "UPDATE litehaul.load SET state = 'loading';
		DELETE FROM litehaul.object WHERE kind = 'loaded';
		TRUNCATE book"
	outcome "${load[@]}" --dry-run app.pg
	[ "$code" -eq 4 ]
}

@test "tables that are there: rows, triggers, keys, policies" {
	"${load[@]}" -q -s app.pg
	server_ask "DROP SCHEMA litehaul CASCADE;
		INSERT INTO author (id, name, active) VALUES (7, 'me', true);
		ANALYZE author;
		CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql
			AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER looks BEFORE INSERT ON book
			FOR EACH ROW EXECUTE FUNCTION look()"
	dry -a app.pg > script
	grep -q '^-- table "author" is there, with about 1 rows in' script
	grep -q '^-- its triggers fire: looks' script
	grep -q '"book_author_id_fkey" of table "book" comes off' script
	grep -q '^-- a row whose key is there is set aside' script
	[ "$(grep -c '^COPY' script)" -eq 5 ]
	[ "$(grep -c '^CREATE' script)" -eq 0 ]
	dry -a --keep-foreign-keys --on-conflict=skip app.pg > script
	grep -q '"book_author_id_fkey" of table "book" stays in force' script
	grep -q '^-- a row whose key is there leaves what is there' script
	server_ask "ALTER TABLE book DROP COLUMN cover"
	outcome "${load[@]}" --dry-run -a app.pg
	[ "$code" -eq 1 ]
	grep -q '"cover"' "$complaint"
}

@test "a target that is set to read-only can be asked" {
	PGOPTIONS="-c default_transaction_read_only=on" \
	    outcome "${load[@]}" --dry-run app.pg
	[ "$code" -eq 0 ]
	grep -q "the load itself would be refused: .*read-only" "$complaint"
	grep -q '^CREATE TABLE' "$out"
}

@test "no name of a dump ends a comment" {
	"${load[@]}" -q odd.pg
	server_ask "UPDATE litehaul.load SET state = 'loading';
		DELETE FROM litehaul.object WHERE kind = 'loaded'"
	dry odd.pg > script
	grep -qi '^-- table "x?; DROP TABLE keep; --" is there' script
	# What begins so is the rest of a quoted name.
	awk '/^;/ && before !~ /"x$/ { exit 1 } { before = $0 }' script
}

@test "of a stream what is known is told" {
	stream app.pg | dry > script
	grep -q '^CREATE TABLE "public"."book"' script
	run ! grep -q 'they take about' script
}

# estimated DATABASE: the estimate is within a quarter of what it takes.
estimated() {
	local dump=$BATS_TEST_TMPDIR/dump estimate real

	rm -rf "$dump"
	"$exporter" -q "$1" | "$transformer" -q -f "$dump" || [ $? -eq 3 ]
	fresh
	estimate=$("${load[@]}" --dry-run "$dump" |
	    sed -n 's/^-- they take about \([0-9.]*\) \(.\)B, .*/\1\U\2/p')
	"${load[@]}" -q "$dump" || [ $? -eq 3 ]
	real=$(server_ask "SELECT sum(pg_total_relation_size(oid))
		- 24576 * count(*) FROM pg_class
		WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
	estimate=$(numfmt --from=iec "${estimate^^}")
	echo "$1: estimated $estimate, takes $real"
	[ $((estimate * 100)) -gt $((real * 75)) ]
	[ $((estimate * 100)) -lt $((real * 125)) ]
}

@test "the room is foretold within a quarter" {
	sqlite3 big.db "
		CREATE TABLE event (id INTEGER PRIMARY KEY, at DATETIME NOT NULL,
			kind TEXT NOT NULL, value REAL, note TEXT, extra JSON,
			amount NUMERIC(12,2), ok BOOLEAN, who INTEGER);
		CREATE INDEX event_at ON event (at);
		CREATE INDEX event_kind ON event (kind, who);
		CREATE UNIQUE INDEX event_note ON event (note);
		CREATE TABLE word (word TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
			SELECT i + 1 FROM n WHERE i < 60000)
		INSERT INTO event SELECT i, datetime(1700000000 + i * 61,
			'unixepoch'), 'kind ' || (i % 5), i / 3.0,
			CASE WHEN i % 3 THEN printf('%.*c-%d', i % 60, 'n', i) END,
			json_object('a', i, 'list', json_array(i % 7, 'b', 'c')),
			i % 1000 + 0.25, i % 2, i % 400 FROM n;
		INSERT INTO word SELECT 'word ' || id, id FROM event
			WHERE id <= 30000"
	estimated big.db
	"$SOURCE/scripts/sample" sample.db 2>/dev/null
	estimated sample.db
}
