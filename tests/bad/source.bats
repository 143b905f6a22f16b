#!/usr/bin/env bats
# Files that litehaul-export cannot read: it ends with 7, says what is the
# matter and what to do, and leaves neither a dump nor a trace at the source.

load ../trial

setup_file() {
	trial_database "$BATS_FILE_TMPDIR/app.db"
	"$exporter" -q "$BATS_FILE_TMPDIR/app.db" -f "$BATS_FILE_TMPDIR/app.dump"
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	cp "$BATS_FILE_TMPDIR/app.db" app.db
}

teardown() {
	if [ -n "${open_directory:-}" ]; then
		chmod -R u+w "$open_directory"
		rm -rf "$open_directory"
	fi
}

# Digest and name of all that is here, but what "outcome" makes.
fingerprint() {
	find . -type f ! -name stdout ! -name stderr ! -name '*-shm' \
	    -exec sha256sum {} + | sort -k2
}

# refuses TEXT FILE: into a directory and into a pipe.
refuses() {
	local before

	before=$(fingerprint)
	ends 7 "$1" "$exporter" --lock-wait-timeout=100 "$2" -f app.dump
	[ ! -e app.dump ]
	rm -rf app.dump.partial
	outcome "$exporter" --lock-wait-timeout=100 "$2"
	[ "$code" -eq 7 ]
	grep -qF -- "$1" "$complaint"
	if tar -t <"$out" 2>/dev/null | grep -q manifest.json; then
		echo "the stream has a manifest"
		return 1
	fi
	[ "$(fingerprint)" = "$before" ]
}

@test "a file that is not there" {
	refuses 'No such file' absent.db
	[ ! -e absent.db ]
	refuses 'Not a directory' app.db/more.db
	refuses 'No such file' ''
}

@test "a directory" {
	mkdir directory
	refuses 'is a directory: a SQLite database is a regular file' directory
	refuses 'is a directory' "$BATS_FILE_TMPDIR/app.dump"
}

@test "a named pipe, a socket, a device" {
	mkfifo pipe
	refuses 'is a named pipe: a SQLite database is a regular file' pipe
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
	refuses 'is a socket' socket
	refuses 'is a device' /dev/zero
}

@test "a link that leads nowhere or round" {
	ln -s absent nowhere
	ln -s round round
	refuses 'No such file' nowhere
	refuses 'cannot be opened' round
}

@test "zero bytes" {
	: >empty.db
	refuses 'is empty: not a SQLite database' empty.db
}

@test "a file of text" {
	yes 'hello, world' | head -n 1000 >text.db
	refuses 'not a SQLite database' text.db
	echo 'SQLite format 3' >short.db
	refuses 'database' short.db
}

@test "an encrypted database, as SQLCipher makes it" {
	# It looks like noise from its first byte.
	head -c 16384 /dev/urandom >cipher.db
	refuses 'encrypted' cipher.db
}

@test "noise behind a good header" {
	head -c 100 app.db >noise.db
	head -c $(($(stat -c %s app.db) - 100)) /dev/urandom >>noise.db
	refuses 'noise.db' noise.db
}

@test "a database cut short" {
	size=$(stat -c %s app.db)
	for part in 1 50 99 100 512 4096 8192 $((size / 2)) $((size - 4096)); do
		head -c "$part" app.db >cut.db
		refuses 'cut.db' cut.db
	done
}

