# bats helper: dumps whose sums are all right and that say what an edit says.
#
#	load forged
#	setup_file() { forged_begin; }
#	setup() { forged_setup; }
#	@test "..." { forged app.pg <<<'schema["surprise"] = 1'; ...; }
#
# app.dump and app.pg are of app.db; the target holds the table victim.

load ../trial

forged_begin() {
	target_begin
	sqlite3 app.db <<-'SQL'
	CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
	CREATE TABLE item (id INTEGER PRIMARY KEY, n INTEGER DEFAULT 7,
		price NUMERIC(6,2), ratio REAL, day DATE, at DATETIME,
		doc JSON, raw BLOB, note TEXT DEFAULT 'none', yes BOOLEAN,
		parent_id INTEGER REFERENCES parent);
	CREATE INDEX item_note ON item (note);
	INSERT INTO parent VALUES (1, 'one'), (2, 'two');
	INSERT INTO item VALUES
		(1, 5, 1.25, 0.5, '2024-01-02', '2024-01-02 03:04:05', '{"a":1}',
		    x'00ff', 'hello', 1, 1),
		(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	SQL
	"$exporter" -q -Z none app.db -f app.dump
	"$transformer" -q -Z none app.dump -f app.pg
}

forged_setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	fresh
	server_ask "CREATE TABLE victim AS SELECT 1 AS x"
}

# forged app.dump|app.pg <EDIT: a copy, edited.
forged() {
	rm -rf "$1"
	cp -r "$BATS_FILE_TMPDIR/$1" .
	"$SOURCE/tests/bad/forge" "$1"
}

# nothing_came: the target is as it was.
nothing_came() {
	[ "$(server_ask "SELECT x, (SELECT count(*) FROM pg_tables
	    WHERE schemaname = 'public') FROM victim")" = '1|1' ]
}

# unfinished: the victim lives, and no load is finished.
unfinished() {
	[ "$(server_ask "SELECT x FROM victim")" = 1 ]
	[ "$(server_ask "SELECT to_regclass('litehaul.load') IS NULL")" = t ] ||
		[ "$(finished)" -eq 0 ]
}

# once: true the first time in a test; the ways in are the same for all edits.
once() {
	[ ! -e once ] && touch once
}
