#!/usr/bin/env bats
# More than one machine: a table that --after-tables spreads over two further
# servers, loaded by two importers at once, verified.

bats_require_minimum_version 1.5.0
load ../trial

# All rows of the table, in words.
rows() {
	server_ask "SELECT id, customer_id, at, kind, value, extra, body
	    FROM public.event ORDER BY id" | sha256sum
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
	server_start
	for shard in 1 2; do
		# The servers are apart from each other: no path of this one
		# leads to those.
		"$SOURCE/scripts/server" start "$BATS_FILE_TMPDIR/shard$shard" \
		    unix_socket_permissions=0777 > "shard$shard.socket"
	done
	sqlite3 app.db "
		CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
		CREATE TABLE event (id INTEGER NOT NULL, customer_id INTEGER NOT NULL
			REFERENCES customer (id), at DATETIME NOT NULL, kind TEXT,
			value REAL, extra JSON, body BLOB, PRIMARY KEY (id));
		CREATE INDEX event_at ON event (at);
		WITH RECURSIVE n (i) AS
			(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
		INSERT INTO event SELECT i, i % 97 + 1,
			datetime(1700000000 + i * 61, 'unixepoch'),
			CASE WHEN i % 9 THEN 'kind \"' || i || '\"' END, i / 7.0,
			json_object('n', i, 'tags', json_array('ü', i % 5)),
			CASE WHEN i % 50 = 0 THEN CAST(i || x'00ff' AS BLOB) END FROM n;
		INSERT INTO customer SELECT DISTINCT customer_id,
			'customer ' || customer_id FROM event;"
	"$exporter" -q --chunk-size=32KiB app.db -f app.dump
	"$transformer" -q app.dump -f app.pg
	# What is to arrive: the same on one server.
	server_database plain
	"$importer" -q -d dbname=plain app.pg
	PGDATABASE=plain same_contents app.db
	PGDATABASE=plain rows > expected
	# The operator's own SQL.
	cat > spread.sql <<-SQL
	CREATE EXTENSION IF NOT EXISTS postgres_fdw;
	$(for shard in 1 2; do
		echo "CREATE SERVER shard$shard FOREIGN DATA WRAPPER postgres_fdw
			OPTIONS (host '$(cat shard$shard.socket)', dbname 'postgres',
				batch_size '1000');
		CREATE USER MAPPING FOR CURRENT_USER SERVER shard$shard
			OPTIONS (user 'postgres', password_required 'false');"
	done)
	-- The columns are those that the load has given the table.
	ALTER TABLE event RENAME TO event_as_made;
	CREATE TABLE event (LIKE event_as_made INCLUDING DEFAULTS)
		PARTITION BY HASH (id);
	DROP TABLE event_as_made;
	CREATE FOREIGN TABLE event_0 PARTITION OF event
		FOR VALUES WITH (MODULUS 2, REMAINDER 0)
		SERVER shard1 OPTIONS (table_name 'event_0');
	CREATE FOREIGN TABLE event_1 PARTITION OF event
		FOR VALUES WITH (MODULUS 2, REMAINDER 1)
		SERVER shard2 OPTIONS (table_name 'event_1');
	SQL
}

teardown_file() {
	for shard in 1 2; do
		"$SOURCE/scripts/server" stop "$BATS_FILE_TMPDIR/shard$shard"
	done
	server_stop
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return 1
	fresh
	server_ask "DROP EXTENSION IF EXISTS postgres_fdw CASCADE" 2>/dev/null
	for shard in 1 2; do
		shard "$shard" "DROP TABLE IF EXISTS event_$((shard - 1));
			CREATE TABLE event_$((shard - 1)) (id bigint PRIMARY KEY,
				customer_id bigint NOT NULL, at timestamptz NOT NULL,
				kind text, value double precision, extra jsonb,
				body bytea)" 2>/dev/null
	done
	load=("$importer" -d "dbname=$PGDATABASE" app.pg
	    --after-tables=spread.sql)
}

# Ask one of the two.
shard() {
	PGHOST=$(cat "$BATS_FILE_TMPDIR/shard$1.socket") psql -qXAt -d postgres \
	    -v ON_ERROR_STOP=1 -c "$2"
}

spread_whole() {
	local one two

	one=$(shard 1 "SELECT count(*) FROM event_0")
	two=$(shard 2 "SELECT count(*) FROM event_1")
	[ "$one" -gt 2500 ]
	[ "$two" -gt 2500 ]
	[ $((one + two)) -eq 6000 ]
	[ "$(finished)" -eq 1 ]
	[ "$(rows)" = "$(cat expected)" ]
	[ "$(server_ask "SELECT count(*) FROM customer")" -eq 97 ]
}

@test "two importers load a table on two further servers, and it is verified" {
	local pids=() i

	for i in 1 2; do
		"${load[@]}" -q -j2 --verify 2> "complaint$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	cat complaint1 complaint2
	spread_whole
	# What such a table cannot have is named.
	grep -q '"event_pkey" (constraints) was left out' complaint1 complaint2
	grep -q '"event_customer_id_fkey" (foreign keys) was left out' \
	    complaint1 complaint2
	grep -q 'column "id" has no identity and no default' \
	    complaint1 complaint2
	# Each of the two has loaded something, or one was through at once;
	# each chunk has been loaded once.
	[ "$(server_ask "SELECT sum(rows) FROM litehaul.chunk
		WHERE path LIKE 'data/event/%'")" -eq 6000 ]
	# A wrong value on one of the two servers is found.
	shard 2 "UPDATE event_1 SET kind = 'wrong' WHERE id =
		(SELECT min(id) FROM event_1)"
	outcome "$importer" -q -d "dbname=$PGDATABASE" --verify-only app.pg
	[ "$code" -eq 4 ]
	grep -q 'table "event".*"kind".*wrong' "$complaint"
}

@test "killed in between, the load goes on into the same servers" {
	needs_trace
	n=$(moments sendto 1000 "${load[@]}" -q -j1 | wc -l)
	fresh
	setup
	strike sendto $((n * 2 / 3)) "${load[@]}" -q -j1
	"${load[@]}" -q --verify
	spread_whole
}

@test "a server that does not answer ends the load, which goes on afterwards" {
	shard 2 "ALTER TABLE event_1 RENAME TO hidden"
	outcome "${load[@]}" -q
	[ "$code" -ne 0 ]
	grep -q event_1 "$complaint"
	shard 2 "ALTER TABLE hidden RENAME TO event_1"
	"${load[@]}" -q --verify
	spread_whole
}
