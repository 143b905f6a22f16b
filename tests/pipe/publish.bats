#!/usr/bin/env bats
# litehaul-import --publish: a load takes the place of live tables, all at
# once; --rollback takes it back and --discard makes it final.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	target_begin max_connections=40
	sqlite3 -bail shop.db <<-'SQL'
	CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
		tag TEXT);
	CREATE TABLE orders (id INTEGER PRIMARY KEY,
		user_id INTEGER REFERENCES users (id), tag TEXT,
		total NUMERIC CHECK (total > 0));
	CREATE INDEX orders_user ON orders (user_id);
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
	INSERT INTO users SELECT i, 'user ' || i, 'one' FROM n WHERE i <= 90;
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
	INSERT INTO orders SELECT i, i % 90 + 1, 'one', i FROM n;
	SQL
	dump one
	sqlite3 -bail shop.db <<-'SQL'
	UPDATE users SET tag = 'two';
	UPDATE orders SET tag = 'two';
	INSERT INTO users VALUES (1000, 'new', 'two');
	INSERT INTO orders VALUES (2000, 1000, 'two', 1);
	SQL
	dump two
	wait_in_vain &
	echo $! >waiter
}

# dump NAME: shop.db as it is now.  Its size or time tells dumps apart.
dump() {
	touch -d "2026-01-01 00:00:$((++dumps))" shop.db
	trial_ready shop.db "$1.pg" --chunk-size=8KiB
}

# Somebody holds a table all the time; the last test looks what came of it.
wait_in_vain() {
	exec >/dev/null 2>&1 3>&-
	PGDATABASE=postgres server_ask "CREATE DATABASE vain"
	"$importer" -q -d vain one.pg
	local code=0
	PGDATABASE=vain at_work 600 "SELECT count(*) FROM orders"
	"$importer" -q -d vain --publish two.pg 2>vain.err || code=$?
	echo "$code" >vain.code
}

setup() {
	target_empty
}

import() {
	"$importer" -q -d test "$@"
}

# What is live: rows and tags of both tables.
live() {
	server_ask "SELECT (SELECT count(*) || max(tag) FROM users)
		|| ' ' || (SELECT count(*) || max(tag) FROM orders)"
}

# Schemas that are not the server's.
schemas() {
	server_ask "SELECT string_agg(nspname, ' ' ORDER BY nspname)
		FROM pg_namespace WHERE nspname !~ '^pg_'
		AND nspname <> 'information_schema'"
}

@test "the first publication moves in, and run again it changes nothing" {
	run import --publish one.pg
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(live)" = "90one 900one" ]
	[ "$(schemas)" = "litehaul public" ]
	everything >before
	run --separate-stderr "$importer" -d test --publish one.pg
	[ "$status" -eq 0 ]
	[[ $stderr == *"already loaded and published: nothing was changed"* ]]
	everything | diff before -
	# It lives on, and is not counted again.
	server_ask "DELETE FROM orders WHERE id = 1"
	import --publish one.pg
}

@test "a second dump replaces the first one, whole and with what belongs to it" {
	import --publish one.pg
	server_ask "SELECT i.relname, pg_get_indexdef(i.oid) FROM pg_class i
	    WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace
	    ORDER BY 1" >indexes
	run --separate-stderr "$importer" -d test --publish two.pg
	[ "$status" -eq 0 ]
	[[ $stderr == *'published: 2 tables of schema "public"'* ]]
	[ "$(live)" = "91two 901two" ]
	[ "$(schemas)" = "litehaul public public__old" ]
	server_ask "SELECT i.relname, pg_get_indexdef(i.oid) FROM pg_class i
	    WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace
	    ORDER BY 1" | diff indexes -
	[ "$(server_ask "SELECT count(*) FROM pg_constraint
	    WHERE conrelid = 'orders'::regclass AND convalidated
	    AND (confrelid = 'users'::regclass OR contype <> 'f')")" = 3 ]
	# Identity goes on, in a sequence of the same name; keys are in force.
	[ "$(server_ask "INSERT INTO users (name) VALUES ('x') RETURNING id")" \
	    = 1001 ]
	[ "$(server_ask "SELECT pg_get_serial_sequence('users', 'id')")" \
	    = public.users_id_seq ]
	run -1 server_ask "INSERT INTO orders (user_id) VALUES (77777)"
	[[ $output == *orders_user_id_fkey* ]]
	[ "$(server_ask "SELECT count(*) FROM litehaul.load
	    WHERE state = 'finished' AND published IS NOT NULL")" = 2 ]
}

