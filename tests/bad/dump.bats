#!/usr/bin/env bats
# Dumps that are not what an export or transform wrote: each reader ends with 5
# and says what is wrong, and the target stays as it was.

load ../trial

setup_file() {
	server_start
	trial_database "$BATS_FILE_TMPDIR/app.db"
	trial_dumps "$BATS_FILE_TMPDIR" "$BATS_FILE_TMPDIR/app.db"
	# Another dump with members of the same names.
	cp "$BATS_FILE_TMPDIR/app.db" "$BATS_FILE_TMPDIR/other.db"
	sqlite3 "$BATS_FILE_TMPDIR/other.db" \
	    "UPDATE book SET title = title || '!'"
	mkdir "$BATS_FILE_TMPDIR/other"
	trial_dumps "$BATS_FILE_TMPDIR/other" "$BATS_FILE_TMPDIR/other.db"
}

setup() {
	fresh
	cd "$BATS_TEST_TMPDIR"
	cp -r "$BATS_FILE_TMPDIR/app.dump" "$BATS_FILE_TMPDIR/app.pg" .
	other=$BATS_FILE_TMPDIR/other
}

# refused TEXT: the two directories here are refused by all who read them.
refused() {
	ends 5 "$1" "$importer" --check app.dump
	ends 5 "$1" "$importer" --check app.pg
	ends 5 "$1" "$transformer" app.dump -f out.pg
	[ ! -e out.pg ]
	ends 5 "$1" "$importer" -d dbname=test app.pg
	stays_out
}

# stream_refused TEXT: the streams app.tar and pg.tar are refused; a load that
# has begun is not finished.
stream_refused() {
	local file

	for file in app.tar pg.tar; do
		[ -e "$file" ] || continue
		ends 5 "$1" "$importer" --check - <"$file"
		ends 5 "$1" "$importer" --check "$file"
	done
	if [ -e app.tar ]; then
		ends 5 "$1" "$transformer" -f out.pg <app.tar
		[ ! -e out.pg ]
		outcome "$transformer" <app.tar
		[ "$code" -eq 5 ]
		if tar -t <"$out" 2>/dev/null | grep -q '^manifest.json$'; then
			echo "a stream was finished from a damaged one"
			return 1
		fi
	fi
	if [ -e pg.tar ]; then
		ends 5 "$1" "$importer" -d dbname=test <pg.tar
		stays_out || [ "$(finished)" -eq 0 ]
	fi
}

# Make both streams of the members given.
streams() {
	stream app.dump "$@" >app.tar
	stream app.pg "$@" >pg.tar
}

# ------------------------------------------------------------ directories

@test "a dump as it was written is whole" {
	"$importer" --check app.dump
	"$importer" --check app.pg
	streams schema.json data manifest.json
	"$importer" --check - <pg.tar
	stream app.dump >app.tar
	"$importer" --check app.tar
}

@test "a member is missing" {
	rm app.{dump,pg}/data/book/000003.csv.zst
	refused '"data/book/000003.csv.zst" is missing'
}

@test "a table's members are missing" {
	rm -r app.{dump,pg}/data/author
	refused '"data/author/000001.csv.zst" is missing'
}

@test "a member is there twice under two names" {
	for dump in app.dump app.pg; do
		cp "$dump/data/book/000001.csv.zst" \
		    "$dump/data/book/000999.csv.zst"
	done
	refused '"data/book/000999.csv.zst" is there, but the manifest'
}

@test "two members have changed places" {
	for dump in app.dump app.pg; do
		mv "$dump/data/book/000001.csv.zst" moved
		mv "$dump/data/book/000002.csv.zst" \
		    "$dump/data/book/000001.csv.zst"
		mv moved "$dump/data/book/000002.csv.zst"
	done
	refused '"data/book/00000'
}

