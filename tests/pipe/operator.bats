#!/usr/bin/env bats
# What an operator meets who combines things: fitted dumps, settings of the
# server, options that go together or do not, slips of the hand.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	target_begin max_connections=20
	sqlite3 -bail kinds.db <<-'SQL'
	CREATE TABLE kinds (id INTEGER PRIMARY KEY, name TEXT, tags TEXT,
		span TEXT, size REAL);
	CREATE TABLE pairs (a INTEGER, b TEXT, v INTEGER, PRIMARY KEY (a, b));
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
	INSERT INTO kinds SELECT i, 'name ' || i, '{a,' || i || '}',
		i || ' hours', i / 4.0 FROM n;
	INSERT INTO pairs SELECT id, 'b' || id, id FROM kinds;
	SQL
	"$exporter" -q --chunk-size=2KiB kinds.db -f kinds.dump
	server_database fitted
	make_kinds
	"$importer" -d fitted --describe >kinds.json
	"$transformer" -q --target=kinds.json kinds.dump -f kinds.pg
	sqlite3 -bail orphans.db <<-'SQL'
	CREATE TABLE a (id INTEGER PRIMARY KEY);
	CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id));
	INSERT INTO a VALUES (1);
	INSERT INTO b VALUES (1, 1), (2, 7);
	SQL
	trial_ready orphans.db orphans.pg
}

setup() {
	target_empty
}

make_kinds() {
	server_ask "CREATE TABLE kinds (size real, tags text[], id int PRIMARY KEY,
		name varchar(40), span interval);
		CREATE TABLE pairs (v int, b text, a int, PRIMARY KEY (a, b))"
}

# differs TEXT: it is found, and this is said of it.
differs() {
	ends 4 "$1" "$importer" -d test --verify-only kinds.pg
}

@test "rows of a dump that was fitted to the target are named by the target's key" {
	make_kinds
	"$importer" -q -a -d test --verify kinds.pg
	server_ask "UPDATE kinds SET span = '8 hours' WHERE id = 7;
		UPDATE pairs SET v = 0 WHERE a = 9"
	differs "table \"kinds\", key (id)=(7), column \"span\": the dump has '07:00:00', the target '08:00:00'"
	grep -qF "table \"pairs\", key (a, b)=(9, b9), column \"v\": the dump has '9', the target '0'" "$complaint"
	server_ask "UPDATE kinds SET span = '7 hours' WHERE id = 7;
		UPDATE pairs SET v = 9 WHERE a = 9; DELETE FROM kinds WHERE id = 5"
	differs 'table "kinds", key (id)=(5): the row of the dump is not in the target'
}

@test "refused rows of such a dump are named by it, too" {
	make_kinds
	server_ask "ALTER TABLE pairs ADD CHECK (v <> 11)"
	ends 3 "(a=11, b=b11)" "$importer" -q -a -d test --rejects=aside kinds.pg
	grep -qF '"key":{"a":11,"b":"b11"}' aside/rejects.ndjson
}

@test "with rows of others, such a dump is looked up by the target's key" {
	make_kinds
	server_ask "INSERT INTO kinds (id, name) VALUES (3, 'was here'), (999, 'x')"
	"$importer" -q -a -d test --on-conflict=skip --verify kinds.pg
	run -0 "$importer" -d test --verify-only kinds.pg
	[[ $output == *"1 rows are other than the dump's, as --on-conflict=skip left 1"* ]]
	# What was skipped excuses nothing in another chunk.
	server_ask "UPDATE kinds SET name = 'other' WHERE id = 290"
	differs "key (id)=(290), column \"name\": the dump has 'name 290', the target 'other'"
	run ! grep -q "was here" "$complaint"
	server_ask "UPDATE kinds SET name = 'name 290' WHERE id = 290;
		UPDATE kinds SET name = 'other' WHERE id = 8"
	differs "key (id)=(8), column \"name\": the dump has 'name 8', the target 'other'"
}

@test "what --on-conflict=update has left alone is as in the dump" {
	make_kinds
	server_ask "INSERT INTO kinds (id, name, tags, span, size) VALUES
		(3, 'name 3', '{a,3}', '3 hours', 1)"
	"$importer" -q -a -d test --on-conflict=update --verify kinds.pg
	# A row that was skipped, for it was the same, is no excuse for another.
	server_ask "UPDATE kinds SET name = 'other' WHERE id = 8"
	differs "key (id)=(8), column \"name\""
}