@test "rollback gives the old tables back as they were, and the same command the new ones" {
	import one.pg # not every live table was published
	server_ask "GRANT SELECT ON users TO public; COMMENT ON TABLE orders IS 'o';
	    ALTER TABLE users SET (fillfactor = 80)"
	everything -n public >before
	import --publish two.pg
	[ "$(live)" = "91two 901two" ]
	server_ask "INSERT INTO users (name) VALUES ('written since')"
	run -0 "$importer" -d test --rollback --dry-run
	[[ $output == *"would take back the publication of load "* ]]
	[ "$(live)" = "92two 901two" ]
	run -0 "$importer" -d test --rollback
	[[ $output == *'2 tables of schema "public" as before'* ]]
	everything -n public | diff before -
	[ "$(schemas)" = "litehaul public public__new" ]
	# What was written is not lost, but then it is not the dump any more.
	run -4 import --publish two.pg
	[[ $output == *'table "users" holds 92 rows, the dump 91'* ]]
	server_ask "DELETE FROM public__new.users WHERE name = 'written since'"
	run -0 import --publish two.pg
	[ "$(live)" = "91two 901two" ]
	[ "$(schemas)" = "litehaul public public__old" ]
}

@test "publications are taken back one after the other" {
	import --publish one.pg
	import --publish two.pg
	run -1 import --publish one.pg
	[[ $output == *"has replaced it since: --rollback brings it back"* ]]
	import --rollback
	[ "$(live)" = "90one 900one" ]
	run -1 import --rollback
	[[ $output == *'table "users": another load has made one in schema "public__new"'* ]]
	import --undo two.pg
	run -0 "$importer" -d test --rollback
	[[ $output == *'schema "public" had no such tables before'* ]]
	[ "$(server_ask "SELECT count(*) FROM pg_tables
	    WHERE schemaname = 'public'")" = 0 ]
	run -1 import --rollback
	[[ $output == *"there is no publication in this database"* ]]
}

@test "a third dump waits until what the first one left is discarded" {
	import --publish one.pg
	import --publish two.pg
	sqlite3 shop.db "UPDATE users SET tag = 'three'"
	dumps=5 dump three
	everything >before
	run -1 import --publish three.pg
	[[ $output == *'table "users": schema "public__old" still keeps the one'* ]]
	[[ $output == *"litehaul-import --discard"* ]]
	everything | diff before -
	run -0 "$importer" -d test --discard --dry-run
	[[ $output == *"would drop 2 tables"* ]]
	everything | diff before -
	run -0 "$importer" -d test --discard
	[[ $output == *"dropped 2 tables that publications had replaced"* ]]
	[ "$(schemas)" = "litehaul public" ]
	run -0 "$importer" -d test --discard
	[[ $output == *"nothing is kept"* ]]
	# The load that they came from has nothing to tell any more.
	[ "$(server_ask "SELECT count(*) FROM litehaul.load")" = 1 ]
	run -1 import --rollback
	[[ $output == *"or --discard has dropped what it replaced"* ]]
	import --publish three.pg
	[ "$(live)" = "91three 901two" ]
	import --rollback
	[ "$(live)" = "91two 901two" ]
}

# has_lines N: so many answers have been seen.
has_lines() {
	[ "$(wc -l <seen)" -ge "$1" ]
}

