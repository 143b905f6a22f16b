#!/usr/bin/env bats
# litehaul-transform as a command: its options, outputs and exit codes.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export=$BIN/litehaul-export
	transform=$BIN/litehaul-transform
}

# A database from SQL on standard input, and its dump.
make_dump() {
	rm -rf app.db app.dump
	sqlite3 -bail app.db
	"$export" -q app.db -f app.dump
}

# The rows of a table of a dump, header lines left out.
rows_of() {
	for file in "$1/data/$2"/*; do
		case $file in
		*.zst) zstd -dcq "$file" ;;
		*.gz) gzip -dc "$file" ;;
		*) cat "$file" ;;
		esac | sed 1d
	done
}

# The new type of TABLE.COLUMN of app.dump.
type_of() {
	"$transform" --explain="$1" app.dump |
		sed -n 's/^  type  *//p'
}

@test "a dump is converted into a directory" {
	make_dump <<-'SQL'
		CREATE TABLE Users(Id INTEGER PRIMARY KEY, Name TEXT NOT NULL,
		    Active BOOLEAN DEFAULT 1, Born DATE);
		INSERT INTO Users VALUES(1,'Ada',1,'1815-12-10'),
		    (2,'','0',NULL);
	SQL
	run "$transform" app.dump -f app.pg
	[ "$status" -eq 0 ]
	[[ "$output" == *"manifest sha256"* ]]
	[[ "$output" == *"litehaul-import"* ]]
	[ ! -e app.pg.rejects ]
	[ "$(rows_of app.pg users)" = '1,Ada,true,1815-12-10
2,"",false,' ]
	grep -q '"dialect":"postgresql"' app.pg/schema.json
	grep -q '"default_text":"true"' app.pg/schema.json
}

@test "pipe and directory give the same bytes, whatever -j is" {
	make_dump <<-'SQL'
		CREATE TABLE t(id INTEGER PRIMARY KEY, s TEXT, r REAL);
		WITH RECURSIVE n(i) AS
		    (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 20000)
		    INSERT INTO t SELECT i, 'text ' || i, i / 3.0 FROM n;
	SQL
	"$export" -q app.db --chunk-size=64KiB -f small.dump
	"$transform" -q -j1 small.dump -f one.pg
	"$transform" -q -j8 small.dump -f eight.pg
	diff -r one.pg eight.pg
	"$export" -q app.db --chunk-size=64KiB | "$transform" -q -Z zstd:3 |
		tar xf - --one-top-level=piped.pg
	diff -r one.pg piped.pg
	[ "$(find one.pg/data/t -type f | wc -l)" -gt 4 ]
}

@test "a run done again leaves the same dump" {
	make_dump <<<"CREATE TABLE t(a); INSERT INTO t VALUES(1);"
	"$transform" -q app.dump -f app.pg
	sha256sum app.pg/manifest.json >before
	"$transform" -q app.dump -f app.pg
	sha256sum -c before
}

@test "values that fit no declared type make it wider" {
	make_dump <<-'SQL'
		CREATE TABLE users(id INTEGER PRIMARY KEY, age INTEGER,
		    paid BOOLEAN, at DATETIME, tag VARCHAR(3), price DECIMAL(5,2));
		INSERT INTO users VALUES
		    (1,30,1,'2024-01-01 10:00:00','abc',1.5),
		    (17,'N/A',2,1700000000,'abcd',1000.25);
	SQL
	[ "$(type_of users.id)" = bigint ]
	[ "$(type_of users.age)" = text ]
	[ "$(type_of users.paid)" = bigint ]
	[ "$(type_of users.at)" = text ]
	[ "$(type_of users.tag)" = text ]
	[ "$(type_of users.price)" = numeric ]
	run "$transform" app.dump -f app.pg
	[ "$status" -eq 0 ]
	[[ "$output" == *"users.age: declared INTEGER, 1 of 2 values is not \
bigint, first 'N/A' (text) at rowid 17; becomes text"* ]]
}

@test "rows that do not fit become rejects and exit code 3" {
	make_dump <<-'SQL'
		CREATE TABLE t(id INTEGER PRIMARY KEY, s TEXT);
		INSERT INTO t VALUES(1,'fine'),(2,CAST(x'610062' AS TEXT)),
		    (3,CAST(x'ff' AS TEXT)),(4,'fine too');
	SQL
	run "$transform" app.dump -f app.pg
	[ "$status" -eq 3 ]
	[[ "$output" == *"2 rows were set aside in \"app.pg.rejects\""* ]]
	[ "$(rows_of app.pg t)" = '1,fine
4,fine too' ]
	[ "$(wc -l <app.pg.rejects/rejects.ndjson)" -eq 2 ]
	grep -q '"table":"t","row":2,"rowid":2,"key":{"id":2},"column":"s"' \
		app.pg.rejects/rejects.ndjson
	grep -q '"rule":"text_nul"' app.pg.rejects/rejects.ndjson
	grep -q '"rule":"invalid_utf8"' app.pg.rejects/rejects.ndjson
	# the rejects are a dump again
	run "$transform" app.pg.rejects -f again.pg
	[ "$status" -eq 3 ]
	[ "$(wc -l <again.pg.rejects-2/rejects.ndjson)" -eq 2 ]
}

@test "rowids of tables without a key of their own are named" {
	make_dump <<-'SQL'
		CREATE TABLE t(s TEXT);
		INSERT INTO t(rowid, s) VALUES(5,'a'),(6,'b'),
		    (70,CAST(x'ff' AS TEXT));
	SQL
	run "$transform" -q app.dump -f app.pg
	[ "$status" -eq 3 ]
	grep -q '"row":3,"rowid":70,"column"' app.pg.rejects/rejects.ndjson
}

@test "--on-error says what happens to a bad value" {
	make_dump <<-'SQL'
		CREATE TABLE t(id INTEGER PRIMARY KEY, s TEXT);
		INSERT INTO t VALUES(1,'fine'),(2,CAST(x'ff' AS TEXT));
	SQL
	run "$transform" --on-error=null app.dump -f null.pg
	[ "$status" -eq 0 ]
	[[ "$output" == *"values that do not fit became NULL: 1"* ]]
	[ "$(rows_of null.pg t)" = '1,fine
2,' ]
	run "$transform" --on-error=stop app.dump -f stop.pg
	[ "$status" -eq 1 ]
	[[ "$output" == *"table \"t\""*"column \"s\""*"not UTF-8"* ]]
	[ ! -e stop.pg ]
	run "$transform" --on-error=maybe app.dump -f maybe.pg
	[ "$status" -eq 2 ]
}

@test "--rejects names the directory" {
	make_dump <<-'SQL'
		CREATE TABLE t(s TEXT);
		INSERT INTO t VALUES(CAST(x'ff' AS TEXT));
	SQL
	run "$transform" -q --rejects=bad app.dump -f app.pg
	[ "$status" -eq 3 ]
	[ -e bad/manifest.json ]
	[ ! -e app.pg.rejects ]
}

# Every declared type with every pair of these values, a column each: with
# evidence nothing but text that is no text is ever set aside.
@test "what the evidence calls possible is converted" {
	local types=(INTEGER BOOLEAN REAL NUMERIC 'NUMERIC(5,2)' 'DECIMAL(30,10)'
		DATE TIME DATETIME JSON UUID BLOB TEXT 'VARCHAR(4)'
		'TINYINT(1)' '')
	local values=(0 1 -1 2 42 9007199254740993 9223372036854775807 0.5
		1.25 -0.0 1e300 9e999 2451545.25 2524958.4999999999 "x''"
		"x'00ff'" "x'00112233445566778899aabbccddeeff'" "''" "'0'" "'1'"
		"'true'" "'off'" "' t '" "'12'" "'007'" "'1.50'" "'1e3'"
		"'-.5'" "'+5'" "'2024-02-29'" "'2024-02-29 00:00:00'"
		"'2024-02-29T13:05:07.25+02:00'" "'9999-12-31 23:00-02:00'"
		"'13:05'" "'24:00'" "'{\"a\":[1]}'" "'['" "'\"\\u0000\"'"
		"'{00112233-4455-6677-8899-AABBCCDDEEFF}'" "'Infinity'"
		"'abcd'" "'abcde'")
	local type one two columns first second

	for type in "${types[@]}"; do
		columns='' first='' second=''
		for one in "${values[@]}"; do
			for two in NULL 1 "'x'" 0.5 "'2024-02-29'" "$one"; do
				columns+=",c${#first} $type"
				first+=",$one" second+=",$two"
			done
		done
		echo "CREATE TABLE \"t $type\"(${columns#,});"
		echo "INSERT INTO \"t $type\" VALUES(${first#,}),(${second#,});"
	done | make_dump
	run "$transform" app.dump -f app.pg
	[ "$status" -eq 0 ]
	[ ! -e app.pg.rejects ]
	[[ "$output" =~ total\ +32\ +32\ +0 ]]
}

@test "tables are chosen by patterns, and the others still checked" {
	make_dump <<-'SQL'
		CREATE TABLE Users(a); CREATE TABLE Orders(a);
		INSERT INTO Users VALUES(1); INSERT INTO Orders VALUES(2);
	SQL
	"$transform" -q -t 'user*' app.dump -f users.pg
	[ "$(ls users.pg/data)" = users ]
	"$transform" -q -T users app.dump -f orders.pg
	[ "$(ls orders.pg/data)" = orders ]
	run "$transform" -t nobody app.dump -f no.pg
	[ "$status" -eq 2 ]
	chmod u+w app.dump/data/Orders/*
	printf 'x' >>app.dump/data/Orders/000001.csv.zst
	run "$transform" -t users app.dump -f users2.pg
	[ "$status" -eq 5 ]
	[ ! -e users2.pg ]
}

@test "--dry-run and --explain print and write nothing" {
	make_dump <<-'SQL'
		CREATE TABLE Users(Id INTEGER PRIMARY KEY, Name VARCHAR(9) UNIQUE,
		    CHECK(length(Name) > 0));
		INSERT INTO Users VALUES(1,'Ada');
	SQL
	run --separate-stderr "$transform" --dry-run app.dump -f app.pg
	[ "$status" -eq 0 ]
	[[ "$output" == *"Users -> users, 1 row"* ]]
	[[ "$output" == *"Id INTEGER -> id bigint identity not null"* ]]
	[[ "$output" == *"unique users_name_key (name)"* ]]
	[[ "$output" == *"check "*"length"* ]]
	[ ! -e app.pg ]
	[ ! -e app.pg.partial ]
	run --separate-stderr "$transform" --explain=users.name app.dump
	[ "$status" -eq 0 ]
	[[ "$output" == *"character varying(9)"*"declared VARCHAR(9)"* ]]
	run "$transform" --explain=users.nothing app.dump
	[ "$status" -eq 2 ]
}

@test "a plan has no control character of the dump's" {
	make_dump <<<"CREATE TABLE \"a
	b$(printf '\033')[31m\"(x DEFAULT 'y$(printf '\302\233')');"
	run --separate-stderr "$transform" --dry-run app.dump
	[ "$status" -eq 0 ]
	[[ "$output" == 'a\x0a\x09b\x1b[31m -> '* ]]
	[[ "$output" == *"default 'y\\xc2\\x9b'"* ]]
}

@test "CSV and NDJSON of the same rows give the same dump" {
	make_dump <<-'SQL'
		CREATE TABLE t(id INTEGER PRIMARY KEY, s TEXT, r REAL, b BLOB);
		INSERT INTO t VALUES(1,'a,"b',0.1,x'00ff'),(2,'',-5.0,NULL),
		    (3,NULL,9e999,x'');
	SQL
	"$export" -q --rows=ndjson app.db -f ndjson.dump
	"$transform" -q app.dump -f csv.pg
	"$transform" -q ndjson.dump -f ndjson.pg
	diff <(rows_of csv.pg t) <(rows_of ndjson.pg t)
	diff csv.pg/schema.json ndjson.pg/schema.json
	"$export" -q -Z gzip app.db -f gzip.dump
	"$transform" -q gzip.dump -f gzip.pg
	diff -r csv.pg gzip.pg
}

@test "a dump for PostgreSQL is not transformed again" {
	make_dump <<<"CREATE TABLE t(a);"
	"$transform" -q app.dump -f app.pg
	run "$transform" app.pg -f again.pg
	[ "$status" -eq 2 ]
	[[ "$output" == *"litehaul-import"* ]]
}

@test "a stream that ends early leaves nothing that looks complete" {
	make_dump <<-'SQL'
		CREATE TABLE t(a);
		INSERT INTO t VALUES(1);
	SQL
	"$export" -q app.db >app.tar
	size=$(stat -c %s app.tar)
	head -c $((size - 10240)) app.tar >short.tar
	run "$transform" short.tar -f short.pg
	[ "$status" -eq 5 ]
	[ ! -e short.pg ]
	run "$transform" -f empty.pg </dev/null
	[ "$status" -eq 5 ]
	run bash -c "'$transform' -q short.tar | tar tf - | tail -1"
	[[ "$output" != *manifest.json* ]]
}

@test "without evidence the declared types decide" {
	make_dump <<-'SQL'
		CREATE TABLE t(id INTEGER PRIMARY KEY, age INTEGER, v VARCHAR(3));
		INSERT INTO t VALUES(1,5,'abc'),(2,'N/A','abcdef');
	SQL
	run bash -c "'$export' -q --no-profile-first app.db |
		'$transform' -f app.pg"
	[ "$status" -eq 3 ]
	[[ "$output" == *"declared types alone decide"* ]]
	grep -q '"value":"N/A"' app.pg.rejects/rejects.ndjson
	[ "$(rows_of app.pg t)" = "1,5,abc" ]
}

@test "a closed pipe ends the run without a word" {
	make_dump <<-'SQL'
		CREATE TABLE t(a TEXT);
		WITH RECURSIVE n(i) AS
		    (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 200000)
		    INSERT INTO t SELECT 'text ' || i FROM n;
	SQL
	run bash -c "'$transform' -q app.dump 2>err | true; echo \${PIPESTATUS[0]}"
	[ "$output" = 141 ]
	[ ! -s err ]
}

@test "options that are not there are usage errors" {
	run "$transform" --no-such-option
	[ "$status" -eq 2 ]
	run "$transform" one two
	[ "$status" -eq 2 ]
	run "$transform" nowhere.dump -f x.pg
	[ "$status" -eq 5 ]
	run "$transform" --help
	[ "$status" -eq 0 ]
	[[ "$output" == *"--on-error"* ]]
}
