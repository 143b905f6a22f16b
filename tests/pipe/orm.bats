#!/usr/bin/env bats
# Databases of six frameworks into the schemas that the same frameworks make in
# PostgreSQL: describe, fit, load, compare.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	server_start max_connections=20
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	server_database
	orm=$SOURCE/tests/data/orm
}

# prepare NAME: the framework's schema in the target and its description, its
# database as a dump.
prepare() {
	psql -qX -v ON_ERROR_STOP=1 -d test -f "$orm/$1.sql"
	sqlite3 -bail app.db <"$orm/$1.sqlite.sql"
	"$exporter" -q app.db -f app.dump
	"$importer" --describe -d test >target.json
}

# carry [OPTION]...: fit the dump to the target and load it; what is said stands
# in said.
carry() {
	"$transformer" --target=target.json "$@" app.dump -f app.pg 2>said
	"$importer" -a -d test app.pg 2>>said
}

# answers QUERY: the query's rows are standard input's.
answers() {
	diff -u - <(server_ask "SET TimeZone = 'UTC'; SET bytea_output = 'hex';
	    SET IntervalStyle = 'postgres'; $1")
}

@test "Django: app_model tables, booleans, naive text as timestamptz, 32 digits as uuid" {
	prepare django
	carry -m "$orm/django.yaml"
	answers 'SELECT * FROM auth_user ORDER BY id' <<-'ROWS'
	1|pbkdf2_sha256$1|2024-03-01 10:20:30.123456+00|t|ann|ann@example.org|2024-01-01 00:00:00+00
	7|||f|björn||2024-02-29 23:59:59.5+00
	ROWS
	answers 'SELECT * FROM blog_post ORDER BY id' <<-'ROWS'
	1|6f9619ff-8b86-d011-b42d-00c04fc964ff|One|Hello, "world"|t|2024-03-01|08:30:00|19.99|4.5|12|{"a": [1, 2]}|10.0.0.1|00:01:30|\x00ff|2024-03-01 10:20:30.123456+00|1
	2|00000000-0000-0000-0000-000000000002|Two||f|||7.00||0|[]||||2024-03-02 00:00:00+00|7
	9|00000000-0000-0000-0000-000000000009|Nine|x|t|2023-12-31|23:59:59.25||0.1|2147483647|"text"|::1|00:00:00.5|\x|2024-03-03 00:00:00+00|1
	ROWS
	answers 'SELECT * FROM blog_post_tags ORDER BY id' <<-'ROWS'
	1|1|1
	2|1|2
	3|9|2
	ROWS
	# The next key follows the largest, and the framework's own table is as
	# the framework made it.
	answers "INSERT INTO blog_tag (name) VALUES ('new') RETURNING id;
	    SELECT count(*) FROM django_migrations" <<-'ROWS'
	3
	1
	ROWS
}

@test "Django: microseconds are not taken for an interval's seconds" {
	prepare django
	run ! "$transformer" --target=target.json -T django_migrations \
	    app.dump -f app.pg
	[[ $output == *"blog_post.reading -> public.blog_post.reading interval: the values are numbers"* ]]
	[ ! -e app.pg ]
}

@test "Rails: plural tables, bigserial keys, timestamps without zone, t and f" {
	prepare rails
	carry -T schema_migrations -T ar_internal_metadata
	answers 'SELECT * FROM users ORDER BY id' <<-'ROWS'
	1|ann@example.org|t|t|{"theme": "dark"}|3|2024-03-01 10:20:30.123456|2024-03-01 10:20:30.123456
	4||f|f|{}||2024-03-02 00:00:00|2024-03-02 00:00:00.5
	5|c|f||[1]|0|2024-03-03 00:00:00|2024-03-03 00:00:00
	ROWS
	answers "SELECT id, user_id, title, replace(body, chr(10), '/'), status,
	    amount, published_on, created_at FROM articles ORDER BY id" <<-'ROWS'
	1|1|One|a/b|2|1234.50|2024-02-29|2024-03-01 10:20:30.000001
	12|4|||0|||2024-03-01 00:00:00
	ROWS
	answers "INSERT INTO users (created_at, updated_at, email)
	    VALUES (now(), now(), 'd') RETURNING id" <<-'ROWS'
	6
	ROWS
	answers "SELECT version FROM schema_migrations" <<-'ROWS'
	20240101000000
	ROWS
}

@test "Rails: its own tables are named, which the target filled already" {
	prepare rails
	"$transformer" --target=target.json app.dump -f app.pg 2>said
	grep -q "schema_migrations: a framework's own records" said
	grep -q "ar_internal_metadata: a framework's own records" said
}

@test "Prisma: CamelCase names, milliseconds as timestamp(3), enums, lists" {
	prepare prisma
	carry -T _prisma_migrations
	grep -q 'using: unix_ms' said
	answers 'SELECT * FROM "User" ORDER BY id' <<-'ROWS'
	1|ann@example.org|ADMIN|t|2024-03-01 10:20:30.123|2024-03-01 10:20:30.123
	3|bob@example.org|USER|f|2024-03-02 00:00:00|2024-12-31 23:59:59.999
	ROWS
	answers 'SELECT id, title, tags, array_length(tags, 1), meta, score,
	    trim_scale(price), views, image, "publishedAt", "authorId"
	    FROM "Post" ORDER BY id' <<-'ROWS'
	clt1|One|{a,"b,c","say \"hi\"",NULL}|4|{"k": 1}|0.1|12.5|9007199254740993|\x01|2024-03-01 10:20:30|1
	clt2|Two|{}|||||0|||3
	ROWS
}

@test "Prisma: a label that the enum lacks sets its row aside" {
	prepare prisma
	sqlite3 app.db "UPDATE User SET role = 'USR' WHERE id = 3;
	    DELETE FROM Post WHERE authorId = 3"
	rm -r app.dump
	"$exporter" -q app.db -f app.dump
	run -3 "$transformer" --target=target.json -T _prisma_migrations \
	    app.dump -f app.pg
	"$importer" -q -a -d test app.pg || [ $? -eq 3 ]
	answers 'SELECT id, role FROM "User"' <<-'ROWS'
	1|ADMIN
	ROWS
}

@test "EF Core: PascalCase names, upper-case GUIDs, decimals in text, ticks" {
	prepare efcore
	carry -m "$orm/efcore.yaml"
	answers 'SELECT * FROM "Blogs" ORDER BY "CreatedAt"' <<-'ROWS'
	6f9619ff-8b86-d011-b42d-00c04fc964ff|https://example.org/a|t|12.50|4.5|2024-03-01 10:20:30.123456+00
	00000000-0000-0000-0000-00000000000a||f|0.00||2024-03-02 00:00:00+00
	ROWS
	answers 'SELECT * FROM "Posts" ORDER BY "PostId"' <<-'ROWS'
	1|One|\xcafe|2|02:03:04.5|2024-03-01 10:20:30.123456+00|6f9619ff-8b86-d011-b42d-00c04fc964ff
	2|||0|||00000000-0000-0000-0000-00000000000a
	ROWS
}

@test "EF Core: ticks are refused with what to write, all in one list" {
	prepare efcore
	run ! "$transformer" --target=target.json -T __EFMigrationsHistory \
	    app.dump -f app.pg
	[[ $output == *'Blogs.CreatedAt -> public.Blogs.CreatedAt timestamp with time zone: 1 of 2 values does not fit'* ]]
	[[ $output == *'value: "substr(CreatedAt, 1, 26)"'* ]]
	[[ $output == *'value: "substr(PublishedOn, 1, 26) || substr(PublishedOn, 28)"'* ]]
	[ "$(grep -c 'cut off what is below a microsecond' <<<"$output")" -eq 2 ]
}

@test "a list of what does not fit is whole, however long, a line each" {
	server_ask 'CREATE TABLE wide (id integer PRIMARY KEY)'
	sqlite3 app.db "CREATE TABLE wide (id INTEGER PRIMARY KEY,
	    $(printf 'column_without_a_place_%s,' {1..99}) last);
	    INSERT INTO wide VALUES ($(seq -s, 101))"
	"$exporter" -q app.db -f app.dump
	"$importer" --describe -d test >target.json
	run ! "$transformer" --target=target.json app.dump -f app.pg
	[ "$(grep -c 'wide.column_without_a_place_[0-9]*: ' <<<"$output")" -eq 99 ]
	grep -q 'wide.last: public.wide has no column "last"' <<<"$output"
}

