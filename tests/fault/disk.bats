#!/usr/bin/env bats
# Disks that are full, system calls that fail, readers that go away: a clear
# message that names the file, no dump under its final name, and the same
# command succeeds once there is room.

load ../trial

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	trial_database app.db
	"$exporter" -q -j 1 --chunk-size=8KiB app.db -f app.dump
	"$transformer" -q -j 1 app.dump -f app.pg
}

setup() {
	whole=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR"
}

# A name space of one's own, in which a small disk may be mounted; skips the
# test where there is none.
own_disks() {
	disks=(unshare -m)
	if [ "$(id -u)" -ne 0 ]; then
		disks=(unshare -rm)
	fi
	mkdir -p disk
	if ! "${disks[@]}" mount -t tmpfs none disk 2>/dev/null; then
		skip "no file system can be mounted here"
	fi
}

# on_disk SIZE SCRIPT [ARGUMENT]...: run bash in disk/, which holds SIZE.
on_disk() {
	local size=$1

	shift
	# shellcheck disable=SC2016 # expands in the other shell
	"${disks[@]}" bash -euc '
		mount -t tmpfs -o size="$0" none disk
		cd disk
		script=$1
		shift
		eval "$script"' "$size" "$@"
}

@test "a full disk below a dump: export" {
	own_disks
	# shellcheck disable=SC2016
	on_disk 24k '
		code=0
		"$1" -q -j "$3" --chunk-size=8KiB "$2/app.db" -f app.dump \
		    2>../err || code=$?
		[ "$code" -eq 1 ]
		[ ! -e app.dump ]
		grep "No space left on device" ../err | grep -q "app.dump.partial"
		mount -o remount,size=10m .
		"$1" -q --chunk-size=8KiB "$2/app.db" -f app.dump
		diff -r app.dump "$2/app.dump"
		[ ! -e app.dump.partial ]' \
	    "$exporter" "$whole" 1
	cat err
	[ "$(wc -l <err)" -eq 1 ]
}

@test "a full disk below a dump: transform" {
	own_disks
	# shellcheck disable=SC2016
	on_disk 24k '
		code=0
		"$1" -q -j 4 "$2/app.dump" -f app.pg 2>../err || code=$?
		[ "$code" -eq 1 ]
		[ ! -e app.pg ]
		grep "No space left on device" ../err | grep -q "app.pg.partial"
		mount -o remount,size=10m .
		"$1" -q "$2/app.dump" -f app.pg
		diff -r app.pg "$2/app.pg"
		[ ! -e app.pg.partial ]' \
	    "$transformer" "$whole"
	cat err
	[ "$(wc -l <err)" -eq 1 ]
}

@test "a disk without room for one file more" {
	own_disks
	for inodes in 2 3 4 5 6 9; do
		# shellcheck disable=SC2016
		on_disk "10m,nr_inodes=$inodes" '
			code=0
			"$1" -q --chunk-size=8KiB "$2/app.db" -f app.dump \
			    2>../err || code=$?
			[ "$code" -eq 1 ]
			[ ! -e app.dump ]
			grep -q "No space left on device" ../err' \
		    "$exporter" "$whole"
	done
}

@test "a disk that cannot be written to" {
	own_disks
	# shellcheck disable=SC2016
	on_disk 1m '
		mount -o remount,ro .
		code=0
		"$1" -q "$2/app.db" -f app.dump 2>../err || code=$?
		[ "$code" -eq 1 ]
		grep "Read-only file system" ../err | grep -q "app.dump"' \
	    "$exporter" "$whole"
}

@test "a full standard output" {
	[ -e /dev/full ] || skip "there is no /dev/full"
	for run in "$exporter $whole/app.db" "$transformer $whole/app.dump" \
	    "$exporter --list $whole/app.db" \
	    "$transformer --explain $whole/app.dump" \
	    "$exporter --help" "$exporter --version" \
	    "$transformer --help" "$importer --help" "$importer --version"; do
		code=0
		# shellcheck disable=SC2086 # words
		$run >/dev/full 2>err || code=$?
		echo "$run: $code"
		cat err
		[ "$code" -eq 1 ]
		grep 'No space left on device' err | grep -q 'standard output'
	done
}

# every_failure CALL ERROR MESSAGE COMMAND...: CALL fails with ERROR, first at
# its first time, then at its second ...; COMMAND writes to $target.
every_failure() {
	local call=$1 error=$2 message=$3 n total

	shift 3
	rm -rf "$target"
	trace -o calls -e "trace=$call" "$@"
	total=$(grep -c " $call(" calls)
	for ((n = 1; n <= total; n += (total + 7) / 8)); do
		rm -rf "$target"
		code=0
		trace -o /dev/null -e "trace=$call" \
		    -e "inject=$call:error=$error:when=$n" "$@" 2>err ||
			code=$?
		echo "$call $n of $total: $code $(cat err)"
		[ "$code" -eq 1 ]
		grep -q "$message" err
		grep -q "$target" err
		[ "$(wc -l <err)" -eq 1 ]
	done
	rm -rf "$target"
	"$@"
}

@test "a write that fails" {
	needs_trace
	target=app.dump
	run=("$exporter" -q -j 1 --chunk-size=8KiB "$whole/app.db" -f app.dump)
	every_failure write ENOSPC 'No space left on device' "${run[@]}"
	[ ! -e app.dump.partial ]
	diff -r "$whole/app.dump" app.dump
	every_failure write EIO 'Input/output error' "${run[@]}"
	every_failure write EDQUOT 'quota exceeded' "${run[@]}"
	target=app.pg
	every_failure write EFBIG 'File too large' \
	    "$transformer" -q -j 1 "$whole/app.dump" -f app.pg
	diff -r "$whole/app.pg" app.pg
}