@test "two members of one size have changed places" {
	# Without compression, rows of one width: only the digest tells.
	sqlite3 app.db "CREATE TABLE t (x TEXT); WITH RECURSIVE n (i) AS
	    (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 2999)
	    INSERT INTO t SELECT i FROM n"
	rm -r app.dump app.pg
	"$exporter" -q -Z none --chunk-size=1KiB app.db -f app.dump
	"$transformer" -q -Z none app.dump -f app.pg
	for dump in app.dump app.pg; do
		size=$(stat -c %s "$dump/data/t/000002.csv")
		[ "$size" -eq "$(stat -c %s "$dump/data/t/000003.csv")" ]
		mv "$dump/data/t/000002.csv" moved
		mv "$dump/data/t/000003.csv" "$dump/data/t/000002.csv"
		mv moved "$dump/data/t/000003.csv"
	done
	ends 5 'data/t/00000' "$importer" --check app.dump
	ends 5 'data/t/00000' "$transformer" app.dump -f out.pg
	[ ! -e out.pg ]
	ends 5 'data/t/00000' "$importer" -d dbname=test app.pg
	[ "$(finished)" -eq 0 ]
	# Neither of the two has come.
	for row in $(sed -n 2,5p app.pg/data/t/000002.csv \
	    app.pg/data/t/000003.csv | tr -d '"'); do
		[ "$(server_ask "SELECT count(*) FROM t
		    WHERE x = '$row'")" -eq 0 ]
	done
}

@test "a member has another name" {
	for dump in app.dump app.pg; do
		mv "$dump/data/book/000002.csv.zst" \
		    "$dump/data/book/000902.csv.zst"
	done
	refused '"data/book/000002.csv.zst" is missing'
}

@test "a member has another table's name" {
	mkdir app.{dump,pg}/data/empty
	for dump in app.dump app.pg; do
		mv "$dump/data/author/000001.csv.zst" "$dump/data/empty/"
	done
	refused 'data/'
}

@test "a member comes from another dump" {
	cp "$other/app.dump/data/book/000002.csv.zst" app.dump/data/book/
	cp "$other/app.pg/data/book/000002.csv.zst" app.pg/data/book/
	refused '"data/book/000002.csv.zst"'
}

@test "a document comes from another dump" {
	for name in schema.json manifest.json; do
		cp "$other/app.dump/$name" app.dump/
		cp "$other/app.pg/$name" app.pg/
		refused 'the manifest'
		cp "$BATS_FILE_TMPDIR/app.dump/$name" app.dump/
		cp "$BATS_FILE_TMPDIR/app.pg/$name" app.pg/
	done
	cp "$other/app.dump/profile.json" app.dump/
	ends 5 '"profile.json" is not the one the manifest names' \
	    "$transformer" app.dump -f out.pg
}

@test "a file that is none of a dump's" {
	for name in README data/notes.txt data/book/README .DS_Store \
	    data/book/000001.csv.zst.orig data/book/1.csv \
	    'data/a b/000001.csv' data/book/000001.CSV; do
		for dump in app.dump app.pg; do
			mkdir -p "$dump/$(dirname "$name")"
			echo hello >"$dump/$name"
		done
		refused 'is not part of a dump'
		rm -rf app.dump app.pg
		cp -r "$BATS_FILE_TMPDIR"/app.{dump,pg} .
	done
}

@test "a directory that is none of a dump's" {
	mkdir app.{dump,pg}/data/book/more
	refused 'is not part of a dump'
}

@test "a manifest is missing" {
	rm app.{dump,pg}/manifest.json
	refused 'it has no manifest.json'
}

@test "a dump that was never finished" {
	mv app.dump partial
	mv partial app.dump.partial
	rm app.dump.partial/manifest.json
	ends 5 'it has no manifest.json' "$importer" --check app.dump.partial
	ends 5 'it has no manifest.json' "$transformer" app.dump.partial
}

@test "a schema or a profile is missing" {
	rm app.{dump,pg}/schema.json
	refused 'schema.json'
	cp "$BATS_FILE_TMPDIR/app.dump/schema.json" app.dump/
	rm app.dump/profile.json
	ends 5 '"profile.json" is missing' "$importer" --check app.dump
}

@test "a member is a symbolic link, even to the very same bytes" {
	for dump in app.dump app.pg; do
		mv "$dump/data/book/000002.csv.zst" "$dump.moved"
		ln -s "$PWD/$dump.moved" "$dump/data/book/000002.csv.zst"
	done
	refused 'is neither a regular file nor a directory'
}

