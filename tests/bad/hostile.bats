#!/usr/bin/env bats
# Dumps whose sums are all right and that mean harm: whoever can write a dump
# can hash it.  No byte of it may become SQL or a path (promise P7), no value
# may be taken for another, and nothing may crash.

load forged

setup_file() {
	forged_begin
}

setup() {
	forged_setup
}

# refused TEXT <EDIT: app.pg, so edited, is refused by reading its documents.
refused() {
	forged app.pg
	ends 5 "$1" "$importer" --check app.pg
	if once; then
		ends 5 "$1" "$importer" -d dbname=test app.pg
		nothing_came
		# A stream's manifest comes last.
		stream app.pg | ends 5 "$1" "$importer" -d dbname=test
		unfinished
	fi
}

# declined: app.pg is not loaded, whatever the reason, but for a crash.
declined() {
	outcome "$importer" -d dbname=test app.pg
	cat "$complaint"
	[ "$code" -ne 0 ]
	[ "$code" -lt 126 ]
	nothing_came
}

@test "a forged dump that says the same is whole" {
	forged app.pg </dev/null
	"$importer" -q --check app.pg
	"$importer" -q -d dbname=test app.pg
	[ "$(server_ask "SELECT count(*) FROM item")" -eq 2 ]
	forged app.dump </dev/null
	"$importer" -q --check app.dump
	"$transformer" -q app.dump -f out.pg
	"$importer" -q --check out.pg
}

# ---------------------------------------------------------------- as SQL

@test "types are of a closed set" {
	for type in 'text; DROP TABLE victim' 'text)' 'serial' 'integer[]' \
	    'public.text' '"text"' 'text COLLATE "C"' 'regclass' 'numeric(9999)' \
	    'numeric(5,6000)' 'varchar(0)' 'varchar(-1)' 'varchar(99999999999)' \
	    'TEXT/**/' ''; do
		refused "schema.json" <<-EDIT
		columns("item")[8]["type"] = '''$type'''
		EDIT
	done
}

@test "names are quoted, whatever they hold" {
	forged app.pg <<-'EDIT'
	evil = '''x"; DROP TABLE victim; --' $$ \\ %s\n\\! id'''
	item = table("item")
	entry = next(t for t in manifest["tables"] if t["name"] == "item")
	item["name"] = entry["name"] = evil
	old = item["directory"]
	item["directory"] = "".join(
	    c if c.isalnum() or c in "_-" else "%%%02X" % ord(c) for c in evil)
	assert len(item["directory"]) <= 100, item["directory"]
	for file in entry["files"]:
	    new = file["path"].replace(old, item["directory"])
	    data[new] = data.pop(file["path"])
	    file["path"] = new
	    for i, column in enumerate(item["columns"]):
	        if column["name"] == "note":
	            column["name"] = 'n"; DROP TABLE victim; --'
	    head, rest = data[new].split(b"\n", 1)
	    head = head.replace(b"note", b'"n""; DROP TABLE victim; --"')
	    data[new] = head + b"\n" + rest
	for index in item["indexes"]:
	    if index["name"] == "item_note":
	        index["name"] = 'i"; DROP TABLE victim; --'
	        index["parts"][0]["column"] = 'n"; DROP TABLE victim; --'
	for key in item["foreign_keys"]:
	    key["name"] = 'f"; DROP TABLE victim; --'
	item["columns"][8]["default_text"] = "'); DROP TABLE victim; --"
	EDIT
	"$importer" -q --check app.pg
	"$importer" -q -d dbname=test app.pg
	[ "$(server_ask "SELECT x FROM victim")" = 1 ]
	[ "$(server_ask "SELECT count(*) FROM pg_tables
	    WHERE tablename LIKE 'x\"; DROP%'")" -eq 1 ]
	[ "$(server_ask "SELECT count(*) FROM pg_indexes
	    WHERE indexname LIKE 'i\"; DROP%'")" -eq 1 ]
	# Twice, so that what asks about it is quoted as well.
	"$importer" -q -d dbname=test app.pg
	"$importer" -q --clean -d dbname=test app.pg
	[ "$(server_ask "SELECT x FROM victim")" = 1 ]
}

