#!/usr/bin/env bats
# Ways to the target, what stops there, and what nobody else is to read.

bats_require_minimum_version 1.5.0
load ../trial

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	trial_database app.db 600
	trial_dumps . app.db
	trial_streams
	make_certificates > certificates.log 2>&1
	# A port that nobody listens at, most likely.
	export PORT=$((20000 + (BASHPID * 7 + RANDOM) % 30000))
	server_start max_connections=25 listen_addresses=localhost "port=$PORT" \
	    password_encryption=scram-sha-256
	export PGPORT=$PORT SOCKET=$PGHOST
	use_certificates
	server_ask "CREATE ROLE guard LOGIN PASSWORD 'right';
	    GRANT CREATE ON DATABASE postgres TO guard" > /dev/null
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return 1
	export PGHOST=$SOCKET PGUSER=postgres PGPORT=$PORT
	unset DATABASE_URL PGSERVICE PGPASSWORD PGOPTIONS
	export PGPASSFILE=/nowhere PGSSLROOTCERT=$PWD/ca.crt
	export PGDATABASE=test
	fresh
	server_ask "GRANT USAGE, CREATE ON SCHEMA public TO guard;
	    GRANT CREATE ON DATABASE test TO guard"
}

# An authority, and a server's certificate for the name localhost.
make_certificates() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=authority" \
	    -keyout ca.key -out ca.crt &&
	openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" \
	    -keyout server.key -out server.csr &&
	openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -days 2 \
	    -CAcreateserial -out server.crt \
	    -extfile <(echo "subjectAltName=DNS:localhost") &&
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=other" \
	    -keyout other.key -out other.crt
}

# By socket everybody comes in but guard, by network TLS is for all.
use_certificates() {
	local file

	for file in server.crt server.key; do
		server_as_owner tee "$SERVER/data/$file" < "$file" > /dev/null
		server_as_owner chmod 600 "$SERVER/data/$file"
	done
	server_as_owner tee "$SERVER/data/pg_hba.conf" > /dev/null <<-'END'
	local all guard scram-sha-256
	local all all trust
	local replication all trust
	host all guard samehost scram-sha-256
	END
	server_as_owner tee -a "$SERVER/data/postgresql.conf" \
	    <<< "ssl = on" > /dev/null
	server_ask "SELECT pg_reload_conf()" > /dev/null
	while [ "$(server_ask "SHOW ssl")" != on ]; do :; done
}

# loaded COMMAND...: it loads all; the target is empty then.
loaded() {
	"$@" -q app.pg
	[ "$(server_ask "SELECT count(*) FROM book")" = 600 ]
	fresh
	server_ask "GRANT USAGE, CREATE ON SCHEMA public TO guard"
}

@test "options, conninfo, URI, environment and service file name the target" {
	unset PGDATABASE PGHOST PGPORT
	PGDATABASE=test PGHOST=$SOCKET PGPORT=$PORT loaded "$importer" \
	    -d "host=$SOCKET port=$PORT dbname=test"
	export PGHOST=$SOCKET PGPORT=$PORT PGDATABASE=test
	loaded "$importer" -d "postgresql:///test?host=$SOCKET&port=$PORT"
	loaded "$importer" -h "$SOCKET" -p "$PORT" -d test
	loaded "$importer"
	printf '[app]\nhost=%s\nport=%s\ndbname=test\n' "$SOCKET" "$PORT" \
	    > services
	PGHOST= PGPORT= PGDATABASE= PGSERVICEFILE=services PGSERVICE=app \
	    "$importer" -q app.pg
	[ "$(finished)" = 1 ]
	fresh
	PGHOST= PGPORT= PGDATABASE= PGSERVICEFILE=services \
	    "$importer" -q -d service=app app.pg
	[ "$(finished)" = 1 ]
}

