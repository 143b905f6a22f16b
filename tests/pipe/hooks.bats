#!/usr/bin/env bats
# SQL of the operator's own: --before, --after-tables, --after.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	target_begin
	sqlite3 shop.db "
		CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT,
			email TEXT NOT NULL UNIQUE, joined DATETIME);
		CREATE TABLE orders (id INTEGER PRIMARY KEY,
			user_id INTEGER REFERENCES users (id), placed DATE NOT NULL,
			note TEXT);
		CREATE INDEX orders_placed ON orders (placed);
		WITH RECURSIVE n (i) AS
			(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
		INSERT INTO users SELECT i, 'user' || i || '@example.com',
			'2024-02-29 12:00:00' FROM n;
		INSERT INTO orders SELECT id, id, date('2024-01-01',
			(id % 700) || ' days'), 'note ' || id FROM users;"
	"$BIN/litehaul-export" -q --chunk-size=16KiB shop.db -f shop.dump
	"$BIN/litehaul-transform" -q shop.dump -f shop.pg
	export DUMP=$BATS_FILE_TMPDIR/shop.pg
}

setup() {
	fresh
	cd "$BATS_TEST_TMPDIR" || return 1
	server_ask "DROP SCHEMA IF EXISTS shop CASCADE;
		CREATE TABLE log (place text, at timestamptz DEFAULT now())" \
	    2>/dev/null
	load=("$importer" -d "dbname=$PGDATABASE" "$DUMP")
}

import() {
	"${load[@]}" "$@"
}

# What the hooks have written down.
told() {
	server_ask "SELECT coalesce(string_agg(place, ' ' ORDER BY ctid), '')
		FROM public.log"
}

whole() {
	[ "$(server_ask "SELECT count(*), sum(id) FROM ${1:-public}.orders")" = \
	    "2000|2001000" ]
	[ "$(server_ask "SELECT count(*) FROM ${1:-public}.users")" = 2000 ]
	[ "$(finished)" -eq 1 ]
}

@test "each hook runs once at its moment, however often the command is run" {
	cat > before.sql <<-'SQL'
	-- It may hold more than one statement; and strings.
	INSERT INTO public.log (place) SELECT 'before:' || count(*)
	FROM pg_class WHERE relname = 'orders' AND 'a;''b' <> $$;$$;
	SELECT 1;
	SQL
	echo "INSERT INTO log (place) SELECT 'tables:' || count(*) FROM orders" \
	    > tables.sql
	cat > after.sql <<-'SQL'
	DO $$ BEGIN
		INSERT INTO log (place) SELECT 'after:' || count(*) FROM orders;
	END $$;
	SQL
	import --before=before.sql --after-tables=tables.sql --after=after.sql \
	    2> complaint
	grep -q 'before: "before.sql" has been run' complaint
	[ "$(told)" = "before:0 tables:0 after:2000" ]
	whole
	for _ in 1 2; do
		import --before=before.sql --after-tables=tables.sql \
		    --after=after.sql
	done
	[ "$(told)" = "before:0 tables:0 after:2000" ]
	[ "$(server_ask "SELECT string_agg(moment, ' ' ORDER BY ran)
		FROM litehaul.hook")" = "before after-tables after" ]
}

@test "--after runs for a load that was finished without it, --before does not" {
	echo "INSERT INTO log (place) VALUES ('so')" > so.sql
	import -q
	import -q --before=so.sql --after-tables=so.sql
	[ "$(told)" = "" ]
	import -q --after=so.sql
	import -q --after=so.sql
	[ "$(told)" = so ]
}

@test "hooks run for tables that are there, and with --clean once more" {
	echo "INSERT INTO log (place) VALUES ('so')" > so.sql
	import -q --after=so.sql
	import -q --after=so.sql --clean
	[ "$(told)" = "so so" ]
	server_ask "TRUNCATE log, orders, users; DELETE FROM litehaul.load"
	import -q -a --before=so.sql --after-tables=so.sql --after=so.sql
	[ "$(told)" = "so so so" ]
	whole
}

