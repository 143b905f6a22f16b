#!/usr/bin/env bats
# What is translated of SQLite's expressions means the same in PostgreSQL.

load ../trial

setup_file() {
	server_start
}

setup() {
	server_database
	translation=$BIN/../tests/translation
}

@test "expressions give the same in SQLite and in PostgreSQL" {
	run "$SOURCE/tests/pipe/equivalence" "$translation" "${SEED:-$RANDOM}"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the comparison objects to a translation that is not the same" {
	cat >"$BATS_TEST_TMPDIR/wrong" <<-END
	#!/bin/sh
	"$translation" | sed 's/lower(/(/g; s/ >= / > /g'
	END
	chmod +x "$BATS_TEST_TMPDIR/wrong"
	run "$SOURCE/tests/pipe/equivalence" --brief "$BATS_TEST_TMPDIR/wrong" 1
	[ "$status" -eq 1 ]
	[[ $output == *"SQLite"*"PostgreSQL"* ]]
	[[ $output != *" 0 wrong"* ]]
}
