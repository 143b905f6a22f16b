#!/usr/bin/env bats
# Rows that the server refuses: found, set aside with the reason, written as a
# dump of their own, and loaded from there once the target is mended; all other
# rows arrive.

bats_require_minimum_version 1.5.0

setup_file() {
	load ../trial
	server_start max_connections=30
	cd "$BATS_FILE_TMPDIR" || return 1
	sqlite3 -bail t.db <<-'SQL'
	CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s TEXT, d DATETIME);
	WITH RECURSIVE i (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 2000)
	INSERT INTO t SELECT i, i % 500, 'text, "' || i || '"',
		'2024-01-01 00:00:00.' || printf('%06d', i) FROM i;
	UPDATE t SET n = NULL WHERE id = 13;
	UPDATE t SET s = printf('%.*c', 9000, 'x') WHERE id = 14;
	SQL
	"$exporter" -q --chunk-size=32KiB t.db -f t.dump
	"$transformer" -q t.dump -f t.pg
	sqlite3 -bail big.db <<-'SQL'
	CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);
	WITH RECURSIVE i (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 50000)
	INSERT INTO t SELECT i, i % 50 FROM i;
	SQL
	"$exporter" -q big.db -f big.dump
	"$transformer" -q big.dump -f big.pg
	sqlite3 -bail tree.db <<-'SQL'
	CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, up INTEGER);
	WITH RECURSIVE i (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 600)
	INSERT INTO t SELECT i, i, CASE WHEN i < 600 THEN
		CASE WHEN i % 2 THEN i + 1 ELSE max(i - 7, 1) END END FROM i;
	SQL
	"$exporter" -q tree.db -f tree.dump
	"$transformer" -q tree.dump -f tree.pg
}

teardown_file() {
	load ../trial
	server_stop
}

setup() {
	load ../trial
	cd "$BATS_FILE_TMPDIR" || return 1
	export PGOPTIONS='-c client_min_messages=error'
	fresh
	rm -rf -- *.refused litehaul-refused
	import=("$importer" -q -d test)
}

import() {
	"${import[@]}" "$@"
}

# The table that an application would have made, with more to its columns.
target() {
	server_ask "CREATE TABLE t (id bigint PRIMARY KEY, n bigint,
		s text, d timestamptz(6)$1)" >/dev/null
}

# Rows of the ledger's: where, SQLSTATE, constraint or column.
refused() {
	server_ask "SELECT path, row, sqlstate,
		coalesce(constraint_name, column_name) FROM litehaul.reject
		ORDER BY path, row" | tr '\n' ' '
}

# Loads t.pg, of which COUNT rows are refused for reasons that hold TEXT.
refuses() {
	local count=$1 text=$2

	shift 2
	ends 3 "$text" "${import[@]}" -a t.pg "$@"
	[ "$(server_ask "SELECT count(*) FROM litehaul.reject")" = "$count" ]
	[ "$(server_ask "SELECT count(*) FROM t WHERE id > 0")" = \
	    "$((2000 - count))" ]
	[ "$(wc -l <t.pg.refused/rejects.ndjson)" = "$count" ]
	"$importer" -q --check t.pg.refused
}

# The target is mended: what was set aside is all that is missing.
arrives() {
	import -a t.pg.refused
	same_contents t.db
}

@test "a primary key that is there" {
	target
	server_ask "INSERT INTO t VALUES (7), (1999)" >/dev/null
	ends 3 'table "t": 2 rows were refused, first row 7 of data/t/000001 (id=7): duplicate key value violates unique constraint "t_pkey": Key (id)=(7) already exists (SQLSTATE 23505)' \
	    "${import[@]}" -a t.pg
	grep -q '2 rows were refused and set aside in "t.pg.refused"' \
	    "$complaint"
	[ "$(refused)" = \
	    "data/t/000001|7|23505|t_pkey data/t/000004|${rest:=$(server_ask "SELECT row FROM litehaul.reject WHERE path <> 'data/t/000001'")}|23505|t_pkey " ]
	[ "$(jq -cs 'map([.table, .row, .key.id, .constraint, .sqlstate])' \
	    t.pg.refused/rejects.ndjson)" = \
	    "[[\"t\",7,7,\"t_pkey\",\"23505\"],[\"t\",$rest,1999,\"t_pkey\",\"23505\"]]" ]
	[ "$(jq -c '.reasons | map([.table, .rule, .values, .first])' \
	    t.pg.refused/manifest.json)" = '[["t","23505",2,"id=7"]]' ]
	# Said again, and never 0, until they are loaded.
	ends 3 "2 rows were refused" "${import[@]}" -a t.pg
	server_ask "DELETE FROM t WHERE n IS NULL AND s IS NULL" >/dev/null
	arrives
}

