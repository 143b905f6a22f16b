#!/usr/bin/env bats
# Finance: 21 tables, users live in production already, and one table holds
# nearly everything.

setup_file() {
	load scenario
	server_start
}

teardown_file() {
	load scenario
	server_stop
}

setup() {
	load scenario
	scenario_begin finance
	"$here/finance.source.sh" app.db "${LITEHAUL_FINANCE_ROWS:-200000}"
}

@test "everything but users arrives in the production target" {
	litehaul-import --describe -d "dbname=$PGDATABASE" >target.json
	litehaul-export app.db |
		litehaul-transform -m "$here/finance.yaml" --target=target.json |
		litehaul-import -a -d "dbname=$PGDATABASE"
	same "SELECT id, user_id, merchant_id, description, category, confidence,
	    CASE is_verified WHEN 1 THEN 't' ELSE 'f' END,
	    CASE is_recurring WHEN 1 THEN 't' ELSE 'f' END,
	    printf('%d.%02d', amount_cents / 100, amount_cents % 100),
	    created_at || '+00' FROM llm_mappings ORDER BY id" \
	    "SELECT id, user_id, merchant_id, description, category,
	    CASE WHEN confidence = floor(confidence)
	    THEN confidence || '.0' ELSE confidence::text END, is_verified,
	    is_recurring, amount, created_at FROM llm_mappings ORDER BY id"
	same "SELECT id, user_id, name, CASE active WHEN 1 THEN 't' ELSE 'f' END
	    FROM goals ORDER BY id" "SELECT * FROM goals ORDER BY id"
	[ "$(server_ask "SELECT count(*) FROM users")" -eq 1000 ]
	[ "$(server_ask "SELECT count(*) FROM pg_constraint
	    WHERE NOT convalidated")" -eq 0 ]
}
