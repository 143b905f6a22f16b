-- The same application's schema for PostgreSQL, which its own migrations make.
CREATE TABLE users (
	id text PRIMARY KEY, username text NOT NULL UNIQUE, email text UNIQUE,
	password_hash text NOT NULL, display_name text,
	is_active boolean NOT NULL DEFAULT true, metadata jsonb,
	created_at timestamptz DEFAULT now(), last_login timestamptz);
CREATE TABLE conversation_sessions (
	id text PRIMARY KEY, user_id text NOT NULL REFERENCES users(id),
	title text, metadata jsonb, created_at timestamptz, updated_at timestamptz);
CREATE TABLE conversation_messages (
	id serial PRIMARY KEY,
	session_id text NOT NULL REFERENCES conversation_sessions(id),
	role text NOT NULL, content text NOT NULL, models jsonb, tokens integer,
	metadata jsonb, "timestamp" timestamptz DEFAULT now());
CREATE TABLE custom_agents (
	id text PRIMARY KEY, owner_id text REFERENCES users(id), name text,
	prompt text, models jsonb, tags jsonb, enabled boolean DEFAULT true,
	created_at timestamptz, updated_at timestamptz);
CREATE TABLE agent_usage_logs (
	id serial PRIMARY KEY, agent_id text, user_id text, success boolean,
	duration_ms integer, cost double precision, created_at timestamptz);
CREATE TABLE agent_feedback (
	id serial PRIMARY KEY, agent_id text, user_id text,
	rating integer CHECK (rating BETWEEN 1 AND 5), comment text,
	created_at timestamptz);
CREATE TABLE audit_logs (
	id serial PRIMARY KEY, user_id text, action text, details jsonb, ip text,
	created_at timestamptz);
CREATE TABLE alert_history (
	id serial PRIMARY KEY, severity text, message text, data jsonb,
	acknowledged boolean DEFAULT false, created_at timestamptz,
	acknowledged_at timestamptz);
CREATE TABLE user_memories (
	id text PRIMARY KEY, user_id text REFERENCES users(id), content text,
	keywords jsonb, importance double precision, created_at timestamptz);
CREATE TABLE memory_tags (
	memory_id text REFERENCES user_memories(id), tag text,
	PRIMARY KEY (memory_id, tag));
CREATE TABLE research_sessions (
	id text PRIMARY KEY, user_id text, query text, status text,
	key_findings jsonb, sources jsonb, created_at timestamptz,
	completed_at timestamptz);
CREATE TABLE research_steps (
	id serial PRIMARY KEY, session_id text REFERENCES research_sessions(id),
	step_no integer, description text, data jsonb, created_at timestamptz);
CREATE TABLE agent_marketplace (
	id text PRIMARY KEY, agent_id text REFERENCES custom_agents(id),
	author_id text, title text, tags jsonb, is_free boolean DEFAULT true,
	is_featured boolean DEFAULT false, is_verified boolean DEFAULT false,
	price double precision, published_at timestamptz);
CREATE TABLE agent_reviews (
	id serial PRIMARY KEY, listing_id text REFERENCES agent_marketplace(id),
	user_id text, rating integer, review text, created_at timestamptz);
CREATE TABLE agent_installations (
	id serial PRIMARY KEY, listing_id text REFERENCES agent_marketplace(id),
	user_id text, installed_at timestamptz, UNIQUE (listing_id, user_id));
CREATE TABLE canvas_documents (
	id text PRIMARY KEY, owner_id text, title text, content text,
	is_shared boolean DEFAULT false, metadata jsonb, created_at timestamptz,
	updated_at timestamptz);
CREATE TABLE canvas_versions (
	id serial PRIMARY KEY, document_id text REFERENCES canvas_documents(id),
	version integer, content text, created_at timestamptz);
CREATE TABLE external_connections (
	id text PRIMARY KEY, user_id text, provider text, access_token text,
	is_active boolean DEFAULT true, metadata jsonb, created_at timestamptz,
	expires_at timestamptz);
CREATE TABLE external_files (
	id text PRIMARY KEY,
	connection_id text REFERENCES external_connections(id), name text,
	mime text, size bigint, data jsonb, synced_at timestamptz);
CREATE TABLE api_usage (
	id serial PRIMARY KEY, user_id text, endpoint text, tokens integer,
	cost double precision, created_at timestamptz);
