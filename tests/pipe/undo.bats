#!/usr/bin/env bats
# litehaul-import --undo: what a load has made goes, and nothing else.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	target_begin max_connections=40
	sqlite3 -bail shop.db <<-'SQL'
	CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
	CREATE TABLE orders (id INTEGER PRIMARY KEY,
		user_id INTEGER REFERENCES users (id), total REAL);
	CREATE TABLE "Odd name/ü" (a TEXT);
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800)
	INSERT INTO orders SELECT i, i % 80 + 1, i / 3.0 FROM n;
	INSERT INTO users SELECT DISTINCT user_id, 'user ' || user_id FROM orders;
	SQL
	trial_ready shop.db shop.pg --chunk-size=4KiB
	sqlite3 -bail other.db "CREATE TABLE other (x TEXT);
	    INSERT INTO other VALUES ('y')"
	trial_ready other.db other.pg
}

setup() {
	target_empty
}

import() {
	"$importer" -q -d test "$@"
}

@test "an undone load leaves no trace" {
	server_ask "CREATE TABLE mine (id int); GRANT SELECT ON mine TO PUBLIC;
	    CREATE SCHEMA kept"
	everything >before
	import shop.pg
	run -0 "$importer" -d test --undo --dry-run shop.pg
	[[ $output == *"would undo load "*" of \"shop.db\": 3 tables would be dropped"* ]]
	run -0 "$importer" -d test --undo shop.pg
	[[ $output == *"undid load "*" of \"shop.db\": 3 tables dropped"* ]]
	everything | diff before -
	# A schema that the load has made goes too, one that was there stays.
	import -n made shop.pg
	import --undo -n made shop.pg
	everything | diff before -
	import -n kept shop.pg
	import --undo -n kept shop.pg
	everything | diff before -
	import -s shop.pg
	import --undo -s shop.pg
	everything | diff before -
	import --publish shop.pg
	import --rollback
	import --undo shop.pg
	everything | diff before -
}

@test "an unfinished load can be undone, wherever it was stopped" {
	needs_trace
	everything >before
	calls=$(moments sendto 5 "$importer" -q -d test -j1 shop.pg)
	import --undo shop.pg
	for n in $calls; do
		strike sendto "$n" "$importer" -q -d test -j1 shop.pg
		run import --undo shop.pg
		[ "$status" -eq 0 ] || [[ $output == *"no ledger"* ]] ||
			[[ $output == *"knows no such load"* ]]
		everything -N litehaul | diff before -
	done
	import shop.pg
	import --undo shop.pg
	everything | diff before -
}

@test "undo that is stopped anywhere ends when it is run again" {
	needs_trace
	everything >before
	import shop.pg
	for n in $(moments sendto 5 "$importer" -q -d test --undo shop.pg); do
		import shop.pg
		strike sendto "$n" "$importer" -q -d test --undo shop.pg
		run import --undo shop.pg
		[ "$status" -eq 0 ] || [[ $output == *"no ledger"* ]]
		everything | diff before -
	done
}

