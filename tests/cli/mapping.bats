#!/usr/bin/env bats
# litehaul-transform -m: every key of litehaul-mapping(5) does what the page
# says, and what is wrong in a file is refused with its place.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	sqlite3 -bail app.db <<-'SQL'
	CREATE TABLE Orders (id INTEGER PRIMARY KEY, paid INTEGER,
	    created INTEGER, total INTEGER, status INTEGER, email TEXT,
	    meta TEXT, ended TEXT, gone TEXT);
	INSERT INTO Orders VALUES
	    (1, 1, 1700000000123, 12345, 0, ' A@X.org ', '{"a":1}',
	        '2024-07-01 12:00:00', NULL),
	    (2, 0, 1700000001000, -5, 1, NULL, 'nope',
	        '2024-01-01 12:00:00+02:00', NULL),
	    (3, 0, 0, 0, 7, 'b', 'null', NULL, '2024-01-01');
	CREATE TABLE tmp_a (x, y INTEGER);
	INSERT INTO tmp_a VALUES (1, 2);
	CREATE TABLE tmp_b (x);
	CREATE TABLE Sessions (Token TEXT PRIMARY KEY, LastSeen DATETIME,
	    code VARCHAR(8), flag TINYINT(1));
	INSERT INTO Sessions VALUES ('t', '2024-01-01', 'ab', 1);
	CREATE TABLE texts (id INTEGER PRIMARY KEY, s TEXT);
	INSERT INTO texts VALUES (1, 'ok'), (2, CAST(x'610062' AS TEXT)),
	    (3, CAST(x'e9ff' AS TEXT)), (4, CAST(x'e90041' AS TEXT));
	CREATE TABLE "price*" (a);
	INSERT INTO "price*" VALUES (5);
	SQL
	"$BIN/litehaul-export" -q app.db -f app.dump
	sqlite3 -bail shop.db <<-'SQL'
	CREATE TABLE kinds (id INTEGER PRIMARY KEY, s, ms, us, ns, cocoa,
	    webkit, filetime, julian, iso, int01, truth, cents, hex, b64,
	    uuid, uuid_le, json, arr, txt);
	INSERT INTO kinds VALUES (1, 1700000000, 1700000000123,
	    1700000000123456, 1700000000123456000, 721692800,
	    13344473600000000, 133444736000000000, 2460263.425925926,
	    '2023-11-14T22:13:20+01:00', 1, -3, 1999, '00fF', 'AP8',
	    x'00112233445566778899aabbccddeeff',
	    x'33221100554477668899aabbccddeeff', '{"a":1}', '[1,"b c",null]',
	    1.5);
	SQL
	"$BIN/litehaul-export" -q shop.db -f shop.dump
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	dump=$BATS_FILE_TMPDIR/app.dump
}

# map [OPTION...]: transform with the mapping on standard input into $ready.
map() {
	ready=app.pg
	cat >m.yaml
	rm -rf app.pg app.pg.rejects
	run "$transformer" -q -m m.yaml -Z none "$@" "$dump" -f app.pg
	echo "$output"
}

