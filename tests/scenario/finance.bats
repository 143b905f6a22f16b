#!/usr/bin/env bats
# Finance: 21 tables, users live in production already, and one table holds
# nearly everything.

load scenario

setup_file() {
	server_start
}

setup() {
	scenario_begin finance
	"$here/finance.source.sh" app.db "${LITEHAUL_FINANCE_ROWS:-200000}"
}

keys() {
	server_ask "SELECT conrelid::regclass, conname, convalidated,
	    pg_get_constraintdef(oid) FROM pg_constraint
	    WHERE contype = 'f' ORDER BY 1, 2"
}

@test "everything but users arrives in the production target" {
	litehaul-import --describe -d "dbname=$PGDATABASE" >target.json
	keys >before
	litehaul-export app.db |
		litehaul-transform -m "$here/finance.yaml" --target=target.json \
		    2>notes |
		litehaul-import -v -a -d "dbname=$PGDATABASE" 2>log
	# All keys to users in one line.
	[ "$(grep -c "public.users, which gets no rows" notes)" -eq 1 ]
	grep -q "18 foreign keys refer to public.users.* and 12 more" notes
	# They did not slow the load down, and are as they were.
	grep -q "taken off .*\"llm_mappings_user_id_fkey\"" log
	keys | diff before -
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
	# The application goes on where its ids were left.
	[ "$(server_ask "SELECT nextval('llm_mappings_id_seq')")" -eq \
	    $((${LITEHAUL_FINANCE_ROWS:-200000} + 1)) ]
}
