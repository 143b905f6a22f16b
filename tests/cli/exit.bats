#!/usr/bin/env bats
# Exit codes that a script can trust, and what is said with each of them, as
# text and as JSON: errors to standard error, nothing to standard output.

load ../trial

setup_file() {
	target_begin
	trial_database app.db
	"$exporter" -q --chunk-size=16KiB app.db -f app.dump
	"$transformer" -q app.dump -f app.pg
	cp app.db bad.db
	sqlite3 bad.db "UPDATE book SET title = CAST(x'41ff' AS TEXT)
	    WHERE id IN (7, 8)"
	"$exporter" -q bad.db -f bad.dump
}

setup() {
	whole=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR"
	fresh
}

# as_json FILE [EVENT]: each line is an object with event and program; the last
# is an EVENT.  Prints it.
as_json() {
	python3 - "$1" "${2:-}" <<-'PYTHON'
	import json, sys
	lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
	assert lines, "nothing was said"
	for line in lines:
	    said = json.loads(line)
	    assert isinstance(said, dict), line
	    assert said["event"] in ("note", "warning", "error", "progress",
	                             "summary"), line
	    assert said["program"].startswith("litehaul-"), line
	if sys.argv[2]:
	    assert said["event"] == sys.argv[2], lines[-1]
	print(lines[-1])
	PYTHON
}

# says CODE TEXT COMMAND...: as "ends", also in JSON and with -q; an error is
# one line that names the program.
says() {
	local expected=$1 text=$2 program

	shift 2
	program=$(basename "$1")
	ends "$expected" "$text" "$@"
	grep -q "^$program: " "$complaint"
	rm -rf out.pg out.dump out.pg.rejects litehaul-rejects
	ends "$expected" "$text" "$@" -q
	[ "$(wc -l <"$complaint")" -ge 1 ]
	rm -rf out.pg out.dump out.pg.rejects litehaul-rejects
	outcome "$@" --log-format=json
	[ "$code" -eq "$expected" ]
	[ ! -s "$out" ]
	as_json "$complaint" >last
	rm -rf out.pg out.dump out.pg.rejects litehaul-rejects
}

# says_error: as says; the last JSON line is the error with its exit code.
says_error() {
	says "$@"
	python3 -c '
import json, sys
said = json.load(open("last"))
assert said["event"] == "error" and said["exit"] == int(sys.argv[1]), said
' "$1"
}

@test "0: done" {
	outcome "$exporter" "$whole/app.db" -f out.dump
	[ "$code" -eq 0 ]
	[ ! -s "$out" ]
	grep -q 'manifest sha256' "$complaint"
	outcome "$transformer" out.dump -f out.pg
	[ "$code" -eq 0 ]
	[ ! -s "$out" ]
	outcome "$importer" -d dbname=test out.pg
	[ "$code" -eq 0 ]
	[ ! -s "$out" ]
	outcome "$importer" --check out.pg
	[ "$code" -eq 0 ]
}

@test "0: the manifest's digest is what sha256sum finds" {
	"$exporter" "$whole/app.db" -f out.dump 2>said
	digest=$(sha256sum <out.dump/manifest.json)
	grep -q "manifest sha256 ${digest%% *}" said
	"$transformer" out.dump -f out.pg 2>said
	digest=$(sha256sum <out.pg/manifest.json)
	grep -q "manifest sha256 ${digest%% *}" said
}

@test "0: help and version go to standard output" {
	for program in "$exporter" "$transformer" "$importer"; do
		for option in --help --version -V '-?'; do
			outcome "$program" "$option"
			[ "$code" -eq 0 ]
			[ -s "$out" ]
			[ ! -s "$complaint" ]
		done
		outcome "$program" --version
		grep -q "^$(basename "$program") [0-9]" "$out"
		# --help is no wider than a terminal.
		"$program" --help | sed -n '/^Options:/,$p' |
			awk 'length > 80 { print; bad = 1 }
			    END { exit bad }'
	done
}

