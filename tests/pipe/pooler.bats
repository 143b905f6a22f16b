#!/usr/bin/env bats
# A pooler between us and the server: in transaction mode each transaction may
# get another session, and everything works; in statement mode nothing can.

load ../trial

setup_file() {
	PATH=$PATH:/usr/sbin:/usr/local/sbin
	command -v pgbouncer > /dev/null || return 0
	server_start max_connections=30
	export DIRECT=$PGHOST
	cd "$BATS_FILE_TMPDIR" || return 1
	trial_database app.db
	trial_dumps . app.db
	trial_streams
}

setup() {
	PATH=$PATH:/usr/sbin:/usr/local/sbin
	command -v pgbouncer > /dev/null || skip "pgbouncer is not installed"
	cd "$BATS_FILE_TMPDIR" || return 1
	export PGHOST=$DIRECT
	server_database
}

teardown() {
	pooler_stop
}

pooler_stop() {
	[ -e "$SERVER/pooler.pid" ] || return 0
	kill "$(< "$SERVER/pooler.pid")"
	while [ -e "$SERVER/pooler.pid" ]; do
		read -rt 0.02 <> <(:) || true
	done
}

# pooler MODE [SETTING]...: one of our own, of which PGHOST and PGPORT are set.
pooler() {
	local mode=$1

	shift
	{
		echo "[databases]"
		echo "* = host=$SERVER port=5432"
		echo "[pgbouncer]"
		echo "listen_addr ="
		echo "listen_port = 6432"
		echo "unix_socket_dir = $SERVER"
		echo "pidfile = $SERVER/pooler.pid"
		echo "logfile = $SERVER/pooler.log"
		echo "auth_type = trust"
		echo "auth_file = $SERVER/pooler.users"
		echo "pool_mode = $mode"
		printf '%s\n' "$@"
	} | server_as_owner tee "$SERVER/pooler.ini" > /dev/null
	echo '"postgres" ""' |
		server_as_owner tee "$SERVER/pooler.users" > /dev/null
	server_as_owner "$(command -v pgbouncer)" -q -d "$SERVER/pooler.ini" \
	    3>&-
	while [ ! -S "$SERVER/.s.PGSQL.6432" ] || ! psql -qXAt \
	    -h "$SERVER" -p 6432 -d test -c "SELECT" > /dev/null 2>&1; do
		[ "$((tries += 1))" -lt 200 ]
		read -rt 0.02 <> <(:) || true
	done
}

# import ARGUMENT...: by way of the pooler.
import() {
	PGPORT=6432 "$importer" "$@"
}

@test "transaction mode: a directory and a stream" {
	pooler transaction default_pool_size=3
	import -q -j2 app.pg
	same_contents app.db
	run import --status
	[ "$status" -eq 0 ]
	[[ $output == *app.db*finished* ]]
	fresh
	import -q -j2 < app.stream
	same_contents app.db
}

@test "transaction mode: more workers than sessions" {
	pooler transaction default_pool_size=1
	import -q -j4 app.pg
	same_contents app.db
}

@test "transaction mode: into tables that are there" {
	target_tables
	pooler transaction default_pool_size=3
	import -q -a -j2 app.pg
	same_contents app.db
	[ "$(server_ask "SELECT bool_and(convalidated) FROM pg_constraint
	    WHERE contype = 'f'")" = t ]
}

@test "transaction mode: interrupted, and gone on with" {
	pooler transaction default_pool_size=3
	outcome env PGPORT=6432 "$importer" -q -j2 < cut.stream
	[ "$code" -eq 5 ]
	run import -j2 app.pg
	[ "$status" -eq 0 ]
	[[ $output == *"had been loaded before"* ]]
	same_contents app.db
}

@test "transaction mode: sessions that the server ends are made again" {
	pooler transaction default_pool_size=3
	outcome env PGPORT=6432 "$importer" -q -j2 < cut.stream
	[ "$code" -eq 5 ]
	server_ask "CREATE SEQUENCE public.blow;
		CREATE FUNCTION public.cut() RETURNS trigger
		LANGUAGE plpgsql AS \$\$ BEGIN
			IF nextval('public.blow') IN (50, 500) THEN
				PERFORM pg_terminate_backend(pg_backend_pid());
			END IF;
			RETURN NEW;
		END \$\$;
		CREATE TRIGGER cut BEFORE INSERT ON public.book
		FOR EACH ROW EXECUTE FUNCTION public.cut()"
	run import -j2 app.pg
	[ "$status" -eq 0 ]
	[[ $output == *"lost connections were made again"* ]]
	server_ask "DROP FUNCTION public.cut CASCADE; DROP SEQUENCE public.blow"
	same_contents app.db
}

@test "transaction mode: the pooler is restarted meanwhile" {
	local loader

	target_tables
	pooler transaction default_pool_size=3
	# The load stands before this lock until the pooler is another one.
	hold_table book
	import -q -j2 -a app.pg 2> complaint 3>&- &
	loader=$!
	waits 1
	pooler_stop
	pooler transaction default_pool_size=3
	let_go
	wait "$loader" || { cat complaint; false; }
	same_contents app.db
}

@test "session mode: a directory" {
	pooler session default_pool_size=5
	import -q -j2 app.pg
	same_contents app.db
}

@test "statement mode is refused with a sentence" {
	pooler statement
	ends 6 "a pooler in statement mode" env PGPORT=6432 "$importer" app.pg
	stays_out
	ends 6 "a pooler in statement mode" env PGPORT=6432 "$importer" --status
}

@test "a pooler whose server is away is told as such" {
	pooler transaction query_wait_timeout=1
	server_halt
	outcome env PGPORT=6432 "$importer" --max-downtime=0 app.pg
	server_resume
	cat "$complaint"
	[ "$code" -eq 6 ]
}
