#!/usr/bin/env bats
# litehaul-transform --suggest: the unedited suggestion changes nothing, neither
# the dump nor the rows set aside, whatever the database and the options.

bats_require_minimum_version 1.5.0
load ../trial

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# convert NAME OPTION...: app.dump into NAME.pg and NAME.rejects; its exit code
# is in $code.
convert() {
	local name=$1

	shift
	code=0
	"$transformer" -q -Z none "$@" --rename-map="$name.json" \
	    --rejects="$name.rejects" app.dump -f "$name.pg" \
	    >/dev/null 2>"$name.err" || code=$?
	case $code in
	0 | 3) ;;
	*)
		cat "$name.err"
		return 1
		;;
	esac
}

# unchanged [OPTION...]: the suggestion for app.dump under these options gives
# what the options give; so does the suggestion for that suggestion.
unchanged() {
	local before

	rm -rf plain.* mapped.*
	convert plain "$@"
	before=$code
	"$transformer" -q "$@" --suggest app.dump >m.yaml
	convert mapped -m m.yaml
	[ "$code" -eq "$before" ]
	diff -r plain.pg mapped.pg
	cmp plain.json mapped.json
	if [ "$code" -eq 3 ]; then
		diff -r plain.rejects mapped.rejects
	fi
	"$transformer" -q -m m.yaml --suggest app.dump >again.yaml
	diff <(grep -v '^ *#' m.yaml) <(grep -v '^ *#' again.yaml)
}

# round DATABASE: under all options that matter.
round() {
	echo "$1"
	rm -rf app.dump
	"$exporter" -q --no-profile --chunk-size=64KiB "$1" -f app.dump
	unchanged
	rm -rf app.dump
	"$exporter" -q --chunk-size=64KiB "$1" -f app.dump
	unchanged
	# The same out of a pipe.
	"$exporter" -q "$1" | "$transformer" -q --suggest >piped.yaml
	cmp m.yaml piped.yaml
}

@test "for databases of all kinds of tables, names and types" {
	for file in "$SOURCE"/tests/data/*.sql; do
		rm -f app.db
		sqlite3 -bail app.db <"$file"
		round app.db
	done
}

@test "for databases as ORMs make them" {
	for file in "$SOURCE"/tests/data/orm/*.sqlite.sql; do
		rm -f app.db
		sqlite3 -bail app.db <"$file"
		round app.db
	done
}

@test "for the sample" {
	"$SOURCE/scripts/sample" sample.db >/dev/null
	round sample.db
}

@test "for databases made at random" {
	for seed in 11 12 13 14 15 16; do
		python3 "$SOURCE/tests/oracle/generate" "$seed" "seed-$seed.db" \
		    >/dev/null
		round "seed-$seed.db"
	done
}

@test "under every option that decides something" {
	sqlite3 -bail odd.db <<-'SQL'
	CREATE TABLE t1 (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT, c,
	    d BOOLEAN, e DATETIME, f NUMERIC(5,2), UNIQUE (b));
	INSERT INTO t1 VALUES (1, 'x', CAST(x'610062' AS TEXT), 1, 1,
	    '2024-01-01', 1.5), (2, 'y', CAST(x'ff' AS TEXT), x'00', 0,
	    '2024-13-01', 2), (3, 'z', NULL, 's', 2, 1700000000, 2.555);
	CREATE TABLE "*" (a);
	CREATE TABLE "a?b" (a);
	CREATE TABLE "[x]" (a, "" TEXT, "~" TEXT, "null" TEXT, "a: b" TEXT,
	    "#c" TEXT, "- d" TEXT, "? e" TEXT, "<<" TEXT, "1" TEXT);
	CREATE TABLE "b\c" (a);
	CREATE TABLE wr (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
	INSERT INTO "*" VALUES (1);
	CREATE TABLE p (id INTEGER PRIMARY KEY, name VARCHAR(10) UNIQUE);
	CREATE TABLE c (pid TEXT REFERENCES p (id),
	    pn VARCHAR(20) REFERENCES p (name));
	CREATE TABLE nn (a INTEGER NOT NULL DEFAULT 5, b TEXT PRIMARY KEY);
	INSERT INTO nn VALUES (1, NULL);
	INSERT INTO p VALUES (1, 'aa');
	INSERT INTO c VALUES ('1', 'aa');
	SQL
	"$exporter" -q odd.db -f app.dump
	unchanged
	unchanged --on-error=null
	unchanged -t 't*' -t 'c'
	unchanged -T t1 -T '[*]'
	for words in 'identifiers: keep' 'identifiers: snake_case' \
	    'text_nul: strip, invalid_utf8: latin1' 'text_nul: bytea' \
	    'on_error: null, assume_zone: Asia/Tokyo'; do
		echo "{version: 1, defaults: {$words}}" >words.yaml
		unchanged -m words.yaml
	done
	cat >words.yaml <<-'YAML'
	version: 1
	target: { schema: s }
	tables:
	  t1:
	    rename: { schema: other, table: First }
	    where: "id <> 2"
	    text_nul: strip
	    columns:
	      a: { rename: "A b", value: "upper(a) || ': #'", on_error: null }
	      c: { type: text, not_null: true }
	      d: { values: { 0: "no", 1: "yes", 2: null } }
	      e: { using: iso, assume_zone: "+02:00" }
	      f: { skip: true }
	    add:
	      n: { type: bigint, value: "id + 1", identity: by_default }
	  "[cp]": { on_error: stop }
	  wr: { skip: true }
	YAML
	unchanged -m words.yaml
}
