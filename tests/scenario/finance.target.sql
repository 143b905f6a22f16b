-- The production target: users live there already, and keep their ids.
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE, name text,
	created_at timestamptz);
INSERT INTO users SELECT i, 'u' || i || '@example.org', 'User ' || i,
	timestamptz '2020-01-01 00:00:00+00' + i * interval '1 day'
	FROM generate_series(1, 1000) i;
CREATE TABLE categories (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE merchants (id serial PRIMARY KEY, name text NOT NULL,
	category_id integer REFERENCES categories(id));
CREATE TABLE llm_mappings (
	id bigserial PRIMARY KEY, user_id integer NOT NULL REFERENCES users(id),
	merchant_id integer REFERENCES merchants(id), description text NOT NULL,
	category text, confidence double precision,
	is_verified boolean NOT NULL DEFAULT false, is_recurring boolean,
	amount numeric(12,2), created_at timestamptz DEFAULT now());
CREATE INDEX ON llm_mappings (user_id);
DO $$ DECLARE name text; BEGIN
	FOREACH name IN ARRAY ARRAY['accounts', 'budgets', 'cards', 'currencies',
		'exports', 'goals', 'imports', 'invoices', 'labels', 'loans',
		'notes', 'payees', 'rates', 'reports', 'rules', 'tags', 'transfers']
	LOOP EXECUTE format('CREATE TABLE %I (id serial PRIMARY KEY,
		user_id integer REFERENCES users(id), name text,
		active boolean DEFAULT true)', name);
	END LOOP; END $$;
