#!/usr/bin/env bats
# --status: every load of a target, for people and for machines.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	target_begin
	trial_database app.db
	trial_dumps . app.db
	long=$(printf 'ü%.0s' {1..40})
	sqlite3 "$long.db" "CREATE TABLE far (id INTEGER PRIMARY KEY)"
	trial_ready "$long.db" far.pg
	odd=$'odd\n\033[31m\u009b.db'
	sqlite3 "$odd" "CREATE TABLE odd (id INTEGER PRIMARY KEY)"
	trial_ready "$odd" odd.pg
	trial_streams
}

setup() {
	fresh
	cd "$BATS_FILE_TMPDIR" || return 1
	target=(-d "dbname=$PGDATABASE")
}

status() {
	"$importer" "${target[@]}" --status "$@"
}

# told EXPRESSION: of the list of loads, in Python, newest first.
told() {
	status --log-format=json | python3 -c '
import json, sys
loads = [json.loads(line) for line in sys.stdin]
print(eval("(" + sys.argv[1] + ")"))' "$1"
}

@test "without loads, and without a ledger, there is nothing to list" {
	[ "$(status)" = "no loads" ]
	[ -z "$(status --log-format=json)" ]
	"$importer" -q "${target[@]}" app.pg
	server_ask "DELETE FROM litehaul.load"
	[ "$(status)" = "no loads" ]
}