@test "readers see the old rows or the new ones, never both" {
	import --publish one.pg
	rm -f stop
	# One statement, and two in a transaction, in both orders.
	while [ ! -e stop ]; do
		echo "SELECT 'seen', min(u.tag), max(u.tag), min(o.tag), max(o.tag)
		    FROM users u JOIN orders o ON o.user_id = u.id;
		    BEGIN; SELECT 'first', max(tag) FROM users;
		    SELECT 'then', max(tag) FROM orders; COMMIT;
		    BEGIN; SELECT 'first', max(tag) FROM orders;
		    SELECT 'then', max(tag) FROM users; COMMIT;"
	done | psql -qXAtF ' ' >seen 2>&1 3>&- &
	await grep -q "then" seen
	import --publish two.pg
	await has_lines "$(($(wc -l <seen) + 50))"
	touch stop
	wait
	grep -q "seen one one one one" seen
	grep -q "seen two two two two" seen
	[ -z "$(grep -v -e '^seen one one one one$' -e '^seen two two two two$' \
	    -e '^first \(one\|two\)$' -e '^then \(one\|two\)$' seen)" ]
	[ -z "$(grep -A1 "first one" seen | grep "then two")" ]
	[ -z "$(grep -A1 "first two" seen | grep "then one")" ]
	# And once new, always new.
	[ -z "$(sed -n '/two/,$p' seen | grep one)" ]
}

@test "a lock that others hold is waited for, in short turns" {
	import --publish one.pg
	at_work 2.5 "SELECT FROM orders LIMIT 1"
	import --publish two.pg
	[ "$(live)" = "91two 901two" ]
	wait
}

@test "what others have tied to a live table is named, and nothing is done" {
	import one.pg
	server_ask "
	CREATE VIEW sums AS SELECT sum(total) FROM orders;
	CREATE MATERIALIZED VIEW names AS SELECT name FROM users;
	CREATE TABLE visits (user_id bigint REFERENCES users);
	CREATE TABLE other (id bigint DEFAULT nextval('users_id_seq'), o orders);
	CREATE TABLE heir () INHERITS (orders);
	CREATE FUNCTION many() RETURNS bigint LANGUAGE sql
		BEGIN ATOMIC SELECT count(*) FROM users; END;
	CREATE RULE quiet AS ON DELETE TO users DO INSTEAD NOTHING;
	CREATE TRIGGER watch BEFORE UPDATE ON users FOR EACH ROW
		EXECUTE FUNCTION suppress_redundant_updates_trigger();
	ALTER TABLE users ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON users USING (true);
	CREATE PUBLICATION stream FOR TABLE orders;
	CREATE PUBLICATION broad FOR ALL TABLES;
	CREATE INDEX other_idx ON other (id); ALTER INDEX other_idx RENAME TO taken"
	everything >before
	run -1 import --publish two.pg
	for text in 'table "orders": the view "public.sums" reads it' \
	    'table "users": the materialized view "public.names" reads it' \
	    'the foreign key "visits_user_id_fkey" of the table "public.visits"' \
	    'the column "id" of the table "public.other" draws its default' \
	    'the column "o" of "public.other" is of its row type' \
	    'the table "public.heir" inherits from it' \
	    'the function "public.many" uses it' 'it has the rule "quiet"' \
	    'it has the trigger "watch"' 'it has the policy "own"' \
	    'row security is switched on' 'the publication "stream"' \
	    'the publication "broad" (logical replication) is for all tables' \
	    '14 problems, and nothing was swapped'; do
		[[ $output == *"$text"* ]] || { echo "$output"; false; }
	done
	everything -N litehaul | diff <(everything -N litehaul) -
	[ "$(live)" = "90one 900one" ]
	[ "$(schemas)" = "litehaul public" ]
}

