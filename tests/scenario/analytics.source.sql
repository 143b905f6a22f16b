-- Analytics that grew beside its application: 14 tables, six of them in use,
-- and columns that drifted away from what the warehouse has.
CREATE TABLE sessions (
	session_id TEXT PRIMARY KEY, user_agent TEXT, ip_address TEXT,
	start_time TEXT NOT NULL, last_activity TEXT, page_views INTEGER,
	is_mobile INTEGER, utm TEXT, screen_width INTEGER);
CREATE TABLE messages (
	message_id INTEGER PRIMARY KEY, session_id TEXT, role TEXT,
	content TEXT, tokens INTEGER, cost REAL, created_at REAL, liked INTEGER);
CREATE TABLE file_uploads (
	id INTEGER PRIMARY KEY, session_id TEXT, filename TEXT, bytes INTEGER,
	uploaded_at TEXT);
CREATE TABLE analysis_events (
	id INTEGER PRIMARY KEY, session_id TEXT, event TEXT, payload TEXT,
	created_at TEXT);
CREATE TABLE errors (
	id INTEGER PRIMARY KEY, session_id TEXT, message TEXT, trace TEXT,
	created_at TEXT);
CREATE TABLE llm_interactions (
	id INTEGER PRIMARY KEY, session_id TEXT, model TEXT, prompt TEXT,
	answer TEXT, latency_ms INTEGER, created_at TEXT);
CREATE TABLE feedback (id INTEGER PRIMARY KEY, text TEXT);
CREATE TABLE experiments (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE variants (id INTEGER PRIMARY KEY, experiment_id INTEGER, name TEXT);
CREATE TABLE assignments (session_id TEXT, variant_id INTEGER);
CREATE TABLE funnels (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE funnel_steps (funnel_id INTEGER, step INTEGER, event TEXT);
CREATE TABLE exports (id INTEGER PRIMARY KEY, path TEXT);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT);

CREATE TEMP TABLE n AS
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 43871)
	SELECT i FROM n;
INSERT INTO sessions SELECT printf('s%05d', i), 'Mozilla/5.0 (' || (i % 90) || ')',
	'10.' || (i % 256) || '.0.1', datetime('2024-01-01', '+' || i || ' minutes'),
	CASE WHEN i % 10 THEN datetime('2024-01-01', '+' || (i + i % 60) || ' minutes') END,
	i % 40, i % 4 = 0, CASE WHEN i % 20 = 0 THEN 'utm_source=a&b' END, 1920 FROM n;
INSERT INTO messages SELECT i, printf('s%05d', i * 60), CASE WHEN i % 2 THEN 'user' ELSE 'bot' END,
	'Hello "' || i || '", how are you?', i % 500, i * 0.0001,
	2460310.5 + i / 1440.0, CASE WHEN i % 3 THEN i % 2 END FROM n WHERE i <= 630;
INSERT INTO file_uploads SELECT i, printf('s%05d', i), 'f' || i || '.csv', i * 1000,
	datetime('2024-01-01', '+' || i || ' hours') FROM n WHERE i <= 248;
INSERT INTO analysis_events SELECT i, printf('s%05d', i), 'run', json_object('n', i),
	datetime('2024-01-01', '+' || i || ' hours') FROM n WHERE i <= 1089;
INSERT INTO errors VALUES (1, 's00001', 'boom', 'at line 1', '2024-01-01 00:00:00'),
	(2, 's00002', 'bang', NULL, '2024-01-02 00:00:00');
INSERT INTO llm_interactions SELECT i, printf('s%05d', i), 'm' || (i % 3), 'p', 'a', i,
	datetime('2024-01-01', '+' || i || ' hours') FROM n WHERE i <= 740;
DROP TABLE n;