# rows TABLE: the rows that came out, without header lines.
rows() {
	local file

	for file in "$ready/data/$1"/*; do
		sed 1d "$file"
	done
}

header() {
	head -qn 1 "$ready/data/$1"/*1.csv
}

# refused MESSAGE: the mapping on standard input ends with 2 and just this, and
# nothing is written.
refused() {
	printf '%s\n' "litehaul-transform: $1" >expected
	map
	[ "$status" -eq 2 ]
	diff expected - <<<"$output"
	[ ! -e app.pg ] && [ ! -e app.pg.partial ] && [ ! -e app.pg.rejects ]
}

@test "tables are renamed, moved, left out, filtered" {
	map <<-'YAML'
	version: 1
	target: { schema: shop }
	tables:
	  Orders: { rename: Bestellung, where: "gone IS NULL AND id < 2" }
	  Sessions: { rename: { schema: auth, table: s } }
	  texts: { rename: { schema: lit } , skip: false, columns: { s: { skip: true } } }
	  "tmp_*": { skip: true }
	  'price\*': { rename: prices }
	YAML
	[ "$status" -eq 0 ]
	[ "$(ls app.pg/data)" = "$(printf '%s\n' Bestellung auth%2Es \
	    lit%2Etexts prices)" ]
	[ "$(rows Bestellung | wc -l)" -eq 1 ]
	[ "$(rows lit%2Etexts)" = "$(seq 4)" ]
	grep -q '"namespace":"shop"' app.pg/schema.json
	grep -q '"namespace":"auth"' app.pg/schema.json
}

@test "columns are renamed, typed, computed, mapped, left out, added" {
	map -t Orders <<-'YAML'
	version: 1
	tables:
	  orders:
	    on_error: reject
	    columns:
	      ID: { type: integer, identity: none }
	      paid: { type: boolean, rename: "Is Paid" }
	      created: { using: unix_ms }
	      total: { type: "numeric(12,2)", using: cents }
	      status: { values: { 0: new, 1: "null", 7: null } }
	      email: { value: "lower(trim(email))", not_null: false }
	      meta: { type: jsonb, on_error: null }
	      ended: { type: timestamptz, assume_zone: Europe/Berlin }
	      gone: { skip: true }
	      later: { type: text, optional: true }
	    add:
	      source: { value: "'sqlite'" }
	      double: { type: bigint, value: "id * 2", not_null: true }
	      nothing: { value: "NULL", type: date }
	YAML
	[ "$status" -eq 0 ]
	[[ "$output" == *'warning: m.yaml:15:7: table "orders" has no column "later"'* ]]
	[ "$(header orders)" = 'id,Is Paid,created,total,status,email,meta,ended,source,double,nothing' ]
	[ "$(rows orders)" = '1,true,2023-11-14 22:13:20.123+00,123.45,new,a@x.org,"{""a"":1}",2024-07-01 10:00:00+00,sqlite,2,
2,false,2023-11-14 22:13:21+00,-0.05,null,,,2024-01-01 10:00:00+00,sqlite,4,
3,false,1970-01-01 00:00:00+00,0.00,,b,null,,sqlite,6,' ]
	! grep -q '"identity":true' app.pg/schema.json
}

@test "each named conversion gives what it says" {
	dump=$BATS_FILE_TMPDIR/shop.dump
	map <<-'YAML'
	version: 1
	tables:
	  kinds:
	    columns:
	      s: { using: unix_s }
	      ms: { using: unix_ms }
	      us: { using: unix_us, type: timestamp }
	      ns: { using: unix_ns }
	      cocoa: { using: cocoa }
	      webkit: { using: webkit }
	      filetime: { using: filetime }
	      julian: { using: julian }
	      iso: { using: iso }
	      int01: { using: int01 }
	      truth: { using: truth }
	      cents: { using: cents }
	      hex: { using: hex }
	      b64: { using: base64 }
	      uuid: { using: uuid_blob }
	      uuid_le: { using: uuid_blob_le }
	      json: { using: json, type: json }
	      arr: { using: json_array }
	      txt: { using: text }
	YAML
	[ "$status" -eq 0 ]
	rows kinds | sed 's/^1,//' | tr ',' '\n' >got
	diff - got <<-'ROWS'
	2023-11-14 22:13:20+00
	2023-11-14 22:13:20.123+00
	2023-11-14 22:13:20.123456
	2023-11-14 22:13:20.123456+00
	2023-11-14 22:13:20+00
	2023-11-14 22:13:20+00
	2023-11-14 22:13:20+00
	2023-11-14 22:13:20+00
	2023-11-14 21:13:20+00
	true
	true
	19.99
	\x00ff
	\x00ff
	00112233-4455-6677-8899-aabbccddeeff
	00112233-4455-6677-8899-aabbccddeeff
	"{""a"":1}"
	"{1
	""b c""
	NULL}"
	1.5
	ROWS
}

@test "text that is no text is stripped, replaced, read as Latin 1, made bytes" {
	local want

	while IFS='|' read -r keys want; do
		echo "$keys"
		map -t texts <<<"{version: 1, defaults: {$keys}}"
		[ "$(rows texts | tr '\n' ' ')" = "$want " ]
	done <<-'CASES'
	text_nul: strip|1,ok 2,ab
	text_nul: bytea|1,\x6f6b 2,\x610062 3,\xe9ff 4,\xe90041
	invalid_utf8: replace|1,ok 3,��
	invalid_utf8: latin1|1,ok 3,éÿ
	invalid_utf8: bytea|1,\x6f6b 2,\x610062 3,\xe9ff 4,\xe90041
	text_nul: strip, invalid_utf8: replace|1,ok 2,ab 3,�� 4,�A
	text_nul: strip, invalid_utf8: latin1|1,ok 2,ab 3,éÿ 4,éA
	CASES
}

@test "nobody is told that text is set aside when it is mended" {
	cat >m.yaml <<-'YAML'
	{version: 1, defaults: {text_nul: strip, invalid_utf8: latin1}}
	YAML
	run "$transformer" -m m.yaml -t texts "$dump" -f app.pg
	[ "$status" -eq 0 ]
	[[ "$output" != *"will be set aside"* ]]
	echo '{version: 1, defaults: {text_nul: strip}}' >m.yaml
	run "$transformer" -m m.yaml -t texts "$dump" -f two.pg
	[ "$status" -eq 3 ]
	[[ "$output" == *"2 values not in UTF-8"*"will be set aside"* ]]
	[[ "$output" != *"values with a NUL"* ]]
}

@test "declared types become what the list says, the narrowest first" {
	map -t Sessions <<-'YAML'
	version: 1
	types:
	  "VARCHAR(*)": text
	  "varchar( 8 )": character(8)
	  "TINYINT(1)": smallint
	  DATETIME: timestamp
	tables:
	  Sessions: { columns: { flag: { type: integer } } }
	YAML
	[ "$status" -eq 0 ]
	grep -q '"source":"code","type":"character(8)"' app.pg/schema.json
	grep -q '"source":"flag","type":"integer"' app.pg/schema.json
	grep -q '"source":"LastSeen","type":"timestamp without' \
	    app.pg/schema.json
}

@test "a name goes before a glob, a narrow glob before a wide one, then the last" {
	map -T texts <<-'YAML'
	version: 1
	tables:
	  "*": { skip: true }
	  "t*": { columns: { x: { rename: wide, optional: true } } }
	  "tmp_?": { columns: { x: { rename: first } } }
	  "tmp_[ab]": { columns: { x: { rename: second } } }
	  TMP_B: { columns: { x: { rename: named } } }
	YAML
	[ "$status" -eq 0 ]
	[ "$(ls app.pg/data)" = tmp_a ]
	grep -q '"name":"second","source":"x"' app.pg/schema.json
	grep -q '"name":"named","source":"x"' app.pg/schema.json
	! grep -q '"name":"first"' app.pg/schema.json
}

@test "the nearest on_error holds" {
	cat >base.yaml <<-'YAML'
	version: 1
	defaults: { on_error: stop }
	tables:
	  Orders:
	    on_error: null
	    columns:
	      email: { type: bigint, on_error: reject }
	      meta: { type: jsonb }
	YAML
	map -t Orders <base.yaml
	[ "$status" -eq 3 ]
	[ "$(rows orders | wc -l)" -eq 1 ]
	[ "$(wc -l <app.pg.rejects/rejects.ndjson)" -eq 2 ]
	map -t Orders <<<"$(grep -v 'on_error: null' base.yaml)"
	[ "$status" -eq 1 ]
	[ "$output" = "litehaul-transform: data/Orders/000001.csv.zst: table \
\"Orders\", row 2, column \"meta\": 'nope' (text) does not fit jsonb: not JSON" ]
	# What the file says goes before the command line.
	map -t texts --on-error=stop \
	    <<<'{version: 1, defaults: {on_error: reject}}'
	[ "$status" -eq 3 ]
}

@test "not_null sets NULLs aside, and the rows come back with another mapping" {
	map -t Orders <<-'YAML'
	version: 1
	tables: { Orders: { columns: { email: { not_null: true } } } }
	YAML
	[ "$status" -eq 3 ]
	grep -q '"name":"email","source":"email","type":"text","not_null":true' \
	    app.pg/schema.json
	[ "$(rows orders | cut -d, -f1 | tr '\n' ' ')" = "1 3 " ]
	cat >m.yaml <<-'YAML'
	version: 1
	tables: { Orders: { columns: { email: {
	    value: "coalesce(email, 'none')", not_null: true } } } }
	YAML
	"$transformer" -q -m m.yaml -t Orders -Z none app.pg.rejects -f rest.pg
	ready=rest.pg
	[[ "$(rows orders)" == 2,*,none,nope,* ]]
}

@test "JSON, CRLF, a byte order mark and a pipe are a mapping file too" {
	map -T texts <<<'{"version": 1, "tables": {"tmp_*": {"skip": true}}}'
	[ "$status" -eq 0 ]
	[ ! -e app.pg/data/tmp_a ]
	map -T texts < <(printf '\xef\xbb\xbf%s\r\n' 'version: 1'
	    printf '%s\r\n' 'tables:' '  tmp_a:' '    skip: true')
	[ "$status" -eq 0 ]
	[ ! -e app.pg/data/tmp_a ]
	mkfifo fifo
	printf 'version: 1\ntables: {tmp_a: {rename: piped}}\n' >fifo &
	"$transformer" -q -m fifo -t tmp_a "$dump" -f fifo.pg
	[ -e fifo.pg/data/piped ]
}

@test "what is no mapping file is refused" {
	printf 'version: 1\ntables:\n\ttmp_a: {}\n' >tab
	printf 'version: 1\ntables:\n  "é": {}\n\ttmp_a: {}\n' >tab2
	printf 'version: 1\ntables: {\xff: {}}\n' >bytes
	printf 'version: "1\n' >open
	printf 'version: 1\n---\nversion: 1\n' >two
	printf 'version: 1\ntables: &a {}\n' >anchor
	printf 'words\n' >words
	: >empty
	head -c 16777300 /dev/zero | tr '\0' '#' >huge
	while IFS='|' read -r file text; do
		run "$transformer" -m "$file" "$dump" -f app.pg
		echo "$output"
		[ "$status" -eq 2 ]
		[[ "$output" == "litehaul-transform: $text" ]]
		[ ! -e app.pg.partial ]
	done <<-'CASES'
	tab|tab:3:1: a tab, where YAML indents with blanks only
	tab2|tab2:4:1: a tab, where YAML indents with blanks only
	bytes|bytes:2:10: invalid leading UTF-8 octet
	open|open:2:1: found unexpected end of stream while scanning a quoted scalar
	two|two:2:1: a second document; one is all there may be
	anchor|anchor:2:9: anchors are not supported
	words|words:1:1: a mapping file takes keys and their values
	empty|empty:1:1: the file holds nothing
	/|mapping file: could not read "/": Is a directory
	none|mapping file: could not open "none": No such file or directory
	huge|mapping file: "huge" has more than the 16777216 bytes allowed
	CASES
	run "$transformer" -m words -m empty "$dump" -f app.pg
	[ "$status" -eq 2 ]
	[[ "$output" == *"one mapping file at a time"* ]]
	run "$transformer" --target=/ "$dump" -f app.pg
	[ "$status" -eq 2 ]
}

@test "keys and values that are wrong are refused with their place" {
	while IFS='|' read -r yaml text; do
		echo "$yaml"
		refused "m.yaml:$text" < <(printf '%b\n' "$yaml")
	done <<-'CASES'
	tables: {}|1:1: no version; write "version: 1" first
	version: 2|1:10: version 2, and this litehaul knows version 1 only
	version: 1\ntable: {}|2:1: unknown key "table" in a mapping file; did you mean "tables"?
	version: 1\ntables:\n  Orders:\n    rname: x|4:5: unknown key "rname" in a table; did you mean "rename"?
	version: 1\ntables:\n  Orders:\n  Orders: {}|4:3: "Orders" stands here twice, first in line 3
	version: 1\ntables:\n  Orders: {}\n  orders: {}|4:3: table "orders" has an entry already, in line 3
	version: 1\ntables:\n  Orders:|3:10: nothing stands here, and a table takes keys; write {} where there are none
	version: 1\ntables: [Orders]|2:9: tables takes keys and their values
	version: 1\ntables:\n  Ordres: {}|3:3: the dump has no table "Ordres"; did you mean "Orders"?
	version: 1\ntables:\n  "z*": {}|3:3: no table matches "z*"
	version: 1\ntables:\n  "price[": {}|3:3: the pattern "price[" does not end; a backslash before a [ or \ makes it a plain one
	version: 1\ntables:\n  "tmp_*": {columns: {z: {}}}|3:23: no table matched by "tmp_*" has a column "z"; did you mean "x"?
	version: 1\ntables:\n  "tmp_*": {rename: t}|3:3: "tmp_*" matches 2 tables, which cannot all be called "t"
	version: 1\ntables:\n  Orders: {columns: {emial: {}}}|3:22: table "Orders" has no column "emial"; did you mean "email"?
	version: 1\ntables:\n  Orders: {skip: yes}|3:18: "yes" where false or true is wanted
	version: 1\ntables:\n  Orders: {skip: true, where: x}|3:24: skip: true leaves the table out, and "where" asks something of it
	version: 1\ntables:\n  Orders: {columns: {id: {type: booleen}}}|3:33: "booleen" is no type that litehaul knows; did you mean "boolean"?
	version: 1\ntables:\n  Orders: {columns: {id: {using: unix_sec}}}|3:34: unknown conversion "unix_sec"; did you mean "unix_s"?
	version: 1\ntables:\n  Orders: {columns: {id: {type: text, using: unix_s}}}|3:46: using: unix_s gives timestamptz, timestamp or date, not text
	version: 1\ntables:\n  Orders: {columns: {id: {type: text, identity: by_default}}}|3:49: identity takes the type bigint, integer or smallint, not text
	version: 1\ntables:\n  Orders: {columns: {email: {identity: by_default}}}|3:22: identity takes the type bigint, integer or smallint, and Orders.email is text
	version: 1\ntables:\n  Orders: {columns: {id: {skip: true, type: text}}}|3:39: skip: true leaves the column out, and "type" asks something of it
	version: 1\ntables:\n  Orders: {columns: {email: {not_null: true, on_error: null}}}|3:56: on_error: null makes NULL what not_null: true forbids
	version: 1\ntables:\n  Orders: {columns: {email: {values: {}}}}|3:38: a map of no values, which no value would fit
	version: 1\ntables:\n  Orders: {add: {x: {type: text}}}|3:18: the column "x" of add has no value: the dump has none for it. Where the target fills it by itself, leave it out here
	version: 1\ndefaults: {assume_zone: Europe/Berlim}|2:25: there is no time zone "Europe/Berlim"; did you mean "Europe/Berlin"?
	version: 1\ndefaults: {identifiers: camel}|2:25: "camel" where fold, keep or snake_case is wanted
	version: 1\ndefaults: {text_nul: drop}|2:22: "drop" where reject, strip or bytea is wanted
	version: 1\ntarget: {schema: pg_x}|2:18: PostgreSQL keeps schemas whose names begin with pg_ for itself
	CASES
}

@test "expressions that are wrong are refused with their place" {
	while IFS='|' read -r sql text; do
		echo "$sql"
		printf 'version: 1\ntables:\n  Orders:\n    where: "%s"\n' "$sql" |
			refused "m.yaml:4:12: where: $text"
	done <<-'CASES'
	emial = 1|no such column: emial; did you mean "email"?
	lower((email)|a parenthesis is not closed
	random() > 0|function "random" gives another value each time
	id IN (SELECT x FROM tmp_a)|no such table: tmp_a
	CASES
	printf 'version: 1\ntables: {Orders: {columns: {id: {value: "idd"}}}}\n' |
		refused 'm.yaml:2:41: value: no such column: idd; did you mean "id"?'
}

@test "names that come to the same one are refused with the one that was asked for" {
	while IFS='|' read -r yaml text; do
		echo "$yaml"
		refused "$text" < <(printf '%b\n' "$yaml")
	done <<-'CASES'
	version: 1\ntables:\n  Orders: {columns: {id: {rename: paid}}}|m.yaml:3:22: table "Orders": columns "id" and "paid" would both be called "paid" in PostgreSQL: rename one in the mapping file
	version: 1\ntables:\n  Orders: {columns: {total: {rename: paid}}}|m.yaml:3:22: table "Orders": columns "paid" and "total" would both be called "paid" in PostgreSQL: rename one in the mapping file
	version: 1\ntables:\n  Orders: {columns: {id: {rename: x}, paid: {rename: x}}}|m.yaml:3:54: a second column called "x"; line 3 has one
	version: 1\ntables:\n  Orders: {add: {paid: {value: "1"}}}|m.yaml:3:18: table "Orders": columns "paid" and "paid" would both be called "paid" in PostgreSQL: rename one in the mapping file
	version: 1\ntables:\n  Orders: {columns: {id: {rename: xmin}}}|m.yaml:3:22: table "Orders": "id" cannot be called "xmin": PostgreSQL keeps this name for itself
	version: 1\ntables:\n  tmp_a: {rename: tmp_b}|m.yaml:3:3: tables "tmp_a" and "tmp_b" would both be called "tmp_b" in PostgreSQL: rename one in the mapping file
	version: 1\ntables:\n  tmp_a: {rename: same}\n  tmp_b: {rename: same}|m.yaml:4:19: a second table called "same"; line 3 has one
	CASES
	# In another schema it is another name.
	map -t 'tmp_*' <<-'YAML'
	version: 1
	tables: { tmp_a: { rename: { schema: s, table: tmp_b } } }
	YAML
	[ "$status" -eq 0 ]
}

@test "what a dump lacks is a warning where it is optional" {
	map -t tmp_a <<-'YAML'
	version: 1
	tables:
	  nope: { optional: true }
	  "z*": { optional: true, columns: { x: { type: text } } }
	  tmp_a: { columns: { z: { optional: true, type: text } } }
	YAML
	[ "$status" -eq 0 ]
	diff - <(printf '%s\n' "$output") <<-'TEXT'
	litehaul-transform: warning: m.yaml:3:3: the dump has no table "nope"
	litehaul-transform: warning: m.yaml:4:3: no table matches "z*"
	litehaul-transform: warning: m.yaml:5:23: table "tmp_a" has no column "z"
	TEXT
}

@test "all names that the dump lacks are told at once" {
	map <<-'YAML'
	version: 1
	tables:
	  a1: {}
	  b2: {}
	  tmp_a: {columns: {q1: {}}}
	YAML
	[ "$status" -eq 2 ]
	[ "$(grep -c '^\(litehaul-transform: \)\?m.yaml:[345]:' <<<"$output")" -eq 3 ]
}

@test "--rename-map says what has become of each name" {
	cat >m.yaml <<-'YAML'
	version: 1
	target: { schema: app }
	defaults: { identifiers: snake_case }
	tables:
	  Sessions: { rename: { schema: auth, table: S }, columns: { code: { skip: true } } }
	  "tmp_*": { skip: true }
	YAML
	"$transformer" -q -m m.yaml -t Sessions -t 'tmp*' -t 'price*' \
	    --rename-map=map.json "$dump" -f app.pg
	python3 - <<-'PYTHON'
	import json
	assert json.load(open("map.json")) == {"tables": {
	    "Sessions": {"name": "S", "schema": "auth", "columns": {
	        "Token": "token", "LastSeen": "last_seen", "code": None,
	        "flag": "flag"}},
	    "price*": {"name": "price_", "schema": "app",
	        "columns": {"a": "a"}}}}
	PYTHON
	# A path that cannot be written is known before there is any work.
	run "$transformer" -m m.yaml --rename-map=/ "$dump" -f two.pg
	[ "$status" -eq 2 ]
	[ ! -e two.pg ] && [ ! -e two.pg.partial ]
}

# What the plan says will be set aside, and what is.
@test "--dry-run and --explain foretell what does not fit" {
	cat >m.yaml <<-'YAML'
	version: 1
	tables:
	  Orders:
	    columns:
	      status: { using: int01 }
	      email: { type: varchar(3), on_error: null }
	      ended: { type: timestamp, rename: End }
	      gone: { not_null: true }
	    add: { source: { value: "'x'" } }
	  tmp_a: { skip: true }
	YAML
	"$transformer" --dry-run -m m.yaml "$dump" >plan
	while read -r line; do
		echo "$line"
		grep -qF "$line" plan
	done <<-'TEXT'
	status INTEGER -> status boolean, using int01; 1 of 3 values does not fit, first '7' (integer) at rowid 3: such rows will be set aside
	email TEXT -> email character varying(3); the longest value has 9 characters: such values will be NULL
	ended TEXT -> End timestamp without time zone; 1 value has a time zone, which the type cannot keep: such rows will be set aside
	gone TEXT -> gone text not null; 2 NULLs where none may be: such rows will be set aside
	(added) -> source text, value: 'x'
	s TEXT -> s text; 3 of 4 values do not fit, first
	tmp_a is left out
	TEXT
	[ ! -e app.pg ]
	run "$transformer" -q -m m.yaml "$dump" -f app.pg
	[ "$status" -eq 3 ]
	[ "$(grep -c '"table":"texts"' app.pg.rejects/rejects.ndjson)" -eq 3 ]
	[ "$(grep -c '"column":"status"' app.pg.rejects/rejects.ndjson)" -eq 1 ]
	[ "$(grep -c '"column":"gone"' app.pg.rejects/rejects.ndjson)" -eq 2 ]
	"$transformer" --explain=orders -m m.yaml "$dump" >explained
	grep -q '^  misfits   1 of 3 values does not fit' explained
	grep -q '^  name      End$' explained
	grep -q '^Orders.source$' explained
	"$transformer" --explain=orders.source -m m.yaml "$dump" |
		grep -q "^  value     'x'"
	"$transformer" --explain=orders.status "$dump" |
		grep -q "boolean: 2 of 3 fit, first other '7' (integer) at rowid 3"
}

@test "a mapping of 5,000 tables is read as fast as it is long" {
	python3 - <<-'PYTHON'
	import sqlite3
	db = sqlite3.connect("wide.db")
	for i in range(5000):
	    db.execute("CREATE TABLE Table_%d (id INTEGER PRIMARY KEY, n)" % i)
	db.commit()
	PYTHON
	"$exporter" -q wide.db -f wide.dump
	"$transformer" --suggest wide.dump >m.yaml
	[ "$(grep -c '^  Table_' m.yaml)" -eq 5000 ]
	timeout 30 "$transformer" -m m.yaml --dry-run wide.dump >plan
	[ "$(grep -c '^Table_' plan)" -eq 5000 ]
}

@test "a foreign key goes along between whole numbers of any width" {
	sqlite3 fk.db "CREATE TABLE p (id INTEGER PRIMARY KEY);
	    CREATE TABLE c (pid INTEGER REFERENCES p, qid INTEGER REFERENCES p)"
	"$exporter" -q fk.db -f fk.dump
	cat >m.yaml <<-'YAML'
	version: 1
	tables:
	  p: { columns: { id: { type: integer } } }
	  c: { columns: { pid: { type: smallint }, qid: { type: text } } }
	YAML
	"$transformer" -m m.yaml --dry-run fk.dump >plan
	grep -q 'foreign key c_pid_fkey -> p' plan
	grep -q 'left out: foreign key c: .*("qid")' plan
}
