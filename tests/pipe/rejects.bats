#!/usr/bin/env bats
# The rejects loop: rows that do not fit are set aside as a dump with reasons; a
# person mends the mapping, and exactly the missing rows arrive.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	server_start
	cd "$BATS_FILE_TMPDIR" || return 1
	# 20 ages and 8 times that do not fit, 4 of them in one row, and a text
	# with a NUL: 29 values of 25 rows.
	sqlite3 -bail dirty.db "
		CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
		CREATE TABLE users (
			id INTEGER PRIMARY KEY AUTOINCREMENT,
			team_id INTEGER NOT NULL REFERENCES team (id),
			age INTEGER,
			joined DATETIME,
			note TEXT);
		CREATE INDEX users_team ON users (team_id);
		INSERT INTO team VALUES (1, 'red'), (2, 'blue');
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
			SELECT i + 1 FROM n WHERE i < 2000)
		INSERT INTO users SELECT i, i % 2 + 1,
			CASE WHEN i % 100 THEN i % 90 ELSE 'N/A' END,
			CASE WHEN i % 250
				THEN datetime(1700000000 + i, 'unixepoch')
				ELSE 'soon' END,
			CASE WHEN i = 7 THEN 'a' || char(0) || 'b'
				ELSE 'note ' || i END FROM n;"
	cat >first.yaml <<-'YAML'
	version: 1
	tables:
	  users:
	    columns:
	      age: { type: bigint }
	      joined: { type: timestamptz }
	YAML
	# One of the three is mended.
	cat >second.yaml <<-'YAML'
	version: 1
	tables:
	  users:
	    columns:
	      age: { type: bigint, value: "nullif(age, 'N/A')" }
	      joined: { type: timestamptz }
	YAML
	cat >third.yaml <<-'YAML'
	version: 1
	tables:
	  users:
	    columns:
	      age: { type: bigint, value: "nullif(age, 'N/A')" }
	      joined: { type: timestamptz, on_error: "null" }
	      note: { type: text, text_nul: strip }
	YAML
	"$exporter" -q --chunk-size=8KiB dirty.db -f dirty.dump
	# What is wanted in the end, loaded at once.
	server_database wanted
	"$transformer" -q -m third.yaml dirty.dump -f wanted.pg
	"$importer" -q -d wanted wanted.pg
	contents >wanted.sum
	server_ask "SELECT count(*), count(age), count(joined), max(id)
	    FROM users" >wanted.counts
}

setup() {
	given=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR"
}

# piped COMMAND... -- COMMAND...: both ends of a pipe; their codes are in $codes.
piped() {
	local left=()

	while [ "$1" != -- ]; do
		left+=("$1")
		shift
	done
	shift
	set +e
	"${left[@]}" 2>left.err | "$@" >right.out 2>right.err
	codes=${PIPESTATUS[*]}
	set -e
	cat left.err right.err
}

has_all() {
	[ "$(server_ask "SELECT count(*), count(age), count(joined), max(id)
	    FROM users")" = "$(cat "$given/wanted.counts")" ]
	[ "$(contents)" = "$(cat "$given/wanted.sum")" ]
}

@test "the missing rows arrive once the mapping is mended" {
	fresh
	run -3 "$transformer" -m "$given/first.yaml" "$given/dirty.dump" \
	    -f first.pg
	[[ "$output" == *"25 rows were set aside in \"first.pg.rejects\""* ]]
	[[ "$output" == *"20 x users.age: not a whole number (first 'N/A' at rowid 100)"* ]]
	[[ "$output" == *"8 x users.joined:"*"(first 'soon' at rowid 250)"* ]]
	run -3 "$importer" -q -d test first.pg
	[ "$(server_ask "SELECT count(*) FROM users")" -eq 1975 ]

	piped "$transformer" -q -m "$given/third.yaml" first.pg.rejects -- \
	    "$importer" -q -a -d test
	[ "$codes" = "0 0" ]
	has_all
	# Once more is nothing more.
	piped "$transformer" -q -m "$given/third.yaml" first.pg.rejects -- \
	    "$importer" -q -a -d test
	[ "$codes" = "0 0" ]
	has_all
}

