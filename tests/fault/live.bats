#!/usr/bin/env bats
# Exports of a database that another program writes to: each dump is one
# committed state (promise P2), and the source is never touched (P1).

load ../trial

setup() {
	cd "$BATS_TEST_TMPDIR"
	bank=$SOURCE/tests/fault/bank
}

teardown() {
	if [ -n "${writer_PID:-}" ]; then
		kill -KILL "$writer_PID" 2>/dev/null || true
	fi
	if [ -n "${theirs:-}" ]; then
		rm -rf "$theirs"
	fi
}

# A writer that runs until "close_bank".
open_bank() {
	"$bank" make bank.db "$1"
	coproc writer { exec "$bank" write bank.db 2>seed 3>&-; }
	writer_pid=$writer_PID
	read -r line <&"${writer[0]}"
	[ "$line" = open ]
}

# Let the writer end; its number of commits is in $commits.
close_bank() {
	local answers

	exec {answers}<&"${writer[0]}"
	exec {writer[1]}>&-
	read -r commits <&"$answers"
	wait "$writer_pid" || true
}

# Export again and again while the writer writes.
export_live() {
	local i before least=0

	for i in 1 2 3 4 5 6; do
		rm -rf live.dump
		case $i in
		3|6)	# Into a pipe everything is read twice.
			mkdir live.dump
			"$exporter" -q "$@" bank.db | tar -x -C live.dump ;;
		*)	"$exporter" -q -Z none "$@" bank.db -f live.dump ;;
		esac
		before=$least
		least=$("$bank" check live.dump "$before")
		echo "export $i: $((least - before)) transfers later"
	done
	kill -0 "$writer_pid"
	close_bank
	echo "$commits commits"
	[ "$commits" -ge "$least" ]
	# It was no idle bank.
	[ "$least" -gt 100 ]
}

@test "a WAL database, one reader" {
	open_bank wal
	export_live -j 1 --chunk-size=8KiB
}

@test "a WAL database, four readers" {
	open_bank wal
	export_live -j 4 --chunk-size=8KiB
}

@test "a rollback-journal database, one reader" {
	open_bank delete
	export_live -j 1 --chunk-size=8KiB
}

@test "a rollback-journal database, four readers" {
	open_bank truncate
	export_live -j 4 --chunk-size=8KiB
}

@test "two exports at once of a WAL database" {
	open_bank wal
	"$exporter" -q -Z none -j 4 --chunk-size=8KiB bank.db -f one.dump &
	one=$!
	"$exporter" -q -Z none -j 4 --chunk-size=8KiB bank.db -f two.dump
	wait "$one"
	"$bank" check one.dump 0
	"$bank" check two.dump 0
	close_bank
}

# unchanged FILE...: these bytes are as "remember" found them.
remember() {
	sha256sum "$@" >remembered
	stat -c '%n %s %y %a %U %i' "$@" >>remembered
}

unchanged() {
	{
		sha256sum "$@"
		stat -c '%n %s %y %a %U %i' "$@"
	} | diff remembered -
}

@test "a database at rest is the same afterwards, to the byte and the minute" {
	for mode in wal delete truncate persist; do
		rm -f bank.db*
		"$bank" make bank.db "$mode"
		chmod 640 bank.db
		touch -d '2001-02-03 04:05:06' bank.db
		files=(bank.db)
		if [ -e bank.db-journal ]; then
			files+=(bank.db-journal)
		fi
		remember "${files[@]}"
		for jobs in 1 4; do
			rm -rf bank.dump
			"$exporter" -q -j "$jobs" bank.db -f bank.dump
			"$exporter" -q -j "$jobs" bank.db >bank.tar
			unchanged "${files[@]}"
		done
	done
}

@test "the -wal of a crashed writer is read and stays" {
	open_bank wal
	# Wait for some work.
	until [ "$(stat -c %s bank.db-wal)" -gt 1000000 ]; do
		kill -0 "$writer_pid"
	done
	kill -KILL "$writer_pid"
	wait "$writer_pid" 2>/dev/null || true
	mkdir copy
	cp bank.db bank.db-wal copy/
	remember copy/bank.db copy/bank.db-wal
	for jobs in 1 4; do
		rm -rf copy.dump
		"$exporter" -q -Z none -j "$jobs" copy/bank.db -f copy.dump
		"$bank" check copy.dump 1 >"transfers.$jobs"
		unchanged copy/bank.db copy/bank.db-wal
		rm -f copy/bank.db-shm
	done
	[ "$(cat transfers.1)" = "$(cat transfers.4)" ]
	# What is in the -wal has come along: SQLite sees no more.
	[ "$(cat transfers.1)" = "$(sqlite3 copy/bank.db \
	    'SELECT n FROM counter')" ]
}