@test "rows that are skipped for another key than that of the lookup are no loss" {
	make_kinds
	server_ask "ALTER TABLE kinds ADD UNIQUE (name);
		INSERT INTO kinds (id, name) VALUES (1000, 'name 3')"
	"$importer" -q -a -d test --on-conflict=skip --verify kinds.pg
	server_ask "DELETE FROM kinds WHERE id = 4"
	differs "of 300 rows of the dump 2 are not in the target"
}

@test "a key of a type that an extension has made" {
	server_ask "CREATE SCHEMA ext; CREATE EXTENSION ltree SCHEMA ext" ||
		skip "ltree is not installed"
	server_ask "CREATE TABLE pairs (v int, b ext.ltree, a int,
		PRIMARY KEY (b, a)); INSERT INTO pairs VALUES (1, 'mine', 1)"
	"$importer" -d test --describe >ltree.json
	"$transformer" -q -t pairs --target=ltree.json kinds.dump -f ltree.pg
	"$importer" -q -a -d test --verify ltree.pg
	server_ask "UPDATE pairs SET v = 0 WHERE a = 9"
	ends 4 "key (b, a)=(b9, 9), column \"v\"" \
	    "$importer" -d test --verify-only ltree.pg
}

@test "neither quoting nor escapes of the session matter" {
	export PGOPTIONS="-c standard_conforming_strings=off -c quote_all_identifiers=on"
	"$importer" -q -d test -n 'so\me' --verify orphans.pg
	"$importer" -d test --describe -n 'so\me' >one.json
	unset PGOPTIONS
	"$importer" -q -d test -n 'so\me' --verify orphans.pg
	"$importer" -d test --describe -n 'so\me' | cmp one.json -
	PGOPTIONS="-c standard_conforming_strings=off" \
	    "$importer" -q -d test -n 'so\me' --undo orphans.pg
	[ "$(server_ask "SELECT count(*) FROM pg_namespace
		WHERE nspname = 'so\\me'")" -eq 0 ]
}

@test "what reaches further than it was asked to is refused" {
	"$importer" -q -d test orphans.pg
	for command in --undo --check; do
		ends 2 "$command is for all tables: leave out -t and -T" \
		    "$importer" -d test $command -t b orphans.pg
	done
	for command in --rollback --discard --status --describe; do
		ends 2 "$command is for all tables: leave out -t and -T" \
		    "$importer" -d test $command -T b
	done
	ends 2 "--undo= names no load" "$importer" -d test --undo=
	[ "$(server_ask "SELECT count(*) FROM b")" -eq 2 ]
}

@test "the schemas of the server and of the ledger take no tables" {
	for schema in pg_catalog information_schema litehaul; do
		ends 2 "schema \"$schema\" is the" \
		    "$importer" -d test -n $schema orphans.pg
		ends 2 "schema \"$schema\" is the" \
		    "$importer" -d test -n $schema --publish --dry-run orphans.pg
	done
}

@test "a URI with a slip is quoted nowhere" {
	DATABASE_URL='postgresql//app:geheim@db1/app' \
	    ends 2 "the connection string cannot be read" \
	    env -u PGHOST -u PGDATABASE "$importer" orphans.pg
	run ! grep -q geheim "$complaint"
	ends 2 "the connection string cannot be read" \
	    "$importer" -d 'app:geheim@db1' --status
	run ! grep -q geheim "$complaint"
}

@test "a load that was finished with its orphans says that it keeps them" {
	"$importer" -q -d test orphans.pg 2>/dev/null
	run -0 "$importer" -q -d test --orphans=reject orphans.pg
	[[ $output == *"comes too late"*"NOT VALID: b_a_fkey of public.b. Use --clean"* ]]
	run -3 "$importer" -q -d test --clean --orphans=reject --rejects=late orphans.pg
	[[ $output == *'table "b": 1 row was refused (id=2): Key (a)=(7) is not present'* ]]
	run -3 "$importer" -q -d test --orphans=reject --rejects=late orphans.pg
	[[ $output != *"too late"* ]]
}