@test "DATABASE_URL counts where nothing else names a target" {
	local url="postgresql://postgres@/test?host=$SOCKET&port=$PORT"

	PGHOST= PGPORT= PGDATABASE= DATABASE_URL=$url "$importer" -q app.pg
	[ "$(finished)" = 1 ]
	fresh
	DATABASE_URL="postgresql:///none" "$importer" -q app.pg
	[ "$(finished)" = 1 ]
	fresh
	DATABASE_URL="postgresql:///none" "$importer" -q -d test app.pg
	[ "$(finished)" = 1 ]
	PGHOST= PGPORT= PGDATABASE= ends 2 "no target is named" "$importer" app.pg
}

@test "several hosts are tried, and target_session_attrs is honoured" {
	mkdir -p nobody
	"$importer" -q -d \
	    "postgresql:///test?host=$PWD/nobody,$SOCKET&port=5432,$PORT&target_session_attrs=read-write" \
	    app.pg
	[ "$(finished)" = 1 ]
}

@test "passwords come from URI, environment and password file" {
	loaded env PGPASSWORD=right "$importer" -U guard
	loaded "$importer" -d "postgresql://guard:right@/test"
	loaded "$importer" -d "user=guard password=right dbname=test"
	echo "*:*:test:guard:right" > passwords
	chmod 600 passwords
	loaded env PGPASSFILE="$PWD/passwords" "$importer" -U guard -w
}

@test "a wrong password and none at all end at once" {
	ends 6 'password authentication failed for user "guard"' \
	    env PGPASSWORD=wrong "$importer" -U guard app.pg
	ends 6 'password authentication failed for user "guard"' \
	    "$importer" -d "postgresql://guard:wrong@/test" app.pg
	ends 6 'A password is needed: PGPASSWORD' \
	    "$importer" -U guard -w app.pg
	# Without a terminal nobody is asked, and standard input is the dump.
	outcome setsid -w "$importer" -U guard < app.stream
	[ "$code" -eq 6 ]
	grep -q "there is no terminal to ask for it" "$complaint"
	ends 2 "-w and -W contradict each other" "$importer" -w -W app.pg
}

@test "a password is asked for at the terminal while the dump comes by a pipe" {
	local asker=$SOURCE/tests/tool/at-terminal

	outcome "$asker" right "$importer" -q -U guard -j2 < app.stream
	cat "$complaint"
	[ "$code" -eq 0 ]
	grep -q "shown: 'Password: " "$complaint"
	run ! grep -q right "$complaint"
	same_contents app.db
	outcome "$asker" wrong "$importer" -q -U guard < app.stream
	[ "$code" -eq 6 ]
	grep -q "password authentication failed" "$complaint"
	run ! grep -q wrong "$complaint"
	# -W asks also where it would not have been necessary, -w never.
	outcome "$asker" right "$importer" -q -W < app.stream
	[ "$code" -eq 0 ]
	grep -q "shown: 'Password: " "$complaint"
	outcome "$asker" right "$importer" -q -w -U guard < app.stream
	[ "$code" -eq 6 ]
	grep -q "shown: ''" "$complaint"
}

@test "TLS: require, verify-ca and verify-full" {
	local mode

	export PGPASSWORD=right PGUSER=guard
	for mode in require verify-ca verify-full; do
		PGHOST=localhost PGSSLMODE=$mode "$importer" -q --clean app.pg
	done
	PGUSER=postgres
	[ "$(finished)" = 1 ]
	PGUSER=guard
	# The certificate is for another name.
	ends 6 'does not match host name "127.0.0.1"' \
	    env PGHOST=127.0.0.1 PGSSLMODE=verify-full "$importer" app.pg
	PGHOST=127.0.0.1 PGSSLMODE=verify-ca "$importer" -q app.pg
	# Another authority, and none.
	ends 6 'certificate verify failed' env PGHOST=localhost \
	    PGSSLROOTCERT="$PWD/other.crt" PGSSLMODE=verify-ca "$importer" app.pg
	ends 6 'root certificate file' env PGHOST=localhost \
	    PGSSLROOTCERT=/nowhere PGSSLMODE=verify-full "$importer" app.pg
}