@test "a damaged page in the middle of a table" {
	trial_database large.db 20000
	python3 - <<-'PYTHON'
	import re
	# A leaf of "book" (btree page type 13) in the middle.
	data = bytearray(open("large.db", "rb").read())
	pages = [at for at in range(0, len(data), 4096)
	         if data[at] == 13 and b"Title 100" in data[at:at + 4096]]
	at = pages[len(pages) // 2]
	data[at:at + 4096] = b"\xff" * 4096
	open("large.db", "wb").write(data)
	PYTHON
	for jobs in 1 4; do
		ends 7 'table "book"' "$exporter" -j "$jobs" --chunk-size=64KiB \
		    large.db -f app.dump
		grep -qi 'recover' "$complaint"
		[ ! -e app.dump ]
		[ ! -e app.dump.partial/manifest.json ]
		rm -r app.dump.partial
	done
	refuses 'table "book"' large.db
	# What comes first is in the stream; the end of it is not.
	"$exporter" --no-profile-first --chunk-size=64KiB large.db \
	    2>"$BATS_TEST_TMPDIR/stderr" |
		ends 5 'before it' "$importer" --check -
}

@test "two rows in the wrong order" {
	# Swap two cell pointers of a leaf: every page looks well in itself.
	python3 - <<-'PYTHON'
	data = bytearray(open("app.db", "rb").read())
	pages = [at for at in range(4096, len(data), 4096)
	         if data[at] == 13 and b"Title 100" in data[at:at + 4096]]
	at = pages[0] + 8
	data[at:at + 2], data[at + 2:at + 4] = \
	    data[at + 2:at + 4], data[at:at + 2]
	open("app.db", "wb").write(data)
	PYTHON
	refuses 'table "book"' app.db
}

@test "a hot journal" {
	python3 - <<-'PYTHON'
	import shutil, sqlite3
	db = sqlite3.connect("app.db", isolation_level=None)
	db.execute("PRAGMA cache_size = 2")
	db.execute("BEGIN")
	db.execute("UPDATE book SET title = 'half-way ' || title")
	shutil.copy("app.db", "hot.db")
	shutil.copy("app.db-journal", "hot.db-journal")
	db.execute("ROLLBACK")
	PYTHON
	[ -s hot.db-journal ]
	refuses 'journal' hot.db
	# What the message advises: let its application open it once.
	[ "$(sqlite3 hot.db 'PRAGMA integrity_check')" = ok ]
	[ ! -e hot.db-journal ]
	"$exporter" -q hot.db -f hot.dump
	diff -r hot.dump/data "$BATS_FILE_TMPDIR/app.dump/data"
}

# hold STATEMENTS: another program that holds its locks until "release".
hold() {
	coproc holder { exec python3 -c '
import sqlite3, sys
db = sqlite3.connect("app.db", isolation_level=None)
for statement in sys.argv[1:]:
    db.execute(statement).fetchall()
print("held", flush=True)
sys.stdin.read()
' "$@" 3>&-; }
	read -r line <&"${holder[0]}"
	[ "$line" = held ]
}

release() {
	local pid=$holder_PID

	exec {holder[1]}>&-
	wait "$pid"
}

@test "a database that is locked" {
	hold 'BEGIN EXCLUSIVE'
	refuses 'locked' app.db
	release
	"$exporter" -q app.db -f app.dump
}

@test "a database that is locked in exclusive mode" {
	sqlite3 app.db 'PRAGMA journal_mode = wal' >journal
	hold 'PRAGMA locking_mode = exclusive' 'BEGIN IMMEDIATE' \
	    "UPDATE author SET name = 'x'" 'COMMIT'
	refuses 'locked' app.db
	release
}

@test "a lock that is let go while export waits" {
	hold 'BEGIN EXCLUSIVE'
	"$exporter" -q --lock-wait-timeout=30000 app.db -f app.dump &
	waiting=$!
	# It waits once it has opened the database.
	until ls -l "/proc/$waiting/fd" 2>/dev/null | grep -q 'app\.db$'; do
		kill -0 "$waiting"
	done
	release
	wait "$waiting"
	diff -r app.dump/data "$BATS_FILE_TMPDIR/app.dump/data"
}

@test "names mean nothing but a file" {
	mkdir names
	cd names
	for name in 'a b.db' '100%.db' '%41.db' 'what?.db' 'x?mode=rwc' \
	    'a#b.db' $'line\nbreak.db' 'file:x?mode=rwc' 'file:' ':memory:' \
	    "it's \"q\".db" '-j' '--help' 'naïve.db' $'\xff\xfe.db' 'a&b=c;d' \
	    '\\.db' '~'; do
		cp ../app.db "./$name"
		before=$(fingerprint)
		outcome "$exporter" -q -f ../out.dump -- "$name"
		cat "$complaint"
		[ "$code" -eq 0 ]
		diff -r ../out.dump/data "$BATS_FILE_TMPDIR/app.dump/data"
		rm -r ../out.dump
		# The same by an absolute path.
		"$exporter" -q "$PWD/$name" -f ../out.dump
		diff -r ../out.dump/data "$BATS_FILE_TMPDIR/app.dump/data"
		rm -r ../out.dump
		[ "$(fingerprint)" = "$before" ]
		rm -- "./$name"
	done
	[ -z "$(ls -A)" ]
	# And where there is no such file, none is made.
	for name in 'file:x?mode=rwc' ':memory:' 'file::memory:' \
	    'file:x?mode=memory' 'x?vfs=none'; do
		ends 7 'No such file' "$exporter" "$name" -f ../out.dump
	done
	[ -z "$(ls -A)" ]
}

@test "another database that hangs on to this one by name is not read" {
	# "app.db" must not be opened as "app.db?immutable=1" or alike.
	cp app.db 'app.db?immutable=1'
	sqlite3 'app.db?immutable=1' 'DELETE FROM tag'
	"$exporter" -q 'app.db?immutable=1' -f app.dump
	[ ! -e app.dump/data/tag ]
}

# A directory that others may enter, with a program that they may run; nobody
# is what lets a command be somebody's without rights.
open_directory() {
	nobody=()
	if [ "$(id -u)" -eq 0 ]; then
		nobody=(runuser -u nobody --)
	fi
	open_directory=$(mktemp -d /tmp/litehaul-shared-XXXXXX)
	chmod 755 "$open_directory"
	cp "$exporter" "$open_directory/"
	mkdir "$open_directory/db" "$open_directory/out"
	chmod 777 "$open_directory/out"
	cd "$open_directory"
}

# wal_database: db/app.db with all in the file, as its last user leaves it.
wal_database() {
	cp "$BATS_FILE_TMPDIR/app.db" db/app.db
	sqlite3 db/app.db 'PRAGMA journal_mode = wal' >journal
	[ ! -e db/app.db-wal ]
}

@test "a WAL database on media that nobody can write" {
	open_directory
	wal_database
	chmod 444 db/app.db
	chmod 555 db
	"${nobody[@]}" ./litehaul-export -q db/app.db -f out/app.dump
	chmod -R o+rX out
	diff -r out/app.dump/data "$BATS_FILE_TMPDIR/app.dump/data"
	[ "$(ls db)" = app.db ]
}

@test "a WAL database that others can write, in a directory we cannot" {
	open_directory
	wal_database
	chmod 644 db/app.db
	chmod 555 db
	if [ "$(id -u)" -ne 0 ]; then
		skip "needs a second user"
	fi
	ends 7 'db/app.db' "${nobody[@]}" ./litehaul-export db/app.db -f out/app.dump
	grep -Eqi 'cop(y|ied)|director' "$complaint"
	[ "$(ls db)" = app.db ]
}

@test "a crashed WAL database in a directory we cannot write" {
	open_directory
	wal_database
	python3 - <<-'PYTHON'
	import shutil, sqlite3
	db = sqlite3.connect("db/app.db", isolation_level=None)
	db.execute("DELETE FROM tag")
	shutil.copy("db/app.db", "db/crashed.db")
	shutil.copy("db/app.db-wal", "db/crashed.db-wal")
	PYTHON
	chmod 444 db/*
	chmod 555 db
	before=$(sha256sum db/*)
	# Its rows must not be those of the file without its -wal.
	ends 7 'db/crashed.db' "${nobody[@]}" ./litehaul-export db/crashed.db \
	    -f out/app.dump
	[ "$(sha256sum db/*)" = "$before" ]
}

@test "a database that we may not read" {
	if [ "$(id -u)" -ne 0 ]; then
		skip "needs a second user"
	fi
	open_directory
	cp "$BATS_FILE_TMPDIR/app.db" db/app.db
	chmod 600 db/app.db
	ends 7 'db/app.db' "${nobody[@]}" ./litehaul-export db/app.db -f out/app.dump
	[ ! -e out/app.dump ]
}