@test "0: -q says nothing at all" {
	for run in "$exporter $whole/app.db -f out.dump" \
	    "$transformer out.dump -f out.pg" \
	    "$importer -d dbname=test out.pg" \
	    "$importer -d dbname=test out.pg" \
	    "$importer --check out.pg"; do
		# shellcheck disable=SC2086 # words
		outcome $run -q
		[ "$code" -eq 0 ]
		[ ! -s "$out" ]
		cat "$complaint"
		[ ! -s "$complaint" ]
	done
}

@test "1: a table is there already" {
	server_ask "CREATE TABLE book (x int); CREATE TABLE tag (x int)"
	says_error 1 '"book"' "$importer" -d dbname=test "$whole/app.pg"
	# All of them are told in one go, and what to do.
	grep -q 'tag' last
	grep -q -- '--clean' last
	[ "$(server_ask "SELECT count(*) FROM pg_tables
	    WHERE schemaname = 'public'")" -eq 2 ]
}

@test "1: a value that does not fit, when that shall stop the run" {
	says_error 1 'title' "$transformer" --on-error=stop "$whole/bad.dump" \
	    -f out.pg
	[ ! -e out.pg ]
}

@test "2: usage" {
	for program in "$exporter" "$transformer" "$importer"; do
		ends 2 'nonsense' "$program" --nonsense
		ends 2 'needs a value' "$program" -j
		ends 2 '-j' "$program" -j 0
		ends 2 'many' "$program" -j many
		ends 2 'sometimes' "$program" --progress=sometimes
		ends 2 'xml' "$program" --log-format=xml
		ends 2 '--help' "$program" --help=yes
	done
	for program in "$exporter" "$transformer"; do
		ends 2 'lzma' "$program" -Z lzma "$whole/app.dump"
		ends 2 'zstd:99' "$program" -Z zstd:99 "$whole/app.dump"
	done
	ends 2 'which database?' "$exporter"
	ends 2 'one too many' "$exporter" one.db two.db
	ends 2 '--chunk-size' "$exporter" --chunk-size=1 "$whole/app.db"
	ends 2 '--rows' "$exporter" --rows=xml "$whole/app.db"
	ends 2 'nowhere' "$exporter" --where='nowhere: 1' "$whole/app.db"
	ends 2 'nothing*' "$exporter" -t 'nothing*' "$whole/app.db" -f out.dump
	ends 2 'nothing*' "$transformer" -t 'nothing*' "$whole/app.dump" \
	    -f out.pg
	ends 2 'nothing*' "$importer" -t 'nothing*' -d dbname=test \
	    "$whole/app.pg"
	[ -z "$(find . -name 'out*')" ]
}

@test "2: usage, as JSON" {
	says_error 2 'nothing*' "$exporter" -t 'nothing*' "$whole/app.db" \
	    -f out.dump
}

@test "2: a dump of the wrong dialect" {
	says_error 2 'pipe it through litehaul-transform' \
	    "$importer" -d dbname=test "$whole/app.dump"
	says_error 2 'hand it to litehaul-import' \
	    "$transformer" "$whole/app.pg" -f out.pg
	stays_out
}

@test "2: something else is in the way of the output" {
	mkdir taken
	echo mine >taken/file
	ends 2 'taken' "$exporter" "$whole/app.db" -f taken
	ends 2 'taken' "$transformer" "$whole/app.dump" -f taken
	[ "$(ls taken)" = file ]
	echo mine >file
	ends 2 'file' "$exporter" "$whole/app.db" -f file
	[ "$(cat file)" = mine ]
	mkdir other.partial
	echo mine >other.partial/file
	ends 2 'other.partial' "$exporter" "$whole/app.db" -f other
	[ "$(ls other.partial)" = file ]
	# Another database's dump.
	cp -r "$whole/bad.dump" old.dump
	ends 2 'old.dump' "$exporter" "$whole/app.db" -f old.dump
	diff -r old.dump "$whole/bad.dump"
	[ ! -e old.dump.partial ]
}