@test "TLS: a server without it is refused where it was asked for" {
	local mode

	server_ask "ALTER SYSTEM SET ssl = off"
	server_ask "SELECT pg_reload_conf()"
	while [ "$(server_ask "SHOW ssl")" != off ]; do :; done
	for mode in require verify-full; do
		ends 6 'server does not support SSL' env PGHOST=localhost \
		    PGPASSWORD=right PGSSLMODE=$mode "$importer" -U guard app.pg
	done
	PGHOST=localhost PGPASSWORD=right PGSSLMODE=prefer \
	    "$importer" -q -U guard app.pg
	server_ask "ALTER SYSTEM RESET ssl"
	server_ask "SELECT pg_reload_conf()"
	while [ "$(server_ask "SHOW ssl")" != on ]; do :; done
}

@test "no password is seen in arguments, output, ledger or server" {
	local canary=fleur-de-sel word

	server_ask "ALTER ROLE guard PASSWORD '$canary'"
	"$importer" -q -s app.pg
	server_ask "DROP SCHEMA litehaul CASCADE;
	    GRANT ALL ON ALL TABLES IN SCHEMA public TO guard;
	    GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO guard" 2> /dev/null
	hold_table author
	"$importer" -v -a --log-format=json --progress=always \
	    -d "postgresql://guard:$canary@/test" app.pg \
	    > canary.out 2>&1 3>&- &
	loader=$!
	waits 1
	tr '\0' ' ' < "/proc/$loader/cmdline" > canary.arguments
	server_ask "SELECT * FROM pg_stat_activity" > canary.activity
	let_go
	wait "$loader"
	grep -qF 'postgresql://guard:************@/test' canary.arguments
	[ -s canary.activity ]
	pg_dump -n litehaul test > canary.ledger
	for word in "host=/nowhere user=guard password='$canary $canary'" \
	    "postgresql://guard:$canary@/none" \
	    "postgresql://guard:$canary@nowhere.invalid/test" \
	    "postgresql://guard:$canary/test@/test" \
	    "postgresql://guard:12/$canary@h/test" \
	    "postgresql://guard:$canary@@h/test" \
	    "postgresql+psycopg2://guard:$canary@h/test" \
	    "jdbc:postgresql://h/test?user=guard&password=$canary" \
	    "postgresql://guard:$canary%@h/test" \
	    "user=guard password=$canary dbname" \
	    "user=guard passwort=$canary" \
	    "dbname=test user=guard password=${canary}x"; do
		outcome "$importer" -v -d "$word" app.pg
		[ "$code" -eq 2 ] || [ "$code" -eq 6 ]
		cat "$out" "$complaint" >> canary.wrong
		outcome "$importer" --log-format=json --dbname="$word" --status
		[ "$code" -eq 2 ] || [ "$code" -eq 6 ]
		cat "$out" "$complaint" >> canary.wrong
		DATABASE_URL=$word PGHOST= PGPORT= PGDATABASE= \
		    outcome "$importer" --status
		cat "$out" "$complaint" >> canary.wrong
	done
	# Where nobody should have written it.
	outcome "$importer" app.pg "postgresql://guard:$canary@h/test"
	cat "$out" "$complaint" >> canary.wrong
	outcome "$importer" "--dbnome=postgresql://guard:$canary@h/test" app.pg
	cat "$out" "$complaint" >> canary.wrong
	outcome env PGPASSWORD="$canary" "$importer" -U nobody -v app.pg
	cat "$out" "$complaint" >> canary.wrong
	server_ask "ALTER ROLE guard PASSWORD 'right'"
	[ -s canary.wrong ]
	run ! grep -l "$canary" canary.*
}

