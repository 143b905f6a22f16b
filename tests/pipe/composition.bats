#!/usr/bin/env bats
# The three programs put together in every way: piped and staged, through tar,
# cat and gzip, with few threads and many - all give the same.

load ../trial

setup_file() {
	target_begin
	trial_database app.db
	"$exporter" -q --chunk-size=16KiB app.db -f app.dump
	"$transformer" -q app.dump -f app.pg
	fresh
	"$importer" -q -d dbname=test app.pg
	same_contents app.db
	contents >contents
}

setup() {
	whole=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR"
	export_stream=("$exporter" -q --chunk-size=16KiB "$whole/app.db")
	fresh
}

# arrived: the target holds what the undisturbed way brought there.
arrived() {
	[ "$(finished)" -eq 1 ]
	contents | diff - "$whole/contents"
}

# ------------------------------------------------------------ export

@test "export | tar x is export -f" {
	mkdir unpacked
	"${export_stream[@]}" -Z zstd | tar -x -C unpacked
	diff -r unpacked "$whole/app.dump"
	rm -r unpacked
	mkdir unpacked
	# Evidence first or last: the files are the same.
	"${export_stream[@]}" -Z zstd --no-profile-first |
		tar -x -C unpacked
	diff -r unpacked "$whole/app.dump"
	"${export_stream[@]}" -f plain -Z none
	"${export_stream[@]}" | tar -x -C plain --skip-old-files
	rm -r unpacked
	mkdir unpacked
	"${export_stream[@]}" | tar -x -C unpacked
	diff -r unpacked plain
}

@test "the order of a stream: schema first, manifest last" {
	"${export_stream[@]}" | tar -t >members
	[ "$(head -n 1 members)" = schema.json ]
	[ "$(sed -n 2p members)" = profile.json ]
	[ "$(tail -n 1 members)" = manifest.json ]
	[ -z "$(sort members | uniq -d)" ]
	"${export_stream[@]}" --no-profile-first | tar -t >members
	[ "$(head -n 1 members)" = schema.json ]
	[ "$(tail -n 2 members | head -n 1)" = profile.json ]
	[ "$(tail -n 1 members)" = manifest.json ]
}

@test "export gives the same with one thread and eight, and twice" {
	for jobs in 1 2 8; do
		"${export_stream[@]}" -j "$jobs" -f "jobs.$jobs"
		diff -r "jobs.$jobs" "$whole/app.dump"
		"${export_stream[@]}" -j "$jobs" >"$jobs.tar"
		cmp "$jobs.tar" 1.tar
		"${export_stream[@]}" -j "$jobs" --rows=ndjson -Z gzip \
		    -f "ndjson.$jobs"
		diff -r "ndjson.$jobs" ndjson.1
	done
	# Time passes, the file is another's copy of the same age.
	cp -p "$whole/app.db" app.db
	"$exporter" -q --chunk-size=16KiB app.db -f again
	diff -r again "$whole/app.dump"
	TZ=Asia/Tokyo LC_ALL=C "$exporter" -q --chunk-size=16KiB app.db -f tokyo
	diff -r tokyo "$whole/app.dump"
}

@test "files are readable by other tools" {
	gzip_file=$(
		"${export_stream[@]}" -Z gzip -f gzip.dump
		echo gzip.dump/data/author/000001.csv.gz
	)
	gzip -t gzip.dump/data/*/*.gz
	zstd -q -t "$whole"/app.dump/data/*/*.zst
	zstd -q -dc "$whole/app.dump/data/author/000001.csv.zst" >one
	gzip -dc "$gzip_file" >two
	cmp one two
	python3 - one <<-'PYTHON'
	import csv, sys
	rows = list(csv.reader(open(sys.argv[1], encoding="utf-8", newline="")))
	assert rows[0] == ["id", "name", "born", "active"], rows[0]
	assert rows[7] == ["7", 'Author, "7"', "1900-01-08", "1"], rows[7]
	PYTHON
	for file in schema profile manifest; do
		python3 -m json.tool "$whole/app.dump/$file.json" >/dev/null
	done
	(cd "$whole/app.dump" && python3 - <<-'PYTHON'
	import hashlib, json, os
	manifest = json.load(open("manifest.json"))
	for table in manifest["tables"]:
	    for file in table["files"]:
	        data = open(file["path"], "rb").read()
	        assert len(data) == file["bytes"], file
	        assert hashlib.sha256(data).hexdigest() == file["sha256"], file
	PYTHON
	)
}

