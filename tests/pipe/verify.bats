#!/usr/bin/env bats
# litehaul-import --verify and --verify-only: the target's content against the
# dump's.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	target_begin max_connections=20
	sqlite3 -bail kinds.db <<-'SQL'
	CREATE TABLE kinds (id INTEGER PRIMARY KEY, whole INTEGER, small INTEGER,
		real REAL, money NUMERIC(12,4), flag BOOLEAN, name TEXT,
		code TEXT, fixed TEXT, bytes BLOB, day DATE, clock TIME,
		moment DATETIME, naive TEXT, uid UUID, doc TEXT, raw TEXT);
	CREATE TABLE twins (a INTEGER, b TEXT);
	CREATE TABLE bare (id INTEGER PRIMARY KEY, note TEXT);
	CREATE TABLE "Odd ""Name"" é" ("a b" TEXT NOT NULL, "select" INTEGER,
		PRIMARY KEY ("a b"));
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
	INSERT INTO kinds SELECT i, i * 1000003, i, i / 7.0, i || '.2500', i % 2,
		'name ' || i, 'c' || i, 'f' || (i % 10), CAST('b' || i AS BLOB),
		date('2020-01-01', i || ' days'), time(i, 'unixepoch'),
		datetime(1700000000 + i, 'unixepoch'),
		datetime(1600000000 + i, 'unixepoch'),
		printf('%08x-1234-4321-8888-%012x', i, i * 7),
		json_object('k', i, 'list', json_array(1.5, 'x' || i)),
		json_object('raw', i) FROM n;
	INSERT INTO twins SELECT id % 10, 'x' FROM kinds;
	INSERT INTO "Odd ""Name"" é" VALUES ('a, "b"', 1), ('', NULL);
	SQL
	cat >kinds.yaml <<-'YAML'
	version: 1
	defaults:
	  identifiers: keep
	tables:
	  kinds:
	    columns:
	      small: { type: smallint }
	      code:  { type: varchar(10) }
	      fixed: { type: char(5) }
	      naive: { type: timestamp }
	      doc:   { type: jsonb }
	      raw:   { type: json }
	YAML
	"$exporter" -q --chunk-size=8KiB kinds.db -f kinds.dump
	"$transformer" -q -m kinds.yaml kinds.dump -f kinds.pg
	server_database kinds
	"$importer" -q -d kinds kinds.pg
}

# The database "kinds" is loaded once and left as it was by every test.
setup() {
	cd "$BATS_FILE_TMPDIR" || return 1
	export PGDATABASE=kinds PGOPTIONS='-c client_min_messages=error'
}

verify() {
	"$importer" -d "$PGDATABASE" --verify-only "$@"
}

