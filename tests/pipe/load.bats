#!/usr/bin/env bats
# litehaul-import against a real server: what arrives, what is refused, and
# that a load interrupted anywhere ends as if it had not been.

bats_require_minimum_version 1.5.0
load ../server

setup_file() {
	server_start max_connections=20
	cd "$BATS_FILE_TMPDIR" || return 1
	sqlite3 shop.db "
		CREATE TABLE users (
			id INTEGER PRIMARY KEY AUTOINCREMENT,
			email TEXT NOT NULL UNIQUE,
			name VARCHAR(40) DEFAULT 'nobody',
			joined DATETIME DEFAULT CURRENT_TIMESTAMP);
		CREATE TABLE orders (
			id INTEGER PRIMARY KEY,
			user_id INTEGER REFERENCES users(id) ON DELETE CASCADE,
			total NUMERIC(10,2));
		CREATE INDEX orders_user ON orders (user_id, total DESC);
		CREATE TABLE \"Odd \"\"name\"\"\" (k TEXT PRIMARY KEY) WITHOUT ROWID;
		CREATE TABLE blank (a, b);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
			SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO users SELECT i, 'user' || i || '@example.com',
			CASE WHEN i % 7 THEN 'It''s \"' || i || '\", ok' END,
			'2024-02-29 12:00:00' FROM n;
		INSERT INTO orders SELECT id, id, id + 0.25 FROM users
			WHERE id <= 5000;
		INSERT INTO \"Odd \"\"name\"\"\" VALUES ('a'), ('b');
		UPDATE sqlite_sequence SET seq = 30000 WHERE name = 'users';"
	"$BIN/litehaul-export" -q --chunk-size=64KiB shop.db -f shop.dump
	"$BIN/litehaul-transform" -q -Z none shop.dump -f shop.pg
	# As a stream that holds digests in its headers, and as tar(1) makes it.
	"$BIN/litehaul-transform" -q -Z none shop.dump > shop.stream
	tar -C shop.pg -cf shop.tar schema.json data manifest.json
	# A stream that stops in the middle of a chunk.
	head -c 600000 shop.stream > cut.stream
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return 1
	server_database
}

import() {
	"$BIN/litehaul-import" -d test "$@"
}

# All rows of all tables as one digest, and what the tables are made of.
contents() {
	local schema=${1:-public}

	psql -qXAt <<-SQL
		SET search_path = "$schema";
		SELECT count(*), sum(hashtextextended(t::text, 0)) FROM users t;
		SELECT count(*), sum(hashtextextended(t::text, 0)) FROM orders t;
		SELECT count(*), sum(hashtextextended(t::text, 0))
			FROM "odd ""name""" t;
		SELECT count(*) FROM blank;
		SELECT conname, contype, convalidated FROM pg_constraint
			WHERE connamespace = '"$schema"'::regnamespace ORDER BY 1;
		SELECT relname, relkind FROM pg_class
			WHERE relnamespace = '"$schema"'::regnamespace ORDER BY 1;
	SQL
}

state() {
	server_ask "SELECT state FROM litehaul.load"
}

# What a load that nothing disturbs ends in.
expect_whole() {
	if [ ! -f whole.contents ]; then
		server_database undisturbed
		"$BIN/litehaul-import" -q -d undisturbed -j1 shop.pg
		contents > whole.contents
		export PGDATABASE=test
	fi
	[ "$(state)" = finished ]
	diff whole.contents <(contents)
}

@test "a directory, a stream and a tar file give the same tables" {
	import -q shop.pg
	expect_whole
	server_database
	import -q < shop.stream
	expect_whole
	server_database
	import -q -j4 - < shop.tar
	expect_whole
	server_database
	import -q shop.tar
	expect_whole
}

@test "values, keys, defaults and sequences arrive" {
	import -q shop.pg
	[ "$(server_ask "SELECT * FROM users WHERE id = 6" |
		sed 's/+00$//')" = \
		"6|user6@example.com|It's \"6\", ok|2024-02-29 12:00:00" ]
	[ "$(server_ask "SELECT name IS NULL FROM users WHERE id = 7")" = t ]
	[ "$(server_ask "INSERT INTO users (email) VALUES ('x')
		RETURNING id, name" | head -n 1)" = "30001|nobody" ]
	[ "$(server_ask "INSERT INTO orders (total) VALUES (1)
		RETURNING id" | head -n 1)" = 5001 ]
	run server_ask "INSERT INTO users (email) VALUES ('x')"
	[[ $output == *users_email_key* ]]
	run server_ask "INSERT INTO orders (user_id) VALUES (99999)"
	[[ $output == *"foreign key"* ]]
}

