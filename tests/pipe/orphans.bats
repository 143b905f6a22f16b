#!/usr/bin/env bats
# Rows whose parent is missing: --orphans=keep and --orphans=reject.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	target_begin max_connections=20
	# Orphans, orphans of orphans, a row that is its own parent, a circle
	# of two tables, and keys of two columns with NULLs.
	sqlite3 -bail shop.db <<-'SQL'
	CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT,
		boss INTEGER REFERENCES person (id),
		home INTEGER REFERENCES house (id));
	CREATE TABLE house (id INTEGER PRIMARY KEY, r REAL, b BLOB, t TEXT,
		n NUMERIC(10,2), at DATETIME, ok BOOLEAN, j JSON,
		owner INTEGER REFERENCES person (id) ON DELETE CASCADE);
	CREATE TABLE pair (a INTEGER, b TEXT, PRIMARY KEY (a, b));
	CREATE TABLE child (id INTEGER PRIMARY KEY, a INTEGER, b TEXT,
		FOREIGN KEY (a, b) REFERENCES pair (a, b));
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
	INSERT INTO person SELECT i, 'p' || i,
		CASE WHEN i > 1 THEN i / 2 END, 1001 - i FROM n;
	INSERT INTO house SELECT id, id / 4.0, x'00ff', 't' || id, id + 0.25,
		'2024-01-01 00:00:00', id % 2, '{"a": 1}', id FROM person;
	-- A chain that begins with a missing boss, and one that is whole.
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
	INSERT INTO person SELECT 2000 + i, 'chain', 1999 + i, NULL FROM n;
	INSERT INTO person VALUES (3000, 'self', 3000, NULL);
	-- The house of one of the chain, and who lives in it.
	INSERT INTO house VALUES (4000, 5.0, x'', '', 1.5,
		'2024-02-02 01:02:03.456', 1, '[]', 2250),
		(4001, 1e300, NULL, NULL, NULL, NULL, NULL, NULL, 7777),
		(4002, -0.5, x'aa', 'a,"b' || char(10) || ' c ', 3,
			NULL, 0, 'null', 3000);
	INSERT INTO person VALUES (5000, 'lodger', NULL, 4000),
		(5001, 'guest', 5000, 4002);
	INSERT INTO pair VALUES (1, 'x'), (2, 'y');
	INSERT INTO child VALUES (1, 1, 'x'), (2, 2, 'x'), (3, NULL, 'x'),
		(4, 9, NULL), (5, NULL, NULL), (6, 3, '"');
	SQL
	trial_ready shop.db shop.pg --chunk-size=16KiB
	cat >tables.sql <<-'SQL'
	CREATE TABLE person (id bigint PRIMARY KEY, name text,
		boss bigint REFERENCES person (id) DEFERRABLE, home bigint);
	CREATE TABLE house (id bigint PRIMARY KEY, r double precision,
		b bytea, t text, n numeric(10,2), at timestamptz, ok boolean,
		j jsonb, owner bigint REFERENCES person (id)
			ON DELETE CASCADE);
	ALTER TABLE person ADD CONSTRAINT "Home's" FOREIGN KEY (home)
		REFERENCES house (id) ON DELETE SET NULL;
	CREATE TABLE pair (a bigint, b text, PRIMARY KEY (a, b));
	CREATE TABLE child (id bigint PRIMARY KEY, a bigint, b text,
		FOREIGN KEY (a, b) REFERENCES pair (a, b) MATCH FULL);
	CREATE TABLE other (id bigint PRIMARY KEY,
		house_id bigint REFERENCES house (id) ON DELETE CASCADE);
	INSERT INTO person VALUES (-1, 'theirs', NULL, NULL);
	SQL
}

setup() {
	target_empty
	rm -rf shop.pg.refused
}

import() {
	"$importer" -d test "$@"
}