# ------------------------------------------------------------ transform

@test "transform of a directory, a tar file, a stream: the same" {
	stream "$whole/app.dump" schema.json profile.json data manifest.json \
	    >app.tar
	"${export_stream[@]}" >export.tar
	"$transformer" -q app.tar -f 1.pg
	diff -r 1.pg "$whole/app.pg"
	"$transformer" -q -f 2.pg <app.tar
	"$transformer" -q -f 3.pg - <export.tar
	cat export.tar | "$transformer" -q -f 4.pg
	"${export_stream[@]}" -Z zstd | "$transformer" -q -f 5.pg
	"$transformer" -q "$whole/app.dump" | (mkdir 6.pg && tar -x -C 6.pg)
	"$transformer" -q -Z zstd "$whole/app.dump" |
		(mkdir 7.pg && tar -x -C 7.pg)
	"$transformer" -q -Z none "$whole/app.dump" -f 8.pg
	diff -r 1.pg 2.pg
	diff -r 3.pg "$whole/app.pg"
	diff -r 4.pg "$whole/app.pg"
	diff -r 5.pg "$whole/app.pg"
	diff -r 6.pg 8.pg
	diff -r 7.pg "$whole/app.pg"
}

@test "tar c schema.json data profile.json manifest.json | transform" {
	# The evidence comes too late: declared types decide.
	stream "$whole/app.dump" schema.json data profile.json manifest.json |
		"$transformer" -q -f declared.pg
	"${export_stream[@]}" --no-profile-first -Z zstd |
		"$transformer" -q -f late.pg
	diff -r declared.pg late.pg
	"$importer" -q -d dbname=test declared.pg
	same_contents "$whole/app.db"
}

@test "data members in any order make the same dump" {
	(cd "$whole/app.dump" && find data -type f) | sort -r >backwards
	# No two neighbours of the same table.
	shuf --random-source=<(yes) backwards >shuffled
	for order in backwards shuffled; do
		stream "$whole/app.dump" schema.json profile.json \
		    $(cat "$order") manifest.json >"$order.tar"
		"$importer" -q --check "$order.tar"
		"$transformer" -q -f "$order.pg" <"$order.tar"
		# Chunks are runs of the table in key order, here as there.
		diff -rq "$order.pg" "$whole/app.pg"
	done
}

@test "data members of a transformed dump load in any order" {
	(cd "$whole/app.pg" && find data -type f) |
		shuf --random-source=<(yes) >shuffled
	stream "$whole/app.pg" schema.json $(cat shuffled) manifest.json |
		"$importer" -q -d dbname=test
	arrived
}

@test "every kind of tar(1)" {
	for format in gnu oldgnu posix ustar v7; do
		stream "$whole/app.dump" --format="$format" schema.json \
		    profile.json data manifest.json >app.tar
		"$transformer" -q app.tar -f "$format.pg"
		diff -r "$format.pg" "$whole/app.pg"
	done
	# As another user, with owners by number, in large records, with ./.
	stream "$whole/app.dump" --numeric-owner --owner=77 --group=0 -b 2048 \
	    ./schema.json ./profile.json ./data ./manifest.json |
		"$transformer" -q -f owner.pg
	diff -r owner.pg "$whole/app.pg"
	stream "$whole/app.dump" --owner="$(printf 'a%.0s' {1..31})" \
	    --group=litehaul schema.json profile.json data/author \
	    "data/Odd%20Name%2F%C3%BC" data/tag data/book manifest.json >app.tar
	# A claim that does not hold is damage, whoever made it.
	ends 5 'data/author' "$transformer" app.tar -f claim.pg
}