@test "what is mended in part is set aside again" {
	fresh
	"$transformer" -q -m "$given/first.yaml" "$given/dirty.dump" \
	    -f first.pg || [ $? -eq 3 ]
	"$importer" -q -d test first.pg || [ $? -eq 3 ]

	piped "$transformer" -q -m "$given/second.yaml" first.pg.rejects -- \
	    "$importer" -q -a -d test
	[ "$codes" = "3 3" ]
	# A place of their own, not that of the first round's.
	[ "$(wc -l <litehaul-rejects-2/rejects.ndjson)" -eq 9 ]
	grep -q '"rejects_round":2' litehaul-rejects-2/schema.json
	[ "$(server_ask "SELECT count(*) FROM users")" -eq 1991 ]

	piped "$transformer" -q -m "$given/third.yaml" litehaul-rejects-2 -- \
	    "$importer" -q -a -d test
	[ "$codes" = "0 0" ]
	has_all
}

@test "every round is a load of its own, and again changes nothing" {
	local round again id

	fresh
	server_ask "CREATE TABLE team (id bigint PRIMARY KEY, name text)"
	server_ask "CREATE TABLE users (id bigserial PRIMARY KEY,
		team_id bigint NOT NULL REFERENCES team (id), age bigint,
		joined timestamptz, note text)"
	for again in 1 2; do
		for round in "3 first $given/dirty.dump" \
		    "3 second first.rejects" "0 third second.rejects"; do
			read -r codes mapping from <<<"$round"
			run -"$codes" "$transformer" -q \
			    -m "$given/$mapping.yaml" --rejects="$mapping.rejects" \
			    -f "$mapping.pg.$again" "$from"
			run -"$codes" "$importer" -a -d test \
			    "$mapping.pg.$again"
			[ "$again" -eq 1 ] ||
				[[ $output == *"already loaded: nothing was"* ]]
		done
		[ "$(server_ask "SELECT count(*), count(age), count(joined),
		    max(id) FROM users")" = "$(cat "$given/wanted.counts")" ]
		[ "$(server_ask "SELECT nextval('users_id_seq') > 2000")" = t ]
	done
	run -0 "$importer" -d test --status
	[ "$(grep -c " dirty.db .*finished" <<<"$output")" -eq 3 ]
	for id in $(server_ask "SELECT left(id, 12) FROM litehaul.load"); do
		[ "$(grep -c "^$id " <<<"$output")" -eq 1 ]
	done
	# Rows of all rounds together are those of the database.
	[ "$(server_ask "SELECT sum(rows) FROM litehaul.load")" -eq 2002 ]
	[ "$(server_ask "SELECT bool_and(convalidated) FROM pg_constraint
	    WHERE contype = 'f'")" = t ]
}

@test "rejects of a pipe stand in the current directory and travel as a tar" {
	fresh
	"$exporter" -q "$given/dirty.db" >dirty.tar
	piped "$transformer" -q -m "$given/first.yaml" dirty.tar -- \
	    "$importer" -q -d test
	[ "$codes" = "3 3" ]
	tar -c -C litehaul-rejects -f aside.tar schema.json rejects.ndjson \
	    data profile.json manifest.json
	piped "$transformer" -q -m "$given/third.yaml" aside.tar -- \
	    "$importer" -q -a -d test
	[ "$codes" = "0 0" ]
	has_all
}

@test "every bad value has its reason and what to do, and they are summed up" {
	"$transformer" -q -m "$given/first.yaml" "$given/dirty.dump" \
	    -f first.pg || [ $? -eq 3 ]
	cd first.pg.rejects
	[ "$(wc -l <rejects.ndjson)" -eq 29 ]
	grep -F '"rowid":100,' rejects.ndjson >line
	grep -qF '"table":"users","row":100,"rowid":100,"key":{"id":100}' line
	grep -qF '"column":"age","class":"text","value":"N/A"' line
	grep -qF '"type":"bigint","rule":"integer"' line
	grep -qF "value: \\\"nullif(age, 'N/A')\\\"" line
	rm line
	python3 - <<-'PYTHON'
	import json
	reasons = json.load(open("manifest.json"))["reasons"]
	assert [(r["column"], r["rule"], r["values"]) for r in reasons] == [
	    ("age", "integer", 20), ("joined", "timestamp", 8),
	    ("note", "text_nul", 1)], reasons
	assert reasons[0]["first"] == "'N/A'", reasons
	assert reasons[0]["first_rowid"] == 100, reasons
	lines = [json.loads(l) for l in open("rejects.ndjson", "rb")]
	assert all(l["suggestion"] and l["reason"] for l in lines)
	PYTHON
}

@test "the rejects are the same bytes whatever the number of threads" {
	for j in 1 2 4; do
		"$transformer" -q -j "$j" -m "$given/first.yaml" \
		    "$given/dirty.dump" -f "$j.pg" || [ $? -eq 3 ]
	done
	diff -r 1.pg.rejects 2.pg.rejects
	diff -r 1.pg.rejects 4.pg.rejects
}