@test "a document is a symbolic link" {
	for name in manifest.json schema.json; do
		for dump in app.dump app.pg; do
			mv "$dump/$name" "$dump.moved"
			ln -s "$PWD/$dump.moved" "$dump/$name"
		done
		refused "$name"
		for dump in app.dump app.pg; do
			rm "$dump/$name"
			mv "$dump.moved" "$dump/$name"
		done
	done
}

@test "a table's directory is a symbolic link" {
	for dump in app.dump app.pg; do
		mv "$dump/data/book" "$dump.moved"
		ln -s "$PWD/$dump.moved" "$dump/data/book"
	done
	refused 'is neither a regular file nor a directory'
}

@test "a member is a named pipe: nobody waits for it" {
	rm app.{dump,pg}/data/book/000002.csv.zst
	mkfifo app.{dump,pg}/data/book/000002.csv.zst
	refused 'is neither a regular file nor a directory'
	rm app.{dump,pg}/data/book/000002.csv.zst
	cp "$BATS_FILE_TMPDIR/app.dump/data/book/000002.csv.zst" \
	    app.dump/data/book/
	rm app.dump/manifest.json
	mkfifo app.dump/manifest.json
	ends 5 'manifest.json' "$importer" --check app.dump
}

@test "a chunk that says it is a hundred gigabytes" {
	for dump in app.dump app.pg; do
		truncate -s 100G "$dump/data/book/000002.csv.zst"
	done
	refused '"data/book/000002.csv.zst" has 107374182400 bytes'
	truncate -s 100G app.dump/manifest.json
	ends 5 'manifest.json' "$importer" --check app.dump
}

@test "what is no dump at all" {
	mkdir nothing
	ends 5 'it has no manifest.json' "$importer" --check nothing
	ends 5 'absent' "$importer" --check absent
	ends 5 'absent' "$transformer" absent
	ends 5 'is a SQLite database; pipe it through litehaul-export' \
	    "$transformer" "$BATS_FILE_TMPDIR/app.db"
	echo 'hello, world' >text
	ends 5 'is not a litehaul dump' "$importer" --check text
	head -c 100000 /dev/urandom >noise
	ends 5 'noise' "$importer" --check noise
	ends 5 'is empty: did the program before it fail?' \
	    "$transformer" </dev/null
	ends 5 'is empty: did the program before it fail?' \
	    "$importer" -d dbname=test </dev/null
	head -c 20480 /dev/zero >zeros
	ends 5 'zeros' "$importer" --check zeros
	tar -c -C "$BATS_FILE_TMPDIR" app.db >app.tar
	ends 5 'app.db' "$importer" --check app.tar
	pg_dump -Fc -f pg.dump
	ends 5 'is a dump of pg_dump; pg_restore reads it' \
	    "$importer" -d dbname=test pg.dump
	stays_out
}

# ---------------------------------------------------------------- streams

@test "a stream without its manifest" {
	stream app.dump schema.json data profile.json >app.tar
	stream app.pg schema.json data >pg.tar
	stream_refused 'the stream ended before its manifest'
	[ "$(server_ask "SELECT state FROM litehaul.load")" = loading ]
	[ "$(server_ask "SELECT count(*) FROM pg_indexes
	    WHERE schemaname = 'public'")" -eq 0 ]
}

@test "a load without its manifest is completed by the whole stream" {
	stream app.pg schema.json data >pg.tar
	ends 5 'the stream ended before its manifest' \
	    "$importer" -d dbname=test <pg.tar
	stream app.pg | "$importer" -q -d dbname=test
	[ "$(finished)" -eq 1 ]
	same_contents "$BATS_FILE_TMPDIR/app.db"
}

@test "a stream of the schema alone" {
	streams schema.json
	stream_refused 'the stream ended before its manifest'
}

@test "a stream with a member missing" {
	rm app.{dump,pg}/data/book/000003.csv.zst
	stream app.dump >app.tar
	stream app.pg >pg.tar
	stream_refused '"data/book/000003.csv.zst" is missing'
}