@test "a hook that fails leaves nothing, says where, and can be mended" {
	cat > before.sql <<-'SQL'
	INSERT INTO log (place) VALUES ('one');

	INSERT INTO log (place)
	VALUES ('ü'),
		(wrong);
	SQL
	ends 1 'before.sql:5: column "wrong" does not exist' \
	    "${load[@]}" -q --before=before.sql
	grep -q "SQLSTATE 42703" "$complaint"
	[ "$(told)" = "" ]
	[ "$(server_ask "SELECT count(*) FROM litehaul.hook")" -eq 0 ]
	sed -i "s/(wrong)/('right')/" before.sql
	import -q --before=before.sql
	[ "$(told)" = "one ü right" ]

	# Where the server knows no place, it is the statement's.
	printf 'SELECT 1;\n\n\nSELECT 1/0;\n' > after.sql
	ends 1 'after.sql:4: division by zero' "${load[@]}" -q --after=after.sql
	printf 'DO $$\nBEGIN\n\tRAISE EXCEPTION $e$no more$e$;\nEND $$' \
	    > after.sql
	ends 1 'after.sql:1: no more (SQLSTATE P0001), in PL/pgSQL function' \
	    "${load[@]}" -q --after=after.sql
	# What is deferred fails at the end.
	cat > after.sql <<-'SQL'
	CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
	INSERT INTO late VALUES (1), (1);
	SQL
	ends 1 'after: after.sql, at its end: duplicate key value' \
	    "${load[@]}" -q --after=after.sql
	[ "$(server_ask "SELECT to_regclass('late') IS NULL")" = t ]
	echo "DELETE FROM late" > after.sql
	ends 1 'after.sql:1: relation "late" does not exist' \
	    "${load[@]}" -q --after=after.sql
	whole
}

@test "what cannot be part of one transaction is refused before anything is done" {
	local moment

	for moment in before after-tables after; do
		ends 2 "No such file" "${load[@]}" -q "--$moment=missing.sql"
		printf 'SELECT 1;\n\\i other.sql\n' > bad.sql
		ends 2 "--$moment: bad.sql:2: commands of psql" \
		    "${load[@]}" -q "--$moment=bad.sql"
	done
	printf 'BEGIN;\nSELECT 1;\nCOMMIT;\n' > bad.sql
	ends 2 "bad.sql:1: BEGIN cannot stand here" "${load[@]}" -q --after=bad.sql
	printf 'SELECT 1;\ncommit;\n' > bad.sql
	ends 2 "bad.sql:2: commit cannot stand here" "${load[@]}" -q --after=bad.sql
	printf 'COPY log FROM STDIN;\n' > bad.sql
	ends 2 "bad.sql:1: COPY from or to the client" \
	    "${load[@]}" -q --after=bad.sql
	printf "SELECT 'open;\n" > bad.sql
	ends 2 "bad.sql:1: this string is not ended" "${load[@]}" -q --after=bad.sql
	printf 'SELECT \377\n' > bad.sql
	ends 2 "bad.sql:1: this is not UTF-8" "${load[@]}" -q --after=bad.sql
	[ "$(server_ask "SELECT to_regnamespace('litehaul') IS NULL")" = t ]

	echo "CREATE INDEX CONCURRENTLY ON log (at)" > bad.sql
	ends 1 "run this statement by psql before or after" \
	    "${load[@]}" -q --before=bad.sql
	echo "DO 'BEGIN COMMIT; END'" > bad.sql
	ends 1 "bad.sql:1: invalid transaction termination" \
	    "${load[@]}" -q --before=bad.sql
	# A string that is none for us.
	cat > bad.sql <<-'SQL'
	SET standard_conforming_strings = off;
	SELECT 'a\', 'b; COMMIT; BEGIN; --';
	SQL
	ends 1 "bad.sql: the file has ended the transaction" \
	    "${load[@]}" -q --before=bad.sql
	stays_out || [ "$(server_ask "SELECT count(*) FROM pg_tables
		WHERE schemaname = 'public'")" -eq 1 ]
}

@test "a file that has changed since it was run is refused with what to do" {
	echo "INSERT INTO log (place) VALUES ('one')" > fix.sql
	echo "SELECT 1/0" > bad.sql
	outcome "${load[@]}" -q --before=fix.sql --after=bad.sql
	[ "$code" -eq 1 ]
	echo "INSERT INTO log (place) VALUES ('two')" > fix.sql
	ends 1 "DELETE FROM litehaul.hook WHERE load_id = " \
	    "${load[@]}" -q --before=fix.sql
	grep -q "another file has run for this load" "$complaint"
	import -q
	[ "$(told)" = one ]
	server_ask "$(sed -n 's/.*\(DELETE FROM .*\)/\1/p' "$complaint")"
	import -q --before=fix.sql # the load is finished
	[ "$(told)" = one ]
	import -q --before=fix.sql --clean
	[ "$(told)" = "one two" ]
}

