#!/usr/bin/env bats
# Databases that others have made: every *.db and *.sqlite of the directory
# that LITEHAUL_REAL names, each piped and staged, contents compared.

load ../server

setup_file() {
	server_start
}

@test "real databases arrive" {
	[ -n "${LITEHAUL_REAL-}" ] || skip "LITEHAUL_REAL names no directory"
	SOURCE=${SOURCE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
	"$SOURCE/tests/oracle/real" "$LITEHAUL_REAL"
}
