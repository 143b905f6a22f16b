#!/usr/bin/env bats
# kill -9 at many moments of an import, and of each stage of a pipe: the same
# command run again ends in what an undisturbed run gives (promise P5), and a
# pipe of which any stage died says so by the exit code of its last.

load ../trial

setup_file() {
	target_begin
	trial_database app.db
	"$exporter" -q -j 1 --chunk-size=16KiB app.db -f app.dump
	"$transformer" -q -j 1 app.dump -f app.pg
	# What "loaded" compares with: a load that nothing disturbs.
	fresh
	"$importer" -q -d dbname=test app.pg
	same_contents app.db
	contents >contents
	facts >facts
	[[ $(<facts) == 1\|1\|[1-9]*\|1 ]]
}

setup() {
	needs_trace
	whole=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR"
	fresh
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
	[ "$(facts)" = "$(<"$whole/facts")" ]
	[ "$(contents)" = "$(<"$whole/contents")" ]
}

@test "import from a directory" {
	run=("$importer" -q -j 1 -d dbname=test "$whole/app.pg")
	for n in $(moments sendto 10 "${run[@]}"); do
		fresh
		strike sendto "$n" "${run[@]}"
		"${run[@]}"
		loaded
	done
	same_contents "$whole/app.db"
}

@test "import from a directory, by four connections" {
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
	stream "$whole/app.pg" >pg.tar
	run=("$importer" -q -j 1 -d dbname=test pg.tar)
	for n in $(moments sendto 4 "${run[@]}"); do
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
	stream "$whole/app.pg" | "$importer" -q -j 2 -d dbname=test &
	one=$!
	"$importer" -q -j 2 -d dbname=test "$whole/app.pg"
	wait "$one"
	loaded
}

@test "one of two importers is killed" {
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

@test "a connection that breaks is made again, at any moment" {
	run=("$importer" -q -j 1 -d dbname=test "$whole/app.pg")
	for n in $(moments recvfrom 8 "${run[@]}"); do
		fresh
		# The first answers come before there is anything to go on with.
		code=0
		trace -o /dev/null -e trace=recvfrom \
		    -e "inject=recvfrom:error=ECONNRESET:when=$n" \
		    "${run[@]}" 2>err || code=$?
		echo "answer $n lost: exit code $code"
		cat err
		[ "$code" -eq 0 ] || [ "$code" -eq 6 ]
		if [ "$code" -ne 0 ]; then
			"${run[@]}"
		fi
		loaded
	done
}

@test "a server that dies under a load goes on with it" {
	# Three chunks, then the load is killed and the server crashes.
	strike sendto 60 "$importer" -q -j 1 -d dbname=test "$whole/app.pg"
	server_halt immediate
	ends 6 'server' "$importer" -q -d dbname=test "$whole/app.pg"
	server_resume
	"$importer" -q -d dbname=test "$whole/app.pg"
	loaded
}