# differs TEXT [ARGUMENT...]: it is found, and this is said of it.
differs() {
	local text=$1

	shift
	[ $# -gt 0 ] || set -- kinds.pg
	ends 4 "$text" "$importer" -d "$PGDATABASE" --verify-only "$@"
}

# found SQL UNDO TEXT...: what SQL changes is found and all of TEXT said.
found() {
	local change=$1 undo=$2 text

	shift 2
	server_ask "$change" >/dev/null
	differs "$1"
	for text in "$@"; do
		grep -qF -- "$text" "$complaint" || {
			cat "$complaint"
			return 1
		}
	done
	server_ask "$undo" >/dev/null
}

# changed COLUMN VALUE SHOWN: one value of row 5 is found.
changed() {
	found "CREATE TABLE public.saved AS SELECT * FROM kinds WHERE id = 5;
	    UPDATE kinds SET $1 = $2 WHERE id = 5" \
	    "UPDATE kinds SET $1 = saved.$1 FROM saved WHERE kinds.id = 5;
	    DROP TABLE saved" \
	    "table \"kinds\", key (id)=(5), column \"$1\": $3" \
	    'table "kinds": 1 row differs'
}

@test "what was loaded is as in the dump" {
	run verify kinds.pg
	[ "$status" -eq 0 ]
	[[ $output == *"2002 rows of 4 tables are as in the dump"* ]]
	[[ $output != *warning* ]]
	run verify -j1 kinds.pg
	[ "$status" -eq 0 ]
	run verify -q kinds.pg
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "one bit of one whole number, real, text is found" {
	changed whole "whole # 1" \
	    "the dump has '5000015', the target '5000014'"
	changed small "small # 16384" "the dump has '5', the target '16389'"
	changed real "'0.7142857142857144'" \
	    "the dump has '0.7142857142857143', the target '0.7142857142857144'"
	changed money "money + 0.0001" \
	    "the dump has '5.25', the target '5.2501'"
	changed flag "NOT flag" "the dump has 'true', the target 'false'"
	changed name "'name 4'" "the dump has 'name 5', the target 'name 4'"
	changed name "NULL" "the dump has 'name 5', the target NULL"
	changed name "''" "the dump has 'name 5', the target ''"
	changed code "'c5 '" "the dump has 'c5', the target 'c5 '"
	changed fixed "'f5 x'" "the dump has 'f5', the target 'f5 x '"
}

@test "one bit of bytes, times, a uuid, a document is found" {
	changed bytes "set_bit(bytes, 3, 1)" \
	    "the dump has '\\x6235', the target '\\x6a35'"
	changed day "day + 1" \
	    "the dump has '2020-01-06', the target '2020-01-07'"
	changed clock "clock + interval '1 us'" \
	    "the dump has '00:00:05', the target '00:00:05.000001'"
	changed moment "moment + interval '1 us'" \
	    "the dump has '2023-11-14 22:13:25+00', the target '2023-11-14 22:13:25.000001+00'"
	changed naive "naive - interval '1 us'" \
	    "the dump has '2020-09-13 12:26:45', the target '2020-09-13 12:26:44.999999'"
	changed uid "'00000005-1234-4321-8888-000000000022'" \
	    "the dump has '00000005-1234-4321-8888-000000000023', the target '00000005-1234-4321-8888-000000000022'"
	changed doc "'{\"k\": 5, \"list\": [1.5, \"x6\"]}'" \
	    "the dump has '{\"k\":5,\"list\":[1.5,\"x5\"]}', the target"
	changed raw "'{\"raw\": 5}'" \
	    "the dump has '{\"raw\":5}', the target '{\"raw\": 5}'"
}

@test "an infinity and a NaN are found" {
	changed real "'Infinity'" \
	    "the dump has '0.7142857142857143', the target 'Infinity'"
	changed real "'NaN'" \
	    "the dump has '0.7142857142857143', the target 'NaN'"
	server_ask "UPDATE kinds SET moment = 'infinity' WHERE id = 5"
	differs "column \"moment\": the dump has '2023-11-14 22:13:25+00'"
	server_ask "UPDATE kinds SET moment = (SELECT moment
		+ interval '1 second' FROM kinds WHERE id = 4) WHERE id = 5"
	verify -q kinds.pg
}

@test "a row that is missing, one too many, and one for another" {
	found "CREATE TABLE public.saved AS SELECT * FROM kinds WHERE id = 7;
	    DELETE FROM kinds WHERE id = 7" \
	    "INSERT INTO kinds SELECT * FROM saved; DROP TABLE saved" \
	    'table "kinds" has 999 rows, and 1000 came from the dump' \
	    'table "kinds", key (id)=(7): the row of the dump is not in the target'
	found "INSERT INTO kinds (id) VALUES (5000)" \
	    "DELETE FROM kinds WHERE id = 5000" \
	    'table "kinds" has 1001 rows, and 1000 came from the dump' \
	    'key (id)=(5000): the row of the target is not in the dump'
	found "UPDATE kinds SET id = 6000 WHERE id = 9" \
	    "UPDATE kinds SET id = 9 WHERE id = 6000" \
	    'table "kinds" has other content than the dump' \
	    'key (id)=(9): the row of the dump is not in the target' \
	    'key (id)=(6000): the row of the target is not in the dump'
	verify -q kinds.pg
}

@test "one row twice and another missing are found without a key" {
	found "UPDATE twins SET a = 3 WHERE ctid =
		(SELECT min(ctid) FROM twins WHERE a = 4)" \
	    "UPDATE twins SET a = 4 WHERE ctid =
		(SELECT min(ctid) FROM twins WHERE a = 3)" \
	    "the target has a row 1 time more than the dump: '3, x'" \
	    "the dump has a row 1 time more than the target: '4, x'" \
	    'table "twins": 2 rows differ'
	found "INSERT INTO twins VALUES (1, 'x')" \
	    "DELETE FROM twins WHERE ctid =
		(SELECT max(ctid) FROM twins WHERE a = 1)" \
	    'table "twins" has 1001 rows, and 1000 came from the dump'
	found "INSERT INTO bare VALUES (1, 'more')" "DELETE FROM bare" \
	    'table "bare" has 1 rows, and 0 came from the dump'
	verify -q kinds.pg
}

@test "odd names stand in the messages" {
	found "UPDATE \"Odd \"\"Name\"\" é\" SET \"select\" = 2
		WHERE \"select\" = 1" \
	    "UPDATE \"Odd \"\"Name\"\" é\" SET \"select\" = 1
		WHERE \"select\" = 2" \
	    "key (a b)=(a, \"b\"), column \"select\": the dump has '1', the target '2'"
}

@test "equal values are equal however they are spelled and wherever they stand" {
	server_ask "ALTER TABLE kinds ALTER money TYPE numeric;
		UPDATE kinds SET money = (money::text || '00000')::numeric,
		fixed = rtrim(fixed), doc = jsonb_set(doc, '{k}',
		(id || '.000')::jsonb) WHERE id % 2 = 0;
		CLUSTER kinds USING kinds_pkey;
		UPDATE twins SET b = b WHERE a = 7" >/dev/null
	verify -q kinds.pg
	server_ask "ALTER TABLE kinds ALTER money TYPE numeric(12,4)" >/dev/null
	verify -q kinds.pg
}

@test "all that differs is counted, and the first of it named" {
	server_ask "UPDATE kinds SET name = name || '!' WHERE id <= 300;
		DELETE FROM twins WHERE a = 1"
	differs 'table "kinds": 300 rows differ'
	[ "$(grep -c 'column "name"' "$complaint")" = 20 ]
	grep -q 'table "twins" has 900 rows, and 1000 came' "$complaint"
	grep -q '2 tables are not as in the dump' "$complaint"
	server_ask "UPDATE kinds SET name = rtrim(name, '!') WHERE id <= 300;
		INSERT INTO twins SELECT 1, 'x' FROM generate_series(1, 100)"
	verify -q kinds.pg
}

@test "tables and columns that are gone or changed are named" {
	server_ask "ALTER TABLE kinds RENAME name TO title;
		ALTER TABLE twins RENAME TO triplets;
		ALTER TABLE bare ALTER id TYPE integer"
	differs 'table "kinds": the target has no column "name"'
	grep -q 'table "twins" is not in the target' "$complaint"
	grep -q 'table "bare", column "id": bigint in the dump' "$complaint"
	server_ask "ALTER TABLE kinds RENAME title TO name;
		ALTER TABLE triplets RENAME TO twins;
		ALTER TABLE bare ALTER id TYPE bigint"
	verify -q kinds.pg
}

@test "columns that the server adds do not matter" {
	server_ask "ALTER TABLE kinds ADD more text DEFAULT 'x'"
	verify -q kinds.pg
	server_ask "ALTER TABLE kinds DROP more"
}

@test "some tables only" {
	server_ask "UPDATE twins SET b = 'y'"
	verify -q -t kinds kinds.pg
	differs 'table "twins" has other content' -t twins kinds.pg
	server_ask "UPDATE twins SET b = 'x'"
}

@test "a stream is compared, too, but its rows cannot be named" {
	stream kinds.pg | verify -q
	server_ask "UPDATE kinds SET name = 'x' WHERE id = 5"
	run verify < <(stream kinds.pg)
	[ "$status" -eq 4 ]
	[[ $output == *'table "kinds" has other content than the dump'* ]]
	[[ $output != *"key (id)"* ]]
	server_ask "UPDATE kinds SET name = 'name 5' WHERE id = 5"
}

@test "who may only read can verify, and nothing is changed" {
	local before

	server_ask "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN;
		GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
		GRANT USAGE ON SCHEMA litehaul TO reader;
		GRANT SELECT ON ALL TABLES IN SCHEMA litehaul TO reader"
	before=$(everything | sha256sum)
	verify -q -U reader kinds.pg
	PGOPTIONS='-c default_transaction_read_only=on' \
	    verify -q -U reader kinds.pg
	[ "$(everything | sha256sum)" = "$before" ]
	server_ask "REVOKE SELECT ON kinds FROM reader"
	run verify -U reader kinds.pg
	[ "$status" -eq 6 ]
	[[ $output == *kinds* ]]
	server_ask "DROP OWNED BY reader; DROP ROLE reader"
}

@test "rows behind a policy are no missing rows" {
	server_ask "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN;
		GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
		ALTER TABLE twins ENABLE ROW LEVEL SECURITY"
	run verify -U reader kinds.pg
	[ "$status" -ne 0 ]
	[ "$status" -ne 4 ]
	[[ $output == *'table "twins": row security applies to role "reader"'* ]]
	server_ask "ALTER TABLE twins DISABLE ROW LEVEL SECURITY;
		DROP OWNED BY reader; DROP ROLE reader"
}

@test "a damaged dump is no difference" {
	cp -r kinds.pg bad.pg
	printf x >>bad.pg/data/kinds/000003.csv.zst
	run verify bad.pg
	[ "$status" -eq 5 ]
	rm -r bad.pg
}

@test "a thousand chunks, by one session and by many" {
	sqlite3 -bail many.db <<-'SQL'
	CREATE TABLE many (id INTEGER PRIMARY KEY, text TEXT);
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
	INSERT INTO many SELECT i, hex(zeroblob(510)) || i FROM n;
	SQL
	"$exporter" -q --chunk-size=1KiB many.db -f many.dump
	"$transformer" -q many.dump -f many.pg
	[ "$(find many.pg/data -type f | wc -l)" -gt 1000 ]
	server_database
	"$importer" -q -d test --verify many.pg
	server_ask "UPDATE many SET text = overlay(text PLACING '1' FROM 600)
		WHERE id = 999"
	differs 'key (id)=(999), column "text"' -j1 many.pg
	differs "has '...00000000000000000000" -j4 many.pg
	grep -qF "the target '...000000000000000000001000" "$complaint"
}

@test "a load says that it was verified, from a stream, too" {
	local again

	server_database
	run "$importer" -d test --verify kinds.pg
	[ "$status" -eq 0 ]
	[[ $output == *"2002 rows of 4 tables are as in the dump"* ]]
	server_database
	for again in 1 2; do
		run "$importer" -d test -j2 --verify < <(stream kinds.pg)
		[ "$status" -eq 0 ]
		[[ $output == *"2002 rows of 4 tables are as in the dump"* ]]
	done
	# Chunks that were loaded before are compared with the others.
	server_ask "UPDATE kinds SET name = upper(name) WHERE id = 999"
	run "$importer" -d test --verify < <(stream kinds.pg)
	[ "$status" -eq 4 ]
	[[ $output == *'table "kinds" has other content than the dump'* ]]
}

@test "what a trigger changes while a stream is loaded is told" {
	server_database
	"$importer" -q -s -d test kinds.pg
	server_ask "CREATE FUNCTION public.bend() RETURNS trigger
		LANGUAGE plpgsql AS \$\$ BEGIN
			IF NEW.id = 999 THEN NEW.name := NULL; END IF;
			RETURN NEW;
		END \$\$;
		CREATE TRIGGER bend BEFORE INSERT ON public.kinds
		FOR EACH ROW EXECUTE FUNCTION public.bend()"
	run "$importer" -a -d test --verify < <(stream kinds.pg)
	[ "$status" -eq 4 ]
	[[ $output == *'table "kinds" has other content than the dump'* ]]
}

# Tables that an application has made, and that have rows of its own.
make_shop() {
	server_database
	psql -qX -v ON_ERROR_STOP=1 <<-'SQL'
	CREATE TYPE mood AS ENUM ('new', 'old');
	CREATE DOMAIN address AS inet;
	CREATE TABLE author (
		id bigint PRIMARY KEY, name varchar NOT NULL,
		mood mood NOT NULL, tags text[], meta jsonb, ip address,
		born timestamp, span interval,
		shout text GENERATED ALWAYS AS (upper(name)) STORED);
	CREATE TABLE plain (mood mood, n bigint);
	CREATE TABLE shared (id bigint PRIMARY KEY, v double precision,
		price numeric, doc jsonb, note text);
	INSERT INTO shared SELECT i, 1, 1, '{}', 'others'
		FROM generate_series(100001, 100100) AS i;
	CREATE TABLE heap (a bigint, b text);
	INSERT INTO heap VALUES (1, 'others');
	SQL
	[ -e shop.pg ] && return
	sqlite3 -bail shop.db <<-'SQL'
	CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL,
		mood TEXT, tags TEXT, meta TEXT, ip TEXT, born DATE, span TEXT,
		shout TEXT);
	CREATE TABLE plain (mood TEXT, n INTEGER);
	CREATE TABLE shared (id INTEGER PRIMARY KEY, v REAL,
		price NUMERIC(10,2), doc JSON, note TEXT);
	CREATE TABLE heap (a INTEGER, b TEXT);
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
	INSERT INTO author SELECT i, 'A' || i,
		CASE i % 2 WHEN 0 THEN 'new' ELSE 'old' END,
		'{a,"b c",' || i || '}', json_object('k', i),
		'10.0.0.' || (i % 250), '2020-01-01', i || ' hours', 'x' FROM n;
	INSERT INTO plain SELECT mood, id % 3 FROM author;
	INSERT INTO shared SELECT id, CASE id WHEN 5 THEN 1e300 ELSE id / 3.0 END,
		id + 0.5, meta, 'note ' || id FROM author;
	INSERT INTO heap SELECT id, name FROM author;
	SQL
	"$exporter" -q --chunk-size=4KiB shop.db -f shop.dump
	"$transformer" -q shop.dump -f shop.pg
}

