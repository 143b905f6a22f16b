-- The same models in SQLite: moments as text with microseconds, UUIDs as 32
-- digits, an account that is its own parent.
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
CREATE TABLE account (id INTEGER NOT NULL, uid CHAR(32) NOT NULL, name VARCHAR(50) NOT NULL, enabled BOOLEAN NOT NULL, balance NUMERIC(10, 2), born DATE, wakes TIME, color VARCHAR(9), prefs JSON, created DATETIME NOT NULL, seen DATETIME, parent_id INTEGER, PRIMARY KEY (id), UNIQUE (uid), FOREIGN KEY(parent_id) REFERENCES account (id));
CREATE TABLE measurement (account_id INTEGER NOT NULL, n SMALLINT NOT NULL, value FLOAT, level FLOAT, labels JSON, raw BLOB, PRIMARY KEY (account_id, n), FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE);
INSERT INTO alembic_version VALUES ('1975ea83b712');
INSERT INTO account VALUES
 (1, '6f9619ff8b86d011b42d00c04fc964ff', 'ann', 1, 12.34, '1990-02-28', '06:30:00.000000', 'dark blue', '{"a": null}', '2024-03-01 10:20:30.123456', '2024-03-01 10:20:30.000000', 1),
 (2, '00000000000000000000000000000002', '', 0, -5, NULL, NULL, 'red', 'null', '2024-03-01 00:00:00.000000', NULL, 3),
 (3, '00000000000000000000000000000003', 'c', 1, NULL, '2024-02-29', '23:59:59.999999', NULL, NULL, '2024-12-31 23:59:59.999999', NULL, NULL);
INSERT INTO measurement VALUES (1, 1, 0.1, 0.5, '["x", "y z"]', x'00'), (1, 2, 1e300, 1.5, '[]', NULL), (3, 32767, NULL, NULL, NULL, x'ff');
