#!/usr/bin/env bash
# Makes the finance application's database: 21 tables, one of them huge.
#
#	finance.source.sh DATABASE ROWS
set -euo pipefail

[[ $# == 2 ]] || {
	echo "usage: finance.source.sh DATABASE ROWS" >&2
	exit 2
}
{
	echo "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;"
	cat <<'SQL'
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE,
	name TEXT, created_at DATETIME);
CREATE TABLE categories (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
CREATE TABLE merchants (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,
	category_id INTEGER REFERENCES categories(id));
CREATE TABLE llm_mappings (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	user_id INTEGER NOT NULL REFERENCES users(id),
	merchant_id INTEGER REFERENCES merchants(id),
	description TEXT NOT NULL, category TEXT, confidence REAL,
	is_verified INTEGER NOT NULL DEFAULT 0, is_recurring INTEGER DEFAULT 0,
	amount_cents INTEGER, created_at DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE INDEX mappings_by_user ON llm_mappings(user_id);
SQL
	for table in accounts budgets cards currencies exports goals imports \
	    invoices labels loans notes payees rates reports rules tags \
	    transfers; do
		echo "CREATE TABLE $table (id INTEGER PRIMARY KEY AUTOINCREMENT,
			user_id INTEGER REFERENCES users(id), name TEXT,
			active INTEGER DEFAULT 1);
		INSERT INTO $table (user_id, name, active)
			VALUES (1, '$table one', 1), (2, '$table two', 0);"
	done
	cat <<SQL
CREATE TEMP TABLE n AS
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
	SELECT i FROM n;
INSERT INTO users SELECT i, 'u' || i || '@example.org', 'User ' || i,
	datetime('2020-01-01', '+' || i || ' days') FROM n;
INSERT INTO categories SELECT i, 'category ' || i FROM n WHERE i <= 40;
INSERT INTO merchants SELECT i, 'merchant ' || i, i % 40 + 1 FROM n WHERE i <= 500;
INSERT INTO llm_mappings
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
	SELECT i, i % 1000 + 1, CASE WHEN i % 3 THEN i % 500 + 1 END,
		'PAYMENT ' || i || ' TO "SHOP, ' || (i % 977) || '"',
		'category ' || (i % 40), (i % 1000) / 1000.0, i % 2, i % 10 = 0,
		i % 100000, datetime(1600000000 + i, 'unixepoch')
	FROM n;
COMMIT;
SQL
} | sqlite3 "$1" >/dev/null