@test "a stream with a member too many" {
	for dump in app.dump app.pg; do
		cp "$dump/data/book/000001.csv.zst" \
		    "$dump/data/book/000999.csv.zst"
	done
	stream app.dump >app.tar
	stream app.pg >pg.tar
	stream_refused 'the manifest does not name it'
}

@test "a stream with a member twice" {
	for dump in app.dump app.pg; do
		stream "$dump" schema.json data/book/000002.csv.zst data \
		    manifest.json >"${dump#app.}.tar"
	done
	mv dump.tar app.tar
	stream_refused 'chunk 2 of table "book" comes twice'
}

@test "a stream with a member as a hard link to another" {
	ln -f app.dump/data/book/00000{1,2}.csv.zst
	ln -f app.pg/data/book/00000{1,2}.csv.zst
	for dump in app.dump app.pg; do
		tar -c -C "$dump" schema.json data manifest.json \
		    >"${dump#app.}.tar"
	done
	mv dump.tar app.tar
	stream_refused 'is not a regular file'
}

@test "a stream with a document twice" {
	streams schema.json schema.json data manifest.json
	stream_refused '"schema.json" is there twice'
	stream app.dump schema.json profile.json data profile.json \
	    manifest.json >app.tar
	rm pg.tar
	stream_refused '"profile.json" is there twice'
	streams schema.json data manifest.json manifest.json
	stream_refused '"manifest.json" stands behind manifest.json'
}

@test "a stream in another order" {
	streams manifest.json schema.json data
	stream_refused 'it does not begin with schema.json'
	streams data schema.json manifest.json
	stream_refused 'it does not begin with schema.json'
	streams schema.json manifest.json data
	stream_refused 'stands behind manifest.json, which must be last'
	streams --sort=name .
	stream_refused 'it does not begin with schema.json'
}

@test "a stream with members that have changed names" {
	for dump in app.dump app.pg; do
		mv "$dump/data/book/000001.csv.zst" moved
		mv "$dump/data/book/000002.csv.zst" \
		    "$dump/data/book/000001.csv.zst"
		mv moved "$dump/data/book/000002.csv.zst"
		stream "$dump" >"$dump.tar"
	done
	mv app.dump.tar app.tar
	mv app.pg.tar pg.tar
	stream_refused '"data/book/00000'
}

@test "a stream with another dump's member, schema or manifest" {
	cp "$other/app.dump/data/book/000002.csv.zst" app.dump/data/book/
	cp "$other/app.pg/data/book/000002.csv.zst" app.pg/data/book/
	stream app.dump >app.tar
	stream app.pg >pg.tar
	stream_refused '"data/book/000002.csv.zst"'
	fresh
	cp -r "$BATS_FILE_TMPDIR"/app.{dump,pg} .
	cp "$other/app.dump/manifest.json" app.dump/
	cp "$other/app.pg/manifest.json" app.pg/
	stream app.dump >app.tar
	stream app.pg >pg.tar
	stream_refused '.json'
	[ "$(finished)" -eq 0 ]
}

@test "two dumps, one behind the other" {
	stream app.dump >one.tar
	cat one.tar one.tar >app.tar
	stream app.pg >one.tar
	cat one.tar one.tar >pg.tar
	stream_refused 'bytes behind its end mark'
	cp one.tar pg.tar
	stream "$other/app.pg" >two.tar
	tar --concatenate -f pg.tar two.tar
	rm app.tar
	stream_refused 'stands behind manifest.json, which must be last'
}

@test "a stream with names that lead elsewhere" {
	echo hello >README
	for name in ../README /etc/README data/../README data//README \
	    data/book/../../README ./data/book/000001.csv/x; do
		tar -c -P -C app.pg --transform="s,^$PWD/README,$name," \
		    schema.json "$PWD/README" data manifest.json >pg.tar
		ends 5 'is not part of a dump' "$importer" --check - <pg.tar
		ends 5 'is not part of a dump' \
		    "$importer" -d dbname=test <pg.tar
	done
	[ ! -e ../README ]
}