@test "enum, array, domain, interval go by way of the server" {
	make_shop
	"$importer" -q -a -d test --verify shop.pg
	run verify shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *'table "author": the server computes "shout": not compared'* ]]
	for change in "mood = 'new'" "tags = tags || 'x'::text" "ip = '10.0.0.99'" \
	    "born = born + interval '1 us'" "span = '8 hours'" \
	    "meta = '{\"k\": 8}'"; do
		server_ask "BEGIN; UPDATE author SET $change WHERE id = 7;
			COMMIT"
		differs "table \"author\", key (id)=(7), column \"${change%% *}\": the dump has" shop.pg
		server_ask "UPDATE author SET mood = 'old',
			tags = '{a,\"b c\",7}', ip = '10.0.0.7',
			born = '2020-01-01', span = '7 hours',
			meta = '{\"k\": 7.00}' WHERE id = 7"
	done
	verify -q shop.pg
	# Without a key: one row for another of which there are many.
	server_ask "UPDATE plain SET mood = 'new' WHERE ctid =
		(SELECT min(ctid) FROM plain WHERE mood = 'old')"
	differs 'table "plain": 2 rows differ' shop.pg
}

@test "rows of others are no difference, changed ones of the dump are" {
	make_shop
	"$importer" -q -a -d test --verify shop.pg
	server_ask "UPDATE shared SET note = 'mine' WHERE id > 100000;
		UPDATE shared SET price = (price::text || '000')::numeric,
		doc = jsonb_set(doc, '{k}', (id || '.0')::jsonb)
		WHERE id <= 400"
	run verify shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *'table "shared" has rows of others'* ]]
	[[ $output == *'table "heap" has no key'* ]]
	server_ask "UPDATE shared SET v = '1.0000000000000002e300' WHERE id = 5;
		UPDATE shared SET note = 'Note 6' WHERE id = 6;
		UPDATE shared SET doc = NULL WHERE id = 7;
		DELETE FROM shared WHERE id = 8;
		UPDATE heap SET b = 'A10' WHERE a = 9"
	differs "table \"shared\", key (id)=(5), column \"v\": the dump has '1e+300', the target '1.0000000000000002e+300'" shop.pg
	grep -qF "key (id)=(6), column \"note\": the dump has 'note 6', the target 'Note 6'" "$complaint"
	grep -qF "key (id)=(7), column \"doc\": the dump has '{\"k\": 7}', the target NULL" "$complaint"
	grep -qF 'key (id)=(8): the row of the dump is not in the target' "$complaint"
	grep -qF "of 400 rows of the dump 1 are not in the target, and 3 are there with other values" "$complaint"
	grep -qF "table \"heap\": a row of the dump is not in the target: '9, A9'" "$complaint"
	# A stream's rows are named here: the server does.
	run verify < <(stream shop.pg)
	[ "$status" -eq 4 ]
	[[ $output == *"key (id)=(6)"* ]]
}

