#!/usr/bin/env bats
# Everything that uses threads at once: run under the thread sanitizer, a race
# ends a program with a report and a code other than 0.

load carry

setup_file() {
	server_start
}

setup() {
	EXPORT=(-q -j 4 --chunk-size=64KiB) TRANSFORM=(-q -j 4)
	IMPORT=(-q -j 4)
}

@test "four threads in each stage get along" {
	app=$BATS_TEST_TMPDIR/app.db
	"$SOURCE/scripts/sample" "$app"
	carry_piped
	carry_staged
}

@test "a damaged chunk stops all threads" {
	app=$BATS_TEST_TMPDIR/app.db
	"$SOURCE/scripts/sample" "$app"
	dump=$BATS_TEST_TMPDIR/app.dump
	"$BIN/litehaul-export" "${EXPORT[@]}" "$app" -f "$dump"
	printf X | dd of="$dump/data/orders/000003.csv.zst" bs=1 seek=100 \
	    conv=notrunc status=none
	run "$BIN/litehaul-transform" "${TRANSFORM[@]}" "$dump" \
	    -f "$BATS_TEST_TMPDIR/app.pg"
	echo "$output"
	[ "$status" -eq 5 ]
	[ ! -e "$BATS_TEST_TMPDIR/app.pg" ]
}