@test "other loads and the ledger stay" {
	import other.pg
	everything -N litehaul >before
	import shop.pg
	id=$(server_ask "SELECT left(id, 12) FROM litehaul.load
	    WHERE source = 'shop.db'")
	run -0 "$importer" -d test --undo="$id"
	[[ $output == *"undid load $id of"* ]]
	everything -N litehaul | diff before -
	[ "$(server_ask "SELECT source FROM litehaul.load")" = other.db ]
	[ "$(server_ask "SELECT count(*) FROM litehaul.chunk")" = 1 ]
	import --undo other.pg
	[ -z "$(server_ask "SELECT to_regnamespace('litehaul')")" ]
}

@test "a ledger in which others have something stays" {
	import shop.pg
	server_ask "CREATE TABLE litehaul.notes (x int)"
	import --undo shop.pg
	[ "$(server_ask "SELECT count(*) FROM litehaul.load")" = 0 ]
	server_ask "DROP TABLE litehaul.notes;
	    CREATE VIEW loads AS SELECT * FROM litehaul.load"
	import shop.pg
	import --undo shop.pg
	[ "$(server_ask "SELECT count(*) FROM loads")" = 0 ]
}

@test "what others have tied to the tables is named, and all stays" {
	import shop.pg
	server_ask "
	CREATE VIEW sums AS SELECT sum(total) FROM orders;
	CREATE TABLE visits (user_id bigint REFERENCES users);
	CREATE TRIGGER watch BEFORE UPDATE ON users FOR EACH ROW
		EXECUTE FUNCTION suppress_redundant_updates_trigger();
	INSERT INTO users VALUES (4711, 'since');
	DELETE FROM orders WHERE id = 1"
	everything >before
	run -1 import --undo shop.pg
	for text in 'table "orders": the view "public.sums" reads it' \
	    'the foreign key "visits_user_id_fkey" of the table "public.visits"' \
	    'table "users": it has the trigger "watch"' \
	    'table "users" does not hold the 80 rows that the load has put' \
	    'table "orders" does not hold the 800 rows' \
	    '5 problems, and nothing was changed'; do
		[[ $output == *"$text"* ]] || { echo "$output"; false; }
	done
	everything | diff before -
	# Publications that tables belong to by themselves are none.
	server_ask "DROP VIEW sums; DROP TABLE visits; DROP TRIGGER watch ON users;
	    DELETE FROM users WHERE id = 4711; CREATE PUBLICATION p FOR ALL TABLES"
	run -1 import --undo shop.pg
	[[ $output == *": 1 problem, and nothing was changed"* ]]
	# What its owner drops is gone.
	server_ask "DROP TABLE orders"
	import --undo shop.pg
	[ "$(server_ask "SELECT count(*) FROM pg_tables
	    WHERE schemaname = 'public'")" = 0 ]
}

@test "a table that was renamed or moved is found, one made anew is left alone" {
	import shop.pg
	server_ask "ALTER TABLE orders RENAME TO purchases; CREATE SCHEMA away;
	    ALTER TABLE purchases SET SCHEMA away;
	    DROP TABLE \"odd name/ü\"; CREATE TABLE \"odd name/ü\" (b int)"
	run -0 "$importer" -d test --undo shop.pg
	[[ $output == *": 2 tables dropped"* ]]
	[ "$(server_ask "SELECT string_agg(tablename, ' ') FROM pg_tables
	    WHERE schemaname IN ('public', 'away')")" = "odd name/ü" ]
	[ -n "$(server_ask "SELECT to_regnamespace('away')")" ]
}

@test "a published load is rolled back first" {
	import shop.pg
	touch -d 2026-02-02 shop.db
	rm -rf again.pg
	trial_ready shop.db again.pg --chunk-size=8KiB
	import --publish again.pg
	run -1 import --undo again.pg
	[[ $output == *'table "users" is published: --rollback takes it back first'* ]]
	run -1 import --undo shop.pg
	[[ $output == *'table "users" is kept for --rollback'*"--discard drops it"* ]]
	import --rollback
	import --undo again.pg
	import --undo shop.pg
	[ -z "$(server_ask "SELECT to_regnamespace('litehaul')")" ]
}

@test "rows in tables that were there cannot be undone, but their keys come back" {
	import -s shop.pg
	import --undo -s shop.pg
	server_ask "CREATE TABLE users (id bigint PRIMARY KEY, name text);
	    CREATE TABLE orders (id bigint PRIMARY KEY,
		user_id bigint REFERENCES users, total float8)"
	import -a -t users -t orders shop.pg
	run -1 import --undo shop.pg
	[[ $output == *'has put rows into tables that were there'*'"orders", "users"'* ]]
	[[ $output == *"Delete them yourself"* ]]
	[ "$(server_ask "SELECT count(*) FROM orders")" = 800 ]
	# Keys that are off come back even so.
	server_ask "SET search_path = '';
	    INSERT INTO litehaul.foreign_key
	    (load_id, relation, name, definition, parent)
	    SELECT l.id, k.conrelid, k.conname, pg_get_constraintdef(k.oid),
		k.confrelid FROM pg_constraint k, litehaul.load l
	    WHERE k.contype = 'f';
	    ALTER TABLE public.orders DROP CONSTRAINT orders_user_id_fkey"
	run -1 import --undo shop.pg
	[ "$(server_ask "SELECT count(*) FROM pg_constraint
	    WHERE conname = 'orders_user_id_fkey'")" = 1 ]
}

@test "a load into tables that were there is undone while it has no rows" {
	server_ask "CREATE TABLE users (id bigint PRIMARY KEY,
	    name text CHECK (name = 'nobody'));
	    CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint
		REFERENCES users, total float8 CHECK (total < 0))"
	everything >before
	run import -a -t users -t orders --max-rejects=0 shop.pg
	[ "$status" -ne 0 ]
	# As if it had been killed.
	server_ask "ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey"
	import --undo shop.pg
	everything | diff before -
}

@test "a load is named by the beginning of its id, if that says which" {
	run -1 import --undo shop.pg
	[[ $output == *"there is no ledger in the target"* ]]
	import shop.pg
	import -n second shop.pg
	run -2 import --undo=
	[[ $output == *"--undo= names no load"* ]]
	server_ask "UPDATE litehaul.load SET id = 'feed' || id"
	run -1 import --undo=feed
	server_ask "UPDATE litehaul.load SET id = substr(id, 5)"
	[[ $output == *"2 loads could be meant: "*" of \"shop.db\", "*"--undo=LOAD"* ]]
	run -1 import --undo=nonsense
	[[ $output == *"the ledger knows no such load (nonsense)"* ]]
	run -2 import --undo=0123 shop.pg
	import --undo -n second shop.pg
	[ "$(server_ask "SELECT count(*) FROM users")" = 80 ]
	import --undo="$(server_ask "SELECT id FROM litehaul.load")"
}

@test "as many tables as there may be" {
	everything >before
	import shop.pg
	# More than go in one transaction, and all refer to others.
	server_ask "SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, r int)', i)
	    FROM generate_series(1, 610) i" | sed 's/$/;/' | psql -qX
	server_ask "SELECT format('ALTER TABLE t%s ADD FOREIGN KEY (r)
	    REFERENCES t%s', i, (i + 305) % 610 + 1)
	    FROM generate_series(1, 610) i" | tr '\n' ' ' |
		sed 's/ALTER/;ALTER/g' | psql -qX
	server_ask "INSERT INTO litehaul.object (load_id, kind, name, relation)
	    SELECT l.id, 'table', c.relname, c.oid FROM litehaul.load l, pg_class c
	    WHERE c.relname ~ '^t[0-9]+\$'"
	run -0 "$importer" -d test --undo shop.pg
	[[ $output == *": 613 tables dropped"* ]]
	everything | diff before -
}

@test "no superuser is needed" {
	server_ask "DROP ROLE IF EXISTS loader; CREATE ROLE loader LOGIN;
	    GRANT CREATE ON DATABASE test TO loader"
	import -U loader -n own shop.pg
	import -U loader -n own --undo shop.pg
	[ -z "$(server_ask "SELECT to_regnamespace('litehaul')")" ]
	server_ask "DROP OWNED BY loader; DROP ROLE loader"
}
