# bats helper: run the programs, break things, and hold the outcome against
# what was promised.
#
#	load ../trial
#	setup_file() { trial_database "$BATS_FILE_TMPDIR/app.db"; }
#	@test "..." { ends 5 "is missing" "$importer" --check DUMP; }

BIN=${BIN:-$BATS_TEST_DIRNAME/../../build/bin}
SOURCE=${SOURCE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
load "$SOURCE/tests/target"

exporter=$BIN/litehaul-export
transformer=$BIN/litehaul-transform
importer=$BIN/litehaul-import

# trial_database FILE [ROWS]: a small database with all that makes chunks
# differ: CSV and NDJSON, keys of both kinds, a foreign key, an empty table.
trial_database() {
	sqlite3 -bail "$1" <<-SQL
	CREATE TABLE author (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		name VARCHAR(40) NOT NULL,
		born DATE,
		active BOOLEAN NOT NULL DEFAULT 1
	);
	CREATE TABLE book (
		id INTEGER PRIMARY KEY,
		author_id INTEGER NOT NULL REFERENCES author (id),
		title TEXT NOT NULL,
		price NUMERIC(8,2),
		rating REAL,
		added DATETIME,
		cover BLOB,
		extra JSON
	);
	CREATE INDEX book_author ON book (author_id);
	CREATE TABLE tag (book_id INTEGER, word TEXT, weight,
		PRIMARY KEY (book_id, word)) WITHOUT ROWID;
	CREATE TABLE empty (id INTEGER PRIMARY KEY, note TEXT);
	CREATE TABLE "Odd Name/ü" ("a b" TEXT UNIQUE, "select" INTEGER);
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${2:-1500})
	INSERT INTO author SELECT i, 'Author, "' || i || '"',
		date('1900-01-01', i || ' days'), i % 2 FROM n WHERE i <= 100;
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${2:-1500})
	INSERT INTO book SELECT i, i % 100 + 1,
		'Title ' || i || char(10) || 'of ünïcode, and "quotes"',
		i % 900 + 0.25, CASE WHEN i % 7 THEN i / 7.0 END,
		datetime(1700000000 + i * 977, 'unixepoch'),
		CASE WHEN i % 5 = 0 THEN CAST(i || 'ÿ' AS BLOB) END,
		json_object('pages', i, 'tags', json_array('a', i % 3)) FROM n;
	INSERT INTO tag SELECT id, 'word ' || id % 11,
		CASE id % 3 WHEN 0 THEN id WHEN 1 THEN id / 2.0
		ELSE 'heavy' END FROM book WHERE id <= 400;
	INSERT INTO "Odd Name/ü" VALUES ('', 1), (NULL, 2), (' x ', NULL);
	SQL
}

# trial_dumps DIRECTORY DATABASE: .../app.dump and .../app.pg of it, in many
# small chunks.
trial_dumps() {
	"$exporter" -q --chunk-size=8KiB "$2" -f "$1/app.dump"
	"$transformer" -q "$1/app.dump" -f "$1/app.pg"
}

# trial_ready DATABASE DUMP [OPTION...]: DUMP, ready for PostgreSQL, of it; the
# options are those of the export.
trial_ready() {
	"$exporter" -q "${@:3}" "$1" | "$transformer" -q -f "$2"
}

# trial_streams: app.stream of app.pg, and cut.stream, which ends half way.
trial_streams() {
	stream app.pg >app.stream
	head -c "$(($(stat -c %s app.stream) / 2))" app.stream >cut.stream
}

# How the last command that went through "ends" or "outcome" ended; its output
# is in the files $out and $complaint.
outcome() {
	out=$BATS_TEST_TMPDIR/stdout complaint=$BATS_TEST_TMPDIR/stderr
	code=0
	timeout --foreground 60 "$@" >"$out" 2>"$complaint" || code=$?
}

# ends CODE TEXT COMMAND...: it ends with CODE, says nothing on standard
# output, and TEXT in one clean line on standard error; nothing is said twice.
ends() {
	local expected=$1 text=$2 why=

	shift 2
	outcome "$@"
	if [ "$code" -ne "$expected" ]; then
		why="exit code $code, not $expected"
	elif [ -s "$out" ]; then
		why="there is something on standard output"
	elif ! grep -qF -- "$text" "$complaint"; then
		why="it did not say: $text"
	elif [ -n "$(grep -v '^---' "$complaint" | sort | uniq -d)" ]; then
		why="it said something twice"
	elif grep -Eq '(\b(dump|database|member) "[^"]*").*\1' "$complaint"; then
		why="it named something twice in one line"
	elif LC_ALL=C grep -q '[^[:print:][:space:]]' \
	    <(LC_ALL=C tr -d '\200-\377' <"$complaint"); then
		why="control characters are in its message"
	fi
	if [ -n "$why" ]; then
		echo "$*"
		echo "$why"
		head -c 2000 "$out" "$complaint" | tr -c '[:print:]\n' '?'
		return 1
	fi
}

# stream DUMP [MEMBER...]: a tar of a dump's directory by tar(1), which without
# --sort would take the members as they lie on the disk.
stream() {
	local dump=$1 members=(schema.json data profile.json manifest.json)

	shift
	if (($# > 0)); then
		members=("$@")
	elif [ ! -e "$dump/profile.json" ]; then
		members=(schema.json data manifest.json)
	fi
	tar -c --sort=name --hard-dereference -C "$dump" "${members[@]}"
}

# trace ARGUMENT... COMMAND...: strace(1) of all threads.  The leak checker
# of a sanitized build cannot work under it.
trace() {
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
	    strace -f -qq "$@"
}

# Skip a test where no process may trace another.
needs_trace() {
	strace -o /dev/null true 2>/dev/null ||
		skip "strace(1) does not work here"
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