@test "a unique key within a chunk and across chunks" {
	target ", UNIQUE (n)"
	# n comes again after 500 rows; the first one of each stays, whichever
	# of the chunks was first.
	ends 3 'violates unique constraint "t_n_key"' "${import[@]}" -a t.pg
	[ "$(server_ask "SELECT count(*), count(DISTINCT n) FROM t")" = \
	    "501|500" ]
	[ "$(server_ask "SELECT count(*) FROM litehaul.reject")" = 1499 ]
	server_ask "ALTER TABLE t DROP CONSTRAINT t_n_key" >/dev/null
	arrives
}

@test "a check, a domain, an exclusion, NOT NULL, a partition" {
	target ", CHECK (n <> 499)"
	refuses 4 'violates check constraint "t_n_check"'
	server_ask "ALTER TABLE t DROP CONSTRAINT t_n_check" >/dev/null
	arrives

	fresh
	server_ask "CREATE DOMAIN few AS bigint CHECK (VALUE < 499);
	    CREATE TABLE t (id bigint PRIMARY KEY, n few, s text,
		d timestamptz)" >/dev/null
	refuses 4 'value for domain few violates check constraint "few_check"'
	grep -q '"column":"n"' t.pg.refused/rejects.ndjson

	fresh
	target ", EXCLUDE USING btree (n WITH =) WHERE (n = 3)"
	refuses 3 'conflicting key value violates exclusion constraint'

	fresh
	target ", CHECK (true)"
	server_ask "ALTER TABLE t ALTER n SET NOT NULL" >/dev/null
	refuses 1 'null value in column "n" of relation "t" violates not-null'
	[ "$(refused)" = "data/t/000001|13|23502|n " ]

	fresh
	server_ask "CREATE TABLE t (id bigint, n bigint, s text,
		d timestamptz) PARTITION BY RANGE (id);
	    CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (1990)" \
	    >/dev/null
	refuses 11 'no partition of relation "t" found for row: Partition key of the failing row contains (id) = (1990) (SQLSTATE 23514)'
	server_ask "CREATE TABLE t2 PARTITION OF t DEFAULT" >/dev/null
	arrives
}

@test "a row that is too large, a generated column, a length" {
	target ""
	server_ask "CREATE INDEX ON t (s) WHERE id = 14" >/dev/null
	# The text compresses; so not the index but its own limit.
	server_ask "ALTER TABLE t ALTER s SET STORAGE plain" >/dev/null
	refuses 1 'row is too big'
	[ "$(refused)" = "data/t/000001|14|54000| " ]

	fresh
	target ", g bigint GENERATED ALWAYS AS (100 / (n - 499)) STORED"
	refuses 4 'division by zero (SQLSTATE 22012)'

	fresh
	server_ask "CREATE DOMAIN short AS varchar(20);
	    CREATE TABLE t (id bigint PRIMARY KEY, n bigint, s short,
		d timestamptz)" >/dev/null
	refuses 1 'value too long for type character varying(20)'
	server_ask "ALTER TABLE t ALTER s TYPE text" >/dev/null
	arrives
}

@test "a trigger's exception, before and after the row, and at COMMIT" {
	local when

	for when in "TRIGGER t_refuse BEFORE INSERT ON t" \
	    "TRIGGER t_refuse AFTER INSERT ON t" \
	    "CONSTRAINT TRIGGER t_refuse AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED"; do
		fresh
		target ""
		server_ask "CREATE FUNCTION t_refuse() RETURNS trigger
		    LANGUAGE plpgsql AS \$\$ BEGIN
			IF NEW.id IN (1, 77, 78, 1000, 2000) THEN
				RAISE EXCEPTION 'not %', NEW.id
				    USING ERRCODE = 'Q0001';
			END IF;
			RETURN NEW;
		    END \$\$;
		    CREATE $when FOR EACH ROW EXECUTE FUNCTION t_refuse()" \
		    >/dev/null
		refuses 5 'not 1 (SQLSTATE Q0001)'
		[ "$(jq -s -c 'map(.key.id)' t.pg.refused/rejects.ndjson)" = \
		    "[1,77,78,1000,2000]" ]
		server_ask "DROP TRIGGER t_refuse ON t" >/dev/null
		arrives
	done
}

@test "what the target would round is refused by us" {
	server_ask "CREATE TABLE t (id bigint PRIMARY KEY, n bigint, s text,
		d timestamptz(4))" >/dev/null
	refuses 1980 'has more digits of a second than the 4 that the target keeps'
	[ "$(server_ask "SELECT count(*) FROM t WHERE id % 100 = 0")" = 20 ]
	server_ask "ALTER TABLE t ALTER d TYPE timestamptz" >/dev/null
	arrives
}

