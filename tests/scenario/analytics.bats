#!/usr/bin/env bats
# Analytics whose schema has drifted: 14 tables, six with data, of which two are
# wanted in a warehouse that calls a column otherwise and has others.

load scenario

setup_file() {
	server_start
}

setup() {
	scenario_begin analytics
	litehaul-import --describe -d "dbname=$PGDATABASE" -n analytics >target.json
	litehaul-export -q app.db -f app.dump
}

@test "every mismatch is told in one list, before a row moves" {
	run litehaul-transform -t sessions -t messages --target=target.json \
	    app.dump -f app.pg
	echo "$output"
	[ "$status" -eq 2 ]
	for what in sessions.last_activity sessions.utm sessions.screen_width \
	    messages.liked; do
		[[ $output == *"$what"* ]]
	done
	[[ $output == *"origin"* ]]
	[[ $output != *"file_uploads"* ]]
	[ ! -e app.pg ]
}

@test "the two tables arrive, renamed, converted and completed" {
	litehaul-transform -t sessions -t messages -m "$here/analytics.yaml" \
	    --target=target.json app.dump -f app.pg
	litehaul-import -a -d "dbname=$PGDATABASE" app.pg
	same "SELECT session_id, user_agent, ip_address, start_time || '+00',
	    last_activity || '+00', page_views, CASE is_mobile WHEN 1 THEN 't'
	    ELSE 'f' END, 'sqlite' FROM sessions ORDER BY session_id" \
	    "SELECT session_id, user_agent, host(ip_address), start_time, end_time,
	    page_views, is_mobile, origin FROM analytics.sessions ORDER BY session_id"
	same "SELECT message_id, session_id, role, content, tokens,
	    printf('%.6f', cost), datetime(created_at) || '+00', 'f' FROM messages
	    ORDER BY message_id" \
	    "SELECT message_id, session_id, role, content, tokens, cost,
	    created_at, reviewed FROM analytics.messages ORDER BY message_id"
	[ "$(server_ask "SELECT count(*) FROM analytics.sessions")" -eq 43871 ]
	[ "$(server_ask "SELECT count(*) FROM analytics.messages")" -eq 630 ]
	[ "$(server_ask "SELECT title FROM analytics.dashboards")" = "in use" ]
}

@test "... and in one pipe" {
	litehaul-export -t sessions -t messages app.db |
		litehaul-transform -m "$here/analytics.yaml" --target=target.json |
		litehaul-import -a -d "dbname=$PGDATABASE"
	[ "$(server_ask "SELECT count(*), count(end_time) FROM analytics.sessions")" = \
	    "43871|$(sqlite3 app.db "SELECT count(last_activity) FROM sessions")" ]
	[ "$(server_ask "SELECT count(*) FROM analytics.messages")" -eq 630 ]
}

@test "the plan says what becomes of every column" {
	litehaul-transform -t sessions -t messages -m "$here/analytics.yaml" \
	    --target=target.json --dry-run app.dump >plan
	cat plan
	grep -q "last_activity TEXT -> end_time timestamp with time zone" plan
	grep -q "using julian" plan
	grep -q "value: 'sqlite'" plan
	grep -q "utm is left out" plan
}
