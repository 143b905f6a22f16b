#!/usr/bin/env bats
# kill -9 at many moments of each stage: the same command run again ends in what
# an undisturbed run gives (promise P5), and a pipe of which any stage died says
# so by the exit code of its last.
#
# The moments are system calls: strace(1) kills at the N-th call, so nothing
# here depends on time.

setup_file() {
	load ../trial
	server_start
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

teardown_file() {
	load ../trial
	server_stop
}

setup() {
	load ../trial
	whole=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR"
}

# moments CALL SAMPLES COMMAND...: some numbers of the calls that COMMAND makes
# of CALL, from the first to the last.
moments() {
	local call=$1 samples=$2 n i

	shift 2
	# Threads would make the number of a call a matter of luck.
	trace -o calls -e "trace=$call" "$@" >/dev/null 2>&1 || [ $? -eq 3 ]
	n=$(grep -c " $call(" calls)
	[ "$n" -gt 0 ]
	for ((i = 0; i < samples; i++)); do
		echo $((1 + i * (n - 1) / (samples > 1 ? samples - 1 : 1)))
	done | sort -nu
}

# strike CALL N COMMAND...: COMMAND is killed as it makes its N-th CALL.
strike() {
	local call=$1 n=$2

	shift 2
	code=0
	(trace -o /dev/null -e "trace=$call" \
	    -e "inject=$call:signal=KILL:when=$n" "$@") \
	    >struck.out 2>struck.err || code=$?
	if [ "$code" -ne 137 ]; then
		echo "$call $n: exit code $code, not killed"
		cat struck.err
		return 1
	fi
}

@test "export into a directory" {
	run=("$exporter" -q -j 1 --chunk-size=16KiB "$whole/app.db" -f app.dump)
	for call in mkdirat openat write fsync renameat2; do
		rm -rf app.dump
		for n in $(moments "$call" 6 "${run[@]}"); do
			rm -rf app.dump
			strike "$call" "$n" "${run[@]}"
			# Whole or not there.
			[ ! -e app.dump ] || diff -r "$whole/app.dump" app.dump
			"${run[@]}"
			diff -r "$whole/app.dump" app.dump
			[ ! -e app.dump.partial ]
		done
	done
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
	run=("$transformer" -q -j 1 "$whole/app.dump" -f app.pg)
	for call in mkdirat openat write fsync renameat2; do
		rm -rf app.pg
		for n in $(moments "$call" 6 "${run[@]}"); do
			rm -rf app.pg
			strike "$call" "$n" "${run[@]}"
			[ ! -e app.pg ] || diff -r "$whole/app.pg" app.pg
			"${run[@]}"
			diff -r "$whole/app.pg" app.pg
			[ ! -e app.pg.partial ]
		done
	done
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

# What the target holds beside its rows: loads, finished ones, indexes and
# proven foreign keys.
facts() {
	server_ask "SELECT (SELECT count(*) FROM litehaul.load),
	    (SELECT count(*) FROM litehaul.load WHERE state = 'finished'),
	    (SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'),
	    (SELECT count(*) FROM pg_constraint
	        WHERE contype = 'f' AND convalidated)"
}

# loaded: everything is there, once, and the ledger says so.
loaded() {
	[ "$(facts)" = "$expected_facts" ]
	[ "$(contents)" = "$expected" ]
}

# What loaded compares with.
load_undisturbed() {
	fresh
	"$importer" -q -d dbname=test "$whole/app.pg"
	same_contents "$whole/app.db"
	expected=$(contents)
	expected_facts=$(facts)
	[[ $expected_facts == 1\|1\|[1-9]*\|1 ]]
}

@test "import from a directory" {
	load_undisturbed
	run=("$importer" -q -j 1 -d dbname=test "$whole/app.pg")
	fresh
	for n in $(moments sendto 14 "${run[@]}"); do
		fresh
		strike sendto "$n" "${run[@]}"
		"${run[@]}"
		loaded
	done
	same_contents "$whole/app.db"
}

@test "import from a directory, by four connections" {
	load_undisturbed
	run=("$importer" -q -j 4 -d dbname=test "$whole/app.pg")
	for n in 3 9 15 25 40 60; do
		fresh
		(trace -o /dev/null -e trace=sendto \
		    -e "inject=sendto:signal=KILL:when=$n" "${run[@]}") \
		    2>/dev/null || true
		"${run[@]}"
		loaded
	done
	same_contents "$whole/app.db"
}

@test "import killed again and again gets there" {
	load_undisturbed
	fresh
	run=("$importer" -q -j 1 -d dbname=test "$whole/app.pg")
	for n in 20 40 60 80 100 120; do
		# Later ones may find all done before their moment.
		(trace -o /dev/null -e trace=sendto \
		    -e "inject=sendto:signal=KILL:when=$n" "${run[@]}") \
		    2>/dev/null || true
	done
	"${run[@]}"
	loaded
	same_contents "$whole/app.db"
}

@test "import from a stream" {
	load_undisturbed
	stream "$whole/app.pg" >pg.tar
	run=("$importer" -q -j 1 -d dbname=test pg.tar)
	fresh
	for n in $(moments sendto 6 "${run[@]}"); do
		fresh
		strike sendto "$n" "${run[@]}"
		"${run[@]}"
		loaded
	done
}

# piped: the whole pipe; prefixes are in the arrays before_1, before_2 and
# before_3.  Its exit code is that of its last stage.
piped() {
	set +o pipefail
	code=0
	"${before_1[@]}" "$exporter" -q -j 1 --chunk-size=16KiB "$whole/app.db" \
	    2>1.err |
		"${before_2[@]}" "$transformer" -q -j 1 2>2.err |
		"${before_3[@]}" "$importer" -q -j 1 -d dbname=test 2>3.err ||
		code=$?
}

@test "any stage of a pipe" {
	load_undisturbed
	calls=(write write sendto)
	for stage in 1 2 3; do
		call=${calls[stage - 1]}
		before_1=() before_2=() before_3=()
		declare -n before=before_$stage
		fresh
		before=(trace -o calls -e "trace=$call")
		piped
		[ "$code" -eq 0 ]
		total=$(grep -c " $call(" calls)
		for n in 1 $((total / 3)) $((total * 2 / 3)) "$total"; do
			fresh
			before=(trace -o /dev/null -e "trace=$call"
			    -e "inject=$call:signal=KILL:when=$n")
			piped
			echo "stage $stage, $call $n of $total: exit code $code"
			[ "$code" -ne 0 ]
			# The last may die after its work is done.
			stays_out || [ "$(finished)" -eq 0 ] ||
				[ "$stage" -eq 3 ]
			before=()
			piped
			[ "$code" -eq 0 ]
			loaded
		done
	done
	same_contents "$whole/app.db"
}

@test "two importers at once load every row once" {
	load_undisturbed
	for jobs in 1 3; do
		fresh
		"$importer" -q -j "$jobs" -d dbname=test "$whole/app.pg" &
		one=$!
		"$importer" -q -j "$jobs" -d dbname=test "$whole/app.pg" &
		two=$!
		wait "$one"
		wait "$two"
		loaded
	done
	same_contents "$whole/app.db"
}

@test "two importers at once, one from a stream" {
	load_undisturbed
	fresh
	stream "$whole/app.pg" | "$importer" -q -j 2 -d dbname=test &
	one=$!
	"$importer" -q -j 2 -d dbname=test "$whole/app.pg"
	wait "$one"
	loaded
}

@test "one of two importers is killed" {
	load_undisturbed
	for n in 10 30 70; do
		fresh
		(trace -o /dev/null -e trace=sendto \
		    -e "inject=sendto:signal=KILL:when=$n" \
		    "$importer" -q -j 1 -d dbname=test "$whole/app.pg") \
		    >/dev/null 2>&1 &
		one=$!
		"$importer" -q -j 2 -d dbname=test "$whole/app.pg"
		wait "$one" || true
		loaded
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
