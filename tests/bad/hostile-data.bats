#!/usr/bin/env bats
# Data files whose sums are all right and whose rows are none: no value may be
# taken for another, and not a row of such a chunk arrives.  The documents are
# in hostile.bats.

load forged

setup_file() {
	forged_begin
}

setup() {
	forged_setup
}

# refused_data TEXT <EDIT: app.pg, so edited, is refused, and not a row of the
# chunk arrives.
refused_data() {
	forged app.pg
	ends 5 "$1" "$importer" --check app.pg
	if once; then
		ends 5 "$1" "$importer" -d dbname=test app.pg
		unfinished
		[ "$(server_ask "SELECT count(*) FROM item")" -eq 0 ]
		stream app.pg | ends 5 "$1" "$importer" -d dbname=test
		unfinished
		[ "$(server_ask "SELECT count(*) FROM item")" -eq 0 ]
	fi
}

# refused_source TEXT <EDIT: app.dump, so edited, is refused.
refused_source() {
	forged app.dump
	ends 5 "$1" "$importer" --check app.dump
	ends 5 "$1" "$transformer" app.dump -f out.pg
	[ ! -e out.pg ]
	if once; then
		stream app.dump | ends 5 "$1" "$transformer" -f out.pg
		[ ! -e out.pg ]
	fi
}

@test "rows that are not as many as the manifest says" {
	for rows in 0 1 3 1000000; do
		forged app.pg <<-EDIT
		for t in manifest["tables"]:
		    if t["name"] == "item":
		        t["rows"] = t["files"][0]["rows"] = $rows
		EDIT
		ends 5 'data/item/000001.csv' "$importer" --check app.pg
		ends 5 'data/item/000001.csv' "$importer" -d dbname=test app.pg
		unfinished
		[ "$(server_ask "SELECT count(*) FROM item")" -eq 0 ]
		stream app.pg | ends 5 'data/item/000001.csv' \
		    "$importer" -d dbname=test
		unfinished
		server_ask "DROP TABLE item, parent; DROP SCHEMA litehaul CASCADE"
	done
}

