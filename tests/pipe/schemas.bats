#!/usr/bin/env bats
# litehaul-import: tables in schemas of their own, and formulas - defaults,
# generated columns, checks, indexes of expressions and of some rows.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	target_begin
	sqlite3 -bail app.db <<-'SQL'
	CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT,
		name TEXT, age INTEGER, shout TEXT, later INTEGER);
	CREATE TABLE orders (id INTEGER PRIMARY KEY,
		user_id INTEGER REFERENCES users (id), total INTEGER);
	CREATE INDEX orders_total ON orders (total);
	CREATE INDEX users_name ON users (name);
	CREATE TABLE log (id INTEGER PRIMARY KEY, word TEXT);
	WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
	INSERT INTO users SELECT i, 'Name ' || i, i, 'NAME ' || i, i + 1 FROM n;
	INSERT INTO orders SELECT id, id, id * 10 FROM users;
	INSERT INTO log SELECT id, 'w' || id FROM users;
	SQL
	"$exporter" -q --chunk-size=4KiB app.db -f app.dump
	"$transformer" -q -Z none app.dump -f plain.pg
	# users goes to schema "Shop 1", orders to "shop2", log says nothing.
	cp -r plain.pg spread.pg
	"$SOURCE/tests/bad/forge" spread.pg <<-'EDIT'
	def move(name, namespace, directory):
	    entry = table(name)
	    entry["namespace"] = namespace
	    old = "data/" + entry["directory"] + "/"
	    entry["directory"] = directory
	    next(t for t in manifest["tables"]
	        if t["name"] == name)["namespace"] = namespace
	    for file in files(name):
	        new = file["path"].replace(old, "data/" + directory + "/")
	        data[new] = data.pop(file["path"])
	        file["path"] = new
	schema["namespace"] = "base"
	move("users", "Shop 1", "Shop%201%2Eusers")
	move("orders", "shop2", "shop2%2Eorders")
	table("orders")["foreign_keys"][0]["parent_namespace"] = "Shop 1"
	EDIT
	cp -r plain.pg formulas.pg
	"$SOURCE/tests/bad/forge" formulas.pg <<-'EDIT'
	def column(name):
	    return next(c for c in columns("users") if c["name"] == name)
	number = ["literal", "bigint", "7"]
	column("shout").update(generated="stored",
	    formula=["upper", ["column", "name"]])
	column("later").update(generated="stored",
	    formula=["add", ["column", "age"], ["literal", "bigint", "1"]])
	column("age").update(default="formula",
	    formula=["multiply", number, ["literal", "bigint", "6"]])
	table("users")["checks"] = [
	    {"name": "", "formula": ["gt", ["column", "age"],
	        ["literal", "bigint", "0"]]},
	    {"name": "small", "formula": ["lt", ["column", "age"],
	        ["literal", "bigint", "499"]]}]
	table("users")["indexes"] += [
	    {"name": "", "kind": "plain", "parts": [
	        {"formula": ["lower", ["column", "name"]]},
	        {"column": "age"}]},
	    {"name": "adults", "kind": "unique",
	        "parts": [{"column": "name"}],
	        "condition": ["ge", ["column", "age"],
	            ["literal", "bigint", "18"]]}]
	EDIT
}

setup() {
	target_empty
}

import() {
	"$importer" -d test "$@"
}

# Schema and name of all that is not the server's.
relations() {
	server_ask "SELECT n.nspname || '.' || c.relname FROM pg_class AS c
		JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE n.nspname !~ '^pg_|^litehaul$|^information_schema$'
		AND c.relkind = '$1' ORDER BY 1" | tr '\n' ' '
}

@test "each table goes to its own schema, with keys across them" {
	import -q spread.pg
	[ "$(relations r)" = "Shop 1.users base.log shop2.orders " ]
	[[ $(relations i) == *"Shop 1.users_pkey"*"shop2.orders_total"* ]]
	[ "$(server_ask "SELECT confrelid::regclass, convalidated
		FROM pg_constraint WHERE contype = 'f'")" = \
		'"Shop 1".users|t' ]
	[ "$(server_ask 'SELECT count(*) FROM shop2.orders')" = 500 ]
	[ "$(server_ask "INSERT INTO \"Shop 1\".users (name) VALUES ('x')
		RETURNING id" | head -n 1)" = 501 ]
	run import spread.pg
	[ "$status" -eq 4 ]
	[[ $output == *'"users" holds 501 rows, the dump 500'* ]]
	server_ask 'DELETE FROM "Shop 1".users WHERE id = 501'
	run import spread.pg
	[ "$status" -eq 0 ]
	[[ $output == *"already loaded"* ]]
}

@test "-n is for the tables that name no schema" {
	import -q -n mine spread.pg
	[ "$(relations r)" = "Shop 1.users mine.log shop2.orders " ]
}

@test "two tables that -n would make one are refused" {
	cp -r spread.pg twins.pg
	"$SOURCE/tests/bad/forge" twins.pg <<-'EDIT'
	entry = table("orders")
	old = entry["directory"]
	entry["namespace"] = "x"
	entry["name"] = "log"
	entry["directory"] = "x%2Elog"
	next(t for t in manifest["tables"] if t["name"] == "orders").update(
	    name="log", namespace="x")
	for t in manifest["tables"]:
	    for file in t["files"]:
	        new = file["path"].replace("data/" + old + "/", "data/x%2Elog/")
	        data[new] = data.pop(file["path"])
	        file["path"] = new
	EDIT
	import -q twins.pg
	ends 2 'two tables of the dump would be "log" in schema "x"' \
	    "$importer" -d test -n x twins.pg
}

