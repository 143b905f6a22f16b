#!/usr/bin/env bats
# Descriptions of a target that are none: one clear line, and nothing is written.

load ../trial

setup_file() {
	sqlite3 -bail "$BATS_FILE_TMPDIR/app.db" <<-'SQL'
	CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT);
	INSERT INTO item VALUES (1, 'one');
	SQL
	"$exporter" -q "$BATS_FILE_TMPDIR/app.db" -f "$BATS_FILE_TMPDIR/app.dump"
	cat >"$BATS_FILE_TMPDIR/target.json" <<-'JSON'
	{"format": "litehaul", "version": 1, "dialect": "postgresql",
	 "kind": "target", "server": "15.4", "namespace": "public", "tables": [
	  {"namespace": "public", "name": "item", "columns": [
	   {"name": "id", "type": "bigint", "base": "bigint"},
	   {"name": "name", "type": "text", "base": "text"}]}]}
	JSON
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	dump=$BATS_FILE_TMPDIR/app.dump good=$BATS_FILE_TMPDIR/target.json
}

# refused TEXT [FILE]: the target is, with TEXT.
refused() {
	ends 2 "$1" "$transformer" --target="${2:-bad.json}" "$dump" -f app.pg
	[ ! -e app.pg ] && [ ! -e app.pg.partial ]
}

@test "the description that the others are made of is good" {
	"$transformer" -q --target="$good" "$dump" -f app.pg
}

@test "what is no document of litehaul is refused" {
	for text in '' '{}' '[]' 'null' 'version: 1' '{"format":"other"}'; do
		printf '%s' "$text" >bad.json
		refused 'bad.json is not a litehaul document'
	done
	head -c 10000 /dev/urandom >bad.json
	refused 'bad.json is not a litehaul document'
	refused 'could not open "none.json"' none.json
	refused 'could not read "/"' /
}

@test "a description that is cut off is refused wherever that is" {
	local size=$(wc -c <"$good")

	for ((i = 60; i < size - 3; i += 13)); do
		head -c "$i" "$good" >bad.json
		refused 'not a target as litehaul-import --describe writes it'
	done
}

@test "another document of litehaul's is refused" {
	refused 'not a target as litehaul-import --describe writes it' \
	    "$dump/schema.json"
	refused 'not a target as litehaul-import --describe writes it' \
	    "$dump/manifest.json"
	refused 'not a target as litehaul-import --describe writes it' \
	    "$dump/profile.json"
}

@test "a newer version and unknown keys are refused by name" {
	sed 's/"version": 1/"version": 2/' "$good" >bad.json
	refused 'was written by a newer litehaul (format version 2'
	sed 's/"name": "id"/"nmae": "id"/' "$good" >bad.json
	refused '"nmae" is not known'
}

@test "a description of no table says that none is there" {
	sed 's/"tables": \[/"tables": []}/; /\[\]/q' "$good" >bad.json
	refused 'item: schema "public" has no table "item"'
}

@test "names with control characters do not reach the terminal" {
	sed 's/"name": "name"/"name": "\\u001b[31mname"/' "$good" >bad.json
	refused 'item.name: public.item has no column "name"'
}