@test "a hook sees its role, its schema, and settings that are not ours" {
	server_ask "DROP ROLE IF EXISTS keeper; DROP ROLE IF EXISTS clerk"
	server_ask "CREATE ROLE keeper; CREATE ROLE clerk LOGIN IN ROLE keeper;
		ALTER ROLE clerk SET DateStyle = German;
		ALTER ROLE clerk SET search_path = public, pg_temp;
		GRANT CREATE ON DATABASE $PGDATABASE TO keeper;
		CREATE SCHEMA shop AUTHORIZATION keeper;
		GRANT ALL ON log TO keeper; GRANT ALL ON SCHEMA public TO keeper"
	cat > look.sql <<-'SQL'
	INSERT INTO public.log (place) SELECT concat_ws('/', current_user,
		current_setting('search_path'), current_setting('DateStyle'),
		current_setting('statement_timeout'));
	CREATE TABLE here (id int);
	SET search_path = nowhere; SET statement_timeout = '9s';
	SET ROLE NONE; SET application_name = 'odd'; SET TimeZone = 'Asia/Tokyo';
	SQL
	import -q -U clerk --role=keeper -n shop --before=look.sql
	[ "$(told)" = "keeper/shop, public, pg_temp/German, DMY/0" ]
	[ "$(server_ask "SELECT tableowner FROM pg_tables
		WHERE schemaname = 'shop' AND tablename = 'here'")" = keeper ]
	[ "$(server_ask "SELECT DISTINCT tableowner FROM pg_tables
		WHERE schemaname IN ('shop', 'litehaul')")" = keeper ]
	whole shop
}

@test "importers side by side run a hook once, and the others wait for it" {
	local i pids=()

	# While it runs, all others come: it ends when two more sessions wait.
	cat > slow.sql <<-'SQL'
	INSERT INTO log (place) VALUES ('so');
	DO $$ BEGIN
		FOR i IN 1 .. 3000 LOOP
			EXIT WHEN (SELECT count(*) FROM pg_locks
				WHERE locktype = 'advisory' AND NOT granted) >= 2;
			PERFORM pg_sleep(0.01);
		END LOOP;
	END $$;
	SQL
	for i in 1 2 3; do
		"$importer" -q -d "dbname=$PGDATABASE" -j1 --before=slow.sql \
		    --after-tables=slow.sql --after=slow.sql "$DUMP" \
		    2> "complaint$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	[ "$(told)" = "so so so" ]
	whole
}

@test "killed behind a hook, the load goes on without running it again" {
	needs_trace
	echo "INSERT INTO log (place) VALUES ('so')" > so.sql
	n=$(moments sendto 1000 "$importer" -q -j1 -d "dbname=$PGDATABASE" \
	    --after-tables=so.sql "$DUMP" | wc -l)
	for at in $((n / 8)) $((n / 4)) $((n / 2)); do
		fresh
		server_ask "CREATE TABLE log (place text)"
		strike sendto "$at" "$importer" -q -j1 -d "dbname=$PGDATABASE" \
		    --after-tables=so.sql "$DUMP"
		import -q --after-tables=so.sql
		[ "$(told)" = so ]
		whole
	done
}

@test "--after-tables may make a table anew, and the load goes on into it" {
	cat > tables.sql <<-'SQL'
	DROP TABLE orders;
	CREATE TABLE orders (placed date NOT NULL, note text, id bigint NOT NULL,
		user_id bigint, extra int DEFAULT 7) PARTITION BY RANGE (placed);
	CREATE TABLE orders_2024 PARTITION OF orders
		FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
	CREATE TABLE orders_later PARTITION OF orders DEFAULT;
	SQL
	outcome "${load[@]}" -q --after-tables=tables.sql
	[ "$code" -eq 0 ]
	cat "$complaint"
	# Its primary key does not hold the partition key.
	grep -q '"orders_pkey" (constraints) was left out.*partition' "$complaint"
	grep -q 'column "id" has no identity and no default' "$complaint"
	[ "$(wc -l < "$complaint")" -eq 2 ]
	whole
	[ "$(server_ask "SELECT count(*) FROM orders_2024")" -gt 500 ]
	[ "$(server_ask "SELECT sum(extra) FROM orders")" -eq 14000 ]
	# Index and foreign key can be had.
	[ "$(server_ask "SELECT string_agg(conname, ' ') FROM pg_constraint
		WHERE conrelid = 'orders'::regclass AND contype = 'f'
		AND convalidated")" = orders_user_id_fkey ]
	[ "$(server_ask "SELECT relkind FROM pg_class
		WHERE relname = 'orders_placed'")" = I ]
	import -q --after-tables=tables.sql
	import -q
	server_ask "DROP TABLE orders"
	outcome "${load[@]}" -q
	[ "$code" -ne 0 ] || whole
}