@test "3: rows were set aside" {
	says 3 '2 rows were set aside' "$transformer" "$whole/bad.dump" \
	    -f out.pg
	"$transformer" -q "$whole/bad.dump" -f out.pg || [ $? -eq 3 ]
	# The rest is there, and who only asks the last program is told.
	code=0
	"$importer" -q -d dbname=test out.pg 2>words || code=$?
	[ "$code" -eq 3 ]
	grep -q 'set aside are not in the target: 2' words
	[ "$(server_ask 'SELECT count(*) FROM book')" -eq 1498 ]
	[ "$(wc -l <out.pg.rejects/rejects.ndjson)" -eq 2 ]
	grep -q '"title"' out.pg.rejects/rejects.ndjson
	"$importer" -q --check out.pg.rejects
}

@test "3: rows were set aside in a pipe" {
	code=0
	"$transformer" -q "$whole/bad.dump" --rejects=aside >pg.tar || code=$?
	[ "$code" -eq 3 ]
	code=0
	"$importer" -q -d dbname=test pg.tar || code=$?
	[ "$code" -eq 3 ]
	[ -e aside/manifest.json ]
}

@test "4: the target is not what was loaded" {
	"$importer" -q -d dbname=test "$whole/app.pg"
	server_ask "DELETE FROM tag WHERE book_id = 3"
	says_error 4 '"tag"' "$importer" -d dbname=test "$whole/app.pg"
}

@test "5: the dump is not whole" {
	cp -r "$whole/app.dump" "$whole/app.pg" .
	rm app.dump/data/author/000001.csv.zst app.pg/data/author/000001.csv.zst
	says_error 5 '"data/author/000001.csv.zst" is missing' \
	    "$transformer" app.dump -f out.pg
	says_error 5 '"data/author/000001.csv.zst" is missing' \
	    "$importer" -d dbname=test app.pg
	says_error 5 '"data/author/000001.csv.zst" is missing' \
	    "$importer" --check app.dump
}

@test "6: the target cannot be reached" {
	says_error 6 'nowhere' "$importer" -d 'host=/nowhere dbname=test' \
	    "$whole/app.pg"
	says_error 6 'absent' "$importer" -d dbname=absent "$whole/app.pg"
	says_error 6 'somebody' "$importer" -d dbname=test -U somebody \
	    "$whole/app.pg"
	# A password is never said.
	ends 6 'somebody' "$importer" "$whole/app.pg" \
	    -d "postgresql://somebody:s3cret@/test?host=$PGHOST"
	if grep -q 's3cret' "$complaint"; then
		return 1
	fi
	ends 6 'nowhere' "$importer" \
	    -d "host=/nowhere password=s3cret dbname=test" "$whole/app.pg"
	if grep -q 's3cret' "$complaint"; then
		return 1
	fi
}

@test "6: the target refuses" {
	server_ask "DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN;
	    REVOKE CREATE ON SCHEMA public FROM PUBLIC"
	says_error 6 'GRANT' "$importer" -d dbname=test -U weak "$whole/app.pg"
	server_ask "ALTER DATABASE test SET default_transaction_read_only = on"
	says_error 6 'read' "$importer" -d dbname=test "$whole/app.pg"
	psql -qX -d postgres \
	    -c "ALTER DATABASE test RESET default_transaction_read_only"
	stays_out
}

@test "7: the source cannot be read" {
	echo text >text.db
	says_error 7 'text.db' "$exporter" text.db -f out.dump
	says_error 7 'absent.db' "$exporter" absent.db -f out.dump
	[ ! -e out.dump ]
}