@test "transform gives the same with one thread and eight" {
	for jobs in 1 8; do
		"$transformer" -q -j "$jobs" "$whole/app.dump" -f "$jobs.pg"
		diff -r "$jobs.pg" "$whole/app.pg"
		"$transformer" -q -j "$jobs" "$whole/app.dump" >"$jobs.tar"
		cmp "$jobs.tar" 1.tar
		"${export_stream[@]}" -j "$jobs" |
			"$transformer" -q -j "$jobs" -f "piped.$jobs.pg"
		diff -r "piped.$jobs.pg" "$whole/app.pg"
	done
}

# ------------------------------------------------------------ import

@test "all in one pipe" {
	"${export_stream[@]}" | "$transformer" -q |
		"$importer" -q -d dbname=test
	arrived
	same_contents "$whole/app.db"
}

@test "all in one pipe, other rows, compressions and numbers of threads" {
	for options in "-Z zstd:1" "-Z gzip" "--rows=ndjson" \
	    "--rows=ndjson -Z gzip:9 -j 8" "--chunk-size=1KiB" "-j 1"; do
		fresh
		# shellcheck disable=SC2086 # words
		"${export_stream[@]}" $options | "$transformer" -q -Z gzip |
			"$importer" -q -j 3 -d dbname=test
		arrived
	done
}

@test "over a line to another machine" {
	# What ssh(1) does to the bytes is what cat does; so the shell, too, is
	# another one.
	"${export_stream[@]}" -Z zstd | cat |
		sh -c '"$1" -q | "$2" -q -d dbname=test' sh \
		    "$transformer" "$importer"
	arrived
}

@test "through a slow and jerky line" {
	"${export_stream[@]}" | dd bs=777 status=none | "$transformer" -q |
		dd bs=1000 status=none | "$importer" -q -d dbname=test
	arrived
}

@test "staged first half, piped second" {
	"$transformer" -q "$whole/app.dump" | "$importer" -q -d dbname=test
	arrived
}

@test "piped first half, staged second" {
	"${export_stream[@]}" | "$transformer" -q -f app.pg
	"$importer" -q -d dbname=test app.pg
	arrived
}

@test "staged, shipped by tar and gzip" {
	stream "$whole/app.pg" | gzip >app.tar.gz
	gzip -dc app.tar.gz | "$importer" -q -d dbname=test
	arrived
	fresh
	mkdir shipped
	gzip -dc app.tar.gz | tar -x -C shipped
	"$importer" -q -d dbname=test shipped
	arrived
	fresh
	gzip -dc app.tar.gz >app.tar
	"$importer" -q -d dbname=test app.tar
	arrived
}

@test "a directory named with a slash, a link, from elsewhere" {
	ln -s "$whole/app.pg" link
	"$importer" -q -d dbname=test link/
	arrived
	(cd "$whole" && "$importer" -q -d dbname=test ./app.pg/)
	(cd "$whole/app.pg" && "$importer" -q -d dbname=test .)
	arrived
}

@test "the same load begun by a pipe is known from a directory" {
	"${export_stream[@]}" -Z zstd | "$transformer" -q -Z zstd |
		"$importer" -q -d dbname=test
	"$importer" -d dbname=test "$whole/app.pg" 2>again
	cat again
	grep -q 'already loaded' again
	arrived
}

@test "several chunks of one table are loaded by several connections" {
	"$importer" -q -j 4 -d dbname=test "$whole/app.pg"
	arrived
	fresh
	stream "$whole/app.pg" | "$importer" -q -j 4 -d dbname=test
	arrived
}