@test "a view that comes while the load runs is seen under the lock" {
	import --publish one.pg
	echo "CREATE VIEW sums AS SELECT sum(total) FROM public.orders" >view.sql
	run -1 import --after-tables=view.sql --publish two.pg
	[[ $output == *'the view "public.sums" reads it'* ]] ||
		[[ $output == *'the view "'*'.sums" reads it'* ]]
	[[ $output == *"the load is complete, but not published"* ]]
	[ "$(live)" = "90one 900one" ]
	view=$(server_ask "SELECT oid::regclass FROM pg_class
	    WHERE relname = 'sums'")
	server_ask "DROP VIEW $view"
	run --separate-stderr -0 "$importer" -d test --after-tables=view.sql \
	    --publish two.pg
	[[ $stderr == *"had been loaded before"* ]]
	[ "$(live)" = "91two 901two" ]
}

@test "--before may take away what is in the way and --after make it again" {
	import --publish one.pg
	server_ask "CREATE VIEW sums AS SELECT max(tag) FROM orders"
	echo "DROP VIEW public.sums" >drop.sql
	echo "CREATE VIEW public.sums AS SELECT max(tag) FROM public.orders" >make.sql
	import --before=drop.sql --after=make.sql --publish two.pg
	[ "$(server_ask "SELECT * FROM sums")" = two ]
}

@test "owner, grants, comments and settings are carried over" {
	server_ask "CREATE ROLE owner; CREATE ROLE reader; CREATE ROLE writer;
	    GRANT CREATE ON SCHEMA public TO owner" 2>/dev/null || true
	import one.pg
	server_ask "
	ALTER TABLE users OWNER TO owner;
	GRANT SELECT ON users TO reader WITH GRANT OPTION;
	GRANT SELECT, INSERT, UPDATE ON users TO writer;
	GRANT SELECT (id, tag), UPDATE (tag) ON orders TO reader;
	GRANT REFERENCES ON orders TO PUBLIC;
	REVOKE TRUNCATE ON orders FROM postgres;
	GRANT USAGE ON SEQUENCE users_id_seq TO writer;
	COMMENT ON TABLE users IS 'who''s who';
	COMMENT ON COLUMN users.name IS 'their \"name\"';
	COMMENT ON CONSTRAINT users_pkey ON users IS 'key';
	COMMENT ON INDEX orders_user IS 'index';
	ALTER TABLE orders SET (fillfactor = 70, autovacuum_enabled = off,
		toast.autovacuum_enabled = off);
	ALTER TABLE orders ALTER tag SET STATISTICS 250, ALTER tag SET STORAGE MAIN;
	ALTER TABLE orders REPLICA IDENTITY FULL;
	ALTER TABLE users REPLICA IDENTITY USING INDEX users_pkey"
	# A dump of all but the rows says it all.
	everything -s -n public >before
	# What would be given to any new table is not what the old one had.
	server_ask "ALTER DEFAULT PRIVILEGES GRANT DELETE ON TABLES TO reader"
	import --publish two.pg
	server_ask "ALTER DEFAULT PRIVILEGES REVOKE DELETE ON TABLES FROM reader"
	everything -s -n public >after
	diff <(sort before) <(sort after)
	[ "$(server_ask "SELECT has_table_privilege('reader', 'users',
	    'SELECT WITH GRANT OPTION'), has_table_privilege('reader', 'users',
	    'DELETE'), has_column_privilege('reader', 'orders', 'tag', 'UPDATE'),
	    has_column_privilege('reader', 'orders', 'total', 'SELECT'),
	    has_sequence_privilege('writer', 'users_id_seq', 'USAGE'),
	    pg_get_userbyid(relowner) FROM pg_class
	    WHERE oid = 'users'::regclass")" = "t|f|t|f|t|owner" ]
}

@test "a table that replaces none gets the default privileges of its schema" {
	server_ask "CREATE ROLE guest" 2>/dev/null || true
	server_ask "ALTER DEFAULT PRIVILEGES IN SCHEMA public
	    GRANT SELECT ON TABLES TO guest;
	    ALTER DEFAULT PRIVILEGES IN SCHEMA public
	    GRANT USAGE ON SEQUENCES TO guest"
	import --publish one.pg
	[ "$(server_ask "SELECT has_table_privilege('guest', 'orders', 'SELECT'),
	    has_table_privilege('guest', 'orders', 'INSERT'),
	    has_sequence_privilege('guest', 'users_id_seq', 'USAGE')")" \
	    = "t|f|t" ]
}

@test "no superuser is needed, and rights that are missing are named" {
	server_ask "DROP ROLE IF EXISTS app; CREATE ROLE app LOGIN;
	    DROP ROLE IF EXISTS loader; CREATE ROLE loader LOGIN;
	    GRANT CREATE ON DATABASE test TO loader;
	    GRANT CREATE, USAGE ON SCHEMA public TO app"
	PGUSER=app server_ask "CREATE TABLE users (id bigint PRIMARY KEY,
	    name text, tag text)"
	run -1 import -U loader -t users --publish one.pg
	[[ $output == *"it is \"app\"'s"*'GRANT "app" TO "loader"'* ]]
	[[ $output == *'GRANT CREATE ON SCHEMA "public" TO "loader"'* ]]
	server_ask "GRANT CREATE ON SCHEMA public TO loader; GRANT app TO loader"
	import -U loader -t users --publish one.pg
	[ "$(server_ask "SELECT tableowner FROM pg_tables
	    WHERE schemaname = 'public'")" = app ]
	import -U loader --rollback
	import -U loader -t users --publish one.pg
	import -U loader --discard
	[ "$(server_ask "SELECT count(*) FROM users")" = 90 ]
	server_ask "DROP OWNED BY app, loader; DROP ROLE app, loader"
}

