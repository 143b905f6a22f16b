#!/usr/bin/env bats
# A sample of scripts/torture: a few faults of each kind, at moments that are
# drawn anew each time; the seed is in what it prints.  And is a broken promise
# found?

load ../trial

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# sample SECTION... [OPTION...]
sample() {
	BIN=$(realpath "$BIN") "$SOURCE/scripts/torture" --rounds=1 --rows=2000 \
	    -v "$@"
}

@test "system calls at which a program dies, and that fail" {
	needs_trace
	sample syscalls errno
}

@test "connections that are cut" {
	sample proxy
}

@test "sessions that are terminated, and a server that crashes" {
	sample backends server
}

@test "stages of a pipe that die, and importers beside each other" {
	sample kills several
}

@test "disks that are full, the server's too" {
	sample disk
}

# false_importer SQL: after its first run, which is what the others are
# compared with, SQL follows every load.
false_importer() {
	mkdir bin
	ln -s "$(realpath "$exporter")" "$(realpath "$transformer")" bin
	cat >bin/litehaul-import <<-SH
	#!/usr/bin/env bash
	"$(realpath "$importer")" "\$@" || exit
	if [ -e "$PWD/once" ]; then
		psql -qXc "$1"
	fi
	touch "$PWD/once"
	SH
	chmod +x bin/litehaul-import
}

# found SECTION COUNT: the section's counts hold the violation.
found() {
	code=0
	BIN=$PWD/bin sample "$1" --rows=10 >report || code=$?
	cat report
	[ "$code" -eq 1 ]
	grep -q "^VIOLATION $1" report
	awk -v section="$1" -v column="$2" '
		$1 == section { bad = $column }
		END { exit !(bad > 0) }' report
}

@test "a row that is lost is found" {
	false_importer "DELETE FROM llm_mappings WHERE id = 7"
	found kills 6
}

@test "a row that is there twice is found" {
	false_importer "INSERT INTO tags (user_id, name)
		SELECT user_id, name FROM tags WHERE id = 2"
	found kills 7
}

@test "a load without an end is found" {
	false_importer "UPDATE litehaul.load SET state = 'loading'"
	found kills 9
}