# How many rows of each table there are, and are set aside.
rows() {
	server_ask "SELECT (SELECT count(*) FROM person WHERE id > 0),
		(SELECT count(*) FROM house), (SELECT count(*) FROM child)"
	server_ask "SELECT path, count(*), min(row), max(row)
		FROM litehaul.reject GROUP BY path ORDER BY path"
}

# Persons: 1000, the self-made one, the guest has lost his boss.
without_orphans=$'1001|1001|4
data/child/|2|1|2
data/house/|2|1|2
data/person/|502|1|502'

@test "orphans are set aside with all that refer to them, and the keys are valid" {
	run import --orphans=reject shop.pg
	[ "$status" -eq 3 ]
	[[ $output == *'table "person": 502 rows without a parent were set aside'* ]]
	[ "$(rows)" = "$without_orphans" ]
	[[ $(foreign_keys) != *"|f"* ]]
	[ "$(foreign_keys | grep -o '|t' | wc -l)" = 4 ]
	[ "$(finished)" = 1 ]
	[ "$(server_ask "SELECT message FROM litehaul.reject
		WHERE data = '2001,chain,2000,'")" = \
		'Key (boss)=(2000) is not present in table "person"' ]
	[ "$(server_ask "SELECT constraint_name, sqlstate, message
		FROM litehaul.reject WHERE data LIKE '4000,%'")" = \
'house_owner_fkey|23503|Key (owner)=(2250) is not present in table "person"' ]
	# It does not do it again.
	contents >before
	run import --orphans=reject shop.pg
	[ "$status" -eq 3 ]
	[[ $output == *"already loaded"* ]]
	contents | diff before -
}

@test "what is set aside is in the dump's own form" {
	import -q --orphans=reject shop.pg || [ $? -eq 3 ]
	[ "$(server_ask "SELECT data FROM litehaul.reject
		WHERE path = 'data/house/' ORDER BY row")" = \
'4000,5.0,\x,"",1.50,2024-02-02 01:02:03.456+00,true,[],2250
4001,1e+300,,,,,,,7777' ]
	[ "$(server_ask "SELECT data FROM litehaul.reject
		WHERE path = 'data/child/' ORDER BY row")" = \
		$'2,2,x\n6,3,""""' ]
	# With those that stayed they are all rows of the dump.
	server_ask "CREATE TABLE all_persons (LIKE person)"
	server_ask "SELECT data FROM litehaul.reject
		WHERE path = 'data/person/'" |
		psql -qX -c "COPY all_persons FROM STDIN (FORMAT csv)"
	[ "$(server_ask "INSERT INTO all_persons SELECT * FROM person;
		SELECT count(*), sum(id), sum(boss), sum(home)
		FROM all_persons" | tail -n 1)" = \
		"$(sqlite3 shop.db "SELECT count(*), sum(id), sum(boss),
		sum(home) FROM person")" ]
}

@test "with the missing parents there, what was set aside is loaded" {
	import -q --orphans=reject shop.pg || [ $? -eq 3 ]
	server_ask "INSERT INTO person (id) VALUES (2000), (7777);
		INSERT INTO pair VALUES (2, 'x'), (3, '\"')"
	import -q -a shop.pg.refused
	[ "$(server_ask "SELECT count(*) FROM person")" = 1505 ]
	[ "$(server_ask "SELECT count(*) FROM child")" = 6 ]
	[ "$(server_ask "SELECT id, r, b, t, n, at, ok, owner FROM house
		WHERE id >= 4000 ORDER BY id")" = "$(server_ask "SELECT *
		FROM (VALUES (4000, 5::float8, '\\x'::bytea, '', 1.50,
		'2024-02-02 01:02:03.456+00'::timestamptz, true, 2250),
		(4001, 1e300, NULL, NULL, NULL, NULL, NULL, 7777),
		(4002, -0.5, '\\xaa', E'a,\"b\n c ', 3.00, NULL, false, 3000))
		AS v")" ]
	[[ $(foreign_keys) != *"|f"* ]]
}

@test "kept orphans are named, and the query that lists all of them" {
	run import -q shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *'table "child": 2 rows have no parent in "pair"'* ]]
	[[ $output == *"id=2 has a=2 b=x; id=6 has a=3 b="* ]]
	[ "$(server_ask "SELECT count(*) FROM person")" = 1503 ]
	sqlite3 -bail many.db "CREATE TABLE a (id INTEGER PRIMARY KEY);
		CREATE TABLE b (id INTEGER PRIMARY KEY,
			a INTEGER REFERENCES a (id));
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
			SELECT i + 1 FROM n WHERE i < 30)
		INSERT INTO b SELECT i, i FROM n"
	"$exporter" -q many.db | "$transformer" -q | import -q 2>told
	grep -q 'id=20 has a=20; ... All of them: SELECT' told
	[[ $(cat told) != *"id=21"* ]]
	[ "$(server_ask "$(sed 's/.*All of them: //' told)" | wc -l)" = 30 ]
}

