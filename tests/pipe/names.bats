#!/usr/bin/env bats
# Names under every policy, end to end: what the rename map says is what is in
# PostgreSQL, and the rows with it.

bats_require_minimum_version 1.5.0
load carry

setup_file() {
	server_start
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# mapping WORD: a mapping file of nothing but that policy.
mapping() {
	printf 'version: 1\ndefaults: { identifiers: %s }\n' "$1" >mapping.yaml
}

# carried: $app arrives as its rename map says, piped and staged alike.
carried() {
	server_database app
	"$BIN/litehaul-export" -q "$app" -f app.dump
	"$BIN/litehaul-transform" -q -m mapping.yaml --rename-map=map.json \
	    app.dump -f app.pg
	"$BIN/litehaul-import" -q -d dbname=app app.pg
	"$SOURCE/tests/oracle/compare" --rename-map=map.json "$app" dbname=app \
	    >report || {
		cat report
		return 1
	}
	"$BIN/litehaul-export" -q "$app" |
		"$BIN/litehaul-transform" -q -m mapping.yaml \
		    --rename-map=piped.json >/dev/null
	cmp map.json piped.json
}

# named TABLE: its columns in PostgreSQL, in their order.
named() {
	server_ask "SELECT string_agg(attname, ',' ORDER BY attnum)
	    FROM pg_attribute WHERE attrelid = '$1'::regclass AND attnum > 0"
}

@test "odd names arrive under each policy" {
	carry_make names.sql
	for policy in fold keep snake_case; do
		rm -rf app.dump app.pg
		mapping "$policy"
		if [ "$policy" = snake_case ]; then
			# These are all "_" to it.
			cat >>mapping.yaml <<-'YAML'
			tables:
			  ../../etc/passwd:
			    columns:
			      "/": { rename: slash }
			      "..": { rename: "." }
			  "123":
			    columns:
			      ",": { rename: "," }
			YAML
		fi
		carried
	done
}

@test "keep keeps letters, snake_case parts words" {
	app=$BATS_TEST_TMPDIR/app.db
	sqlite3 "$app" <<-'SQL'
	CREATE TABLE OrderItems (OrderID INTEGER PRIMARY KEY,
	    HTTPHost TEXT, "due date" DATE, userID INTEGER
	    REFERENCES AppUsers (UserID), "ÄnderDatum" TEXT, _Hidden2Nd TEXT,
	    CHECK (length(HTTPHost) < 90));
	CREATE TABLE AppUsers (UserID INTEGER PRIMARY KEY AUTOINCREMENT,
	    EMail TEXT COLLATE NOCASE UNIQUE);
	CREATE INDEX ByHost ON OrderItems (HTTPHost, userID DESC);
	INSERT INTO AppUsers VALUES (7, 'A@x'), (9, NULL);
	INSERT INTO OrderItems VALUES (1, 'h', '2024-02-29', 7, 'ä', NULL);
	SQL
	mapping keep
	carried
	[ "$(named '"OrderItems"')" = \
	    "OrderID,HTTPHost,due date,userID,ÄnderDatum,_Hidden2Nd" ]
	rm -rf app.dump app.pg
	mapping snake_case
	carried
	[ "$(named order_items)" = \
	    "order_id,http_host,due_date,user_id,Änder_datum,_hidden2_nd" ]
	# Keys and checks came under the new names.
	server_ask "SELECT conname FROM pg_constraint
	    WHERE conrelid = 'order_items'::regclass ORDER BY 1" >keys
	grep -qx order_items_pkey keys
	[ "$(wc -l <keys)" -ge 3 ]
}

@test "databases made at random arrive under each policy" {
	for seed in 3 4 5; do
		python3 "$SOURCE/tests/oracle/generate" "$seed" "seed-$seed.db" \
		    >/dev/null
		app=$BATS_TEST_TMPDIR/seed-$seed.db
		for policy in keep snake_case; do
			echo "seed $seed, $policy"
			rm -rf app.dump app.pg
			mapping "$policy"
			# Names that come to the same one are refused; there
			# is nothing to compare then.
			"$BIN/litehaul-export" -q "$app" -f app.dump
			if ! "$BIN/litehaul-transform" -q -m mapping.yaml \
			    --dry-run app.dump >plan 2>err; then
				grep -q "would both be called" err
				continue
			fi
			rm -rf app.dump
			carried
		done
	done
}