@test "a target schema named like a statement" {
	"$importer" -q -n 's"; DROP TABLE victim; --' -d dbname=test \
	    "$BATS_FILE_TMPDIR/app.pg"
	[ "$(server_ask "SELECT x FROM victim")" = 1 ]
	[ "$(server_ask "SELECT count(*) FROM pg_tables
	    WHERE schemaname LIKE 's\"; DROP%'")" -eq 2 ]
	server_ask "DROP SCHEMA \"s\"\"; DROP TABLE victim; --\" CASCADE"
}

@test "defaults, actions and kinds are of closed sets" {
	refused 'schema.json' <<-'EDIT'
	columns("item")[1]["default"] = "sql"
	columns("item")[1]["default_text"] = "1); DROP TABLE victim; --"
	EDIT
	refused 'schema.json' <<-'EDIT'
	table("item")["foreign_keys"][0]["on_delete"] = \
	    "CASCADE; DROP TABLE victim"
	EDIT
	refused 'schema.json' <<-'EDIT'
	table("item")["indexes"][0]["kind"] = "gin"
	EDIT
	refused 'schema.json' <<-'EDIT'
	table("item")["kind"] = "view"
	EDIT
	refused '.json' <<-'EDIT'
	schema["dialect"] = manifest["dialect"] = "mysql"
	EDIT
}

@test "a default that is no value of its type" {
	forged app.pg <<-'EDIT'
	columns("item")[1]["default_text"] = "7); DROP TABLE victim; --"
	EDIT
	outcome "$importer" -d dbname=test app.pg
	[ "$code" -ne 0 ]
	nothing_came
}

@test "SQL text of a source never runs" {
	forged app.dump <<-'EDIT'
	evil = "1); DROP TABLE victim; --"
	for t in schema["tables"]:
	    t["sql"] = "CREATE TABLE x (y); DROP TABLE victim"
	    for c in t["columns"]:
	        c["default"] = "sql"
	        c["default_text"] = evil
	        c["collation"] = 'C"; DROP TABLE victim; --'
	        c["declared"] = c["declared"] + " ); DROP TABLE victim; --"
	table("item")["checks"] = [{"name": 'c"', "text": evil}]
	table("item")["indexes"].append({"name": 'i"', "kind": "plain",
	    "parts": [{"expression": evil}], "where": evil})
	EDIT
	"$importer" -q --check app.dump
	"$transformer" -q app.dump -f out.pg
	"$importer" -q -d dbname=test out.pg
	[ "$(server_ask "SELECT x FROM victim")" = 1 ]
	[ "$(server_ask "SELECT count(*) FROM item")" -eq 2 ]
}

# ---------------------------------------------------------------- as paths

@test "directories are their tables' names and no paths" {
	for directory in '..' '../../tmp' '/tmp' '' '.' 'Item' 'item%2F' \
	    'parent' '%69tem' "$(printf 'i%.0s' {1..300})"; do
		refused 'schema.json' <<-EDIT
		table("item")["directory"] = '''$directory'''
		EDIT
	done
}

@test "paths in the manifest are of their table and ordinal" {
	for path in /etc/passwd ../app.pg/data/item/000001.csv \
	    data/parent/000001.csv data/item/000000.csv data/item/1.csv \
	    data/item/000002.csv data/item/000001.sql \
	    data/item/0000000000000000001.csv data/item/4294967297.csv \
	    data/item/000001.csv.xz ''; do
		refused 'manifest' <<-EDIT
		files("item")[0]["path"] = '''$path'''
		EDIT
	done
	refused 'manifest' <<-'EDIT'
	files("item").append(dict(files("item")[0]))
	EDIT
}

@test "a table or column with no name, a bad one, or another's" {
	refused 'is there twice' <<-'EDIT'
	schema["tables"].append(dict(schema["tables"][0]))
	manifest["tables"].append(dict(manifest["tables"][0], files=[], rows=0))
	EDIT
	refused 'schema.json' <<-'EDIT'
	columns("item")[2]["name"] = columns("item")[3]["name"]
	EDIT
	refused 'schema.json' <<-'EDIT'
	columns("item")[2]["name"] = "nul\0byte"
	EDIT
	for name in '"\\ud800"' '"\xff"' '17' 'null' '[]'; do
		refused 'schema.json' <<-EDIT
		import json
		schema = json.dumps(schema).encode().replace(
		    b'"name": "price"', b'"name": ' + b'$name')
		EDIT
	done
}

