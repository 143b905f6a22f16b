#!/usr/bin/env bats
# kill -9 at many moments of an export or transform: the same command run again
# ends in what an undisturbed run gives (promise P5).  The loads are in
# kill-load.bats.

load ../trial

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	trial_database app.db
	"$exporter" -q -j 1 --chunk-size=16KiB app.db -f app.dump
	"$transformer" -q -j 1 app.dump -f app.pg
	# One whose transform sets rows aside.
	cp app.db bad.db
	sqlite3 bad.db "UPDATE book SET title = CAST(x'ff' AS TEXT)
	    WHERE id % 100 = 7"
	"$exporter" -q --chunk-size=16KiB bad.db -f bad.dump
	"$transformer" -q -j 1 bad.dump -f bad.pg || [ $? -eq 3 ]
	[ -e bad.pg.rejects/manifest.json ]
}

setup() {
	needs_trace
	whole=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR"
}

# makes NAME COMMAND...: killed at calls of each kind, it has made NAME whole or
# not at all, and run again it makes it.
makes() {
	local name=$1 call n

	shift
	for call in mkdirat openat write fsync renameat2; do
		rm -rf "$name"
		for n in $(moments "$call" 6 "$@"); do
			rm -rf "$name"
			strike "$call" "$n" "$@"
			[ ! -e "$name" ] || diff -r "$whole/$name" "$name"
			"$@"
			diff -r "$whole/$name" "$name"
			[ ! -e "$name.partial" ]
		done
	done
}

@test "export into a directory" {
	makes app.dump "$exporter" -q -j 1 --chunk-size=16KiB "$whole/app.db" \
	    -f app.dump
}

@test "export into a directory, by four threads" {
	run=("$exporter" -q -j 4 --chunk-size=16KiB "$whole/app.db" -f app.dump)
	for n in 1 2 4 7 9; do
		rm -rf app.dump
		# The thread that gives may be any: kill it where it is.
		(trace -o /dev/null -e trace=write \
		    -e "inject=write:signal=KILL:when=$n" "${run[@]}") \
		    2>/dev/null || true
		"${run[@]}"
		diff -r "$whole/app.dump" app.dump
		[ ! -e app.dump.partial ]
	done
}

@test "export over a dump that is there already" {
	cp -r "$whole/app.dump" .
	run=("$exporter" -q -j 1 --chunk-size=16KiB "$whole/app.db" -f app.dump)
	for call in write unlinkat; do
		for n in $(moments "$call" 5 "${run[@]}"); do
			strike "$call" "$n" "${run[@]}"
			diff -r "$whole/app.dump" app.dump
			"${run[@]}"
			diff -r "$whole/app.dump" app.dump
			[ ! -e app.dump.partial ]
		done
	done
}

@test "transform into a directory" {
	makes app.pg "$transformer" -q -j 1 "$whole/app.dump" -f app.pg
}

@test "transform that sets rows aside" {
	run=("$transformer" -q -j 1 "$whole/bad.dump" -f bad.pg)
	for call in write fsync renameat2; do
		rm -rf bad.pg bad.pg.rejects
		for n in $(moments "$call" 7 "${run[@]}"); do
			rm -rf bad.pg bad.pg.rejects
			strike "$call" "$n" "${run[@]}"
			# A finished output never stands without its rejects.
			if [ -e bad.pg ]; then
				[ -e bad.pg.rejects ]
			fi
			code=0
			"${run[@]}" 2>again.err || code=$?
			cat again.err
			[ "$code" -eq 3 ]
			diff -r "$whole/bad.pg" bad.pg
			diff -r "$whole/bad.pg.rejects" bad.pg.rejects
			[ ! -e bad.pg.partial ]
			[ ! -e bad.pg.rejects.partial ]
		done
	done
}

@test "two exports into one name: one does it, the other says so" {
	run=("$exporter" -q --chunk-size=16KiB "$whole/app.db" -f app.dump)
	"${run[@]}" 2>1.err &
	one=$!
	first=0 second=0
	"${run[@]}" 2>2.err || second=$?
	wait "$one" || first=$?
	echo "$first $second"
	cat 1.err 2.err
	[ "$first" -eq 0 ] || [ "$second" -eq 0 ]
	if [ "$first" -ne 0 ]; then
		[ "$first" -eq 2 ]
		grep -q 'is being written by another run' 1.err
	fi
	if [ "$second" -ne 0 ]; then
		[ "$second" -eq 2 ]
		grep -q 'is being written by another run' 2.err
	fi
	diff -r "$whole/app.dump" app.dump
}