@test "a -wal that is torn at its end" {
	open_bank wal
	until [ "$(stat -c %s bank.db-wal)" -gt 1000000 ]; do
		kill -0 "$writer_pid"
	done
	kill -KILL "$writer_pid"
	wait "$writer_pid" 2>/dev/null || true
	mkdir copy
	cp bank.db copy/
	size=$(stat -c %s bank.db-wal)
	for lost in 1 100 5000 100000; do
		head -c $((size - lost)) bank.db-wal >copy/bank.db-wal
		rm -rf copy.dump copy/bank.db-shm
		remember copy/bank.db copy/bank.db-wal
		"$exporter" -q -Z none copy/bank.db -f copy.dump
		"$bank" check copy.dump 0
		unchanged copy/bank.db copy/bank.db-wal
	done
}

# watched MODE EXPORT-ARGUMENT...: no system call changes the source.
watched() {
	local calls=open,openat,openat2,creat,write,writev,pwrite64,pwritev
	local path

	calls+=,pwritev2,truncate,ftruncate,fallocate,unlink,unlinkat,rename
	calls+=,renameat,renameat2,link,linkat,symlink,symlinkat,chmod,fchmod
	calls+=,fchmodat,chown,fchown,lchown,fchownat,utimensat,mkdir,mkdirat
	calls+=,mknod,mknodat,setxattr,fsetxattr,copy_file_range,sendfile
	path=$PWD/source/bank.db
	trace -y -o calls -e "trace=?${calls//,/,?}" "$exporter" -q "$@" \
	    "$path" -f bank.dump
	# There is something to see: the file was opened.
	grep -q "open.*\"[^\"]*bank\.db\"" calls
	# -shm is SQLite's memory between processes, not data.  Whoever reads a
	# WAL database has SQLite make a -wal of zero bytes where there is none
	# (wal.html, section 5), which is given to the database's owner.
	grep -F "$PWD/source" calls | grep -vF "bank.db-shm" |
		grep -vE ' fchown\([0-9]+<[^>]*-wal>' >source.calls
	if grep -vE ' (open|openat|openat2)\(' source.calls; then
		echo "the source was written to"
		return 1
	fi
	if grep -v 'bank\.db-wal"' source.calls |
	    grep -E 'O_(WRONLY|RDWR|CREAT|TRUNC)'; then
		echo "the source was opened for writing"
		return 1
	fi
	rm -rf bank.dump
}

@test "no system call would change the source" {
	needs_trace
	mkdir source
	for mode in wal delete; do
		rm -f source/*
		"$bank" make source/bank.db "$mode"
		watched -j 1
		watched -j 4
	done
	# With a -wal that nobody has checkpointed.
	rm -f source/*
	python3 - <<-'PYTHON'
	import shutil, sqlite3
	db = sqlite3.connect("bank.db", isolation_level=None)
	db.execute("PRAGMA journal_mode = wal")
	db.execute("CREATE TABLE t (x)")
	db.execute("INSERT INTO t VALUES (1)")
	shutil.copy("bank.db", "source/bank.db")
	shutil.copy("bank.db-wal", "source/bank.db-wal")
	PYTHON
	watched -j 1
	watched -j 4
}

@test "its owner goes on writing after root has exported" {
	if [ "$(id -u)" -ne 0 ]; then
		skip "needs a second user"
	fi
	theirs=$(mktemp -d /tmp/litehaul-live-XXXXXX)
	"$bank" make "$theirs/bank.db" wal
	chown -R nobody "$theirs"
	"$exporter" -q "$theirs/bank.db" -f bank.dump
	code=0
	runuser -u nobody -- sqlite3 "$theirs/bank.db" \
	    'UPDATE counter SET n = 5; SELECT n FROM counter' >n || code=$?
	[ "$code" -eq 0 ]
	[ "$(cat n)" = 5 ]
}