@test "--after-tables may change tables, and the load knows them again" {
	echo "ALTER TABLE orders ADD COLUMN extra int DEFAULT 7,
	    SET (fillfactor = 70)" > tables.sql
	outcome "${load[@]}" -q --after-tables=tables.sql -t users
	[ "$code" -eq 1 ] # orders is not there yet
	fresh
	import -q -s
	server_ask "DROP SCHEMA litehaul CASCADE; ALTER TABLE orders
		DROP CONSTRAINT orders_user_id_fkey" 2> /dev/null
	import -q -a --after-tables=tables.sql --after=<(echo "SELECT 1")
	whole
	import -q -a --after-tables=tables.sql
	fresh
	import -q --after-tables=tables.sql
	import -q --after-tables=tables.sql
	whole
	[ "$(server_ask "SELECT sum(extra) FROM orders")" -eq 14000 ]
}

@test "a key that holds the partition's is made at once" {
	cat > tables.sql <<-'SQL'
	DROP TABLE users;
	CREATE TABLE users (id bigint GENERATED BY DEFAULT AS IDENTITY,
		email text, joined timestamptz) PARTITION BY HASH (id);
	CREATE TABLE users_0 PARTITION OF users
		FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE users_1 PARTITION OF users
		FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	SQL
	outcome "${load[@]}" -q --after-tables=tables.sql
	[ "$code" -eq 0 ]
	cat "$complaint"
	grep -q '"users_email_key" (constraints) was left out' "$complaint"
	[ "$(wc -l < "$complaint")" -eq 1 ]
	whole
	[ "$(server_ask "SELECT string_agg(conname, ' ' ORDER BY conname)
		FROM pg_constraint WHERE contype IN ('p', 'f')
		AND conparentid = 0 AND conrelid IN
		('users'::regclass, 'orders'::regclass)")" = \
	    "orders_pkey orders_user_id_fkey users_pkey" ]
	[ "$(server_ask "SELECT nextval(pg_get_serial_sequence('users',
		'id'))")" -eq 2001 ]
}

@test "--after-tables cannot take away what the rows need" {
	try() {
		echo "$1" > tables.sql
		ends 1 "$2" "${load[@]}" -q --after-tables=tables.sql
		grep -q "Nothing of the file was kept" "$complaint"
	}

	try "DROP TABLE orders" 'table "orders" is not there any more'
	try "ALTER TABLE orders DROP COLUMN note" \
	    'table "orders", column "note" is not there any more'
	try "ALTER TABLE orders ALTER COLUMN id TYPE int" \
	    'table "orders", column "id" was bigint and is integer'
	try "ALTER TABLE orders ADD COLUMN more int NOT NULL" \
	    'column "more" is NOT NULL and has no default'
	try "DROP TABLE orders; CREATE VIEW orders AS SELECT * FROM users" \
	    'table "orders" is no table any more'
	try "DROP TABLE orders; ALTER TABLE users RENAME id TO number" \
	    'table "users", column "id" is not there any more; table "orders"'
	# Nothing of it has been kept, and the load goes on.
	import -q
	whole
	fresh
	import -q -s -n public
	server_ask "DELETE FROM litehaul.load; CREATE TABLE log (place text)"
	echo "CREATE TABLE orders2 (LIKE orders INCLUDING ALL);
	    DROP TABLE orders; ALTER TABLE orders2 RENAME TO orders" > tables.sql
	ends 1 'table "orders" is another one now' \
	    "${load[@]}" -q -a --after-tables=tables.sql
}

@test "--after-tables comes too late where rows have been loaded" {
	echo "DELETE FROM log" > tables.sql
	import -q --after=<(echo "SELECT 1")
	server_ask "UPDATE litehaul.load SET state = 'loading';
		DELETE FROM litehaul.object WHERE kind = 'loaded'"
	ends 1 "rows have been loaded before without it" \
	    "${load[@]}" -q --after-tables=tables.sql
	import -q
	whole
}

@test "commands that load nothing run nothing" {
	echo "INSERT INTO log (place) VALUES ('so')" > so.sql
	ends 2 '--status loads nothing: leave out "so.sql"' \
	    "$importer" -d "dbname=$PGDATABASE" --status --before=so.sql
	ends 2 '--verify-only loads nothing: leave out "so.sql"' \
	    "${load[@]}" --verify-only --after=so.sql
	[ "$(told)" = "" ]
}

@test "with --publish the tables are made elsewhere, and hooks see where" {
	echo "INSERT INTO public.log (place) SELECT split_part(
	    current_setting('search_path'), ',', 1) || '/' ||
	    (SELECT count(*) FROM pg_class WHERE relname = 'orders')" > look.sql
	server_ask "CREATE SCHEMA shop"
	import -q -n shop --publish --before=look.sql --after-tables=look.sql \
	    --after=look.sql
	[ "$(told)" = "shop/0 shop__new/1 shop/1" ]
	[ "$(server_ask "SELECT count(*) FROM shop.orders")" -eq 2000 ]
	import -q -n shop --publish --before=look.sql --after=look.sql
	[ "$(told)" = "shop/0 shop__new/1 shop/1" ]
}