@test "a load is followed from its begin to its end" {
	outcome "$importer" -q "${target[@]}" - < cut.stream
	[ "$code" -eq 5 ]
	[ "$(told 'len(loads), loads[0]["state"], loads[0]["resumable"],
	    loads[0]["chunks"], loads[0]["finished"], loads[0]["obstacle"],
	    loads[0]["tables_loaded"], loads[0]["tables"]' | tr -d ' ')" = \
	    "(1,'loading',True,None,None,None,0,5)" ]
	[[ $(status | sed -n 2p) =~ loading.*0/5.*/\?.*yes ]]
	[[ $(status) != *finished* ]]
	[[ $(status) != *refused* ]]
	"$importer" -q "${target[@]}" app.pg
	[ "$(told 'len(loads), loads[0]["state"], loads[0]["resumable"],
	    loads[0]["finished"] >= loads[0]["started"], loads[0]["obstacle"],
	    loads[0]["tables_loaded"], loads[0]["tables"],
	    loads[0]["rows"]' | tr -d ' ')" = \
	    "(1,'finished',False,True,'itisfinished',5,5,2003)" ]
	[ "$(told 'loads[0]["chunks"] == loads[0]["chunks_loaded"]')" = True ]
	[ "$(told 'loads[0]["client"]')" = \
	    "$("$importer" --version | sed 's/ (.*//') on $(hostname)" ]
	[ "$(told 'loads[0]["id"].startswith(loads[0]["load"])')" = True ]
	[[ $(status | sed -n 2p) =~ app.db.*finished.*5/5.*\ no\  ]]
}

@test "a published load is where its readers find it" {
	"$importer" -q "${target[@]}" --publish app.pg
	[ "$(told 'loads[0]["state"], loads[0]["schema"]' | tr -d ' ')" = \
	    "('published','public')" ]
}

@test "chunks that are still to come are known from a directory" {
	needs_trace
	n=$(moments sendto 1000 "$importer" -q -j1 "${target[@]}" app.pg | wc -l)
	fresh
	strike sendto $((n / 2)) "$importer" -q -j1 "${target[@]}" app.pg
	[ "$(told '0 < loads[0]["chunks_loaded"] < loads[0]["chunks"]')" = True ]
	[ "$(told 'loads[0]["chunks"]')" = \
	    "$(find app.pg/data -type f | wc -l)" ]
}

@test "rows that are not as in the dump are counted" {
	"$importer" -q "${target[@]}" -s app.pg
	server_ask "INSERT INTO author (id, name, active)
		VALUES (7, 'me', true), (8, 'you', true)"
	outcome "$importer" -q "${target[@]}" -a --rejects="$BATS_TEST_TMPDIR/r" \
	    app.pg
	[ "$code" -eq 3 ]
	[ "$(told 'loads[0]["rejected"], loads[0]["updated"]')" = "(2, 0)" ]
	[[ $(status | head -n 1) == *refused* ]]
	[[ $(status | head -n 1) != *skipped* ]]
}

@test "long names are cut for people only, and terminals are left in peace" {
	"$importer" -q "${target[@]}" far.pg
	"$importer" -q "${target[@]}" odd.pg
	[ "$(told 'len(loads[1]["source"])')" -eq 43 ]
	[[ $(status) == *" üüüüüüüüüüüüüüüüüüüüü...  finished"* ]]
	run ! grep -q '[[:cntrl:]]' <(status | LC_ALL=C tr -d '\n')
	run ! grep -q $'\u009b' <(status)
	[ "$(status | wc -l)" -eq 3 ]
	# Columns stand below each other.
	[ "$(status | sed 's/  finished .*/|/; s/  state .*/|/' |
	    while read -r line; do echo "${#line}"; done | sort -u | wc -l)" -eq 1 ]
}

@test "an older ledger is read as it is" {
	"$importer" -q "${target[@]}" app.pg
	server_ask "ALTER TABLE litehaul.load DROP client, DROP verified,
			DROP published, DROP database;
		ALTER TABLE litehaul.chunk DROP rejected, DROP skipped, DROP updated;
		ALTER TABLE litehaul.object DROP columns, DROP on_conflict,
			DROP chunks;
		DELETE FROM litehaul.object WHERE kind = 'loaded';
		DROP TABLE litehaul.reject, litehaul.hook, litehaul.publication,
			litehaul.foreign_key;
		DROP FUNCTION litehaul.database(), litehaul.version()"
	[ "$(told 'loads[0]["state"], loads[0]["tables_loaded"],
	    loads[0]["client"], loads[0]["rejected"]' | tr -d ' ')" = \
	    "('finished',5,None,0)" ]
	[[ $(status | sed -n 2p) =~ app.db.*finished.*5/5 ]]
	server_ask "UPDATE litehaul.load SET state = 'loading'"
	[ "$(told 'loads[0]["state"], loads[0]["chunks"],
	    loads[0]["resumable"]')" = "('loading', None, True)" ]
}

@test "a role without rights is told what it lacks" {
	"$importer" -q "${target[@]}" app.pg
	server_ask "DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN"
	ends 6 "GRANT USAGE ON SCHEMA litehaul" \
	    "$importer" "${target[@]}" -U guest --status
	server_ask "GRANT USAGE ON SCHEMA litehaul TO guest"
	ends 6 "GRANT SELECT ON ALL TABLES" \
	    "$importer" "${target[@]}" -U guest --status
	server_ask "GRANT SELECT ON ALL TABLES IN SCHEMA litehaul TO guest"
	[[ $(status -U guest) == *app.db* ]]
	server_ask "REASSIGN OWNED BY guest TO postgres; DROP OWNED BY guest"
}

@test "what cannot be resumed, and keys that are off, are told with a word" {
	"$importer" -q "${target[@]}" -s app.pg
	"$importer" -q "${target[@]}" -a app.pg
	server_ask "UPDATE litehaul.load SET state = 'loading' WHERE rows > 0;
		INSERT INTO litehaul.foreign_key (load_id, relation, name, definition)
		SELECT (SELECT load_id FROM litehaul.object WHERE kind = 'empty' LIMIT 1),
			conrelid, conname, pg_get_constraintdef(oid)
		FROM pg_constraint WHERE conname = 'book_author_id_fkey'"
	[ "$(told 'loads[0]["foreign_keys_off"]')" = "[]" ]
	server_ask "ALTER TABLE book DROP CONSTRAINT book_author_id_fkey"
	[ "$(told 'loads[0]["foreign_keys_off"][0]["table"]')" = public.book ]
	grep -q 'foreign key "book_author_id_fkey" of public.book is off until' \
	    <(status)
	server_ask "DROP TABLE empty"
	[ "$(told 'loads[0]["obstacle"]')" = \
	    "tables that were there are gone: empty" ]
	grep -q "cannot be resumed: tables that were there are gone: empty" \
	    <(status)
	server_ask "UPDATE litehaul.load SET database = 'another'
		WHERE state = 'loading'"
	[ "$(told 'loads[0]["obstacle"]')" = "it was begun in another database" ]
}