@test "a load that is finished is not done again" {
	import -q shop.pg
	run import shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"already loaded"* ]]
	run import - < shop.stream
	[ "$status" -eq 0 ]
	[[ $output == *"already loaded"* ]]
	expect_whole
}

@test "a loaded table that has changed since is exit 4" {
	import -q shop.pg
	server_ask "DELETE FROM orders WHERE id = 17"
	run import shop.pg
	[ "$status" -eq 4 ]
	[[ $output == *'"orders" holds 4999 rows, the dump 5000'* ]]
}

@test "a stream without its end leaves an unfinished load without keys" {
	run import -q - < cut.stream
	[ "$status" -eq 5 ]
	[ "$(state)" = loading ]
	[ "$(server_ask "SELECT count(*) FROM pg_index WHERE indrelid =
		'users'::regclass")" = 0 ]
	run import --status
	[ "$status" -eq 0 ]
	[[ $output == *loading* ]]
}

@test "a stream without its manifest is exit 5 though all rows came" {
	tar -C shop.pg -cf unsigned.tar schema.json data
	run import -q - < unsigned.tar
	[ "$status" -eq 5 ]
	[ "$(state)" = loading ]
	import -q - < shop.tar
	expect_whole
}

@test "an interrupted load goes on from where it stopped" {
	run import -q - < cut.stream
	[ "$status" -eq 5 ]
	[ "$(server_ask "SELECT count(*) > 0 FROM litehaul.chunk")" = t ]
	run import shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"had been loaded before"* ]]
	expect_whole
}

@test "no row of a damaged chunk is committed, even from a pipe" {
	local at

	# A digit in the middle of the stream becomes another one.
	at=$(grep -abo 'user9000@' shop.stream | head -n 1 | cut -d: -f1)
	{
		head -c "$((at + 4))" shop.stream
		printf 8
		tail -c "+$((at + 6))" shop.stream
	} > damaged.stream
	run import -q - < damaged.stream
	[ "$status" -eq 5 ]
	[ "$(state)" = loading ]
	[ "$(server_ask "SELECT count(*) FROM users WHERE id = 9000")" = 0 ]
	import -q - < shop.stream
	expect_whole
}

@test "a lost connection is made again and every row comes once" {
	run import -q - < cut.stream
	server_ask "CREATE SEQUENCE public.fuse"
	server_ask "CREATE FUNCTION public.cut() RETURNS trigger
		LANGUAGE plpgsql AS \$\$ BEGIN
			IF NEW.id % 500 = 0 AND
			    nextval('public.fuse') IN (2, 5, 9) THEN
				PERFORM pg_terminate_backend(pg_backend_pid());
			END IF;
			RETURN NEW;
		END \$\$"
	server_ask "CREATE TRIGGER cut BEFORE INSERT ON users
		FOR EACH ROW EXECUTE FUNCTION public.cut()"
	run import shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"connections were made again 3 times"* ]]
	server_ask "DROP FUNCTION public.cut CASCADE; DROP SEQUENCE public.fuse"
	expect_whole
}

@test "a lost connection is made again for a stream, too" {
	run import -q - < cut.stream
	server_ask "CREATE SEQUENCE public.fuse"
	server_ask "CREATE FUNCTION public.cut() RETURNS trigger
		LANGUAGE plpgsql AS \$\$ BEGIN
			IF NEW.id % 500 = 0 AND
			    nextval('public.fuse') IN (2, 5) THEN
				PERFORM pg_terminate_backend(pg_backend_pid());
			END IF;
			IF NEW.id % 500 = 250 AND
			    nextval('public.fuse') IN (3, 7) THEN
				RAISE EXCEPTION 'again' USING ERRCODE = '40001';
			END IF;
			RETURN NEW;
		END \$\$"
	server_ask "CREATE TRIGGER cut BEFORE INSERT ON users
		FOR EACH ROW EXECUTE FUNCTION public.cut()"
	import -q -j2 - < shop.stream
	server_ask "DROP FUNCTION public.cut CASCADE; DROP SEQUENCE public.fuse"
	expect_whole
}

@test "a killed import goes on when it is run again" {
	local n

	for n in 1 2 3 4 5 6; do
		timeout -s KILL "0.$((n * 5))" "$BIN/litehaul-import" -q \
			-d test shop.pg || true
	done
	import -q shop.pg
	expect_whole
}

@test "two imports of one load share it" {
	import -q shop.pg &
	import -q shop.pg
	wait $!
	expect_whole
}