@test "SQLAlchemy: enums with blanks, arrays, reals, a table that refers to itself" {
	prepare sqlalchemy
	carry -T alembic_version
	answers 'SELECT * FROM account ORDER BY id' <<-'ROWS'
	1|6f9619ff-8b86-d011-b42d-00c04fc964ff|ann|t|12.34|1990-02-28|06:30:00|dark blue|{"a": null}|2024-03-01 10:20:30.123456|2024-03-01 10:20:30+00|1
	2|00000000-0000-0000-0000-000000000002||f|-5.00|||red|null|2024-03-01 00:00:00||3
	3|00000000-0000-0000-0000-000000000003|c|t||2024-02-29|23:59:59.999999|||2024-12-31 23:59:59.999999||
	ROWS
	answers 'SELECT * FROM measurement ORDER BY account_id, n' <<-'ROWS'
	1|1|0.1|0.5|{x,"y z"}|\x00
	1|2|1e+300|1.5|{}|
	3|32767||||\xff
	ROWS
	answers "SELECT nextval('account_id_seq')" <<-'ROWS'
	4
	ROWS
}

@test "TypeORM: camelCase columns from older snake_case ones, enums, uuid keys" {
	prepare typeorm
	carry
	answers 'SELECT * FROM "user" ORDER BY id' <<-'ROWS'
	3b241101-e2bb-4255-8caf-4136c566a962|Ann|ann@example.org|t|admin|{"bio": "x"}|a,b|2024-03-01 10:20:30|2024-03-01 10:20:30.123+00|1
	3b241101-e2bb-4255-8caf-4136c566a963||b|f|user|||2024-03-02 00:00:00|2024-03-02 00:00:00+00|1
	ROWS
	answers 'SELECT * FROM photo ORDER BY id' <<-'ROWS'
	1|p|5|1709288430123|48.137154|3b241101-e2bb-4255-8caf-4136c566a962
	8|q|0|||
	ROWS
}

@test "the same description of a schema made twice is the same bytes" {
	prepare django
	server_ask "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
	psql -qX -v ON_ERROR_STOP=1 -d test -f "$orm/django.sql"
	"$importer" --describe -d test | cmp - target.json
}