@test "of tables that were there only the load's own orphans go" {
	target_run tables.sql
	foreign_keys >before
	server_ask "INSERT INTO house (id) VALUES (9000);
		INSERT INTO other VALUES (1, 9000)"
	run import -a --orphans=reject shop.pg
	[ "$status" -eq 3 ]
	foreign_keys | diff before -
	[ "$(server_ask "SELECT count(*) FROM person WHERE id > 0")" = 1001 ]
	[ "$(server_ask "SELECT count(*) FROM house")" = 1002 ]
	# MATCH FULL takes no key that is NULL in part.
	[ "$(server_ask "SELECT string_agg(id::text, ' ' ORDER BY id)
		FROM child")" = "1 5" ]
	[ "$(server_ask "SELECT count(*) FROM other")" = 1 ]
	[ "$(server_ask "SELECT name FROM person WHERE id < 0")" = theirs ]
	[ "$(server_ask "SELECT count(*) FROM litehaul.foreign_key")" = 0 ]
	[ "$(finished)" = 1 ]
}

@test "a key that was not valid before is left as it was" {
	target_run tables.sql
	server_ask "ALTER TABLE child DROP CONSTRAINT child_a_b_fkey;
		INSERT INTO child VALUES (-1, 70, 'theirs');
		ALTER TABLE child ADD CONSTRAINT child_a_b_fkey
		FOREIGN KEY (a, b) REFERENCES pair (a, b) NOT VALID"
	run import -a --orphans=reject shop.pg
	[ "$status" -eq 3 ]
	[ "$(server_ask "SELECT count(*) FROM child")" = 7 ]
	[[ $(foreign_keys) == *"child_a_b_fkey|f "* ]]
	[ "$(foreign_keys | grep -o '|t' | wc -l)" = 4 ]
}

@test "where a trigger acts on DELETE, orphans stay" {
	target_run tables.sql
	server_ask "CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql
		AS 'BEGIN DELETE FROM person WHERE id < 0; RETURN OLD; END'"
	server_ask "CREATE TRIGGER log BEFORE DELETE ON child
		FOR EACH ROW EXECUTE FUNCTION log()"
	run import -a --orphans=reject shop.pg
	[ "$status" -eq 3 ]
	[[ $output == *'"child": rows without a parent in "pair" cannot be set aside: its "log" acts on DELETE'* ]]
	[[ $output == *'"child": 4 rows have no parent in "pair"'*"kept NOT VALID"* ]]
	[ "$(server_ask "SELECT count(*) FROM child")" = 6 ]
	[ "$(server_ask "SELECT count(*) FROM person WHERE id < 0")" = 1 ]
	[[ $(foreign_keys) == *"child_a_b_fkey|f "* ]]
	[ "$(server_ask "SELECT count(*) FROM house")" = 1001 ]
}