@test "one bad row costs one repetition, a thousand do not cost a thousand" {
	server_ask "CREATE SEQUENCE sent;
	    CREATE TABLE t (id bigint PRIMARY KEY, n bigint CHECK (n <> 7),
		sent bigint DEFAULT nextval('sent'));
	    INSERT INTO t VALUES (40000)" >/dev/null
	ends 3 "1000 rows were refused" "${import[@]}" -a big.pg
	[ "$(server_ask "SELECT count(*) FROM t")" = 49000 ]
	# Sent to the server at most twice.
	[ "$(server_ask "SELECT last_value FROM sent")" -le 103500 ]

	fresh
	server_ask "CREATE SEQUENCE sent;
	    CREATE TABLE t (id bigint PRIMARY KEY, n bigint,
		sent bigint DEFAULT nextval('sent'));
	    INSERT INTO t VALUES (49999)" >/dev/null
	ends 3 "1 row was refused" "${import[@]}" -a big.pg
	[ "$(server_ask "SELECT last_value FROM sent")" -le 100010 ]
}

@test "the first row, the last one, all of them" {
	target ""
	server_ask "INSERT INTO t VALUES (1), (2000)" >/dev/null
	ends 3 "2 rows were refused" "${import[@]}" -a t.pg
	[ "$(server_ask "SELECT count(*) FROM t")" = 2000 ]

	fresh
	target ", CONSTRAINT t_n_check CHECK (id < 0)"
	refuses 2000 "table \"t\": 2000 rows were refused, first row 1 of"
	server_ask "ALTER TABLE t DROP CONSTRAINT t_n_check" >/dev/null
	arrives
}

@test "--max-rejects=0 stops at the first row, and changes nothing" {
	target ", CHECK (n <> 499)"
	ends 1 'row 499: new row for relation "t" violates check constraint "t_n_check" (SQLSTATE 23514)' \
	    "${import[@]}" -a t.pg -j1 --max-rejects=0
	[ "$(server_ask "SELECT count(*) FROM t")" = 0 ]
	[ ! -e t.pg.refused ]
	server_ask "ALTER TABLE t DROP CONSTRAINT t_n_check" >/dev/null
	import -a t.pg --max-rejects=0
	same_contents t.db
}

@test "--max-rejects=N stops with what there is, and a larger one goes on" {
	target ", CHECK (n <> 499)"
	ends 1 'With this row more are refused than --max-rejects=2 allows' \
	    "${import[@]}" -a t.pg -j1 --max-rejects=2
	grep -q '2 rows were refused before and set aside in "t.pg.refused"' \
	    "$complaint"
	[ "$(wc -l <t.pg.refused/rejects.ndjson)" = 2 ]
	[ "$(server_ask "SELECT count(*) FROM litehaul.reject")" = 2 ]
	ends 3 "4 rows were refused" "${import[@]}" -a t.pg --max-rejects=4
	[ "$(wc -l <t.pg.refused/rejects.ndjson)" = 4 ]
	[ "$(server_ask "SELECT count(*) FROM t")" = 1996 ]
	# A lower one now is too late, not a failure of what is done.
	ends 3 "4 rows were refused" "${import[@]}" -a t.pg --max-rejects=4
}

@test "two importers set each row aside once, and both say so" {
	local first second code

	target ", CHECK (n % 10 <> 3)"
	import -a t.pg 2>first & first=$!
	import -a t.pg --rejects=other.refused 2>second & second=$!
	code=0; wait $first || code=$?
	[ $code = 3 ]
	code=0; wait $second || code=$?
	[ $code = 3 ]
	grep -q "200 rows were refused" first
	grep -q "200 rows were refused" second
	diff -r t.pg.refused other.refused
	[ "$(server_ask "SELECT count(*), (SELECT count(*)
	    FROM litehaul.reject) FROM t")" = "1800|200" ]
}

@test "killed after a chunk with refused rows, the next run has the same" {
	target ", CHECK (n % 10 <> 3)"
	ends 3 "200 rows were refused" "${import[@]}" -a -j1 t.pg
	mv t.pg.refused whole.refused
	fresh
	target ", CHECK (n % 10 <> 3)"
	needs_trace
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null \
	    -e trace=sendto -e inject=sendto:signal=KILL:when=600 \
	    "$importer" -q -d test -a -j1 t.pg || code=$?
	[ "${code:-0}" = 137 ]
	[ "$(server_ask "SELECT count(*) BETWEEN 1 AND 199
	    FROM litehaul.reject")" = t ]
	[ ! -e t.pg.refused ]
	ends 3 "200 rows were refused" "${import[@]}" -a -j1 t.pg
	diff -r t.pg.refused whole.refused
}

