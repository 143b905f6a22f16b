#!/usr/bin/env bats
# litehaul-export as a command: what it reads, what it refuses, what it says,
# and that it leaves its source alone.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export=$BIN/litehaul-export
}

# A database of every kind of table.
make_shapes() {
	sqlite3 -bail shapes.db <"$SOURCE/tests/data/shapes.sql"
}

# A database of some thousand rows in pages all over the file.
make_rows() {
	sqlite3 -bail rows.db <<-SQL
	CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b REAL);
	WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s
		WHERE i < 20000)
	INSERT INTO t SELECT i, 'row ' || i, i / 3.0 FROM s;
	SQL
}

# The text of a data file.
text_of() {
	case $1 in
	*.zst) zstd -dcq "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac
}

# refuses STATUS WORDS COMMAND...: it ends so, and says so on stderr.
refuses() {
	local status_wanted=$1 words=$2
	shift 2
	run --separate-stderr "$@"
	# shellcheck disable=SC2154 # bats sets it
	[ "$status" -eq "$status_wanted" ] || {
		echo "ended with $status, not $status_wanted: $stderr"
		return 1
	}
	[[ $stderr == *"$words"* ]] || {
		echo "does not say \"$words\": $stderr"
		return 1
	}
}

@test "every kind of table and value is exported" {
	make_shapes
	"$export" -q shapes.db -f shapes.dump
	[ "$(text_of shapes.dump/data/keyed/000001.csv.zst)" = \
"id,name,kind,at
1,first,plain,2024-02-29 13:05:00
2,second,plain,2024-02-29" ]
	[ "$(text_of shapes.dump/data/sparse/000001.csv.zst)" = \
"id,v
-9223372036854775808,least
-5,minus five
0,zero
9223372036854775807,most" ]
	[ "$(text_of shapes.dump/data/pairs/000001.csv.zst)" = 'a,b,v
"",0,
a,2,a2
a,10,a10
b,2,b2' ]
	[ "$(text_of shapes.dump/data/generated/000001.csv.zst)" = 'a,b,c
1,2,"(1,"
,,' ]
	[ "$(text_of shapes.dump/data/words/000001.csv.zst)" = "title,body
one,two three
four,five" ]
	[ ! -e shapes.dump/data/empty ]
}

@test "a row that CSV cannot hold begins an NDJSON chunk" {
	sqlite3 -bail a.db "CREATE TABLE t(a INTEGER);
		INSERT INTO t VALUES (1), (2), ('x'), (CAST(1.5 AS TEXT)),
		(x'00'), (3)"
	"$export" -q a.db -f a.dump -Z none
	[ "$(cat a.dump/data/t/000001.csv)" = $'a\n1\n2\nx\n1.5' ]
	[ "$(cat a.dump/data/t/000002.ndjson)" = \
	    $'{"a":{"$blob":"AA=="}}\n{"a":3}' ]
}

@test "what stays behind is listed with its text and the reason" {
	make_shapes
	run "$export" -v shapes.db -f shapes.dump
	[ "$status" -eq 0 ]
	[[ $output == *'view "names": not translated'* ]]
	[[ $output == *'"contentless": contentless'* ]]
	[[ $output == *'shadow table of "boxes"'* ]]
	[[ $output == *"next: litehaul-transform shapes.dump"* ]]
	grep -q 'CREATE VIEW names AS SELECT name FROM keyed' \
	    shapes.dump/schema.json
	grep -q 'its parent table does not exist' shapes.dump/schema.json
	run ! grep -q sqlite_sequence shapes.dump/manifest.json
}

@test "jobs, streams and another run give the same bytes" {
	make_shapes
	make_rows
	for db in shapes.db rows.db; do
		rm -rf one eight stream late
		"$export" -q -j1 --chunk-size=4KiB "$db" -f one
		"$export" -q -j8 --chunk-size=4KiB "$db" -f eight
		diff -r one eight
		mkdir stream late
		"$export" -q -Z zstd --chunk-size=4KiB "$db" | tar x -C stream
		diff -r one stream
		"$export" -q -Z zstd --chunk-size=4KiB --no-profile-first \
		    "$db" | tar x -C late
		diff -r one late
		"$export" -q -j2 --chunk-size=4KiB "$db" -f one
	done
}

@test "a stream carries its evidence first or last, as asked" {
	make_rows
	"$export" -q rows.db | tar t >first
	[ "$(sed -n 2p first)" = profile.json ]
	"$export" -q --no-profile-first rows.db | tar t >last
	[ "$(tail -n 2 last | head -n 1)" = profile.json ]
}

@test "without evidence the dump is the same but for profile.json" {
	make_rows
	"$export" -q rows.db -f with
	"$export" -q --no-profile rows.db -f without
	diff -r with/data without/data
	cmp with/schema.json without/schema.json
	[ -e with/profile.json ] && [ ! -e without/profile.json ]
	"$export" -q --no-profile rows.db | tar t >names
	[ "$(grep -c profile.json names)" -eq 0 ]
	"$BIN/litehaul-import" -q --check without
}

@test "a UTF-16 database gives the rows of its UTF-8 twin" {
	for encoding in UTF-8 UTF-16le UTF-16be; do
		sqlite3 -bail "$encoding.db" <<-SQL
		PRAGMA encoding='$encoding';
		CREATE TABLE "tä"(a TEXT COLLATE NOCASE PRIMARY KEY, b)
			WITHOUT ROWID;
		WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s
			WHERE i < 2000)
		INSERT INTO "tä" SELECT char(65 + i % 58) || i || '€😀', 'ß'
			FROM s;
		SQL
		"$export" -q --chunk-size=2KiB "$encoding.db" -f "$encoding"
	done
	diff -r UTF-8/data UTF-16le/data
	diff -r UTF-8/data UTF-16be/data
}

@test "tables and rows are chosen" {
	make_shapes
	"$export" -q shapes.db -t 'P*' -T pairs_down -f some.dump
	[ "$(cd some.dump/data && echo *)" = "pairs parent plain" ]
	"$export" -q shapes.db -t keyed --where='Keyed: id > 1 -- late' \
	    -Z none -f few.dump
	[ "$(sed 1d few.dump/data/keyed/000001.csv | cut -d, -f2)" = second ]
	refuses 2 "nothing*" "$export" shapes.db -t 'nothing*' -f no.dump
	refuses 2 "names no table" "$export" shapes.db --where='x: 1' -f no
	refuses 2 "parentheses" "$export" shapes.db \
	    --where='keyed: 1) OR (1' -f no.dump
	refuses 2 "no such column" "$export" shapes.db \
	    --where='keyed: "no" = 1' -f no.dump
	[ ! -e no.dump ]
}

@test "a foreign key to a table that is not exported is left out" {
	make_shapes
	"$export" -q shapes.db -t child -f child.dump
	grep -q 'its parent table is not exported' child.dump/schema.json
}

@test "--list, --dry-run and --schema-only write no rows" {
	make_shapes
	run --separate-stderr "$export" --list shapes.db
	[ "$status" -eq 0 ]
	[[ $output == *"      2        4  keyed"* ]]
	[[ $output == *'%s\x0aand a line'* ]]
	run "$export" --dry-run shapes.db -f shapes.dump
	[ "$status" -eq 0 ]
	[[ $output == *"nothing was written"* ]]
	[ ! -e shapes.dump ]
	"$export" -q --schema-only shapes.db -f shapes.dump
	[ "$(cd shapes.dump && echo *)" = "manifest.json schema.json" ]
}

@test "usage errors end with 2" {
	refuses 2 "which database" "$export"
	refuses 2 "one database at a time" "$export" a.db b.db
	refuses 2 "csv or ndjson" "$export" --rows=xml a.db
	refuses 2 "1KiB to 1GiB" "$export" --chunk-size=1023 a.db
	refuses 2 "1KiB to 1GiB" "$export" --chunk-size=1025MiB a.db
	run "$export" --help
	[ "$status" -eq 0 ]
	[[ $output == *--no-profile-first* ]]
}

@test "what is no SQLite database ends with 7 and says what it is" {
	refuses 7 "No such file" "$export" none.db -f x.dump
	mkdir folder
	refuses 7 "is a directory" "$export" folder -f x.dump
	mkfifo pipe
	refuses 7 "is a named pipe" "$export" pipe -f x.dump
	: >empty.db
	refuses 7 "is empty: not a SQLite database" "$export" empty.db -f x
	echo "just a text" >text.db
	refuses 7 "is not a SQLite database, or cut short" "$export" text.db -f x.dump
	printf 'just a text %.0s' {1..100} >text.db
	refuses 7 "encrypted" "$export" text.db -f x.dump
	make_rows
	head -c 6000 rows.db >short.db
	refuses 7 ".recover" "$export" short.db -f x.dump
	[ ! -e x.dump ] && [ ! -e x.dump.partial ]
}

@test "a database locked by another program ends with 7 after the timeout" {
	make_rows
	mkfifo hold
	sqlite3 -bail rows.db <hold >held &
	exec 8>hold
	echo "BEGIN EXCLUSIVE; SELECT 'locked';" >&8
	until grep -q locked held; do :; done
	refuses 7 "locked by another program" \
	    "$export" --lock-wait-timeout=50 rows.db -f rows.dump
	exec 8>&-
	wait
	"$export" -q rows.db -f rows.dump
}

@test "a damaged page leaves no dump and names the table" {
	make_rows
	printf '\377%.0s' {1..5000} |
	    dd of=rows.db bs=4096 seek=40 conv=notrunc status=none
	refuses 7 'table "t"' "$export" rows.db -f rows.dump
	[[ $stderr == *".recover"* ]]
	[ ! -e rows.dump ]
}

@test "names of files mean nothing but themselves" {
	make_rows
	for name in ':memory:' 'a?mode=rwc' 'b%41.db' 'c#d' $'new\nline' \
	    'file:x' '-'; do
		cp rows.db "./$name"
		"$export" -q -t t -Z none "./$name" | tar xO data/t/000001.csv |
		    sed -n 2p | grep -qx '1,row 1,0.3333333333333333'
	done
	"$export" -q ':memory:' | tar t >/dev/null
}

@test "a committed but crashed WAL is read and stays as it is" {
	sqlite3 -bail live.db "PRAGMA journal_mode=WAL; CREATE TABLE t(a TEXT);
		INSERT INTO t VALUES ('first')" >/dev/null
	mkfifo hold
	sqlite3 -bail live.db <hold >held &
	exec 8>hold
	echo "INSERT INTO t VALUES ('second'); SELECT 'ready';" >&8
	until grep -q ready held; do :; done
	cp live.db crashed.db
	cp live.db-wal crashed.db-wal
	exec 8>&-
	wait
	sha256sum crashed.db crashed.db-wal >before
	"$export" -q -Z none crashed.db -f crashed.dump
	[ "$(cat crashed.dump/data/t/000001.csv)" = $'a\nfirst\nsecond' ]
	sha256sum -c --quiet before
}

@test "a hot journal is refused with the way out, and nothing is touched" {
	sqlite3 -bail hot.db "CREATE TABLE t(a);
		INSERT INTO t SELECT zeroblob(500) FROM
		(SELECT 1 FROM sqlite_schema, pragma_function_list LIMIT 200)"
	mkfifo hold
	sqlite3 -bail hot.db <hold >held &
	exec 8>hold
	echo "PRAGMA cache_size=2; BEGIN; UPDATE t SET a = zeroblob(501);
		SELECT 'ready';" >&8
	until grep -q ready held; do :; done
	cp hot.db copy.db
	cp hot.db-journal copy.db-journal
	exec 8>&-
	wait
	sha256sum copy.db copy.db-journal >before
	refuses 7 "hot -journal" "$export" copy.db -f copy.dump
	sha256sum -c --quiet before
}

@test "a WAL database that nobody can write is read without locks" {
	[ "$(id -u)" -eq 0 ] || skip "needs root, to be somebody else"
	sqlite3 -bail app.db "PRAGMA journal_mode=WAL; CREATE TABLE t(a TEXT);
		INSERT INTO t VALUES ('row')" >/dev/null
	place=$(mktemp -d)
	cp "$export" app.db "$place"
	chmod 444 "$place/app.db"
	chmod 555 "$place"
	(cd / && runuser -u nobody -- "$place/litehaul-export" -q -Z none \
	    "$place/app.db") | tar xO data/t/000001.csv >rows
	chmod 755 "$place"
	cp app.db "$place/app.db-wal"
	chmod 555 "$place"
	run runuser -u nobody -- sh -c \
	    "'$place/litehaul-export' '$place/app.db' 2>&1 >/dev/null"
	rm -rf "$place"
	[ "$(cat rows)" = $'a\nrow' ]
	[ "$status" -eq 7 ]
	[[ $output == *"copy it"* ]]
}

@test "every system call leaves the source alone" {
	command -v strace >/dev/null || skip "strace is not installed"
	make_shapes
	strace -f -y -o calls "$export" -q -j2 shapes.db -f shapes.dump ||
	    skip "strace is not permitted here"
	grep -q 'shapes\.db' calls
	run ! grep -E '(O_RDWR|O_WRONLY|O_CREAT).*shapes\.db' calls
	run ! grep -E '^[0-9]+ +(p?write|ftruncate|unlink|rename|chmod|utime)[a-z0-9]*\([^)]*shapes\.db' calls
}

@test "one committed state is exported while a writer keeps writing" {
	for mode in wal delete; do
		rm -rf live.db* live.dump
		sqlite3 -bail live.db "PRAGMA journal_mode=$mode;
			CREATE TABLE a(n INTEGER);
			CREATE TABLE b(id INTEGER PRIMARY KEY, n INTEGER);
			CREATE TABLE z(n INTEGER);
			INSERT INTO a VALUES (0); INSERT INTO z VALUES (0)" >/dev/null
		while [ ! -e stop ]; do
			for ((i = 0; i < 200; i++)); do
				echo "BEGIN IMMEDIATE; UPDATE a SET n = n + 1;
					INSERT INTO b(n) SELECT n FROM a;
					UPDATE z SET n = n + 1; COMMIT;"
			done
		done | sqlite3 -cmd '.timeout 60000' \
		    -cmd 'PRAGMA synchronous=off' live.db >/dev/null &
		for jobs in 1 2 4 8 4 2; do
			rm -rf live.dump
			"$export" -q -j "$jobs" --chunk-size=1KiB -Z none \
			    live.db | { mkdir live.dump && tar x -C live.dump; }
			n=$(sed 1d live.dump/data/a/000001.csv)
			[ "$n" = "$(sed 1d live.dump/data/z/000001.csv)" ]
			[ "$n" = "$(cat live.dump/data/b/* 2>/dev/null |
			    grep -vc '^id' || :)" ]
		done
		[ "$n" -gt 0 ]
		touch stop
		wait
		rm stop
	done
}

@test "a reader that goes away ends it with 141 and no word" {
	make_rows
	run bash -c "'$export' rows.db 2>words | head -c 10 >/dev/null
		echo \${PIPESTATUS[0]}; cat words"
	[ "$output" = 141 ]
}

@test "peak memory does not grow with the database" {
	[ -x /usr/bin/time ] || skip "GNU time is not installed"
	sqlite3 -bail small.db "CREATE TABLE t(a TEXT);
		INSERT INTO t SELECT hex(randomblob(500)) FROM
		(SELECT 1 FROM pragma_function_list a, pragma_function_list b
		LIMIT 4000)"
	sqlite3 -bail large.db "CREATE TABLE t(a TEXT);
		INSERT INTO t SELECT hex(randomblob(500)) FROM
		(SELECT 1 FROM pragma_function_list a, pragma_function_list b
		LIMIT 40000)"
	for db in small large; do
		/usr/bin/time -f %M -o $db.kib \
		    "$export" -q -j2 --chunk-size=256KiB $db.db -f $db.dump
	done
	[ "$(tail -n 1 large.kib)" -lt $(($(tail -n 1 small.kib) + 8192)) ]
}