@test "tables of several schemas and with long names change places together" {
	long=$(printf 'ä%.0s' $(seq 31))
	server_ask "CREATE SCHEMA \"$long\"; CREATE SCHEMA other"
	cat >map.yaml <<-YAML
	version: 1
	tables:
	  users: {rename: {schema: "$long", table: users}}
	  orders: {rename: {schema: other, table: orders}}
	YAML
	rm -rf spread.pg
	"$exporter" -q shop.db | "$transformer" -q -m map.yaml -f spread.pg
	import --publish spread.pg
	server_ask "UPDATE other.orders SET tag = 'old'"
	sqlite3 shop.db "UPDATE orders SET tag = 'fresh'"
	dumps=20 dump ignored
	rm -rf ignored.pg spread2.pg
	"$exporter" -q shop.db | "$transformer" -q -m map.yaml -f spread2.pg
	import --publish spread2.pg
	[ "$(server_ask "SELECT max(tag) FROM other.orders")" = fresh ]
	[ "$(server_ask "SELECT count(*) FROM other__old.orders")" = 901 ]
	[ "$(server_ask "SELECT confrelid::regclass FROM pg_constraint
	    WHERE conrelid = 'other.orders'::regclass AND contype = 'f'")" \
	    = "\"$long\".users" ]
	run -1 import --rollback -n public
	[[ $output == *'no publication in schema "public"'* ]]
	import --rollback -n other
	[ "$(server_ask "SELECT max(tag) FROM other.orders")" = old ]
	[ "$(server_ask "SELECT count(*) FROM pg_namespace
	    WHERE nspname ~ '__new'")" = 2 ]
}

@test "some of the tables are published, the others later" {
	import one.pg
	server_ask "ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey"
	import -t users --publish two.pg
	[ "$(live)" = "91two 900one" ]
	run -0 import --publish two.pg
	[ "$(live)" = "91two 901two" ]
	# Its parent is the live one.
	[ "$(server_ask "SELECT confrelid::regclass, convalidated
	    FROM pg_constraint WHERE conrelid = 'orders'::regclass
	    AND contype = 'f'")" = "users|t" ]
	run --separate-stderr -0 "$importer" -d test --publish two.pg
	[[ $stderr == *"already loaded and published"* ]]
	import --rollback
	[ "$(live)" = "90one 900one" ]
}