@test "orphans that rows of others refer to stay" {
	target_run tables.sql
	# Their row comes first, its parent with the load.
	server_ask "ALTER TABLE other DROP CONSTRAINT other_house_id_fkey;
		INSERT INTO other VALUES (1, 4001);
		ALTER TABLE other ADD CONSTRAINT other_house_id_fkey
		FOREIGN KEY (house_id) REFERENCES house (id)
		ON DELETE CASCADE NOT VALID"
	run import -a --orphans=reject shop.pg
	[ "$status" -eq 3 ]
	[[ $output == *"cannot be set aside: rows of public.other refer to them"* ]]
	[ "$(server_ask "SELECT count(*) FROM other")" = 1 ]
	[ "$(server_ask "SELECT count(*) FROM house WHERE id >= 4000")" -ge 1 ]
	[[ $(foreign_keys) == *"house_owner_fkey|f "* ]]
	[ "$(finished)" = 1 ]
}

@test "who may not see the parents keeps the orphans" {
	sqlite3 -bail clerk.db "CREATE TABLE kid (id INTEGER PRIMARY KEY,
		p INTEGER); INSERT INTO kid VALUES (1, 1), (2, 2)"
	server_ask "DROP ROLE IF EXISTS clerk"
	server_ask "CREATE ROLE clerk LOGIN;
		CREATE SCHEMA litehaul AUTHORIZATION clerk;
		CREATE TABLE p (id bigint PRIMARY KEY);
		INSERT INTO p VALUES (1);
		GRANT REFERENCES ON p TO clerk;
		CREATE TABLE kid (id bigint PRIMARY KEY,
			p bigint CONSTRAINT k REFERENCES p);
		ALTER TABLE kid OWNER TO clerk"
	rm -rf clerk.pg clerk.pg.refused
	trial_ready clerk.db clerk.pg
	run import -U clerk -q -a --orphans=reject clerk.pg
	[ "$status" -eq 0 ]
	[[ $output == *"cannot be set aside: foreign key \"k\": permission denied"* ]]
	[[ $output == *'takes SELECT on "p"'* ]]
	[ "$(foreign_keys)" = "k|f " ]
	[ "$(server_ask "SELECT count(*) FROM kid")" = 2 ]
	server_database
}

@test "--max-rejects counts orphans too, and nothing is removed past it" {
	run import --orphans=reject --max-rejects=505 shop.pg
	[ "$status" -eq 1 ]
	[[ $output == *"506 rows would be set aside, more than --max-rejects=505"* ]]
	[ "$(server_ask "SELECT count(*) FROM person")" = 1503 ]
	[ "$(server_ask "SELECT count(*) FROM litehaul.reject")" = 0 ]
	run import --orphans=reject --max-rejects=506 shop.pg
	[ "$status" -eq 3 ]
	[ "$(rows)" = "$without_orphans" ]
}

@test "killed at any moment, the next run ends in the same" {
	local moment

	needs_trace
	for moment in 60 120 180 200 210 220 230 240 250 260 270 280; do
		(trace -o /dev/null -e trace=sendto \
		    -e "inject=sendto:signal=KILL:when=$moment" \
		    "$importer" -q -d test -j1 --orphans=reject shop.pg) \
		    >struck.out 2>&1 || true
	done
	import -q --orphans=reject shop.pg || [ $? -eq 3 ]
	[ "$(rows)" = "$without_orphans" ]
	[[ $(foreign_keys) != *"|f"* ]]
	[ "$(foreign_keys | grep -o '|t' | wc -l)" = 4 ]
}

@test "killed in tables that were there, the next run ends in the same" {
	local moment

	needs_trace
	target_run tables.sql
	foreign_keys >before
	for moment in 60 120 180 200 220 240 260 280 300; do
		(trace -o /dev/null -e trace=sendto \
		    -e "inject=sendto:signal=KILL:when=$moment" \
		    "$importer" -q -d test -j1 -a --orphans=reject shop.pg) \
		    >struck.out 2>&1 || true
	done
	import -q -a --orphans=reject shop.pg || [ $? -eq 3 ]
	foreign_keys | diff before -
	[ "$(server_ask "SELECT count(*) FROM house")" = 1001 ]
	[ "$(finished)" = 1 ]
}