@test "a stream into such tables says what was only counted" {
	make_shop
	run "$importer" -a -d test --verify < <(stream shop.pg)
	[ "$status" -eq 0 ]
	[[ $output == *'"shared": the rows were counted, not compared'* ]]
	[[ $output == *'"author": the rows were counted, not compared'* ]]
}

@test "rows that were set aside are not missing" {
	make_shop
	server_ask "ALTER TABLE shared ADD CHECK (id <> 13);
		ALTER TABLE heap ADD CHECK (a NOT IN (20, 21, 22));
		ALTER TABLE author ADD CHECK (id <> 17)"
	outcome "$importer" -q -a -d test --verify shop.pg
	[ "$code" -eq 3 ]
	outcome "$importer" -d test --verify-only shop.pg
	[ "$code" -eq 3 ]
	grep -q "rows that the server refused are not in the target: 5" "$complaint"
	server_ask "DELETE FROM author WHERE id = 18"
	differs 'key (id)=(18): the row of the dump is not in the target' shop.pg
	run ! grep -q "key (id)=(17)" "$complaint"
	# The same for new tables.
	server_database
	"$importer" -q -s -d test kinds.pg
	server_ask "ALTER TABLE kinds ADD CHECK (id NOT IN (3, 500))"
	outcome "$importer" -q -a -d test kinds.pg
	[ "$code" -eq 3 ]
	outcome "$importer" -d test --verify-only kinds.pg
	[ "$code" -eq 3 ]
	server_ask "DELETE FROM kinds WHERE id = 4"
	differs 'table "kinds" has 997 rows, and 998 came from the dump'
	grep -q 'table "kinds": 1 row differs' "$complaint"
}