@test "rows that cannot be written down are kept, and follow" {
	server_ask "CREATE TABLE a (id bigint PRIMARY KEY CHECK (id <> 1));
		CREATE TABLE b (id bigint PRIMARY KEY, a bigint)"
	touch file
	ends 1 "They are kept in litehaul.reject" \
	    "$importer" -q -a -d test --rejects=file/aside orphans.pg
	ends 3 "1 row was refused" \
	    "$importer" -q -a -d test --rejects=aside.kept orphans.pg
	grep -qF '"key":{"id":1}' aside.kept/rejects.ndjson
}

@test "what is no table, and rules that COPY passes by, are told" {
	server_ask "CREATE TABLE log (id bigint);
		CREATE TABLE a (id bigint PRIMARY KEY);
		CREATE RULE note AS ON INSERT TO a DO ALSO
			INSERT INTO log VALUES (new.id);
		CREATE VIEW b AS SELECT 1::bigint AS id, 1::bigint AS a"
	ends 1 '"b" is no table in the target: it is a view' \
	    "$importer" -a -d test orphans.pg
	run -0 "$importer" -a -d test -t a orphans.pg
	[[ $output == *'table "a": its rules for INSERT do not act on rows that are loaded: "note"'* ]]
	[ "$(server_ask "SELECT count(*) FROM log")" -eq 0 ]
}

@test "--status tells where a published load is when nothing else is kept" {
	"$importer" -q -d test -n shop --orphans=keep orphans.pg 2>/dev/null
	server_ask "INSERT INTO shop.a VALUES (2)"
	"$importer" -q -d test -n shop --publish orphans.pg 2>/dev/null
	"$importer" -q -d test --discard
	run -0 "$importer" -d test --status
	[[ ${lines[1]} == *" published  shop  "* ]]
}

@test "a dry run says that it knows nothing of what --before would do" {
	server_ask "CREATE TABLE a (id bigint); CREATE VIEW v AS SELECT * FROM a"
	echo "DROP VIEW v" >drop.sql
	ends 1 'What "drop.sql" (--before) would change is not seen here' \
	    "$importer" -d test --publish --before=drop.sql --dry-run orphans.pg
	"$importer" -q -d test --publish --before=drop.sql orphans.pg 2>/dev/null
	[ "$(server_ask "SELECT count(*) FROM a")" -eq 1 ]
}

@test "a load whose ledger goes away says what has become of it" {
	server_ask "CREATE TABLE a (id bigint PRIMARY KEY);
		CREATE TABLE b (id bigint PRIMARY KEY, a bigint);
		CREATE FUNCTION go() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN DROP SCHEMA litehaul CASCADE; RETURN NULL; END';
		CREATE TRIGGER go AFTER INSERT ON b EXECUTE FUNCTION go()"
	ends 1 "The ledger is gone: --undo or somebody else has removed it" \
	    "$importer" -q -a -d test orphans.pg
}

@test "who lacks the right to take back is told whose it is" {
	server_ask "CREATE ROLE nobody_at_all LOGIN" || true
	"$importer" -q -d test --publish orphans.pg 2>/dev/null
	for command in --rollback --discard "--undo orphans.pg"; do
		# shellcheck disable=SC2086 # two words
		ends 6 "This takes the role that owns the tables" \
		    "$importer" -d test -U nobody_at_all $command
	done
}

@test "of two who undo a load at once one says that it is gone" {
	"$importer" -q -d test orphans.pg 2>/dev/null
	"$importer" -d test --undo orphans.pg 2>one & one=$!
	code=0
	"$importer" -d test --undo orphans.pg 2>two || code=$?
	wait "$one" || code=$((code + $?))
	# Or, where one came late, that there is none any more.
	[ "$code" -eq 0 ] || grep -q "so no load to undo" one two
	[ "$(cat one two | grep -c "undid load")" -eq 1 ]
	[ -z "$(grep -h "SQLSTATE" one two)" ]
}

@test "a dry run of a load into tables that is finished foretells nothing" {
	"$importer" -q -s -d test orphans.pg
	server_ask "DROP SCHEMA litehaul CASCADE"
	run -0 "$importer" -a -d test --dry-run orphans.pg
	[[ $output == *"foreign keys are taken off"* ]]
	"$importer" -q -a -d test orphans.pg 2>/dev/null
	run -0 "$importer" -a -d test --dry-run orphans.pg
	[[ $output == *"this load is finished"* ]]
	[[ $output != *"taken off"* && $output != *COPY* ]]
}