@test "tables that exist are all named, and nothing is made" {
	server_ask "CREATE TABLE users (x int); CREATE TABLE blank (x int);
		CREATE TABLE other (x int); CREATE INDEX orders_user ON other (x)"
	run import shop.pg
	[ "$status" -eq 1 ]
	[[ $output == *'table "users"'* ]]
	[[ $output == *'table "blank"'* ]]
	[[ $output == *'index "orders_user"'* ]]
	[[ $output == *--clean* ]]
	[ "$(server_ask "SELECT to_regclass('orders') IS NULL")" = t ]
	[ "$(server_ask "SELECT count(*) FROM litehaul.load")" = 0 ]
}

@test "tables of another unfinished load are named as such" {
	run import -q - < cut.stream
	sqlite3 other.db "CREATE TABLE users (id INTEGER PRIMARY KEY)"
	run bash -c '"$BIN/litehaul-export" -q other.db |
		"$BIN/litehaul-transform" -q |
		"$BIN/litehaul-import" -d test'
	[ "$status" -eq 1 ]
	[[ $output == *'unfinished load of "shop.db"'* ]]
}

@test "--clean begins anew" {
	server_ask "CREATE TABLE users (x int)"
	import -q --clean shop.pg
	expect_whole
	server_ask "DELETE FROM users WHERE id > 10"
	import -q --clean shop.pg
	expect_whole
}

@test "--clean drops nothing that depends on a table" {
	import -q shop.pg
	server_ask "CREATE VIEW v AS SELECT * FROM users"
	run import --clean shop.pg
	[ "$status" -eq 1 ]
	[[ $output == *"view public.v depends on table public.users"* ]]
	[ "$(server_ask "SELECT count(*) FROM v")" = 20000 ]
}

@test "other data under the same schema is refused" {
	import -q shop.pg
	"$BIN/litehaul-transform" -q -Z gzip shop.dump > packed.stream
	run import - < packed.stream
	[ "$status" -eq 1 ]
	[[ $output == *"other data"* ]]
	expect_whole
}

@test "-n makes a schema and loads into it" {
	import -q -n 'My "schema"' shop.pg
	import -q shop.pg
	diff <(contents | head -n 4) <(contents 'My ""schema""' | head -n 4)
}

@test "-t loads some tables, and the rest may follow" {
	run import -t ORDERS shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *'parent table "users" is not in the target'* ]]
	[ "$(server_ask "SELECT count(*) FROM orders")" = 5000 ]
	[ "$(server_ask "SELECT to_regclass('users') IS NULL")" = t ]
	import -q shop.pg
	expect_whole
}

@test "-s makes tables and keys without rows" {
	import -q -s shop.pg
	[ "$(server_ask "SELECT count(*) FROM users")" = 0 ]
	[ "$(server_ask "SELECT count(*) FROM pg_constraint WHERE conrelid =
		'users'::regclass")" = 2 ]
}

@test "--dry-run shows statements that work and changes nothing" {
	run --separate-stderr import --dry-run shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"20000 rows in"* ]]
	[ "$(server_ask "SELECT count(*) FROM pg_class
		WHERE relnamespace = 'public'::regnamespace")" = 0 ]
	grep -v ^COPY <<< "$output" | psql -qX -v ON_ERROR_STOP=1
	[ "$(server_ask "SELECT to_regclass('orders_user') IS NOT NULL")" = t ]
}

@test "a row that the server refuses is named, and nothing looks finished" {
	run import -q - < cut.stream
	server_ask "ALTER TABLE orders ADD CONSTRAINT small
		CHECK (total <> 1234.25)"
	run import --max-rejects=0 shop.pg
	[ "$status" -eq 1 ]
	[[ $output == *'table "orders", data/orders/0000'* ]]
	[[ $output == *", row "* ]]
	[[ $output == *small* ]]
	[ "$(state)" = loading ]
	server_ask "ALTER TABLE orders DROP CONSTRAINT small"
	import -q shop.pg
	expect_whole
}

@test "orphans are counted and named, and the key stays NOT VALID" {
	sqlite3 orphans.db "
		CREATE TABLE parent (id INTEGER PRIMARY KEY);
		CREATE TABLE child (id INTEGER PRIMARY KEY,
			parent_id INTEGER REFERENCES parent(id));
		INSERT INTO parent VALUES (1);
		INSERT INTO child VALUES (1, 1), (2, NULL), (3, 70), (4, 80);"
	run bash -c '"$BIN/litehaul-export" -q orphans.db |
		"$BIN/litehaul-transform" -q |
		"$BIN/litehaul-import" -q -d test'
	[ "$status" -eq 0 ]
	[[ $output == *"2 rows have no parent"* ]]
	[[ $output == *"id=3 has parent_id=70; id=4 has parent_id=80"* ]]
	[ "$(server_ask "SELECT count(*) FROM child")" = 4 ]
	[ "$(server_ask "SELECT convalidated FROM pg_constraint
		WHERE contype = 'f'")" = f ]
}