@test "three importers at once set every orphan aside once" {
	local how pids pid

	for how in new existing; do
		server_database
		if [ "$how" = existing ]; then
			target_run tables.sql
			foreign_keys >before
			set -- -a
		else
			set --
		fi
		pids=
		for pid in 1 2 3; do
			rm -rf rejects.$pid
			import -q -j1 --orphans=reject --rejects=rejects.$pid \
			    "$@" shop.pg &
			pids="$pids $!"
		done
		for pid in $pids; do
			wait "$pid" || [ $? -eq 3 ]
		done
		[ "$(server_ask "SELECT count(*) FROM person
			WHERE id > 0")" = 1001 ]
		[[ $(foreign_keys) != *"|f"* ]]
		[ "$(finished)" = 1 ]
	done
	foreign_keys | diff before -
}

@test "a key that comes back in the middle is taken off again" {
	local half limit

	sqlite3 -bail back.db <<-'SQL'
	CREATE TABLE a_child (id INTEGER PRIMARY KEY, p INTEGER, t TEXT);
	CREATE TABLE b_parent (id INTEGER PRIMARY KEY);
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
	INSERT INTO b_parent SELECT i FROM n;
	INSERT INTO a_child SELECT id, id, hex(zeroblob(50)) FROM b_parent;
	SQL
	"$exporter" -q --chunk-size=64KiB back.db | "$transformer" -q >back.pg
	half=$(($(stat -c %s back.pg) / 2))
	for limit in "" --max-rejects=0; do
		server_database
		server_ask "CREATE TABLE b_parent (id bigint PRIMARY KEY);
			CREATE TABLE a_child (id bigint PRIMARY KEY,
			p bigint CONSTRAINT p REFERENCES b_parent,
			t text)"
		rm -f fifo
		mkfifo fifo
		import -q -a -j2 $limit - <fifo 3>&- &
		exec 9>fifo
		head -c $half back.pg >&9
		until [ "$(server_ask "SELECT count(*) > 0
		    FROM litehaul.chunk" 2>/dev/null)" = t ]; do
			:
		done
		# As an importer does that has failed.
		server_ask "ALTER TABLE a_child ADD CONSTRAINT p
			FOREIGN KEY (p) REFERENCES b_parent NOT VALID"
		tail -c +$((half + 1)) back.pg >&9
		exec 9>&-
		wait $!
		[ "$(server_ask "SELECT count(*) FROM a_child")" = 20000 ]
		[ "$(foreign_keys)" = "p|t " ]
		[ "$(server_ask "SELECT count(*) FROM litehaul.reject")" = 0 ]
	done
}

@test "a signal to stop puts the foreign keys back" {
	local half

	[ -e back.pg ] || skip "the test before has made no stream"
	half=$(($(stat -c %s back.pg) / 2))
	server_ask "CREATE TABLE b_parent (id bigint PRIMARY KEY);
		CREATE TABLE a_child (id bigint PRIMARY KEY,
		p bigint CONSTRAINT p REFERENCES b_parent, t text)"
	rm -f fifo
	mkfifo fifo
	"$importer" -d test -q -a -j2 - <fifo 2>told 3>&- &
	exec 9>fifo
	head -c $half back.pg >&9
	until [ "$(server_ask "SELECT count(*) > 0
	    FROM litehaul.chunk" 2>/dev/null)" = t ]; do
		:
	done
	[ "$(foreign_keys)" = "" ]
	kill -TERM $!
	tail -c +$((half + 1)) back.pg >&9 2>/dev/null || true
	exec 9>&-
	code=0
	wait $! || code=$?
	[ "$code" -eq 143 ]
	grep -q "stopped by a signal" told
	[ "$(foreign_keys)" = "p|f " ]
	import -q -a - <back.pg
	[ "$(foreign_keys)" = "p|t " ]
	[ "$(server_ask "SELECT count(*) FROM a_child")" = 20000 ]
}
