# bats helper: carry a database into PostgreSQL and let the referee compare.
#
#	load carry
#	setup_file() { server_start; }
#	@test "..." { carry_make FILE.sql; carry_piped; carry_staged; }
#
# The database is $app; its sources are in tests/data.

BIN=${BIN:-$BATS_TEST_DIRNAME/../../build/bin}
SOURCE=${SOURCE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
load "$SOURCE/tests/server"

# carry_make FILE.sql: $app from a file of tests/data.
carry_make() {
	app=$BATS_TEST_TMPDIR/app.db
	rm -f "$app"
	sqlite3 -bail "$app" <"$SOURCE/tests/data/$1"
}

# carry_piped [CODE]: all in one pipe; CODE is what transform and import end
# with.
# Options of the stages: EXPORT, TRANSFORM, IMPORT (arrays).
carry_piped() {
	local codes expected=${1:-0}

	server_database piped
	rm -rf "$BATS_TEST_TMPDIR/piped.rejects"
	"$BIN/litehaul-export" "${EXPORT[@]}" "$app" |
		"$BIN/litehaul-transform" "${TRANSFORM[@]}" \
		    --rejects="$BATS_TEST_TMPDIR/piped.rejects" |
		"$BIN/litehaul-import" "${IMPORT[@]}" -d dbname=piped &&
		codes=("${PIPESTATUS[@]}") || codes=("${PIPESTATUS[@]}")
	echo "exit codes ${codes[*]}"
	[ "${codes[*]}" = "0 $expected $expected" ]
	carry_compare piped
}

# carry_staged [CODE]: by way of $dump and $ready.
carry_staged() {
	local code=0 expected=${1:-0}

	server_database staged
	dump=$BATS_TEST_TMPDIR/app.dump ready=$BATS_TEST_TMPDIR/app.pg
	rm -rf "$dump" "$ready" "$BATS_TEST_TMPDIR/staged.rejects"
	"$BIN/litehaul-export" "${EXPORT[@]}" "$app" -f "$dump"
	"$BIN/litehaul-transform" "${TRANSFORM[@]}" "$dump" -f "$ready" \
	    --rejects="$BATS_TEST_TMPDIR/staged.rejects" || code=$?
	[ "$code" -eq "$expected" ]
	code=0
	"$BIN/litehaul-import" "${IMPORT[@]}" -d dbname=staged "$ready" || code=$?
	[ "$code" -eq "$expected" ]
	carry_compare staged
}

# carry_compare DATABASE: equal to $app, but for the rows set aside.
carry_compare() {
	local rejects=()

	if [ -d "$BATS_TEST_TMPDIR/$1.rejects" ]; then
		rejects=(--rejects="$BATS_TEST_TMPDIR/$1.rejects")
	fi
	"$SOURCE/tests/oracle/compare" "${rejects[@]}" "$app" "dbname=$1" \
	    >"$BATS_TEST_TMPDIR/report" || {
		cat "$BATS_TEST_TMPDIR/report"
		return 1
	}
	report=$(<"$BATS_TEST_TMPDIR/report")
	tail -n 1 "$BATS_TEST_TMPDIR/report"
}
