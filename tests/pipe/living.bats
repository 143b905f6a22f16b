#!/usr/bin/env bats
# litehaul-import -a beside an application at work: the tables that are loaded
# refer to one that it lives on and that is not loaded.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	target_begin max_connections=20
	sqlite3 -bail shop.db <<-'SQL'
	CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, note TEXT);
	CREATE TABLE lines (id INTEGER PRIMARY KEY,
		order_id INTEGER REFERENCES orders (id), user_id INTEGER);
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
	INSERT INTO orders SELECT i, i % 50 + 1, 'order ' || i FROM n;
	INSERT INTO lines SELECT id, 2001 - id, id % 50 + 1 FROM orders;
	SQL
	trial_ready shop.db shop.pg --chunk-size=16KiB
	sqlite3 -bail shop.db "UPDATE orders SET user_id = 777 WHERE id = 5"
	trial_ready shop.db orphans.pg
	cat >tables.sql <<-'SQL'
	CREATE TABLE users (id bigint PRIMARY KEY, name text);
	INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 50) i;
	CREATE TABLE orders (id bigint PRIMARY KEY,
		user_id bigint REFERENCES users (id) ON DELETE CASCADE
			DEFERRABLE INITIALLY DEFERRED,
		note text);
	COMMENT ON CONSTRAINT orders_user_id_fkey ON orders
		IS 'who''s "it" \ is';
	CREATE TABLE lines (id bigint PRIMARY KEY,
		order_id bigint REFERENCES orders (id), user_id bigint,
		CONSTRAINT "Line's user" FOREIGN KEY (user_id)
			REFERENCES users (id) MATCH FULL ON UPDATE SET NULL);
	CREATE TABLE notes (id bigint PRIMARY KEY,
		order_id bigint REFERENCES orders (id));
	SQL
}

setup() {
	target_empty
	target_run tables.sql
	keys >"$BATS_TEST_TMPDIR/before"
}

teardown() {
	stop_work
	server_database postgres 2>/dev/null || true
}

import() {
	"$importer" -d test "$@"
}

keys() {
	server_ask "SELECT conrelid::regclass, conname, convalidated,
		pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint')
		FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2"
}

same_keys() {
	keys | diff "$BATS_TEST_TMPDIR/before" -
}

expect_whole() {
	[ "$(server_ask "SELECT count(*), sum(user_id) FROM orders")" = \
		"2000|51000" ]
	[ "$(server_ask "SELECT count(*), sum(order_id) FROM lines")" = \
		"2000|2001000" ]
	[ "$(server_ask "SELECT count(*) FROM litehaul.foreign_key")" = 0 ]
	[ "$(finished)" = 1 ]
	same_keys
}

@test "keys to tables that are not loaded come off and are put back as they were" {
	run import -a shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"taken off"*'"Line'"'"'s user"'*'"orders_user_id_fkey"'* ]]
	[[ $output != *notes_order_id_fkey* ]]
	expect_whole
	# And they work.
	server_ask "INSERT INTO notes VALUES (1, 1)"
	run server_ask "INSERT INTO lines VALUES (9000, 1, 777)"
	[ "$status" -ne 0 ]
	server_ask "DELETE FROM lines; DELETE FROM notes"
	server_ask "DELETE FROM users WHERE id = 1"
	[ "$(server_ask "SELECT count(*) FROM orders")" = 1960 ]
}

@test "orphans in a table of others are named, and the key stays NOT VALID" {
	run import -q -a orphans.pg
	[ "$status" -eq 0 ]
	[[ $output == *'table "orders": 1 row has no parent in "users"'* ]]
	[[ $output == *"id=5 has user_id=777"* ]]
	[[ $(keys) == *"orders|orders_user_id_fkey|f|"*"NOT VALID|who's"* ]]
	[ "$(keys | grep -c '|t|')" = 3 ]
	[ "$(finished)" = 1 ]
}

@test "--keep-foreign-keys leaves them in force, parents before children" {
	run import -a --keep-foreign-keys --max-rejects=0 orphans.pg
	[ "$status" -eq 1 ]
	[[ $output == *'"orders_user_id_fkey": Key (user_id)=(777)'* ]] ||
		[[ $output == *"orders_user_id_fkey"* ]]
	same_keys
	server_ask "TRUNCATE orders, lines, notes; DROP SCHEMA litehaul CASCADE"
	run import -a --keep-foreign-keys shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"foreign keys stay in force: 1; tables are loaded in"* ]]
	[[ $output == *"to tables that are not loaded stay in force"*user* ]]
	expect_whole
	ends 2 "--keep-foreign-keys goes with -a only" \
	    "$importer" -d test --keep-foreign-keys shop.pg
}

@test "killed with the keys off, --keep-foreign-keys puts them back first" {
	server_ask "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql
		AS 'BEGIN PERFORM pg_sleep(600); RETURN NULL; END'"
	server_ask "CREATE TRIGGER wait AFTER INSERT ON lines
		FOR EACH STATEMENT EXECUTE FUNCTION wait()"
	"$importer" -d test -q -j1 -a shop.pg >/dev/null 2>&1 3>&- &
	loader=$!
	await replies 1 "SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND wait_event = 'PgSleep'"
	kill -KILL "$loader"
	wait "$loader" || true
	server_ask "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database()
		AND pid <> pg_backend_pid()" >/dev/null
	server_ask "DROP FUNCTION wait() CASCADE" 2>/dev/null
	[[ $(keys) != *orders_user_id_fkey* ]]
	import -q -a --keep-foreign-keys shop.pg
	expect_whole
}

