# bats helper: the database that is loaded - what is in it, and who else is at
# work there.
#
#	load ../trial			# which loads this one
#	setup_file() { target_begin max_connections=20; ... }
#	setup() { target_empty; }
#	@test "..." { at_work 3 "SELECT FROM users"; ...; }

load "$SOURCE/tests/server"

# target_begin [SETTING]...: a server, and the directory that all tests of the
# file share.
target_begin() {
	server_start "$@"
	cd "$BATS_FILE_TMPDIR" || return 1
}

# target_empty: in that directory, with an empty database "test" and a server
# that tells no news.
target_empty() {
	cd "$BATS_FILE_TMPDIR" || return 1
	export PGOPTIONS='-c client_min_messages=error'
	server_database
}

# target_run FILE: its SQL, up to the first error.
target_run() {
	psql -qX -v ON_ERROR_STOP=1 -f "$1" >/dev/null
}

# target_tables [OPTION...]: the tables of app.pg as they are after a load,
# without rows and without ledger.
target_tables() {
	"$importer" -q -s "$@" app.pg
	server_ask "DROP SCHEMA litehaul CASCADE" 2>/dev/null
}

# fresh: an empty database, which is $PGDATABASE; much faster than making one.
fresh() {
	export PGDATABASE=test
	server_ask "DROP SCHEMA IF EXISTS litehaul CASCADE;
	    DROP SCHEMA public CASCADE; CREATE SCHEMA public" 2>/dev/null ||
		server_database
}

# ------------------------------------------------------------ what is in it

# stays_out: nothing of a dump has arrived.
stays_out() {
	[ "$(server_ask "SELECT count(*) FROM pg_tables
	    WHERE schemaname = 'public'")" -eq 0 ]
}

# Loads that are finished.
finished() {
	server_ask "SELECT count(*) FROM litehaul.load WHERE state = 'finished'"
}

# All rows of all tables as one digest.
contents() {
	psql -qXAt -v ON_ERROR_STOP=1 <<-'SQL' | sha256sum
	SELECT format('SELECT %L, t::text FROM public.%I AS t ORDER BY 2',
	    tablename, tablename) FROM pg_tables
	    WHERE schemaname = 'public' ORDER BY tablename \gexec
	SQL
}

# everything [OPTION...]: all there is, as pg_dump(1) has it, but for the key
# that it makes up for each run.
everything() {
	pg_dump "$@" | sed '/^\\\(un\)\?restrict /d'
}

# same_contents DATABASE: it holds what that holds, as the referee says.
same_contents() {
	local report=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/report

	"$SOURCE/tests/oracle/compare" --strict "$1" "dbname=$PGDATABASE" \
	    >"$report" 2>&1 || {
		cat "$report"
		return 1
	}
}

# The foreign keys: name, and whether they are validated.
foreign_keys() {
	server_ask "SELECT conname, convalidated FROM pg_constraint
		WHERE contype = 'f' ORDER BY 1" | tr '\n' ' '
}

# ------------------------------------------------------------ who is at work

# await COMMAND...: until it succeeds, for a minute at most.
await() {
	local turns=1200

	until "$@"; do
		if [ "$((turns--))" -eq 0 ]; then
			echo "waited in vain: $*"
			return 1
		fi
		read -rt 0.05 <> <(:) || true
	done
}

# replies VALUE SQL: the server says so.
replies() {
	[ "$(server_ask "$2")" = "$1" ]
}

# at_work SECONDS SQL: an application, "shop", runs a statement and then leaves
# its transaction open so long.
at_work() {
	PGAPPNAME=shop psql -qXAt -c "BEGIN; $2; SELECT pg_sleep($1); COMMIT" \
	    >/dev/null 2>&1 3>&- &
	await replies 1 "SELECT count(*) FROM pg_stat_activity
	    WHERE datname = current_database() AND application_name = 'shop'
	    AND query ~ 'pg_sleep' AND wait_event = 'PgSleep'"
}

# It is stopped.
stop_work() {
	server_ask "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database()
		AND application_name = 'shop'" >/dev/null
}

# hold_table TABLE: a load waits before it until "let_go".
hold_table() {
	coproc psql -qXAt
	holder=$COPROC_PID
	echo "BEGIN; LOCK TABLE $1; SELECT 'held';" >&"${COPROC[1]}"
	read -r -u "${COPROC[0]}" answer
	[ "$answer" = held ]
}

let_go() {
	echo "COMMIT; \\q" >&"${COPROC[1]}"
	wait "$holder"
}

# waits N: that many sessions of the load, whose process is $loader, wait for
# the table.
waits() {
	while [ "$(server_ask "SELECT count(*) FROM pg_stat_activity
	    WHERE wait_event_type = 'Lock'")" -lt "$1" ]; do
		kill -0 "$loader"
	done
}
