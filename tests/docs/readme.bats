#!/usr/bin/env bats
# Every command that the README shows works: its "sh" blocks run one after
# another in a folder with an app.db, each with an empty database "app"; of
# its "console" blocks the scripts are there and the commands' options exist.

load ../server

setup_file() {
	server_start
}

setup() {
	SOURCE=${SOURCE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
	BIN=${BIN:-$SOURCE/build/bin}
	readme=$SOURCE/README.md
}

# blocks LANGUAGE: the README's blocks of it as $BATS_TEST_TMPDIR/block.N
blocks() {
	awk -v language="$1" -v prefix="$BATS_TEST_TMPDIR/block." '
	/^```/ {
		if (open)
			open = 0
		else if ($0 == "```" language) {
			open = 1
			file = sprintf("%s%02d", prefix, ++n)
			printf "" >file
		} else
			open = -1
		if (open == -1)
			other = !other
		next
	}
	open == 1 { print >file }' "$readme"
}

@test "every command of the README runs" {
	work=$BATS_TEST_TMPDIR/work
	mkdir -p "$work" "$BATS_TEST_TMPDIR/bin"
	# The other end of ssh is this machine.
	printf '%s\n' '#!/usr/bin/env bash' 'exec bash -c "$2"' \
	    >"$BATS_TEST_TMPDIR/bin/ssh"
	chmod +x "$BATS_TEST_TMPDIR/bin/ssh"
	PATH=$BIN:$BATS_TEST_TMPDIR/bin:$PATH
	"$SOURCE/scripts/sample" "$work/app.db"
	# What an application's migrations would have made.
	server_database app
	litehaul-export -q "$work/app.db" | litehaul-transform -q |
		litehaul-import -q -d dbname=app
	pg_dump --schema-only --schema=public app |
		grep -v '^CREATE SCHEMA' >"$work/schema.sql"
	blocks sh
	cd "$work"
	count=0
	for block in "$BATS_TEST_TMPDIR"/block.*; do
		server_database app
		echo "--- $(<"$block")"
		PGDATABASE=app bash -eu "$block"
		count=$((count + 1))
	done
	[ "$count" -ge 5 ]
}

@test "scripts and files that the README names are there" {
	while read -r path; do
		[ -e "$SOURCE/$path" ] || {
			echo "README.md names $path, which is not there"
			return 1
		}
	done < <(grep -oE '\b(scripts|tests|formats|man|docs)/[A-Za-z0-9_./-]*[A-Za-z0-9]' \
	    "$readme" | sort -u)
	while read -r path; do
		[ -e "$SOURCE/$path" ]
	done < <(grep -oE '\]\([^)#:]+\)' "$readme" | tr -d '])(' | sort -u)
}
