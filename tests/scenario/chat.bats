#!/usr/bin/env bats
# A chat application moves tonight: 20 tables, and its own migrations have made
# the schema in PostgreSQL already.

load scenario

setup_file() {
	server_start
}

setup() {
	scenario_begin chat
}

# The database of a customer who has not updated for a year.
make_older() {
	sqlite3 app.db <<-'SQL'
	DROP TABLE agent_reviews;
	DROP TABLE agent_installations;
	DROP TABLE agent_marketplace;
	DROP TABLE external_files;
	ALTER TABLE users DROP COLUMN last_login;
	ALTER TABLE conversation_messages DROP COLUMN models;
	ALTER TABLE canvas_documents DROP COLUMN is_shared;
	SQL
}

@test "the application moves into its schema without a mapping, staged" {
	litehaul-import --describe -d "dbname=$PGDATABASE" >target.json
	litehaul-export app.db -f app.dump
	litehaul-transform --target=target.json app.dump -f app.pg
	litehaul-import -a -d "dbname=$PGDATABASE" app.pg
	equal
	[ ! -e app.pg.rejects ]
}

@test "... and in one pipe" {
	litehaul-import --describe -d "dbname=$PGDATABASE" >target.json
	litehaul-export app.db |
		litehaul-transform --target=target.json |
		litehaul-import -a -d "dbname=$PGDATABASE"
	equal
}

@test "flags are booleans, JSON is jsonb, every time is a timestamptz" {
	litehaul-import --describe -d "dbname=$PGDATABASE" >target.json
	litehaul-export app.db |
		litehaul-transform --target=target.json |
		litehaul-import -a -d "dbname=$PGDATABASE"
	same "SELECT id, CASE is_active WHEN 1 THEN 't' ELSE 'f' END FROM users ORDER BY id" \
	    "SELECT id, is_active FROM users ORDER BY id"
	same "SELECT id, json_extract(models, '\$[0]') FROM conversation_messages ORDER BY id" \
	    "SELECT id, models->>0 FROM conversation_messages ORDER BY id"
	same "SELECT id, strftime('%s', timestamp) FROM conversation_messages ORDER BY id" \
	    "SELECT id, floor(extract(epoch FROM timestamp))::bigint FROM conversation_messages ORDER BY id"
}

@test "ids that the application makes next are free" {
	litehaul-import --describe -d "dbname=$PGDATABASE" >target.json
	litehaul-export app.db |
		litehaul-transform --target=target.json |
		litehaul-import -a -d "dbname=$PGDATABASE"
	# 2000 rows have been there, the last of them are deleted.
	[ "$(server_ask "INSERT INTO conversation_messages (session_id, role, content)
	    VALUES ('session-1', 'user', 'first') RETURNING id")" -gt 1990 ]
	[ "$(server_ask "INSERT INTO api_usage (user_id) VALUES ('x')
	    RETURNING id")" -eq 2001 ]
}

@test "foreign keys of the target stand and are valid afterwards" {
	before=$(server_ask "SELECT conrelid::regclass, pg_get_constraintdef(oid)
	    FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2")
	litehaul-import --describe -d "dbname=$PGDATABASE" >target.json
	litehaul-export app.db |
		litehaul-transform --target=target.json |
		litehaul-import -a -d "dbname=$PGDATABASE"
	[ "$before" = "$(server_ask "SELECT conrelid::regclass,
	    pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'
	    ORDER BY 1, 2")" ]
	[ "$(server_ask "SELECT count(*) FROM pg_constraint
	    WHERE NOT convalidated")" -eq 0 ]
}

@test "an older database goes the same way, with one mapping for all" {
	make_older
	litehaul-import --describe -d "dbname=$PGDATABASE" >target.json
	litehaul-export app.db -f app.dump
	litehaul-transform -m "$here/chat.yaml" --target=target.json app.dump \
	    -f app.pg 2>said
	cat said
	grep -q "agent_reviews" said
	grep -q "last_login" said
	litehaul-import -a -d "dbname=$PGDATABASE" app.pg
	[ "$(server_ask "SELECT count(*) FROM agent_reviews")" -eq 0 ]
	[ "$(server_ask "SELECT count(*) FROM users WHERE last_login IS NULL")" -eq 40 ]
	[ "$(server_ask "SELECT count(models) FROM conversation_messages")" -eq 0 ]
	[ "$(server_ask "SELECT count(*) FROM canvas_documents
	    WHERE is_shared = false")" -eq 40 ]
	# All that the older one has is there.
	server_ask "DROP TABLE agent_reviews, agent_installations,
	    agent_marketplace, external_files;
	    ALTER TABLE users DROP COLUMN last_login;
	    ALTER TABLE conversation_messages DROP COLUMN models;
	    ALTER TABLE canvas_documents DROP COLUMN is_shared"
	equal
}

@test "a value that does not fit is set aside, mended and brought after" {
	sqlite3 app.db "UPDATE agent_usage_logs SET success = 'maybe' WHERE id = 7;
	    UPDATE conversation_messages SET models = '[unfinished' WHERE id = 12"
	litehaul-import --describe -d "dbname=$PGDATABASE" >target.json
	litehaul-export app.db -f app.dump
	run litehaul-transform --target=target.json app.dump -f app.pg
	[ "$status" -eq 2 ]
	[[ $output == *"agent_usage_logs.success"*"maybe"*"rowid 7"* ]]
	[[ $output == *"conversation_messages.models"*"rowid 12"* ]]
	cat >fixed.yaml <<-'YAML'
	version: 1
	tables:
	  agent_usage_logs:
	    columns:
	      success: { value: "nullif(success, 'maybe')" }
	  conversation_messages:
	    columns:
	      models: { value: "iif(json_valid(models), models, '[]')" }
	YAML
	litehaul-transform -m fixed.yaml --target=target.json app.dump -f app.pg
	litehaul-import -a -d "dbname=$PGDATABASE" app.pg
	[ "$(server_ask "SELECT success IS NULL FROM agent_usage_logs
	    WHERE id = 7")" = t ]
	[ "$(server_ask "SELECT models FROM conversation_messages
	    WHERE id = 12")" = "[]" ]
}