@test "skipped and updated rows count as what they are" {
	make_shop
	server_ask "INSERT INTO shared VALUES (5, 7, 7, '{}', 'was there'),
		(6, 7, 7, '{}', 'was there')"
	"$importer" -q -a -d test -t shared --on-conflict=skip shop.pg
	run verify -t shared shop.pg
	[ "$status" -eq 0 ]
	[[ $output == *"2 rows are other than the dump's"* ]]
	server_ask "UPDATE shared SET note = 'x' WHERE id = 7"
	differs "2 are there with other values" -t shared shop.pg ||
		differs "3 are there with other values" -t shared shop.pg
	make_shop
	server_ask "INSERT INTO shared VALUES (5, 7, 7, '{}', 'was there')"
	"$importer" -q -a -d test -t shared --on-conflict=update shop.pg
	verify -q -t shared shop.pg
}

@test "a connection that cannot be read ends the comparison, and it is made again" {
	local at code

	needs_trace
	for at in $(moments poll 12 "$importer" -q -d kinds --verify-only -j1 \
	    kinds.pg); do
		code=0
		(trace -o /dev/null -e trace=poll \
		    -e "inject=poll:error=ENOMEM:when=$at" \
		    timeout 60 "$importer" -q -d kinds --verify-only -j1 \
		    kinds.pg) >struck.out 2>&1 || code=$?
		[[ $code = [016] ]] || {
			echo "poll $at: exit code $code"
			cat struck.out
			return 1
		}
	done
	verify kinds.pg
}