@test "a stream with links, devices and sparse files" {
	mkdir odd
	ln -s /etc/passwd odd/link
	mkfifo odd/pipe
	truncate -s 1M odd/sparse
	for file in "$PWD"/odd/{link,pipe,sparse} /dev/null; do
		tar -c -S -P -C app.pg \
		    --transform="s,^$file\$,data/book/000999.csv," \
		    schema.json "$file" data manifest.json >pg.tar
		tar -t <pg.tar | grep -q '^data/book/000999.csv'
		ends 5 'is not a regular file' "$importer" --check pg.tar
		ends 5 'is not a regular file' "$importer" -d dbname=test <pg.tar
		stays_out || [ "$(finished)" -eq 0 ]
	done
}

@test "a stream with names that only other tars know" {
	long=$(printf 'x%.0s' {1..300})
	echo hello >README
	for format in gnu posix; do
		tar -c --format=$format -P -C app.pg \
		    --transform="s,^$PWD/README,data/$long," \
		    schema.json "$PWD/README" data manifest.json >pg.tar
		ends 5 'is not part of a dump' "$importer" --check pg.tar
	done
	ends 5 'is not part of a dump' "$importer" --check pg.tar
	tar -c -P -C app.pg --transform="s,^$PWD/README,data/a\tb\x1b[2J/x," \
	    schema.json "$PWD/README" data manifest.json >pg.tar
	ends 5 'is not part of a dump' "$importer" --check pg.tar
}

@test "a compressed stream is named as such" {
	stream app.pg | gzip >pg.tar
	stream_refused 'is compressed with gzip; decompress it first: gzip -dc'
	stream app.pg | zstd -q >pg.tar
	stream_refused 'is compressed with zstd; decompress it first: zstd -dc'
}

@test "a stream cut in many places" {
	stream app.dump >whole
	size=$(stat -c %s whole)
	for part in 1 100 511 512 513 10000 $((size / 3)) $((size / 2)) \
	    $((size - 10240)) $((size - 9728)); do
		head -c "$part" whole >app.tar
		outcome "$importer" --check app.tar
		[ "$code" -eq 5 ]
		outcome "$transformer" -f out.pg <app.tar
		[ "$code" -eq 5 ]
		[ ! -e out.pg ]
	done
	stream app.pg >whole
	for part in 600 20000 $(($(stat -c %s whole) - 9728)); do
		head -c "$part" whole | ends 5 'the stream' \
		    "$importer" -d dbname=test
		stays_out || [ "$(finished)" -eq 0 ]
	done
}

@test "no row of a damaged chunk arrives by a stream" {
	"$transformer" -q -Z none app.dump >pg.tar
	# One letter of one title: only the digest can tell.
	LC_ALL=C sed -i 's/Title 777\b/Title 77X/' pg.tar
	grep -q 'Title 77X' pg.tar
	ends 5 'data/book/' "$importer" -d dbname=test <pg.tar
	[ "$(server_ask "SELECT count(*) FROM book
	    WHERE id IN (776, 777, 778)")" -eq 0 ]
	[ "$(server_ask "SELECT state FROM litehaul.load")" = loading ]
	# The undamaged stream completes it.
	"$transformer" -q -Z none app.dump | "$importer" -q -d dbname=test
	same_contents "$BATS_FILE_TMPDIR/app.db"
}

@test "no row of a damaged chunk arrives from a directory" {
	rm -r app.pg
	"$transformer" -q -Z none app.dump -f app.pg
	file=$(grep -l 'Title 777' app.pg/data/book/*)
	sed -i 's/Title 777\b/Title 77X/' "$file"
	ends 5 "${file#app.pg/}" "$importer" -d dbname=test app.pg
	[ "$(server_ask "SELECT count(*) FROM book
	    WHERE id IN (776, 777, 778)")" -eq 0 ]
	[ "$(server_ask "SELECT state FROM litehaul.load")" = loading ]
	sed -i 's/Title 77X/Title 777/' "$file"
	"$importer" -q -d dbname=test app.pg
	same_contents "$BATS_FILE_TMPDIR/app.db"
}