@test "--max-rejects stops the run, and nothing is left" {
	transform() {
		"$transformer" -m "$given/first.yaml" "$given/dirty.dump" \
		    -f out.pg "$@"
	}
	run -1 transform -q --max-rejects=10
	[[ "$output" == *"rows were set aside, more than --max-rejects=10; most: "*" x users."* ]]
	[ ! -e out.pg ]
	[ ! -e out.pg.rejects ]
	[ ! -e out.pg.rejects.partial ]
	run -1 transform -q --max-rejects=0.5%
	[[ "$output" == *"of 2,002 rows were set aside, more than --max-rejects=0.5%"* ]]
	[ ! -e out.pg.rejects.partial ]
	for bad in "" x -1 1.5 101% 1,000; do
		run -2 transform -q --max-rejects="$bad"
	done
	run -3 transform -q --max-rejects=25
	rm -r out.pg out.pg.rejects
	run -3 transform -q --max-rejects=1.3%
}

@test "--max-rejects in a pipe: nothing is loaded" {
	fresh
	piped "$transformer" -q -m "$given/first.yaml" --max-rejects=10 \
	    "$given/dirty.dump" -- "$importer" -q -d test
	[ "$codes" = "1 5" ]
	[ ! -e litehaul-rejects ]
	[ "$(finished)" -eq 0 ]
}

@test "rows are not set aside where they come from, nor over another's" {
	"$transformer" -q -m "$given/first.yaml" "$given/dirty.dump" \
	    -f first.pg || [ $? -eq 3 ]
	cp -r first.pg.rejects before
	for place in first.pg.rejects ./first.pg.rejects/ again.pg -; do
		ends 2 --rejects "$transformer" -q --rejects="$place" \
		    first.pg.rejects -f again.pg
	done
	# Another database's, or another state's, are refused, and how to go on.
	cp "$given/dirty.db" other.db
	sqlite3 other.db "CREATE TABLE more (a)"
	"$exporter" -q other.db -f other.dump
	ends 2 --rejects=DIR "$transformer" -q -m "$given/first.yaml" \
	    --rejects=first.pg.rejects other.dump -f other.pg
	diff -r before first.pg.rejects
}

@test "rejects that nothing sets aside any more are named and stay" {
	"$transformer" -q -m "$given/first.yaml" --rejects=aside \
	    "$given/dirty.dump" -f first.pg || [ $? -eq 3 ]
	run -0 "$transformer" -m "$given/third.yaml" --rejects=aside \
	    "$given/dirty.dump" -f third.pg
	[[ "$output" == *"\"aside\""*"earlier run"* ]]
	[ -e aside/manifest.json ]
}

@test "a damaged line of rejects.ndjson is found" {
	"$transformer" -q -m "$given/first.yaml" --rejects=aside \
	    "$given/dirty.dump" -f first.pg || [ $? -eq 3 ]
	sed -i '3s/soon\|N.A/none/' aside/rejects.ndjson
	ends 5 rejects.ndjson "$transformer" -q aside -f again.pg
	tar -c -C aside -f aside.tar schema.json data profile.json \
	    rejects.ndjson manifest.json
	ends 5 rejects.ndjson "$transformer" -q aside.tar -f again.pg
	[ ! -e again.pg ]
}

@test "memory does not grow with the rows set aside" {
	[ -x /usr/bin/time ] || skip "GNU time is not installed"
	if grep -q __asan_init "$transformer"; then
		skip "a sanitized build keeps what is freed"
	fi
	sqlite3 -bail bad.db "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
			SELECT i + 1 FROM n WHERE i < 300000)
		INSERT INTO t SELECT i, 'a' || char(0) || i FROM n"
	"$exporter" -q bad.db -f bad.dump
	run -3 /usr/bin/time -f %M -o kib "$transformer" -q -j 2 \
	    bad.dump -f bad.pg
	[ "$(wc -l <bad.pg.rejects/rejects.ndjson)" -eq 300000 ]
	[ "$(tail -n 1 kib)" -lt $((128 * 1024)) ]
	# Reading them takes no more, though their reasons are 80 MB.
	run -3 /usr/bin/time -f %M -o kib "$transformer" -q -j 2 \
	    bad.pg.rejects -f again.pg
	[ "$(tail -n 1 kib)" -lt $((128 * 1024)) ]
	tar -c -C bad.pg.rejects -f bad.tar schema.json rejects.ndjson data \
	    profile.json manifest.json
	run -3 /usr/bin/time -f %M -o kib "$transformer" -q -j 2 \
	    bad.tar -f tar.pg
	[ "$(tail -n 1 kib)" -lt $((128 * 1024)) ]
}
