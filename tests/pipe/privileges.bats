#!/usr/bin/env bats
# What a role must be permitted to do: nothing of it needs a superuser, and
# what is missing is told before anything is changed, with what grants it.

load ../trial

setup_file() {
	target_begin max_connections=30
	trial_database app.db 600
	trial_dumps . app.db
	trial_streams
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return 1
	server_database
	server_ask "DROP ROLE IF EXISTS app, boss, other, \"Odd \"\"role\""
	server_ask "CREATE ROLE app LOGIN; CREATE ROLE boss;
	    CREATE ROLE other LOGIN; CREATE ROLE \"Odd \"\"role\" LOGIN"
}

# The statements that the last command has asked for.
remedies() {
	sed -nE 's/.*(permit it|owner can): //p' "$complaint"
}

# Do what it has asked for, and nothing else.
grant_all() {
	remedies > grants.sql
	[ -s grants.sql ]
	sed 's/$/;/' grants.sql | psql -qX -v ON_ERROR_STOP=1
}

# refused COUNT COMMAND...: with exit code 6 and so many lines of what is
# missing; nothing has been changed.
refused() {
	local count=$1

	shift
	outcome "$@"
	cat "$complaint"
	[ "$code" -eq 6 ]
	[ "$(remedies | wc -l)" -eq "$count" ]
	grep -q "missing, and nothing was changed" "$complaint"
	[ "$(server_ask "SELECT count(*) FROM pg_namespace
	    WHERE nspname = 'litehaul'")" = "${LEDGERS:-0}" ]
}

@test "who may do nothing is told all at once, and what it says is enough" {
	refused 2 "$importer" -U app app.pg
	[[ $(remedies) == *"CREATE SCHEMA litehaul AUTHORIZATION app"* ]]
	[[ $(remedies) == *"GRANT CREATE ON SCHEMA public TO app"* ]]
	grant_all
	"$importer" -q -U app app.pg
	same_contents app.db
	[ "$(server_ask "SELECT DISTINCT tableowner FROM pg_tables
	    WHERE schemaname IN ('public', 'litehaul')")" = app ]
}

@test "names are quoted in what is asked for" {
	refused 2 "$importer" -U 'Odd "role' -n 'My "schema' app.pg
	grant_all
	"$importer" -q -U 'Odd "role' -n 'My "schema' app.pg
	[ "$(server_ask 'SELECT count(*) FROM "My ""schema".book')" = 600 ]
	server_ask 'DROP SCHEMA "My ""schema" CASCADE; DROP SCHEMA litehaul CASCADE'
}

@test "--dry-run tells what is missing as well" {
	refused 2 "$importer" -U app --dry-run app.pg
}

@test "a role that owns nothing but its schemas loads from a pipe" {
	server_ask "CREATE SCHEMA litehaul AUTHORIZATION app;
	    CREATE SCHEMA mine AUTHORIZATION app"
	"$importer" -q -U app -n mine < app.stream
	[ "$(server_ask "SELECT count(*) FROM mine.book")" = 600 ]
	[ "$(finished)" = 1 ]
	run "$importer" -U app --status
	[ "$status" -eq 0 ]
	[[ $output == *app.db*finished* ]]
}

@test "a role that may make schemas needs none" {
	server_ask "GRANT CREATE ON DATABASE test TO app"
	"$importer" -q -U app -n mine app.pg
	[ "$(server_ask "SELECT count(*) FROM mine.book")" = 600 ]
}

@test "-a asks for what it needs on tables, columns' sequences and schemas" {
	target_tables
	refused 9 "$importer" -U app -a app.pg
	[[ $(remedies) == *"GRANT SELECT, INSERT ON TABLE public.book TO app"* ]]
	[[ $(remedies) == *"GRANT SELECT, UPDATE ON SEQUENCE public.author_id_seq TO app"* ]]
	grant_all
	"$importer" -q -U app -a app.pg
	[ "$(server_ask "SELECT count(*) FROM book")" = 600 ]
	[ "$(finished)" = 1 ]
}

@test "-a from a pipe by a role that owns the tables" {
	server_ask "GRANT CREATE ON SCHEMA public TO app;
	    CREATE SCHEMA litehaul AUTHORIZATION app"
	target_tables -U app
	server_ask "CREATE SCHEMA litehaul AUTHORIZATION app;
	    REVOKE CREATE ON SCHEMA public FROM app"
	"$importer" -q -U app -a < app.stream
	same_contents app.db
	[ "$(server_ask "SELECT bool_and(convalidated) FROM pg_constraint
	    WHERE contype = 'f'")" = t ]
}

@test "--on-conflict and --orphans ask for more" {
	target_tables
	server_ask "REVOKE TEMPORARY ON DATABASE test FROM public"
	outcome "$importer" -U app -a --on-conflict=update --orphans=reject app.pg
	[ "$code" -eq 6 ]
	[[ $(remedies) == *"GRANT TEMPORARY ON DATABASE test TO app"* ]]
	[[ $(remedies) == *"GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.book TO app"* ]]
	outcome "$importer" -U app -a --on-conflict=skip app.pg
	[ "$code" -eq 6 ]
	[[ $(remedies) == *"GRANT SELECT, INSERT ON TABLE public.book TO app"* ]]
}