@test "killed at any moment, the next run puts them back" {
	local moment

	needs_trace
	for moment in 28 34 40 46 52 58 64 70 76 82 92 112 142; do
		(trace -o /dev/null -e trace=sendto \
		    -e "inject=sendto:signal=KILL:when=$moment" \
		    "$importer" -q -d test -j1 -a shop.pg) \
		    >struck.out 2>&1 || true
		# A key is there or in the ledger.
		[ "$(server_ask "SELECT count(DISTINCT (relation, name)) FROM (
		    SELECT conrelid AS relation, conname::text AS name
		    FROM pg_constraint WHERE contype = 'f' UNION ALL
		    SELECT relation, name FROM litehaul.foreign_key) AS k")" = 4 ]
	done
	import -q -a shop.pg
	expect_whole
}

@test "an error puts them back at once" {
	server_ask "INSERT INTO orders VALUES (2000, 1, 'mine')"
	run import -q -a -j1 --max-rejects=0 shop.pg
	[ "$status" -eq 1 ]
	[ "$(keys | wc -l)" = 4 ]
	[[ $(keys) == *"|who's"* ]]
	server_ask "DELETE FROM orders WHERE id = 2000 AND note = 'mine'"
	import -q -a shop.pg
	expect_whole
}

@test "who is in the way of taking a key off is named" {
	at_work 60 "SELECT FROM users"
	outcome "$importer" -d test -q -a shop.pg
	[ "$code" -eq 6 ]
	grep -q 'table "lines", foreign key "Line.s user".*not to be had in 6' \
	    "$complaint"
	grep -Eq 'process [0-9]+ of role "postgres" \(shop\), active since' \
	    "$complaint"
	[ "$(server_ask "SELECT count(*) FROM orders")" = 0 ]
	stop_work
	# Keys to other tables had come off before, and are back.
	[ "$(keys | wc -l)" = 4 ]
	import -q -a shop.pg
	expect_whole
}

@test "a lock that is given back soon is waited for, off and on" {
	at_work 3 "SELECT FROM users"
	import -q -a shop.pg
	expect_whole
	server_ask "TRUNCATE orders, lines, notes; DROP SCHEMA litehaul CASCADE"
	server_ask "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql
		AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END'"
	server_ask "CREATE TRIGGER slow AFTER INSERT ON lines
		FOR EACH STATEMENT EXECUTE FUNCTION slow()"
	import -q -a -j1 shop.pg 3>&- &
	importer_id=$!
	await replies 1 "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"
	at_work 8 "UPDATE users SET name = 'x' WHERE id = 1"
	wait "$importer_id"
	expect_whole
}

# A role that owns what is loaded, and nothing else.
make_owner() {
	server_ask "DROP ROLE IF EXISTS shopkeeper"
	server_ask "CREATE ROLE shopkeeper LOGIN"
	server_ask "CREATE SCHEMA litehaul AUTHORIZATION shopkeeper"
	server_ask "ALTER TABLE orders OWNER TO shopkeeper"
	server_ask "ALTER TABLE lines OWNER TO shopkeeper"
	server_ask "GRANT CREATE ON SCHEMA public TO shopkeeper"
}

@test "who may not refer to the parent leaves its keys in force" {
	make_owner
	run import -U shopkeeper -a --dry-run shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"taken off"*": \"lines_order_id_fkey\""* ]]
	[[ $output == *"not loaded stay in force"*"Line's user"*"orders_user"* ]]
	[ "$(grep -c "GRANT REFERENCES ON TABLE public.users TO shopkeeper" \
	    <<<"$output")" = 1 ]
	import -U shopkeeper -q -a shop.pg
	expect_whole
	# A grant on the column is enough; to name orphans it is not.
	server_ask "TRUNCATE orders, lines, notes"
	server_ask "DELETE FROM litehaul.load"
	server_ask "GRANT REFERENCES (id) ON users TO shopkeeper"
	run import -U shopkeeper -a orphans.pg
	[ "$status" -eq 0 ]
	[[ $output != *"stay in force"* ]]
	[[ $output == *'rows have no parent in "users" (foreign key "orders_u'* ]]
	[[ $output == *'to name them takes SELECT on "users"'* ]]
	[ "$(keys | grep -c '|t|')" = 3 ]
	[ "$(finished)" = 1 ]
}

@test "keys to a partitioned table stay in force" {
	server_ask "CREATE TABLE place (id bigint PRIMARY KEY)
		PARTITION BY RANGE (id)"
	server_ask "CREATE TABLE place_1 PARTITION OF place
		FOR VALUES FROM (0) TO (1000)"
	server_ask "INSERT INTO place SELECT generate_series(1, 50)"
	server_ask "ALTER TABLE orders ADD CONSTRAINT orders_place
		FOREIGN KEY (user_id) REFERENCES place (id)"
	keys >"$BATS_TEST_TMPDIR/before"
	run import -a shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *'stay in force'*': "orders_place"'* ]]
	expect_whole
}

@test "a ledger of the first releases is brought up to date" {
	import -q -a shop.pg
	server_ask "TRUNCATE orders, lines, notes; DELETE FROM litehaul.load"
	server_ask "ALTER TABLE litehaul.foreign_key
		DROP COLUMN parent, DROP COLUMN comment"
	import -q -a shop.pg
	expect_whole
}
