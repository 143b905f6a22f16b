-- Columns holding values that are not what was declared: the column gets a
-- type that holds them all, and nothing is lost.
CREATE TABLE mixed (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c BOOLEAN,
	d DATE, e DATETIME, f DATETIME, g JSON, h NUMERIC(5,2), i VARCHAR(3),
	j TEXT, k BLOB, l, m, n REAL, o TIME, p UUID);
INSERT INTO mixed VALUES
	(1, 1, 1, 1, '2024-01-01', '2024-01-01 00:00:00', 1700000000, '{}',
	    1.25, 'abc', 'text', x'00', 1, 'a', 1.5, '10:00',
	    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
	(2, 'N/A', 2.5, 2, '2024-01-01 10:00:00', 'soon', 1800000000,
	    '{not json', 123456.789, 'abcdef', 17, 'text', 2.5, 3, 'x',
	    'noon', 'not a uuid'),
	(3, 9007199254740993, 3, 0, '2023-02-30', '2024-01-01', NULL,
	    '{"a":"\u0000"}', 1e10, NULL, 2.5, x'ff', 'three', 4.5, 7, NULL,
	    NULL);
CREATE TABLE words_for_truth (a BOOLEAN, b BOOLEAN);
INSERT INTO words_for_truth VALUES ('true', 't'), ('no', 'F'), ('yes', 'maybe'),
	(1, 0), (NULL, NULL);
CREATE TABLE parents (code INTEGER PRIMARY KEY);
CREATE TABLE children (parent TEXT REFERENCES parents (code));
INSERT INTO parents VALUES (1);
INSERT INTO children VALUES ('1'), ('one');
CREATE TABLE loose_key (k TEXT PRIMARY KEY, v TEXT);
INSERT INTO loose_key VALUES (NULL, 'a'), (NULL, 'b'), ('c', 'd');