@test "--status lists loads for people and for machines" {
	run import --status
	[ "$status" -eq 0 ]
	[ "$output" = "no loads" ]
	import -q shop.pg
	run import --status
	[[ ${lines[1]} == *"shop.db"*"finished"* ]]
	run --separate-stderr import --status --log-format=json
	[[ $output == '{"load":"'*'"rows":25002'* ]]
}

@test "rights that are missing are named with the GRANT" {
	server_ask "DROP ROLE IF EXISTS app"
	server_ask "CREATE ROLE app LOGIN"
	run import -U app shop.pg
	[ "$status" -eq 6 ]
	[[ $output == *'GRANT CREATE ON SCHEMA public TO app'* ]]
	[[ $output == *'CREATE SCHEMA litehaul AUTHORIZATION app'* ]]
	server_ask 'GRANT CREATE ON SCHEMA public TO app'
	server_ask 'CREATE SCHEMA litehaul AUTHORIZATION app'
	import -q -U app shop.pg
	expect_whole
}

@test "settings of a role do not disturb a load" {
	server_ask "DROP ROLE IF EXISTS odd"
	server_ask "CREATE ROLE odd LOGIN SUPERUSER"
	server_ask "ALTER ROLE odd SET statement_timeout = '1ms'"
	server_ask "ALTER ROLE odd SET lock_timeout = '1ms'"
	server_ask "ALTER ROLE odd SET idle_in_transaction_session_timeout = 1"
	server_ask "ALTER ROLE odd SET search_path = nowhere"
	server_ask "ALTER ROLE odd SET DateStyle = German"
	server_ask "ALTER ROLE odd SET TimeZone = 'Asia/Tokyo'"
	server_ask "ALTER ROLE odd SET default_transaction_isolation =
		serializable"
	server_ask "ALTER ROLE odd SET client_min_messages = debug1"
	server_ask "ALTER ROLE odd SET default_transaction_deferrable = on"
	server_ask "ALTER ROLE odd SET synchronous_commit = off"
	server_ask "ALTER ROLE odd SET row_security = off"
	server_ask "ALTER ROLE odd SET quote_all_identifiers = on"
	server_ask "ALTER ROLE odd SET extra_float_digits = -15"
	server_ask "ALTER ROLE odd SET array_nulls = off"
	server_ask "ALTER ROLE odd SET bytea_output = escape"
	server_ask "ALTER ROLE odd SET IntervalStyle = sql_standard"
	server_ask "ALTER ROLE odd SET default_toast_compression = pglz"
	server_ask "ALTER ROLE odd SET idle_session_timeout = '40ms'"
	import -q -U odd shop.pg
	expect_whole
	# A load that nobody waits for: sessions are lost while the pipe is idle.
	server_database
	PGOPTIONS="-c idle_session_timeout=30ms" import -q -U odd < shop.stream
	expect_whole
	# Settings of the session, by libpq's own variable.
	server_database
	PGOPTIONS="-c statement_timeout=1ms -c DateStyle=SQL,DMY" \
	    import -q shop.pg
	expect_whole
	server_ask "ALTER ROLE odd SET session_replication_role = replica"
	run import -U odd --clean shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"session_replication_role is replica"* ]]
	expect_whole
	server_ask "ALTER ROLE odd SET default_transaction_read_only = on"
	run import -U odd shop.pg
	[ "$status" -eq 6 ]
	[[ $output == *read-only* ]]
}

@test "few connections mean fewer workers" {
	server_ask "DROP ROLE IF EXISTS poor"
	server_ask "CREATE ROLE poor LOGIN CONNECTION LIMIT 2"
	server_ask "GRANT CREATE ON SCHEMA public TO poor;
		GRANT CREATE ON DATABASE test TO poor"
	run import -U poor -j8 shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"2 of 8 connections"* ]]
	expect_whole
}

@test "--role owns what is made" {
	server_ask "DROP ROLE IF EXISTS owner"
	server_ask "CREATE ROLE owner"
	server_ask "GRANT CREATE ON SCHEMA public TO owner;
		GRANT CREATE ON DATABASE test TO owner"
	import -q --role=owner shop.pg
	[ "$(server_ask "SELECT DISTINCT tableowner FROM pg_tables
		WHERE schemaname IN ('public', 'litehaul')")" = owner ]
}

@test "a database that is not UTF-8 is refused" {
	server_ask "DROP DATABASE IF EXISTS latin"
	server_ask "CREATE DATABASE latin ENCODING LATIN1 LOCALE 'C'
		TEMPLATE template0"
	run import -d latin shop.pg
	[ "$status" -eq 6 ]
	[[ $output == *"ENCODING 'UTF8'"* ]]
}
