#!/usr/bin/env bats
# What came along of a schema acts as it did in SQLite: the same rows are
# refused and taken, and those taken hold the same.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	server_start
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	fresh
}

# arrive SQL [OPTION]...: a database of it goes into PostgreSQL.
arrive() {
	local sql=$1

	shift
	sqlite3 -bail app.db <"$sql"
	"$exporter" -q app.db -f app.dump
	"$transformer" "$@" app.dump -f app.pg 2>said
	"$importer" -q -d test app.pg 2>>said
}

# insert TABLE COLUMN VALUE...: a row for each of the values, SQL's, that says
# nothing of other columns but its id.
insert() {
	local table=$1 column=$2 value

	shift 2
	for value; do
		echo "INSERT INTO $table (id, $column) VALUES ($((++id)), $value);"
	done
}

# both REFUSED [EDIT]: standard input's statements are run on both sides, on
# PostgreSQL's as sed(1) edits them, which refuse the same of them, so many.
both() {
	cat >lite.sql
	sed -E "${2:-}" lite.sql >post.sql
	run "$SOURCE/tests/pipe/both" app.db dbname=test lite.sql post.sql
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *" statements, $1 refused" ]]
}

# holds QUERY [OTHER]: what SQLite answers the one and PostgreSQL the other.
holds() {
	diff -u <(sqlite3 app.db "$1") \
	    <(server_ask "SET TimeZone = 'UTC'; ${2:-$1}")
}

# checks: every kind of value for every check.
checks() {
	id=100
	insert held age -1 0 149 150 NULL
	insert held status "'new'" "'New'" "'paid '" "''" NULL
	insert held amount 0 1 10 11
	insert held isOpen "'0'" "'1'" NULL
	insert held email "'a@b'" "'ab'" "'@'" "''" "'é@'"
	insert held code "'Abc'" "'abc'" "'1'" "''" "'É'"
	insert held short "'abcde'" "'abcdef'" "'ééééé'" "'éééééé'" "'😀😀😀😀😀'"
	insert held trimmed "'x'" "' x'" "'x '" "''"
	insert held ratio 0 1 1.0000001 0.5 -1
	insert held day "'1999-12-31'" "'2000-01-01'"
	insert held upper "'ABC'" "'aBC'" "'É'" "'é'" "'ß'"
	insert held loose "'ABC'" "'abcd'" "'É'" "'é'" NULL
	insert held even 9 11 12 -13
	insert held bare 0 1 -1 NULL
	insert held 'low, high' '1, 2' '2, 1' '1, 1' 'NULL, 1' '1, NULL' \
		'NULL, NULL' '500, 501' '99, 900' '99, 901' '-100, 0' '-99, 0'
	insert held 'isOpen, isDone' "'0', '0'" "'1', '0'" "'0', '1'" \
		"'1', '1'" "NULL, '1'"
}

@test "checks refuse the same rows" {
	arrive "$SOURCE/tests/data/constraints.sql"
	checks | both 34
	holds 'SELECT id FROM held ORDER BY id'
}

@test "checks of renamed and retyped columns refuse the same rows" {
	cat >mapping.yaml <<-'END'
	version: 1
	defaults: { identifiers: snake_case }
	tables:
	  held:
	    rename: Holders
	    columns:
	      age: { type: smallint }
	      amount: { type: "numeric(5,1)" }
	      short: { rename: "a \"b", type: "varchar(9)" }
	      isDone: { type: bigint }
	      ratio: { type: numeric }
	      day: { type: text }
	      low: { type: integer }
	END
	arrive "$SOURCE/tests/data/constraints.sql" -m mapping.yaml
	checks | both 34 's/held/"Holders"/; s/short/"a ""b"/
	    s/isOpen/is_open/g; s/isDone/is_done/g'
	holds 'SELECT id FROM held ORDER BY id' \
		'SELECT id FROM "Holders" ORDER BY id'
}

@test "checks come under names that PostgreSQL takes, once each" {
	arrive "$SOURCE/tests/data/constraints.sql"
	grep -q 'held: check "twice" is called "twice_2"' said
	grep -q 'held: check "a_name_of_more_than_the_sixty_three_.*" is called' said
	[ "$(server_ask "SELECT count(*), count(DISTINCT conname),
	    count(*) FILTER (WHERE conname ~ '^(trimmed|twice|twice_2|a_name_of_.*)$')
	    FROM pg_constraint WHERE contype = 'c' AND convalidated
	    AND conrelid = 'held'::regclass")" = "19|19|4" ]
}

@test "a row of nothing but defaults is the same row" {
	arrive "$SOURCE/tests/data/constraints.sql"
	both 0 <<<'INSERT INTO given (id) VALUES (10);'
	# Set it back: the referee reads the next key, too.
	server_ask "SELECT setval(pg_get_serial_sequence('given', 'id'), 10)"
	"$SOURCE/tests/oracle/compare" app.db dbname=test >report || {
		cat report
		return 1
	}
}

@test "generated columns are computed alike" {
	arrive "$SOURCE/tests/data/constraints.sql"
	id=100
	{
		insert made 'firstName, lastName' "'Ann', 'x'" "'', 'é'" \
			"'ÉÀ', NULL" "'😀😀😀', ''" "NULL, 'x'" "'İß', 'y'"
		insert made 'a, b' {7,-7,0,NULL,2147483648}', '{2,-2,0,NULL}
		insert made day "'0001-01-01'" "'9999-12-31'" "'1969-12-31'"
		insert made price 0 1e308 0.1 123456789.123
		insert made flag "'0'" "'1'" NULL
	} | both 0
	server_ask "SELECT setval(pg_get_serial_sequence('made', 'id'), $((100 + 36)))"
	"$SOURCE/tests/oracle/compare" app.db dbname=test >report || {
		cat report
		return 1
	}
	[ "$(server_ask "SELECT count(*) FROM pg_attribute
	    WHERE attrelid = 'made'::regclass AND attgenerated = 's'")" -eq 10 ]
}

