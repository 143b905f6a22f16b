-- Declared types, each with values that are what it says.
CREATE TABLE numbers (a INT, b INTEGER, c TINYINT, d BIGINT UNSIGNED,
	e SMALLINT, f INT8, g REAL, h DOUBLE PRECISION, i FLOAT,
	j NUMERIC, k DECIMAL(10,5), l NUMERIC(38,10), m MONEY, n BOOLEAN);
INSERT INTO numbers VALUES
	(1, -1, 127, 9223372036854775807, -32768, 9007199254740993,
	    0.1, 1e308, -2.5e-300, 12345.678, 12345.67891, 0.5, 9.99, 1),
	(0, -9223372036854775808, -128, 0, 32767, -9007199254740993,
	    3.0, 4.9e-324, 1.7976931348623157e308, 10, -0.00001, 7, 0, 0),
	(NULL, NULL, NULL, NULL, NULL, NULL, NULL, 9e999, -9e999, NULL, NULL,
	    NULL, NULL, NULL),
	(2, 3, 5, 7, 11, 13, 0.30000000000000004, 1e15, 123456789012345680.0,
	    1e20, 99999.99999, 123456789012345678, -1.25, 1);

CREATE TABLE texts (a TEXT, b VARCHAR(10), c CHAR(3), d NVARCHAR(5), e CLOB,
	f TEXT COLLATE NOCASE, g STRING);
INSERT INTO texts VALUES
	('', '', '', '', '', '', 'word'),
	('NULL', '\N', 'abc', '12345', '\.', 'null', 'a b'),
	('a,b', '"quoted"', 'é', '🦊🦊🦊🦊🦊', 'line
break', ' blank ', 'x,y'),
	('tab	and \ and ''', '0123456789', NULL, NULL, char(13) || char(10),
	    char(1) || char(127), '日本語'),
	(char(0x10FFFF), char(0xFEFF), 'e' || char(0x301), NULL, '{', '[',
	    'z');

CREATE TABLE times (a DATE, b TIME, c DATETIME, d TIMESTAMP, e DATETIME,
	f TIMESTAMPTZ);
INSERT INTO times VALUES
	('2024-02-29', '23:59:59.999999', '2024-02-29 12:00:00',
	    '2024-02-29T12:00', 2460370.0, '2024-02-29 12:00:00+05:30'),
	('0001-01-01', '00:00', '0001-01-01 00:00:00', '9999-12-31 23:59:59',
	    2440587.5, '1969-12-31 23:59:59Z'),
	('9999-12-31', '10:20:30', '1582-10-10', '2000-01-01T00:00:00.5Z',
	    2451545.25, '2024-06-01T00:00:00-0330'),
	(NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE others (a BLOB, b JSON, c UUID, d UUID, e VARBINARY(16), f);
INSERT INTO others VALUES
	(x'', '{"a": [1, 2.50, -0, 1e2], "b": {"c": null}, "é": "\u00e9"}',
	    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
	    x'000102030405060708090a0b0c0d0e0f', x'5c78', 1),
	(zeroblob(100), '[]', 'A0EEBC999C0B4EF8BB6D6BB9BD380A12',
	    x'ffffffffffffffffffffffffffffffff', x'00', 2),
	(x'00ff2c220a5c', '"text"', NULL, NULL, NULL, NULL),
	(NULL, '17', NULL, NULL, NULL, 3);