@test "a schema that may not be used is told, not its tables' absence" {
	server_ask "CREATE SCHEMA mine"
	target_tables -n mine
	outcome "$importer" -U app -a -n mine app.pg
	[ "$code" -eq 6 ]
	[[ $(remedies) == *"GRANT USAGE ON SCHEMA mine TO app"* ]]
}

@test "row security is told" {
	target_tables
	server_ask "GRANT ALL ON ALL TABLES IN SCHEMA public TO app;
	    GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO app;
	    CREATE SCHEMA litehaul AUTHORIZATION app;
	    ALTER TABLE book ENABLE ROW LEVEL SECURITY"
	outcome "$importer" -U app -a app.pg
	[ "$code" -eq 6 ]
	grep -q 'table "book": row security applies' "$complaint"
}

@test "another role's ledger is asked for once, not table by table" {
	"$importer" -q -n first app.pg
	server_ask "CREATE SCHEMA mine AUTHORIZATION app"
	LEDGERS=1 refused 2 "$importer" -U app -n mine app.pg
	[[ $(remedies) == *"GRANT USAGE ON SCHEMA litehaul TO app"* ]]
	[[ $(remedies) == *"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA litehaul TO app"* ]]
	grant_all
	"$importer" -q -U app -n mine app.pg
	[ "$(server_ask "SELECT count(*) FROM mine.book")" = 600 ]
	server_ask "DROP SCHEMA mine CASCADE"
}

@test "an older ledger that is another role's cannot be brought up to date" {
	"$importer" -q -n first app.pg
	server_ask "ALTER TABLE litehaul.foreign_key DROP COLUMN comment;
	    GRANT USAGE ON SCHEMA litehaul TO app;
	    GRANT ALL ON ALL TABLES IN SCHEMA litehaul TO app;
	    CREATE SCHEMA mine AUTHORIZATION app"
	outcome "$importer" -U app -n mine app.pg
	[ "$code" -eq 6 ]
	grep -q "an older release's" "$complaint"
	"$importer" -q app.pg
	"$importer" -q -U app -n mine app.pg
	server_ask "DROP SCHEMA mine CASCADE"
}

@test "two roles take turns on one load" {
	server_ask "GRANT CREATE ON DATABASE test TO app, other;
	    GRANT CREATE ON SCHEMA public TO app, other"
	outcome "$importer" -q -U app < cut.stream
	[ "$code" -eq 5 ]
	[ "$(finished)" = 0 ]
	LEDGERS=1 refused 7 "$importer" -U other app.pg
	# What the first one owns is the second one's too, now.
	server_ask "GRANT app TO other"
	run "$importer" -U other app.pg
	[ "$status" -eq 0 ]
	[[ $output == *"had been loaded before"* ]]
	same_contents app.db
	run "$importer" -U app app.pg
	[ "$status" -eq 0 ]
	[[ $output == *"already loaded"* ]]
}

@test "two roles take turns on one load into tables that are there" {
	target_tables
	server_ask "GRANT CREATE ON DATABASE test TO app;
	    GRANT ALL ON ALL TABLES IN SCHEMA public TO app, other;
	    GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO app, other"
	outcome "$importer" -q -a -U app < cut.stream
	[ "$code" -eq 5 ]
	LEDGERS=1 refused 2 "$importer" -a -U other app.pg
	grant_all
	"$importer" -q -a -U other app.pg
	[ "$(server_ask "SELECT count(*) FROM book")" = 600 ]
	[ "$(finished)" = 1 ]
}

@test "--role is asked for what is missing, and NOINHERIT leads to --role" {
	server_ask "GRANT boss TO app"
	refused 2 "$importer" -U app --role=boss app.pg
	[[ $(remedies) == *" TO boss"* ]]
	grant_all
	"$importer" -q -U app --role=boss app.pg
	# Through the membership ...
	run "$importer" -q -U app app.pg
	[ "$status" -eq 0 ]
	# ... which is not inherited now.
	server_ask "ALTER ROLE app NOINHERIT; GRANT CREATE ON SCHEMA public TO app"
	outcome "$importer" -U app --clean app.pg
	[ "$code" -eq 6 ]
	grep -q 'table "book" is "boss".s, and role "app" must not change it. Use --role=boss' \
	    "$complaint"
	"$importer" -q -U app --role=boss --clean app.pg
	same_contents app.db
}

@test "a role that may not be taken on, or is none, is told" {
	ends 6 'role "app" must not become "boss"' \
	    "$importer" -U app --role=boss app.pg
	[[ $(remedies) == 'GRANT "boss" TO "app"' ]]
	ends 6 'there is no role "nobody"' "$importer" -U app --role=nobody app.pg
}

@test "--verify-only needs to read, and no more" {
	"$importer" -q app.pg
	outcome "$importer" -U app --verify-only app.pg
	[ "$code" -eq 6 ]
	[[ $(remedies) == *"GRANT SELECT ON TABLE public.book TO app"* ]]
	grant_all
	outcome "$importer" -U app --verify-only app.pg
	cat "$complaint"
	[ "$code" -eq 0 ]
}

@test "--describe needs no more than to connect" {
	"$importer" -q app.pg
	"$importer" -U app --describe > described.json
	[ -s described.json ]
}