@test "CSV that is not ours" {
	path='data["data/item/000001.csv"]'
	for edit in 'b"\xef\xbb\xbf" + X' 'X.replace(b"\n", b"\r\n")' \
	    'X.replace(b"id,n,", b"n,id,")' 'X.replace(b"id,n,", b"id,id,")' \
	    'X.split(b"\n", 1)[1]' 'X[:-1]' 'X + b"\n"' 'X + b"\0"' \
	    'X + b"3\n"' 'X + b"3,,,,,,,,,,,\n"' 'X + b"3,,,,,,,\",,\n"' \
	    'X + b"3,,,,,,,,\"a\"b,,\n"' 'X + b"3,,,,,,,,a\"b,,\n"' \
	    'X + b"3,,,,,,,,a\xff,,\n"' 'X + b"3,,,,,,,,a\0b,,\n"' \
	    'X + b"3,,,,,,,,\xed\xa0\x80,,\n"' 'X + b"3,,,,,,,,\xc0\x80,,\n"' \
	    'X + b"3,,,,,,,,a\rb,,\n"' 'X + b"\\.\n"' 'b""' 'b"\n"' \
	    'X + b"#\n"' 'X.replace(b",", b";")'; do
		refused_data 'data/item/000001.csv' <<-EDIT
		$path = ${edit//X/$path}
		rows = $path.count(b"\n") - 1
		for t in manifest["tables"]:
		    if t["name"] == "item":
		        t["rows"] = t["files"][0]["rows"] = max(rows, 2)
		EDIT
	done
}

@test "values that are none of their type" {
	# Columns: id n price ratio day at doc raw note yes parent_id
	for row in 'x,,,,,,,,,,' '9223372036854775808,,,,,,,,,,' '3.0,,,,,,,,,,' \
	    ' 3,,,,,,,,,,' '+3,,,,,,,,,,' '"",,,,,,,,,,' '3,1e3,,,,,,,,,' \
	    '3,,1.255,,,,,,,,' \
	    '3,,1e2,,,,,,,,' '3,,0x10,,,,,,,,' '3,,,1e999,,,,,,,' \
	    '3,,,inf,,,,,,,' '3,,,0x1p3,,,,,,,' '3,,,,2023-02-29,,,,,,' \
	    '3,,,,now,,,,,,' '3,,,,infinity,,,,,,' '3,,,,,2024-01-01,,,,,' \
	    '3,,,,,2024-01-01 25:00:00+00,,,,,' '3,,,,,now(),,,,,' \
	    '3,,,,,,,0xff,,,' \
	    '3,,,,,,,\xf,,,' '3,,,,,,,\xFF,,,' '3,,,,,,,,,maybe,' \
	    '3,,,,,,,,,1,'; do
		refused_data 'data/item/000001.csv' <<-EDIT
		data["data/item/000001.csv"] += rb'''$row''' + b"\n"
		for t in manifest["tables"]:
		    if t["name"] == "item":
		        t["rows"] = t["files"][0]["rows"] = 3
		EDIT
		grep -q 'row 3' "$complaint"
	done
}

@test "values that only the server can tell" {
	for row in '3,,99999.5,,,,,,,,' '3,,,,,,{,,,,' \
	    '3,,,,,,"""\u0000""",,,,'; do
		forged app.pg <<-EDIT
		data["data/item/000001.csv"] += rb'''$row''' + b"\n"
		for t in manifest["tables"]:
		    if t["name"] == "item":
		        t["rows"] = t["files"][0]["rows"] = 3
		EDIT
		ends 1 'data/item/000001.csv, row 3, column "' \
		    "$importer" --max-rejects=0 -d dbname=test app.pg
		[ "$(server_ask "SELECT count(*) FROM item")" -eq 0 ]
		unfinished
		rm -rf app.pg.refused
		ends 3 'row 3 of data/item/000001 (id=3)' \
		    "$importer" -d dbname=test app.pg
		[ "$(server_ask "SELECT count(*) FROM item")" -eq 2 ]
		[ "$(server_ask "SELECT data FROM litehaul.reject")" = "$row" ]
		server_ask "DROP TABLE item, parent; DROP SCHEMA litehaul CASCADE"
	done
}

@test "NDJSON that is not ours" {
	for line in '{}' '[]' '{"id":3}' 'null' '{"name":"x","id":3}' \
	    '{"id":3,"name":"x","more":1}' '{"id":3,"id":4}' \
	    '{"id":3,"name":{}}' '{"id":3,"name":{"$blob":"!"}}' \
	    '{"id":3,"name":{"$blob":"AAA"}}' '{"id":3,"name":[1]}' \
	    '{"id":3,"name":{"$other":"AAAA"}}' '{"id":3,"name":"a' \
	    '{"id":3,"name":"\ud800"}' '{"id":03,"name":"x"}' \
	    '{"id":3,"name":{"$blob":"AAAA","$text":"AAAA"}}' \
	    '{"id":99999999999999999999,"name":"x"}' \
	    '{"id":3,"name":{"$real":"7"}}' '{"id":3,"name":tru}' \
	    '{"id":3,"name":"x"} {"id":4,"name":"x"}' '{"id":3,"name":"x"},'; do
		refused_source 'data/parent/000001.ndjson' <<-EDIT
		del data["data/parent/000001.csv"]
		files("parent")[0]["path"] = "data/parent/000001.ndjson"
		files("parent")[0]["rows"] = 1
		for t in manifest["tables"]:
		    if t["name"] == "parent":
		        t["rows"] = 1
		data["data/parent/000001.ndjson"] = rb'''$line''' + b"\n"
		profile["tables"][0]["rows"] = 2
		EDIT
	done
}

@test "compressed files that are not one whole frame of modest size" {
	head -c 300M /dev/zero | zstd -q >bomb
	printf 'a' | zstd -q --no-check >no-check
	printf 'a' | zstd -q >one
	cat one one >two
	printf '\x50\x2a\x4d\x18\x01\x00\x00\x00x' | cat - one >skippable
	(cat one && echo more) >behind
	head -c 12 one >cut
	head -c 5M /dev/urandom | base64 | zstd -q --long=27 >window
	: >empty
	echo text >text
	gzip <bomb >gzip
	for name in bomb two skippable behind cut window empty text gzip no-check
	do
		refused_data 'data/item/000001.csv.zst' <<-EDIT
		del data["data/item/000001.csv"]
		files("item")[0]["path"] = "data/item/000001.csv.zst"
		data["data/item/000001.csv.zst"] = open("$name", "rb").read()
		EDIT
	done
}

@test "evidence that lies loses no row in silence" {
	# It says that every name is an integer.
	forged app.dump <<-'EDIT'
	for t, p in zip(schema["tables"], profile["tables"]):
	    if t["name"] == "parent":
	        for c in p["columns"]:
	            if c.get("name") == "name":
	                text = c["classes"].pop("text", 0)
	                assert text == 2, c
	                c["classes"]["integer"] = 2
	                c.setdefault("integer", {})
	EDIT
	outcome "$transformer" app.dump -f out.pg
	cat "$complaint"
	case $code in
	0)	"$importer" -q -d dbname=test out.pg
		[ "$(server_ask "SELECT count(*) FROM parent
		    WHERE name IN ('one', 'two')")" -eq 2 ] ;;
	3)	[ -e out.pg.rejects/rejects.ndjson ] ;;
	5)	[ ! -e out.pg ] ;;
	*)	false ;;
	esac
}