@test "141: the reader is gone" {
	for run in "$exporter $whole/app.db" "$transformer $whole/app.dump"; do
		for format in text json; do
			# shellcheck disable=SC2086 # words
			{
				code=0
				$run --log-format="$format" 2>err || code=$?
				echo "$code" >code
			} | :
			[ "$(cat code)" -eq 141 ]
			[ ! -s err ]
		done
	done
}

@test "an interrupt ends with its signal" {
	# The writer waits for room in the pipe, which nobody empties.
	trial_database large.db 30000
	mkfifo pipe
	exec {both}<>pipe
	for signal in INT TERM; do
		code=0
		# Jobs in the background ignore SIGINT; python3 does not pass
		# that on.
		python3 - "$signal" "$exporter" -q large.db <<-'PYTHON' \
		    >&"$both" 2>err || code=$?
		import os, signal, subprocess, sys
		number = getattr(signal, "SIG" + sys.argv[1])
		signal.signal(signal.SIGINT, signal.SIG_DFL)
		child = subprocess.Popen(sys.argv[2:], stdout=1)
		os.sched_yield()
		child.send_signal(number)
		sys.exit(0 if child.wait() == -number else 1)
		PYTHON
		cat err
		[ "$code" -eq 0 ]
	done
}

@test "JSON for machines: every line of every program" {
	for run in "$exporter $whole/app.db -f out.dump" \
	    "$transformer out.dump -f out.pg" \
	    "$importer -d dbname=test out.pg" \
	    "$importer --check out.pg" \
	    "$exporter --dry-run $whole/app.db" \
	    "$transformer $whole/bad.dump -f bad.pg"; do
		# shellcheck disable=SC2086 # words
		outcome $run --log-format=json -v
		[ "$code" -eq 0 ] || [ "$code" -eq 3 ]
		as_json "$complaint"
	done
	# Also with names that need care.
	sqlite3 odd.db "CREATE TABLE \"a\"\"b\\c
d$(printf '\t\001')é\" (x); CREATE VIEW \"v\"\"\" AS SELECT 1"
	outcome "$exporter" -v --log-format=json odd.db -f odd.dump
	[ "$code" -eq 0 ]
	as_json "$complaint"
	outcome "$exporter" -v odd.db -f odd.dump
	[ "$code" -eq 0 ]
	no_controls "$complaint"
	outcome "$importer" -d dbname=test --status --log-format=json
	[ "$code" -eq 0 ]
	python3 -c '
import json, sys
for line in open(sys.argv[1]):
    json.loads(line)' "$out"
}

# no_controls FILE: nothing that a terminal would act upon.
no_controls() {
	[ -s "$1" ]
	if LC_ALL=C tr -d '\n' <"$1" | LC_ALL=C grep -q '[[:cntrl:]]'; then
		cat -v "$1"
		return 1
	fi
}

@test "no control character goes into a file" {
	trial_database large.db 50000
	for run in "$exporter large.db -f out.dump" \
	    "$transformer out.dump -f out.pg" \
	    "$importer -d dbname=test out.pg"; do
		# shellcheck disable=SC2086 # words
		outcome $run --progress=always -v
		[ "$code" -eq 0 ]
		no_controls "$complaint"
	done
}

@test "a terminal gets its progress line wiped" {
	command -v script >/dev/null || skip "there is no script(1)"
	script -qec "$exporter --progress=always $whole/app.db -f out.dump" \
	    /dev/null </dev/null >typed
	[ -e out.dump/manifest.json ]
	# What stays on the screen is whole lines.
	tail -n 1 typed | grep -q 'litehaul-transform'
}

@test "messages do not carry a dump's control characters to the terminal" {
	cp -r "$whole/app.dump" .
	touch "app.dump/$(printf 'a\033[31mred\007')"
	ends 5 'x1b' "$importer" --check app.dump
	ends 7 'x1b' "$exporter" "$(printf 'no\033[31m.db')"
	ends 2 'x1b' "$exporter" "--$(printf 'no\033[31m')"
}