@test "from a pipe" {
	target ", CHECK (n <> 499)"
	ends 3 '4 rows were refused and set aside in "litehaul-refused"' \
	    bash -c "'$exporter' -q t.db | '$transformer' -q |
		'$importer' -q -d test -a"
	[ "$(wc -l <litehaul-refused/rejects.ndjson)" = 4 ]
	server_ask "ALTER TABLE t DROP CONSTRAINT t_n_check" >/dev/null
	import -a litehaul-refused
	same_contents t.db
}

@test "another dump in the way of the rejects is refused at the start" {
	target ""
	cp -r big.pg t.pg.refused
	ends 2 '"t.pg.refused", where rows that are refused would be set aside, holds another dump; remove it or name another place with --rejects=DIR' \
	    "${import[@]}" -a t.pg
	ends 2 "is the dump that is loaded" "${import[@]}" -a t.pg --rejects=t.pg/
	[ "$(server_ask "SELECT count(*) FROM t")" = 0 ]
	import -a t.pg --rejects=aside
	[ ! -e aside ]
	rm -rf t.pg.refused
}

@test "rejects are replaced, loaded, and what is refused again is set aside" {
	target ", CHECK (n <> 499), CHECK (n <> 3)"
	ends 3 "8 rows were refused" "${import[@]}" -a t.pg
	server_ask "ALTER TABLE t DROP CONSTRAINT t_n_check1" >/dev/null
	ends 3 "4 rows were refused" "${import[@]}" -a t.pg.refused
	[ "$(wc -l <t.pg.refused.refused/rejects.ndjson)" = 4 ]
	server_ask "ALTER TABLE t DROP CONSTRAINT t_n_check" >/dev/null
	import -a t.pg.refused.refused
	same_contents t.db
}

@test "a parent that stands behind its child is found again" {
	server_ask "CREATE TABLE t (id bigint PRIMARY KEY, n bigint,
		up bigint REFERENCES t (id));
	    INSERT INTO t VALUES (300)" >/dev/null
	ends 3 "1 row was refused" "${import[@]}" -a --keep-foreign-keys tree.pg
	[ "$(server_ask "SELECT count(*) FROM t")" = 600 ]

	fresh
	server_ask "CREATE TABLE t (id bigint PRIMARY KEY, n bigint
		CHECK (n <> 300), up bigint REFERENCES t (id)
		DEFERRABLE INITIALLY DEFERRED)" >/dev/null
	# Its children go with it: 299, 307.
	ends 3 "refused" "${import[@]}" -a --keep-foreign-keys tree.pg
	[ "$(server_ask "SELECT string_agg((string_to_array(data, ','))[1],
	    ' ' ORDER BY row) FROM litehaul.reject
	    WHERE sqlstate = '23514'")" = 300 ]
	[ "$(server_ask "SELECT count(*) FROM litehaul.reject r WHERE
	    sqlstate = '23503' AND EXISTS (SELECT FROM t
		WHERE id::text = (string_to_array(r.data, ','))[3])")" = 0 ]
}

@test "an index that the rows do not permit does not stop the others" {
	sqlite3 -bail u.db <<-'SQL'
	CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME UNIQUE, s TEXT,
		u UUID UNIQUE);
	CREATE INDEX t_s ON t (s);
	INSERT INTO t VALUES
		(1, '2024-01-01 00:00:00', 'a',
		 '6F9619FF-8B86-D011-B42D-00C04FC964FF'),
		(2, '2024-01-01T00:00:00Z', 'b',
		 '6f9619ff-8b86-d011-b42d-00c04fc964ff');
	SQL
	"$exporter" -q u.db -f u.dump
	"$transformer" -q u.dump -f u.pg
	ends 1 '2 indexes are not permitted by the rows; all rows are loaded' \
	    "${import[@]}" u.pg
	grep -qF 'table "t", index "t_at_key": could not create unique index "t_at_key": Key (at)=(2024-01-01 00:00:00+00) is duplicated (SQLSTATE 23505)' \
	    "$complaint"
	grep -qF 'index "t_u_key"' "$complaint"
	[ "$(server_ask "SELECT count(*) FROM pg_indexes
	    WHERE tablename = 't'")" = 2 ]
	server_ask "UPDATE t SET at = '2024-02-01', u = NULL WHERE id = 2" \
	    >/dev/null
	import u.pg
	[ "$(server_ask "SELECT count(*) FROM pg_indexes
	    WHERE tablename = 't'")" = 4 ]
	rm -rf u.db u.dump u.pg
}