@test "names that PostgreSQL would cut or refuse" {
	long=$(printf 'x%.0s' {1..64})
	for name in "$long" '' ctid tableoid; do
		forged app.pg <<-EDIT
		columns("item")[8]["name"] = '''$name'''
		table("item")["indexes"].pop()
		data["data/item/000001.csv"] = data["data/item/000001.csv"] \
		    .replace(b"note", b'''$name''' or b'""', 1)
		EDIT
		declined
	done
}

# ---------------------------------------------------------------- documents

@test "documents that are not quite JSON" {
	for edit in 'schema = b"{}"' 'schema = b"null"' 'schema = b""' \
	    'schema = b"[" * 100000' 'schema = b"{\"a\":" * 100000' \
	    'schema = b"\xef\xbb\xbf" + text' 'schema = text + b"{}"' \
	    'schema = text + b"\0"' 'schema = text[:-1]' \
	    'schema = text.replace(V, V + b", " + V)' \
	    'schema = text.replace(V, V + b".0")' \
	    'schema = text.replace(V, V + b"e999")' \
	    'schema = text.replace(V, V + b"9" * 30)' \
	    'schema = text.replace(V, V.replace(b"1", b"-1"))' \
	    'schema["surprise"] = 1' 'del schema["tables"]' \
	    'schema["tables"] = {}' 'schema["format"] = "other"' \
	    'schema["version"] = 0' 'columns("item")[0]["surprise"] = None' \
	    'del columns("item")[0]["name"]' 'schema["tables"][0] = 5'; do
		refused '.json' <<-EDIT
		import json
		text, V = json.dumps(schema).encode(), b'"version": 1'
		$edit
		EDIT
	done
}

@test "documents of a version to come are named as such" {
	refused 'newer' <<<'schema["version"] = 2'
	refused 'newer' <<<'manifest["version"] = 2; schema["version"] = 2'
}

@test "a manifest that is not what it was" {
	for edit in 'manifest["tables"] = []' 'manifest["surprise"] = 1' \
	    'manifest["tables"].reverse()' 'manifest["dialect"] = "sqlite"' \
	    'manifest["source"]["bytes"] += 1' \
	    'manifest["tables"][0]["rows"] = -1' \
	    'manifest["tables"][0]["rows"] += 1' \
	    'files("item")[0]["rows"] = 1 << 63' \
	    'files("item")[0]["rows"] = 0.5' \
	    'manifest = b"{}"' 'manifest = b""' 'manifest = b"[" * 100000'; do
		refused 'manifest' <<<"$edit"
	done
}

@test "parts that point at nothing" {
	refused 'schema.json' <<<'table("item")["rowid_column"] = "absent"'
	refused 'schema.json' <<-'EDIT'
	table("item")["indexes"][0]["parts"][0]["column"] = "absent"
	EDIT
	refused 'schema.json' <<-'EDIT'
	table("item")["indexes"][0]["parts"] = []
	EDIT
	refused 'schema.json' <<-'EDIT'
	table("item")["foreign_keys"][0]["columns"] = ["absent"]
	EDIT
	refused 'schema.json' <<-'EDIT'
	table("item")["foreign_keys"][0]["parent_columns"] = ["id", "name"]
	EDIT
	refused 'schema.json' <<<'table("item")["columns"] = []'
}

@test "a foreign key to a table or column that is not there" {
	for edit in 'table("item")["foreign_keys"][0]["parent"] = "victim"' \
	    'table("item")["foreign_keys"][0]["parent"] = "absent"' \
	    'table("item")["foreign_keys"][0]["parent_columns"] = ["absent"]'
	do
		forged app.pg <<<"$edit"
		declined
	done
}

@test "more columns than anybody has" {
	refused 'schema.json' <<-'EDIT'
	table("item")["columns"] = [dict(columns("item")[8], name=f"c{i}")
	    for i in range(40000)]
	EDIT
	# More than PostgreSQL has.
	forged app.pg <<-'EDIT'
	old = columns("item")
	table("item")["columns"] = old + [dict(name=f"c{i}", type="text")
	    for i in range(2000)]
	head, rest = data["data/item/000001.csv"].split(b"\n", 1)
	head += b"".join(b",c%d" % i for i in range(2000))
	rest = rest.replace(b"\n", b"," * 2000 + b"\n")
	data["data/item/000001.csv"] = head + b"\n" + rest
	EDIT
	outcome "$importer" -d dbname=test app.pg
	cat "$complaint"
	[ "$code" -eq 5 ]
	grep -q '1600' "$complaint"
	nothing_came
}