@test "a key of a replaced table that stays in force is told" {
	import one.pg
	run --separate-stderr -0 "$importer" -d test -t orders --publish two.pg
	[[ $stderr == *'its foreign key "orders_user_id_fkey" to "public.users"'* ]]
	[[ $stderr == *"until --discard"* ]]
}

@test "a column that the new table lacks is told" {
	import one.pg
	server_ask "ALTER TABLE users ADD extra int"
	run --separate-stderr -0 "$importer" -d test --dry-run --publish two.pg
	[[ $stderr == *'table "users": the new one has no column "extra"'* ]]
	[[ $output == *'ALTER TABLE "public"."users" SET SCHEMA "public__old"'* ]]
	[ "$(schemas)" = "litehaul public" ]
}

@test "schemas of others with such names are left alone" {
	server_ask "CREATE SCHEMA public__new; CREATE TABLE public__new.mine ()"
	run -1 import --publish one.pg
	[[ $output == *'schema "public__new" is there, and litehaul has not made it'* ]]
	server_ask "DROP TABLE public__new.mine"
	import --publish one.pg # an empty one is as good as ours, and stays
	[ "$(schemas)" = "litehaul public public__new" ]
	server_ask "CREATE SCHEMA public__old; CREATE TYPE public__old.mine AS ()"
	run -1 import --publish two.pg
	[[ $output == *'schema "public__old" is there'* ]]
}

@test "an index that would not find its name free is told before the load" {
	server_ask "CREATE TABLE orders_user (x int)"
	run -1 import --publish one.pg
	[[ $output == *'has something called "orders_user" already'* ]]
	[ "$(schemas)" = "litehaul public" ]
}

@test "a load that was never published is in the way until it is undone" {
	import --publish one.pg
	echo "CREATE VIEW public.sums AS SELECT sum(total) FROM public.orders" \
	    >view.sql
	run -1 import --after-tables=view.sql --publish two.pg
	server_ask "DROP VIEW sums"
	sqlite3 shop.db "UPDATE users SET tag = 'four'"
	dumps=30 dump four
	everything >before
	run -1 import --publish four.pg
	[[ $output =~ holds\ tables\ of\ load\ [0-9a-f]{12}\ of\ \"shop.db\" ]]
	everything | diff before -
	undo=$(grep -o -- "--undo=[0-9a-f]*" <<<"$output" | head -n 1)
	import "$undo"
	import --publish four.pg
	[[ $(live) == "91four "* ]]
	# Or --clean, which never touches what is live.
	import --rollback
	run -1 import --publish two.pg
	import --publish --clean two.pg
	[ "$(live)" = "91two 901two" ]
	run -0 import --publish --clean two.pg
	[ "$(live)" = "91two 901two" ]
}

@test "the same source with other rows is another load" {
	import --publish one.pg
	run --separate-stderr -0 "$importer" -d test --publish two.pg
	[[ $stderr == *"published: 2 tables"* ]]
	# And with the same rows, copied, the same one.
	sqlite3 shop.db "VACUUM"
	dumps=40 dump copied
	dumps=41 dump copied2
	import --discard
	import --publish copied.pg
	run --separate-stderr -0 "$importer" -d test --publish copied2.pg
	[[ $stderr == *"already loaded and published"* ]]
}

@test "several importers publish one load" {
	import --publish one.pg
	for i in 1 2 3; do
		import --publish two.pg 2>err.$i 3>&- &
		pids[i]=$!
	done
	for i in 1 2 3; do
		wait "${pids[i]}" || { cat err.$i; false; }
	done
	[ "$(live)" = "91two 901two" ]
	[ "$(schemas)" = "litehaul public public__old" ]
	import --rollback
	[ "$(live)" = "90one 900one" ]
}

@test "killed anywhere, the same command ends as if nothing had happened" {
	needs_trace
	import --publish one.pg
	import --publish two.pg
	import --rollback
	# Only the swap is left to do.
	for n in $(moments sendto 6 "$importer" -q -d test -j1 --publish two.pg); do
		import --rollback
		strike sendto "$n" "$importer" -q -d test -j1 --publish two.pg
		case $(live) in
		"90one 900one" | "91two 901two") ;;
		*) false ;;
		esac
		import --publish two.pg
		[ "$(live)" = "91two 901two" ]
	done
	import --rollback
	import --undo two.pg
	[ "$(live)" = "90one 900one" ]
	[ "$(schemas)" = "litehaul public" ]
}

