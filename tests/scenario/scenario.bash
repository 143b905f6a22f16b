# bats helper: an application's database, the schema that waits for it, and the
# commands that a user would type.
#
#	load scenario
#	setup_file() { server_start; }
#	setup() { scenario_begin NAME; }
#
# The database is app.db in a directory of the test's own, which is the current
# one; the target is $PGDATABASE with NAME.target.sql in it.

BIN=${BIN:-$BATS_TEST_DIRNAME/../../build/bin}
SOURCE=${SOURCE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
load "$SOURCE/tests/server"
PATH=$BIN:$PATH

scenario_begin() {
	here=$SOURCE/tests/scenario
	cd "$BATS_TEST_TMPDIR" || return 1
	server_database
	psql -qX -v ON_ERROR_STOP=1 -f "$here/$1.target.sql" >/dev/null
	if [ -e "$here/$1.source.sql" ]; then
		sqlite3 -bail app.db <"$here/$1.source.sql"
	fi
}

# same QUERY_OF_SQLITE QUERY_OF_POSTGRESQL: they give the same rows; both have an
# ORDER BY, and there is at least one row.
same() {
	sqlite3 -list -bail app.db "$1" >expected
	psql -qXAt -v ON_ERROR_STOP=1 -c "SET timezone = 'UTC'" -c "$2" >found
	[ -s expected ]
	diff expected found >differences || {
		head -n 10 differences
		return 1
	}
}

# equal [DATABASE]: every row and column of every table, as the referee says.
equal() {
	"$SOURCE/tests/oracle/compare" "${1:-app.db}" "dbname=$PGDATABASE" \
	    >report || {
		cat report
		return 1
	}
}
