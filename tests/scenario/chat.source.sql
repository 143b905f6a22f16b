-- A chat application's database as it is after two years: keys are texts made
-- by the application or AUTOINCREMENT, flags are 0 and 1, times and JSON are
-- text, in the spellings of three versions of the application.
CREATE TABLE users (
	id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, email TEXT UNIQUE,
	password_hash TEXT NOT NULL, display_name TEXT,
	is_active INTEGER NOT NULL DEFAULT 1, metadata TEXT,
	created_at DATETIME DEFAULT CURRENT_TIMESTAMP, last_login DATETIME);
CREATE TABLE conversation_sessions (
	id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users(id),
	title TEXT, metadata TEXT, created_at DATETIME, updated_at DATETIME);
CREATE TABLE conversation_messages (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	session_id TEXT NOT NULL REFERENCES conversation_sessions(id),
	role TEXT NOT NULL, content TEXT NOT NULL, models TEXT, tokens INTEGER,
	metadata TEXT, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE INDEX messages_by_session ON conversation_messages(session_id, timestamp);
CREATE TABLE custom_agents (
	id TEXT PRIMARY KEY, owner_id TEXT REFERENCES users(id), name TEXT,
	prompt TEXT, models TEXT, tags TEXT, enabled INTEGER DEFAULT 1,
	created_at DATETIME, updated_at DATETIME);
CREATE TABLE agent_usage_logs (
	id INTEGER PRIMARY KEY AUTOINCREMENT, agent_id TEXT, user_id TEXT,
	success INTEGER, duration_ms INTEGER, cost REAL, created_at DATETIME);
CREATE TABLE agent_feedback (
	id INTEGER PRIMARY KEY AUTOINCREMENT, agent_id TEXT, user_id TEXT,
	rating INTEGER CHECK (rating BETWEEN 1 AND 5), comment TEXT,
	created_at DATETIME);
CREATE TABLE audit_logs (
	id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT, action TEXT,
	details TEXT, ip TEXT, created_at DATETIME);
CREATE TABLE alert_history (
	id INTEGER PRIMARY KEY AUTOINCREMENT, severity TEXT, message TEXT,
	data TEXT, acknowledged INTEGER DEFAULT 0, created_at DATETIME,
	acknowledged_at DATETIME);
CREATE TABLE user_memories (
	id TEXT PRIMARY KEY, user_id TEXT REFERENCES users(id), content TEXT,
	keywords TEXT, importance REAL, created_at DATETIME);
CREATE TABLE memory_tags (
	memory_id TEXT REFERENCES user_memories(id), tag TEXT,
	PRIMARY KEY (memory_id, tag));
CREATE TABLE research_sessions (
	id TEXT PRIMARY KEY, user_id TEXT, query TEXT, status TEXT,
	key_findings TEXT, sources TEXT, created_at DATETIME,
	completed_at DATETIME);
CREATE TABLE research_steps (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	session_id TEXT REFERENCES research_sessions(id), step_no INTEGER,
	description TEXT, data TEXT, created_at DATETIME);
CREATE TABLE agent_marketplace (
	id TEXT PRIMARY KEY, agent_id TEXT REFERENCES custom_agents(id),
	author_id TEXT, title TEXT, tags TEXT, is_free INTEGER DEFAULT 1,
	is_featured INTEGER DEFAULT 0, is_verified INTEGER DEFAULT 0,
	price REAL, published_at DATETIME);
CREATE TABLE agent_reviews (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	listing_id TEXT REFERENCES agent_marketplace(id), user_id TEXT,
	rating INTEGER, review TEXT, created_at DATETIME);
CREATE TABLE agent_installations (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	listing_id TEXT REFERENCES agent_marketplace(id), user_id TEXT,
	installed_at DATETIME, UNIQUE (listing_id, user_id));
CREATE TABLE canvas_documents (
	id TEXT PRIMARY KEY, owner_id TEXT, title TEXT, content TEXT,
	is_shared INTEGER DEFAULT 0, metadata TEXT, created_at DATETIME,
	updated_at DATETIME);
CREATE TABLE canvas_versions (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	document_id TEXT REFERENCES canvas_documents(id), version INTEGER,
	content TEXT, created_at DATETIME);
CREATE TABLE external_connections (
	id TEXT PRIMARY KEY, user_id TEXT, provider TEXT, access_token TEXT,
	is_active INTEGER DEFAULT 1, metadata TEXT, created_at DATETIME,
	expires_at DATETIME);
CREATE TABLE external_files (
	id TEXT PRIMARY KEY, connection_id TEXT REFERENCES external_connections(id),
	name TEXT, mime TEXT, size INTEGER, data TEXT, synced_at DATETIME);
CREATE TABLE api_usage (
	id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT, endpoint TEXT,
	tokens INTEGER, cost REAL, created_at DATETIME);

CREATE TEMP TABLE n AS
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
	SELECT i, 'user-' || printf('%04d', i % 40 + 1) AS user,
		CASE i % 3
		WHEN 0 THEN datetime('2023-01-01', '+' || (i * 7) || ' minutes')
		WHEN 1 THEN strftime('%Y-%m-%dT%H:%M:%SZ', '2024-02-29',
			'+' || i || ' hours')
		ELSE strftime('%Y-%m-%dT%H:%M:%f', '2025-06-01',
			'+' || i || ' seconds') || '456'
		END AS time,
		json_object('n', i, 'tags', json_array('a', 'b"' || i)) AS object,
		json_array('gpt-' || (i % 5), 'zwölf') AS list
	FROM n;
INSERT INTO users SELECT 'user-' || printf('%04d', i), 'name' || i,
	CASE WHEN i % 7 THEN 'u' || i || '@example.org' END, hex(i), 'Ünï ' || i,
	i % 5 > 0, CASE WHEN i % 2 THEN object END, time,
	CASE WHEN i % 3 THEN time END FROM n WHERE i <= 40;
INSERT INTO conversation_sessions SELECT 'session-' || i, user,
	CASE WHEN i % 4 THEN 'Title, "' || i || '"' ELSE '' END,
	CASE WHEN i % 3 THEN object END, time, time FROM n WHERE i <= 200;
INSERT INTO conversation_messages (session_id, role, content, models, tokens, metadata, timestamp)
	SELECT 'session-' || (i % 200 + 1), CASE WHEN i % 2 THEN 'user' ELSE 'assistant' END,
	'line one ' || i || char(10) || 'line "two", three', list, i * 3,
	CASE WHEN i % 2 THEN object END, time FROM n;
DELETE FROM conversation_messages WHERE id % 17 = 0 OR id > 1990;
INSERT INTO custom_agents SELECT 'agent-' || i, user, 'Agent ' || i, 'Do ' || i,
	list, CASE WHEN i % 2 THEN list END, i % 3 > 0, time, time FROM n WHERE i <= 50;
INSERT INTO agent_usage_logs (agent_id, user_id, success, duration_ms, cost, created_at)
	SELECT 'agent-' || (i % 50 + 1), user, CASE WHEN i % 11 THEN i % 2 END, i,
	i / 7.0, time FROM n;
INSERT INTO agent_feedback (agent_id, user_id, rating, comment, created_at)
	SELECT 'agent-' || (i % 50 + 1), user, i % 5 + 1, NULL, time FROM n WHERE i <= 100;
INSERT INTO audit_logs (user_id, action, details, ip, created_at)
	SELECT user, 'login', object, '10.0.0.' || (i % 256), time FROM n WHERE i <= 500;
INSERT INTO alert_history (severity, message, data, acknowledged, created_at, acknowledged_at)
	SELECT 'high', 'alert ' || i, object, i % 2, time, CASE WHEN i % 2 THEN time END
	FROM n WHERE i <= 120;
INSERT INTO user_memories SELECT 'memory-' || i, user, 'remember ' || i, list,
	1.0 / i, time FROM n WHERE i <= 300;
INSERT INTO memory_tags SELECT 'memory-' || i, 'tag' || (i % 3) FROM n WHERE i <= 300;
INSERT INTO research_sessions SELECT 'research-' || i, user, 'why ' || i, 'done',
	list, json_array(json_object('url', 'https://example.org/' || i)), time, time
	FROM n WHERE i <= 30;
INSERT INTO research_steps (session_id, step_no, description, data, created_at)
	SELECT 'research-' || (i % 30 + 1), i, 'step', object, time FROM n WHERE i <= 90;
INSERT INTO agent_marketplace SELECT 'listing-' || i, 'agent-' || i, user, 'Sell ' || i,
	list, i % 2, i % 3 = 0, 1, i * 0.99, time FROM n WHERE i <= 20;
INSERT INTO agent_reviews (listing_id, user_id, rating, review, created_at)
	SELECT 'listing-' || (i % 20 + 1), user, i % 5 + 1, 'good', time FROM n WHERE i <= 60;
INSERT INTO agent_installations (listing_id, user_id, installed_at)
	SELECT 'listing-' || (i % 20 + 1), 'user-' || printf('%04d', i % 20 + i / 20), time
	FROM n WHERE i <= 200;
INSERT INTO canvas_documents SELECT 'doc-' || i, user, 'Doc ' || i, 'text' || char(9) || i,
	i % 2, object, time, time FROM n WHERE i <= 40;
INSERT INTO canvas_versions (document_id, version, content, created_at)
	SELECT 'doc-' || (i % 40 + 1), i / 40 + 1, 'text', time FROM n WHERE i <= 120;
INSERT INTO external_connections SELECT 'conn-' || i, user, 'drive', 'token',
	i % 2, object, time, NULL FROM n WHERE i <= 25;
INSERT INTO external_files SELECT 'file-' || i, 'conn-' || (i % 25 + 1), 'f' || i,
	'text/plain', i * 1000000000, object, time FROM n WHERE i <= 75;
INSERT INTO api_usage (user_id, endpoint, tokens, cost, created_at)
	SELECT user, '/v1/chat', i, i * 0.001, time FROM n;
DROP TABLE n;
