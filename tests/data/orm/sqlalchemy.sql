-- As SQLAlchemy 2 with Alembic makes it.
CREATE TYPE color AS ENUM ('red', 'green', 'dark blue');
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
CREATE TABLE account (id SERIAL NOT NULL, uid UUID NOT NULL, name VARCHAR(50) NOT NULL, enabled BOOLEAN NOT NULL, balance NUMERIC(10, 2), born DATE, wakes TIME WITHOUT TIME ZONE, color color, prefs JSON, created TIMESTAMP WITHOUT TIME ZONE NOT NULL, seen TIMESTAMP WITH TIME ZONE, parent_id INTEGER, PRIMARY KEY (id), UNIQUE (uid), FOREIGN KEY(parent_id) REFERENCES account (id));
CREATE TABLE measurement (account_id INTEGER NOT NULL, n SMALLINT NOT NULL, value DOUBLE PRECISION, level REAL, labels VARCHAR(20)[], raw BYTEA, PRIMARY KEY (account_id, n), FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE);
INSERT INTO alembic_version VALUES ('1975ea83b712');
