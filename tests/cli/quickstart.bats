#!/usr/bin/env bats
# scripts/quickstart and the scripts it is made of.

setup() {
	SOURCE=${SOURCE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
	BIN=${BIN:-$SOURCE/build/bin}
	export BIN
	export LITEHAUL_QUICKSTART=$BATS_TEST_TMPDIR/quickstart
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	"$SOURCE/scripts/server" stop "$LITEHAUL_QUICKSTART/server"
}

# The psql line that it shows, run with a query.
look() {
	local target
	target=$(sed -n "s/^look at it: *psql '\(.*\)'$/\1/p" <<<"$output")
	[ -n "$target" ]
	psql -XAtq -d "$target" -c "$1"
}

@test "without arguments a sample arrives in a server of its own, twice" {
	for _ in 1 2; do
		run "$SOURCE/scripts/quickstart"
		echo "$output"
		[ "$status" -eq 0 ]
		[ "$(look 'SELECT count(*) FROM orders')" = 19990 ]
		[ "$(look 'SHOW listen_addresses')" = "" ]
	done
	"$SOURCE/tests/oracle/compare" "$LITEHAUL_QUICKSTART/sample.db" \
	    "$(sed -n "s/^look at it: *psql '\(.*\)'$/\1/p" <<<"$output")"
}

@test "a database of one's own, its name with a blank" {
	sqlite3 "my app.db" "CREATE TABLE T (a); INSERT INTO T VALUES ('x')"
	run "$SOURCE/scripts/quickstart" "my app.db"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(look 'SELECT a FROM t')" = x ]
}

@test "a database and a target of one's own" {
	sqlite3 app.db "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (7)"
	socket=$("$SOURCE/scripts/server" start "$LITEHAUL_QUICKSTART/server")
	run "$SOURCE/scripts/quickstart" app.db \
	    "host=$socket user=postgres dbname=postgres"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(psql -XAtq -h "$socket" -U postgres -c 'SELECT a FROM t' \
	    postgres)" = 7 ]
}

@test "what cannot be read ends with the code of the first failure" {
	echo "not a database, but long enough to have been one" >app.db
	run "$SOURCE/scripts/quickstart" app.db
	echo "$output"
	[ "$status" -eq 7 ]
	run "$SOURCE/scripts/quickstart" missing.db
	[ "$status" -eq 7 ]
	run "$SOURCE/scripts/quickstart" a b c
	[ "$status" -eq 2 ]
}

@test "the sample is the same every time and is not written over" {
	"$SOURCE/scripts/sample" one.db
	"$SOURCE/scripts/sample" two.db
	cmp one.db two.db
	run "$SOURCE/scripts/sample" one.db
	[ "$status" -eq 1 ]
	[[ $output == *"exists already"* ]]
	[ "$(sqlite3 one.db 'PRAGMA integrity_check')" = ok ]
}

@test "a folder that is no throw-away server is left alone" {
	mkdir -p precious
	touch precious/file
	for what in start stop; do
		run "$SOURCE/scripts/server" $what precious
		[ "$status" -eq 1 ]
		[ -e precious/file ]
	done
}

@test "a server below a very long path starts" {
	long=$BATS_TEST_TMPDIR/$(printf 'x%.0s' {1..120})
	socket=$("$SOURCE/scripts/server" start "$long")
	[ "$(psql -XAtq -h "$socket" -U postgres -c 'SELECT 1' postgres)" = 1 ]
	"$SOURCE/scripts/server" stop "$long"
	[ ! -e "$socket" ]
	[ ! -e "$long" ]
}