@test "what is in the way is named with its schema, and --clean drops it" {
	server_ask 'CREATE SCHEMA shop2; CREATE TABLE shop2.orders (x int);
		CREATE SCHEMA base; CREATE TABLE base.users (x int)'
	run import spread.pg
	[ "$status" -eq 1 ]
	[[ $output == *'table "orders" in schema "shop2"'* ]]
	[[ $output != *'"users"'* ]]
	import -q --clean spread.pg
	[ "$(server_ask 'SELECT count(*) FROM shop2.orders')" = 500 ]
	[ "$(server_ask 'SELECT count(*) FROM base.users')" = 0 ]
}

@test "a stopped load goes on in all schemas" {
	stream spread.pg >spread.tar
	head -c $(($(stat -c %s spread.tar) * 2 / 3)) spread.tar >cut.tar
	run import -q - <cut.tar
	[ "$status" -eq 5 ]
	run import spread.pg
	[ "$status" -eq 0 ]
	[[ $output == *"had been loaded before"* ]]
	[ "$(server_ask 'SELECT count(*) FROM shop2.orders')" = 500 ]
}

@test "-a finds tables in schemas of their own" {
	server_ask 'CREATE SCHEMA "Shop 1"; CREATE SCHEMA shop2;
		CREATE SCHEMA base;
		CREATE TABLE "Shop 1".users (id bigserial PRIMARY KEY,
			name text, age bigint, shout text, later bigint);
		CREATE TABLE shop2.orders (id bigint,
			user_id bigint REFERENCES "Shop 1".users, total bigint);
		CREATE TABLE base.log (id bigint, word text)'
	import -q -a spread.pg
	[ "$(server_ask 'SELECT count(*) FROM shop2.orders')" = 500 ]
	[ "$(server_ask "SELECT nextval('\"Shop 1\".users_id_seq')")" = 501 ]
	[ "$(server_ask "SELECT convalidated FROM pg_constraint
		WHERE contype = 'f'")" = t ]
}

@test "--dry-run makes schemas, and its statements work" {
	import -q --dry-run spread.pg >script.sql
	grep -q 'CREATE SCHEMA IF NOT EXISTS "Shop 1"' script.sql
	grep -v ^COPY script.sql | psql -qX -v ON_ERROR_STOP=1
	[ "$(relations r)" = "Shop 1.users base.log shop2.orders " ]
}

@test "formulas become defaults, generated columns, checks and indexes" {
	run import -q formulas.pg
	[ "$status" -eq 0 ]
	[[ $output == *'table "users": 2 rows violate the check "small", which'* ]]
	[[ $output == *"kept NOT VALID"*": id=499" ]]
	[ "$(server_ask "SELECT conname, convalidated FROM pg_constraint
		WHERE contype = 'c' AND conrelid = 'users'::regclass
		ORDER BY 1" | tr '\n' ' ')" = "small|f users_check|t " ]
	[ "$(server_ask "SELECT count(*) FROM users
		WHERE shout = upper(name) AND later = age + 1")" = 500 ]
	[ "$(server_ask "SELECT attname FROM pg_attribute
		WHERE attrelid = 'users'::regclass AND attgenerated = 's'
		ORDER BY 1" | tr '\n' ' ')" = "later shout " ]
	[ "$(server_ask "INSERT INTO users (name) VALUES ('x')
		RETURNING age, shout, later" | head -n 1)" = "42|X|43" ]
	run server_ask "INSERT INTO users (name, age) VALUES ('x', 500)"
	[[ $output == *'"small"'* ]]
	[ "$(server_ask "SELECT pg_get_indexdef('users_expr_age_idx'::regclass)")" = \
		"CREATE INDEX users_expr_age_idx ON public.users USING btree (lower(name), age)" ]
	[[ $(server_ask "SELECT pg_get_indexdef('adults'::regclass)") == \
		"CREATE UNIQUE INDEX adults"*"WHERE (age >= "* ]]
	run import formulas.pg
	[ "$status" -eq 4 ] # the row above
	server_ask "DELETE FROM users WHERE id > 500"
	run import formulas.pg
	[ "$status" -eq 0 ]
	[[ $output == *"already loaded"* ]]
}

@test "--dry-run shows formulas, and its statements work" {
	import -q --dry-run formulas.pg >script.sql
	grep -q 'GENERATED ALWAYS AS' script.sql
	grep -q 'COPY "public"."users" ("id", "name", "age") FROM' script.sql
	grep -v ^COPY script.sql | psql -qX -v ON_ERROR_STOP=1
	[ "$(server_ask "SELECT count(*) FROM pg_constraint
		WHERE contype = 'c' AND conrelid = 'users'::regclass")" = 2 ]
}

@test "a check that cannot look at a row keeps the load" {
	cp -r plain.pg division.pg
	"$SOURCE/tests/bad/forge" division.pg <<-'EDIT'
	zero = ["literal", "bigint", "0"]
	table("users")["checks"] = [{"name": "", "formula":
	    ["gt", ["divide", ["column", "age"], zero], zero]}]
	EDIT
	run import -q division.pg
	[ "$status" -eq 0 ]
	[[ $output == *'"users_check" is kept NOT VALID: division by zero'* ]]
	[ "$(finished)" = 1 ]
}