@test "unique indexes and keys refuse the same rows" {
	arrive "$SOURCE/tests/data/constraints.sql"
	id=100
	{
		insert alone userName "'ann'" "'ANN'" "'änn'" "'Änn'" "'ÄNN'" \
			"'bob '" "'Bob'" NULL NULL
		insert alone email "'a@x'" "'b@x '" "'B@X'" "'é'" "'É'"
		insert alone code "'c1'" "'c1   '" "'C1'" "''" "' '"
		insert alone 'n, active' {1,5,6}", "{"'0'","'1'",NULL}
		insert alone 'n, t' {1,1001,-1,-1001}', '{"'a'","'A'",NULL}
		insert alone 'userName, t' "'admin', 't9'" "'Admin2', 't9'" \
			"'ADMIN', 't8'"
		printf 'INSERT INTO parent VALUES (%s);\n' \
			"'key'" "'KEY'" "'new'" "'NEW'" "'ö'" "'Ö'"
		printf 'INSERT INTO padded VALUES (%s);\n' \
			"'Key '" "'key'" "'new '" "'new'" "' new'"
		printf 'INSERT INTO pair VALUES (%s);\n' \
			{"'x'","'X'","'z'"}', '{1,2}', '{"'c'","'C'","'d'",NULL}
		printf 'INSERT INTO child VALUES (%s);\n' "10, 'Key', 'x', 1" \
			"11, 'Nobody', 'x', 1" "12, NULL, 'x', 9" "13, NULL, 'x', NULL"
		printf 'INSERT INTO strict (k) VALUES (%s);\n' \
			"'a'" "'é'" "'éé'" "'éé'" NULL
		echo "INSERT INTO strict (k, i) VALUES ('xx', NULL);"
	} | both 46
	for table in alone parent padded pair child strict; do
		holds "SELECT count(*) FROM $table"
	done
}

@test "what is left out is named with its place and reason, once, and nothing else is" {
	arrive /dev/stdin <<-'END'
	CREATE TABLE p (id INTEGER PRIMARY KEY, k COLLATE NOCASE UNIQUE,
	    t TEXT COLLATE NOCASE UNIQUE, long TEXT);
	INSERT INTO p VALUES (1, 'a', 'x', printf('%.5000c', 'x')), (2, 1, 'y', '');
	CREATE INDEX p_lower ON p (lower(long));
	CREATE INDEX p_begin ON p (substr(long, 1, 20));
	CREATE UNIQUE INDEX p_some ON p (long COLLATE NOCASE) WHERE id > 5;
	CREATE UNIQUE INDEX p_hex ON p (t COLLATE RTRIM) WHERE hex(long) = '';
	CREATE TABLE c (id INTEGER PRIMARY KEY, a INTEGER CHECK (hex(a) <> 'x'),
	    t TEXT REFERENCES p (t),
	    g INTEGER AS (a) STORED REFERENCES p (id) ON DELETE SET NULL,
	    h INTEGER AS (a) STORED REFERENCES p (id) ON DELETE CASCADE,
	    i INTEGER AS (g + 1),
	    r TEXT DEFAULT (hex(randomblob(4))));
	INSERT INTO c (id, t) VALUES (1, 'x');
	END
	python3 - app.pg/schema.json >left <<-'END'
	import json, sys
	for one in json.load(open(sys.argv[1]))["left_out"]:
	    print(one["kind"], one["table"], one.get("name", ""), one["text"],
	        one["reason"], sep="|")
	END
	diff -u - <(sort left | cut -c 1-105) <<-'END'
	check|c||hex(a) <> 'x'|hex() is not translated
	default|c|r|hex(randomblob(4))|hex() is not translated
	foreign key|c||FOREIGN KEY ("g") REFERENCES "p" ("id")|its actions would write to a generated column
	generated column|c|i|g + 1|column "g" is generated itself; becomes a plain column with the values it has
	index|p|p_hex|UNIQUE "p_hex" ("t" COLLATE RTRIM) WHERE hex(long) = ''|hex() is not translated
	index|p|p_lower|INDEX "p_lower" (lower(long))|values of up to 5,000 bytes do not fit a b-tree of PostgreS
	index|p|p_some|UNIQUE "p_some" ("long" COLLATE NOCASE) WHERE id > 5|values of up to 5,000 bytes do not fi
	unique constraint|p||UNIQUE ("k")|"k" mixes storage classes, and 1 and '1' are different in SQLite but on
	END
	grep -q 'c: foreign key "c_t_fkey" compares by NOCASE in SQLite' said
}

@test "what ignores trailing blanks is not said to ignore case" {
	arrive "$SOURCE/tests/data/constraints.sql"
	grep -q '"padded_name_rtrim_idx" keeps unique ignores trailing blanks' said
	grep -q '"parent_name_lower_idx" keeps unique ignores case' said
}

@test "what became equal in the target's type is named, and nothing is lost" {
	cat >app.sql <<-'END'
	CREATE TABLE a (id INTEGER PRIMARY KEY, at DATETIME UNIQUE);
	INSERT INTO a VALUES (1, '2024-01-01 00:00:00'), (2, '2024-01-01T00:00:00Z');
	END
	run ! arrive app.sql
	grep -q 'could not create unique index "a_at_key": Key (at)=' said
	[ "$(server_ask 'SELECT count(*) FROM a')" -eq 2 ]
}