@test "application_name says what is loaded, unless the user says it" {
	target_tables
	hold_table author
	"$importer" -q -a app.pg 3>&- &
	loader=$!
	waits 1
	[ "$(server_ask "SELECT DISTINCT application_name FROM pg_stat_activity
	    WHERE wait_event_type = 'Lock'")" = "litehaul-import app.db" ]
	let_go
	wait "$loader"
	server_ask "DROP SCHEMA litehaul CASCADE; DELETE FROM tag;
	    DELETE FROM book; DELETE FROM author; DELETE FROM \"odd name/ü\"" \
	    2> /dev/null
	hold_table author
	PGAPPNAME=mine "$importer" -q -a app.pg 3>&- &
	loader=$!
	waits 1
	[ "$(server_ask "SELECT DISTINCT application_name FROM pg_stat_activity
	    WHERE wait_event_type = 'Lock'")" = mine ]
	let_go
	wait "$loader"
}

@test "a server that is not there, a database, a role that may not: exit 6" {
	ends 6 "$PWD/nobody" "$importer" -h "$PWD/nobody" app.pg
	ends 6 'could not translate host name "nowhere.invalid"' \
	    "$importer" -h nowhere.invalid app.pg
	ends 6 'database "none" does not exist' "$importer" -d none app.pg
	server_ask "DROP ROLE IF EXISTS idle"
	server_ask "CREATE ROLE idle"
	ends 6 'role "idle" is not permitted to log in' \
	    "$importer" -U idle app.pg
	ends 6 'role "nobody" does not exist' "$importer" -U nobody app.pg
	server_ask "REVOKE CONNECT ON DATABASE test FROM public;
	    ALTER ROLE idle LOGIN"
	ends 6 'permission denied for database "test"' "$importer" -U idle app.pg
	server_ask "GRANT CONNECT ON DATABASE test TO public; DROP ROLE idle"
}

@test "too many connections at the beginning is said at once" {
	server_ask "ALTER ROLE guard PASSWORD 'right'"
	server_ask "ALTER ROLE guard CONNECTION LIMIT 0"
	ends 6 'too many connections for role "guard"' \
	    env PGPASSWORD=right "$importer" -U guard app.pg
	server_ask "ALTER ROLE guard CONNECTION LIMIT -1"
}

@test "a server that is too old, and one that talks too much" {
	mkdir -p old
	coproc "$SOURCE/tests/tool/pretend-server" old 11.22
	read -r -u "${COPROC[0]}" answer
	PGPORT=5432 ends 6 "the server is PostgreSQL 11; litehaul needs 12 or later" \
	    "$importer" -h "$PWD/old" app.pg
	eval "exec ${COPROC[1]}>&-"
	# Two megabytes with a terminal's control sequences.
	python3 -c 'print("\x1b[31m\x1b]0;title\x07bad\r\n\x9b5A\u00fc" * 100000)' \
	    > text
	mkdir -p loud
	coproc "$SOURCE/tests/tool/pretend-server" loud 15.4 text
	read -r -u "${COPROC[0]}" answer
	PGPORT=5432 ends 1 "bad" "$importer" -h "$PWD/loud" app.pg
	[ "$(wc -c < "$complaint")" -lt 5000 ]
	PGPORT=5432 outcome "$importer" --log-format=json -h "$PWD/loud" app.pg
	python3 -m json.tool "$complaint" > /dev/null
	eval "exec ${COPROC[1]}>&-"
	mkdir -p rude
	head -c 20000 text > short
	coproc "$SOURCE/tests/tool/pretend-server" rude refuse short
	read -r -u "${COPROC[0]}" answer
	PGPORT=5432 ends 6 "bad" "$importer" -h "$PWD/rude" app.pg
	[ "$(wc -c < "$complaint")" -lt 5000 ]
	eval "exec ${COPROC[1]}>&-"
}