@test "an fsync that fails" {
	needs_trace
	target=app.dump
	run=("$exporter" -q -j 1 --chunk-size=8KiB "$whole/app.db" -f app.dump)
	every_failure fsync EIO 'Input/output error' "${run[@]}"
	diff -r "$whole/app.dump" app.dump
}

@test "a rename or mkdir that fails" {
	needs_trace
	target=app.dump
	run=("$exporter" -q -j 1 --chunk-size=8KiB "$whole/app.db" -f app.dump)
	every_failure renameat2 EACCES 'Permission denied' "${run[@]}"
	every_failure mkdirat EACCES 'Permission denied' "${run[@]}"
	diff -r "$whole/app.dump" app.dump
}

@test "short writes and interrupted calls are no failure" {
	needs_trace
	run=("$exporter" -q -j 1 --chunk-size=8KiB "$whole/app.db" -f app.dump)
	trace -o /dev/null -e trace=write,read,fsync \
	    -e inject=write:error=EINTR:when=2+3 "${run[@]}"
	diff -r "$whole/app.dump" app.dump
	# A file system without RENAME_NOREPLACE.
	rm -r app.dump
	trace -o /dev/null -e trace=renameat2 \
	    -e inject=renameat2:error=EINVAL "${run[@]}"
	diff -r "$whole/app.dump" app.dump
}

@test "a dump that cannot be read is not taken for a damaged one" {
	needs_trace
	for file in manifest.json schema.json data/author/000001.csv.zst; do
		for run in "$importer --check" "$transformer -f app.pg"; do
			code=0
			# shellcheck disable=SC2086 # words
			trace -o /dev/null -P "$whole/app.dump/$file" \
			    -e trace=read -e inject=read:error=EIO \
			    $run -q -j 1 "$whole/app.dump" 2>err || code=$?
			echo "$run: $code"
			cat err
			[ "$code" -eq 1 ]
			grep 'Input/output error' err | grep -q "$file"
		done
	done
}

@test "a limit on the size of files" {
	# The signal is ignored, as by nohup; the write fails instead.
	code=0
	(
		trap '' XFSZ
		ulimit -f 2
		"$exporter" -q "$whole/app.db" -f app.dump 2>err
	) || code=$?
	cat err
	[ "$code" -eq 1 ]
	grep 'File too large' err | grep -q app.dump.partial
	[ ! -e app.dump ]
}

@test "a reader that goes away ends the writer quietly" {
	trial_database large.db 30000
	"$exporter" -q large.db -f large.dump
	for run in "$exporter -j 1 large.db" "$exporter -j 4 large.db" \
	    "$exporter --no-profile-first large.db" \
	    "$transformer -j 1 large.dump" "$transformer -j 4 large.dump"; do
		# shellcheck disable=SC2086 # words
		{
			code=0
			$run 2>err || code=$?
			echo "$code" >code
		} | head -c 1000 >/dev/null
		echo "$run: $(cat code)"
		cat err
		[ "$(cat code)" -eq 141 ]
		[ ! -s err ]
	done
}

@test "a reader that goes away before the first byte" {
	mkfifo pipe
	for run in "$exporter -q $whole/app.db" \
	    "$transformer -q $whole/app.dump" \
	    "$exporter --list $whole/app.db" "$transformer --explain $whole/app.dump" \
	    "$exporter --help"; do
		# Both ends are open once, then only the writer's.
		exec {both}<>pipe {end}>pipe {both}>&-
		code=0
		# shellcheck disable=SC2086 # words
		$run >&"$end" 2>err {end}>&- || code=$?
		exec {end}>&-
		echo "$run: $code"
		cat err
		[ "$code" -eq 141 ]
		[ ! -s err ]
	done
}

@test "a reader that goes away from a pipe of two ends both" {
	trial_database large.db 30000
	{
		"$exporter" -q --chunk-size=64KiB large.db 2>1.err || echo $? >1.code
	} | {
		"$transformer" -q 2>2.err || echo $? >2.code
	} | head -c 1000 >/dev/null
	[ "$(cat 1.code)" -eq 141 ]
	[ "$(cat 2.code)" -eq 141 ]
	[ ! -s 1.err ]
	[ ! -s 2.err ]
}

@test "standard output that is closed" {
	for run in "$exporter $whole/app.db" "$transformer $whole/app.dump"; do
		code=0
		# shellcheck disable=SC2086 # words
		$run >&- 2>err || code=$?
		echo "$run: $code"
		cat err
		[ "$code" -eq 1 ]
		[ "$(wc -l <err)" -eq 1 ]
	done
}

@test "a terminal gets no tar" {
	command -v script >/dev/null || skip "there is no script(1)"
	for run in "$exporter $whole/app.db" "$transformer $whole/app.dump" \
	    "$exporter -f - $whole/app.db"; do
		code=0
		script -qec "$run" /dev/null </dev/null >typed || code=$?
		cat -v typed
		[ "$code" -eq 2 ]
		grep -q 'terminal' typed
		if grep -q 'schema.json' typed; then
			return 1
		fi
		[ "$(wc -l <typed)" -le 2 ]
	done
}
