#!/usr/bin/env bats
# litehaul-import: its options, its refusals, and what needs no server.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	unset PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGSERVICE DATABASE_URL
	sqlite3 app.db "
		CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
		INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (3, NULL);"
	"$BIN/litehaul-export" -q app.db -f app.dump
	"$BIN/litehaul-transform" -q app.dump -f app.pg
}

import() {
	"$BIN/litehaul-import" "$@"
}

@test "help and version go to standard output" {
	run --separate-stderr import --help
	[ "$status" -eq 0 ]
	[[ $output == *"--dbname"* ]]
	[ -z "$stderr" ]
	run --separate-stderr import --version
	[ "$status" -eq 0 ]
	[[ $output == "litehaul-import "*libpq* ]]
}

@test "a target must be named" {
	run import app.pg
	[ "$status" -eq 2 ]
	[[ $output == *"no target is named"* ]]
}

@test "a lone -h says where the help is" {
	run import app.pg -h
	[ "$status" -eq 2 ]
	[[ $output == *"--help"* ]]
}

@test "-w and -W contradict each other" {
	run import -d app -w -W app.pg
	[ "$status" -eq 2 ]
}

@test "a second dump is refused" {
	run import -d app app.pg app.dump
	[ "$status" -eq 2 ]
	[[ $output == *"app.dump"* ]]
}

@test "sqlite as a target is refused" {
	run import -d sqlite:new.db app.pg
	[ "$status" -eq 2 ]
}

@test "a dump in the sqlite dialect is refused before connecting" {
	run import -d host=/nonexistent app.dump
	[ "$status" -eq 2 ]
	[[ $output == *"litehaul-transform first"* ]]
}

@test "a server that is not there is exit 6" {
	run import -d "host=$BATS_TEST_TMPDIR dbname=app" app.pg
	[ "$status" -eq 6 ]
}

@test "DATABASE_URL names the target where nothing else does" {
	DATABASE_URL="postgresql:///app?host=$BATS_TEST_TMPDIR/from-url" \
		run import app.pg
	[ "$status" -eq 6 ]
	[[ $output == *from-url* ]]
	DATABASE_URL="postgresql:///app?host=$BATS_TEST_TMPDIR/from-url" \
		PGHOST="$BATS_TEST_TMPDIR/from-pghost" run import app.pg
	[ "$status" -eq 6 ]
	[[ $output == *from-pghost* ]]
}

@test "a password is never printed" {
	local target

	for target in \
		"host=$BATS_TEST_TMPDIR password=sesame" \
		"host=$BATS_TEST_TMPDIR password='sesame" \
		"postgresql://me:sesame@%2Fnonexistent/app" \
		"postgresql://me:x@sesame@host/app" \
		"postgresql://me:x/sesame@host/app" \
		"postgresql://me:x:sesame@host:sesame/app" \
		"postgresql://host:sesame/app" \
		"dbname=app sesame"; do
		run import -w -d "$target" app.pg
		[ "$status" -ne 0 ]
		[[ $output != *sesame* ]]
	done
}

@test "--check accepts a whole dump of either dialect, staged or piped" {
	run import --check app.pg
	[ "$status" -eq 0 ]
	[[ $output == *"3 rows"* ]]
	run import --check app.dump
	[ "$status" -eq 0 ]
	tar -C app.pg -cf app.tar schema.json data manifest.json
	run import --check app.tar
	[ "$status" -eq 0 ]
	run import --check < app.tar
	[ "$status" -eq 0 ]
}

@test "--check finds a flipped bit anywhere in a chunk" {
	local file size at

	file=$(echo app.pg/data/users/000001.csv*)
	size=$(stat -c %s "$file")
	cp "$file" whole
	for ((at = 0; at < size; at += 7)); do
		{
			head -c "$at" whole
			tail -c "+$((at + 1))" whole | head -c 1 |
				tr '\000-\377' '\001-\377\000'
			tail -c "+$((at + 2))" whole
		} > "$file"
		run import --check app.pg
		[ "$status" -eq 5 ]
	done
}

@test "--check finds a missing and an added file" {
	rm app.pg/data/users/000001.csv*
	run import --check app.pg
	[ "$status" -eq 5 ]
	cp app.dump/data/users/000001.csv* app.dump/data/users/000002.csv.zst
	run import --check app.dump
	[ "$status" -eq 5 ]
}

@test "--check refuses a stream without its manifest" {
	tar -C app.pg -cf cut.tar schema.json data
	run import --check cut.tar
	[ "$status" -eq 5 ]
	[[ $output == *manifest* ]]
}

@test "what is not a dump is exit 5" {
	run import -d app <<< "hello"
	[ "$status" -eq 5 ]
	run import -d app nonexistent
	[ "$status" -eq 5 ]
	mkdir empty
	run import -d app empty
	[ "$status" -eq 5 ]
}

@test "a pattern that matches no table is exit 2" {
	run import -d app -t nothing app.pg
	[ "$status" -eq 2 ]
	[[ $output == *nothing* ]]
}

@test "a name that PostgreSQL cannot have is refused for -n" {
	run import -d app -n "" app.pg
	[ "$status" -eq 2 ]
	run import -d app -n "$(printf 'x%.0s' {1..64})" app.pg
	[ "$status" -eq 2 ]
}

@test "options that contradict each other are refused" {
	run import -d app -a -s app.pg
	[ "$status" -eq 2 ]
	[[ $output == *"-a and -s contradict"* ]]
	run import -d app -a --clean app.pg
	[ "$status" -eq 2 ]
	[[ $output == *"--clean drops them"* ]]
	run import -d app --describe --clean
	[ "$status" -eq 2 ]
	run import -d app --describe --status
	[ "$status" -eq 2 ]
	run import -d app --describe app.pg
	[ "$status" -eq 2 ]
	[[ $output == *"--describe reads no dump"* ]]
}

@test "several schemas are for --describe only" {
	run import -d app -n one -n two app.pg
	[ "$status" -eq 2 ]
	[[ $output == *'-n "two" is one too many'* ]]
	run import -d "host=$BATS_TEST_TMPDIR" -n one -n two --describe
	[ "$status" -eq 6 ]
}