@test "a standby is told, and a URI that names its primary as well works" {
	local standby=$SERVER/standby
	local programs=$(dirname "$(realpath "$SERVER_PROGRAMS/initdb")")

	server_as_owner "$programs/pg_basebackup" -D "$standby" -R \
	    -c fast -h "$SOCKET" -p "$PORT" -U postgres
	mkdir -p "$SERVER/second"
	[ "$(id -u)" -ne 0 ] || chown postgres "$SERVER/second"
	server_as_owner "$SERVER_PROGRAMS/pg_ctl" -D "$standby" -s -w \
	    -l "$SERVER/standby.log" -o "-c listen_addresses= -c \
	    unix_socket_directories=$SERVER/second -c port=5432" \
	    start > /dev/null 2>&1 3>&- < /dev/null
	PGPORT=5432 ends 6 "the server is a standby" \
	    "$importer" -h "$SERVER/second" app.pg
	PGPORT=5432 outcome "$importer" -h "$SERVER/second" --describe
	[ "$code" -eq 0 ]
	# What only reads is content with it.
	PGPORT=5432 outcome "$importer" -h "$SERVER/second" --dry-run app.pg
	[ "$code" -eq 0 ]
	"$importer" -q -d \
	    "postgresql:///test?host=$SERVER/second,$SOCKET&port=5432,$PORT&target_session_attrs=read-write" \
	    app.pg
	[ "$(finished)" = 1 ]
	server_as_owner "$SERVER_PROGRAMS/pg_ctl" -D "$standby" -s -w \
	    -m immediate stop > /dev/null 2>&1
}

@test "a synchronous standby that is not there is told of, and waited for" {
	local loader

	server_ask "ALTER SYSTEM SET synchronous_standby_names = 'gone'"
	server_ask "SELECT pg_reload_conf()" > /dev/null
	await replies gone "SHOW synchronous_standby_names"
	"$importer" app.pg 2> complaint 3>&- &
	loader=$!
	await grep -q "no standby is connected: every COMMIT waits" complaint
	server_ask "ALTER SYSTEM RESET synchronous_standby_names"
	server_ask "SELECT pg_reload_conf()" > /dev/null
	wait "$loader"
	[ "$(finished)" = 1 ]
	[ "$(server_ask "SELECT count(*) FROM book")" = 600 ]
}

@test "a server that comes back is gone on with" {
	local n

	target_tables
	hold_table author
	"$importer" -a -j2 app.pg 2> complaint 3>&- &
	loader=$!
	waits 1
	server_halt immediate
	let_go || true
	server_resume
	wait "$loader" || { cat complaint; false; }
	grep -q "lost connections were made again" complaint
	same_contents app.db
}

@test "a server that does not come back in time is exit 6, and said so" {
	target_tables
	hold_table author
	"$importer" -a -j2 --max-downtime=1 app.pg 2> complaint 3>&- &
	loader=$!
	waits 1
	server_halt immediate
	let_go || true
	code=0
	wait "$loader" || code=$?
	server_resume
	cat complaint
	[ "$code" -eq 6 ]
	grep -q "did not come back in 1 s: .*Run the same command again" complaint
	"$importer" -q -a app.pg
	same_contents app.db
}

@test "a login that is refused meanwhile is not tried again" {
	target_tables
	server_ask "DROP ROLE IF EXISTS brief"
	server_ask "CREATE ROLE brief LOGIN SUPERUSER"
	hold_table author
	"$importer" -a -j1 -U brief app.pg 2> complaint 3>&- &
	loader=$!
	waits 1
	server_ask "ALTER ROLE brief NOLOGIN"
	server_ask "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	    WHERE usename = 'brief'"
	code=0
	wait "$loader" || code=$?
	let_go
	cat complaint
	[ "$code" -eq 6 ]
	grep -q 'role "brief" is not permitted to log in' complaint
	server_ask "ALTER ROLE brief LOGIN"
	"$importer" -q -a -U brief app.pg
	same_contents app.db
}