@test "a session that ends at COMMIT is made again, and the swap with it" {
	import --publish one.pg
	server_ask "CREATE SEQUENCE public.tries;
	CREATE FUNCTION public.cut() RETURNS trigger LANGUAGE plpgsql AS \$\$
		BEGIN IF nextval('public.tries') < 3 THEN
			PERFORM pg_terminate_backend(pg_backend_pid());
		END IF; RETURN NULL; END \$\$;
	CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON litehaul.publication
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
		EXECUTE FUNCTION public.cut()"
	run -0 import --publish two.pg
	[ "$(server_ask "SELECT last_value >= 3 FROM tries")" = t ]
	[ "$(live)" = "91two 901two" ]
}

# cutting TEXT COMMAND...: the answer to the COMMIT of the transaction that says
# TEXT is lost on the way.
cutting() {
	local directory=/tmp/litehaul-cut-$$ proxy text=$1 code=0

	shift
	rm -rf "$directory" cut.log
	mkdir "$directory"
	python3 "$SOURCE/tests/pipe/cut_commit.py" "$directory" \
	    "$PGHOST/.s.PGSQL.5432" "$text" >cut.log 2>cut.err 3>&- &
	proxy=$!
	await grep -qs ready cut.log
	PGHOST=$directory "$@" || code=$?
	kill "$proxy"
	rm -rf "$directory"
	grep -q cut cut.log && return "$code"
}

@test "nothing is done twice when the answer to COMMIT is lost" {
	import --publish one.pg
	cutting "litehaul.publication" "$importer" -q -d test --publish two.pg
	[ "$(live)" = "91two 901two" ]
	[ "$(schemas)" = "litehaul public public__old" ]
	# Not the one before it, too.
	cutting "DELETE FROM litehaul.publication" "$importer" -q -d test --rollback
	[ "$(live)" = "90one 900one" ]
	import --publish two.pg
	cutting "DELETE FROM litehaul.publication" "$importer" -q -d test --discard
	[ "$(schemas)" = "litehaul public" ]
	cutting "DELETE FROM litehaul.load" "$importer" -q -d test --undo two.pg
	[ "$(schemas)" = "public" ]
}

@test "a stream is published, into a schema that the publication makes" {
	stream one.pg | import -n shop --publish
	[ "$(schemas)" = "litehaul public shop" ]
	stream one.pg | import -n shop --publish
	stream two.pg | import -n shop --publish
	[ "$(server_ask "SELECT max(tag) FROM shop.users")" = two ]
	import -n shop --rollback
	import -n shop --undo two.pg
	import --rollback
	import -n shop --undo one.pg
	[ "$(schemas)" = "public" ]
}

@test "others who do not let go are named, and the next run swaps" {
	tail --pid="$(cat waiter)" -f /dev/null
	[ "$(cat vain.code)" = 6 ]
	grep -q 'could not all be locked in 8 tries' vain.err
	grep -q '(shop), active' vain.err
	grep -q 'the load is complete, but not published' vain.err
	export PGDATABASE=vain
	[ "$(live)" = "90one 900one" ]
	stop_work
	run -0 --separate-stderr "$importer" -d vain --publish two.pg
	[[ $stderr == *"had been loaded before"* ]]
	[ "$(live)" = "91two 901two" ]
}