@test "connections that are not given again leave the work to the others" {
	server_ask "DROP ROLE IF EXISTS poor"
	server_ask "CREATE ROLE poor LOGIN;
	    GRANT USAGE, CREATE ON SCHEMA public TO poor;
	    GRANT CREATE ON DATABASE test TO poor"
	outcome "$importer" -q -U poor < cut.stream
	[ "$code" -eq 5 ]
	hold_table "litehaul.chunk IN SHARE MODE"
	"$importer" -j4 -U poor app.pg 2> complaint 3>&- &
	loader=$!
	waits 4
	server_ask "ALTER ROLE poor CONNECTION LIMIT 2"
	server_ask "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	    WHERE usename = 'poor'"
	let_go
	wait "$loader" || { cat complaint; false; }
	cat complaint
	grep -q "the server had no room for 2 lost connections" complaint
	same_contents app.db
	server_ask "DROP OWNED BY poor; DROP ROLE poor" 2> /dev/null
}

@test "a database that is dropped meanwhile is exit 6" {
	server_database gone
	target_tables -d gone
	hold_table author
	"$importer" -a -d gone app.pg 2> complaint 3>&- &
	loader=$!
	waits 1
	PGDATABASE=postgres server_ask "DROP DATABASE gone WITH (FORCE)"
	code=0
	wait "$loader" || code=$?
	let_go || true
	cat complaint
	[ "$code" -eq 6 ]
	grep -q 'database "gone" does not exist' complaint
}

@test "no room at the server is exit 6 and says what to do" {
	"$importer" -q -s app.pg
	server_ask "CREATE FUNCTION public.no_room() RETURNS trigger
	    LANGUAGE plpgsql AS \$\$ BEGIN
		RAISE EXCEPTION 'could not extend file'
		USING ERRCODE = '53100';
	    END \$\$;
	    CREATE TRIGGER no_room BEFORE INSERT ON public.book
	    FOR EACH ROW EXECUTE FUNCTION public.no_room()"
	ends 6 "Make room at the server and run the same command again" \
	    "$importer" -q -a app.pg
	server_ask "DROP FUNCTION public.no_room CASCADE" 2> /dev/null
	"$importer" -q -a app.pg
	same_contents app.db
}

@test "of a chunk that the server has refused the rest is not sent" {
	needs_trace
	sqlite3 wide.db "CREATE TABLE wide (id INTEGER PRIMARY KEY, s TEXT);
	    WITH RECURSIVE n (i) AS
		(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
	    INSERT INTO wide SELECT i, printf('%0200d', i) FROM n"
	"$exporter" -q wide.db | "$transformer" -q -f wide.pg
	server_ask "CREATE TABLE wide (id bigint, s text NOT NULL);
	    CREATE FUNCTION public.refuse() RETURNS trigger
	    LANGUAGE plpgsql AS \$\$ BEGIN
		RAISE EXCEPTION 'no' USING ERRCODE = '53100';
	    END \$\$;
	    CREATE TRIGGER refuse BEFORE INSERT ON public.wide
	    FOR EACH ROW EXECUTE FUNCTION public.refuse()"
	code=0
	trace -o sent -e trace=sendto "$importer" -q -a -j1 wide.pg || code=$?
	[ "$code" -eq 6 ]
	sent=$(awk '/ = [0-9]+$/ { n += $NF } END { print n }' sent)
	echo "$sent bytes were sent"
	[ "$sent" -lt 6000000 ]
}

@test "a warning for each row holds nothing up" {
	"$importer" -q -s app.pg
	server_ask "CREATE FUNCTION public.loud() RETURNS trigger
	    LANGUAGE plpgsql AS \$\$ BEGIN
		RAISE WARNING '%', repeat('loud ', 20000);
		RETURN NEW;
	    END \$\$;
	    CREATE TRIGGER loud BEFORE INSERT ON public.book
	    FOR EACH ROW EXECUTE FUNCTION public.loud()"
	"$importer" -q -a -j2 app.pg
	server_ask "DROP FUNCTION public.loud CASCADE" 2> /dev/null
	same_contents app.db
}
