-- Defaults, checks, generated columns and unique indexes of every kind that
-- goes along.
CREATE TABLE given (
	id INTEGER PRIMARY KEY,
	whole INTEGER DEFAULT -7,
	hexadecimal INTEGER DEFAULT 0x1F,
	sum INTEGER DEFAULT (1 + 2 * 3),
	double REAL DEFAULT 1.5,
	"large" REAL DEFAULT 1e300,
	price NUMERIC(8,2) DEFAULT 12.50,
	quoted TEXT DEFAULT 'it''s',
	named TEXT DEFAULT "in double quotes",
	empty TEXT DEFAULT '',
	missing TEXT DEFAULT NULL,
	numeral TEXT DEFAULT 1.0,
	lines TEXT DEFAULT 'a
b\c',
	bytes BLOB DEFAULT x'00ff',
	flag BOOLEAN DEFAULT 1,
	word BOOLEAN DEFAULT FALSE,
	day DATE DEFAULT '2024-02-29',
	moment DATETIME DEFAULT '2024-02-29 12:13:14',
	clock TIME DEFAULT '12:13:14',
	document JSON DEFAULT '{"a":[1]}',
	uuid UUID DEFAULT '6f9619ff-8b86-d011-b42d-00c04fc964ff',
	short VARCHAR(5) DEFAULT 'abcde',
	made TEXT DEFAULT (upper('x') || substr('hello', 2, 3)),
	needed TEXT NOT NULL DEFAULT 'x',
	today DATE DEFAULT CURRENT_DATE,
	week TEXT DEFAULT (date('now', '+7 days')),
	era INTEGER DEFAULT (CAST(strftime('%Y', 'now') AS INTEGER))
);
INSERT INTO given (id) VALUES (1);

CREATE TABLE held (
	id INTEGER PRIMARY KEY,
	age INTEGER CHECK (age >= 0 AND age < 150),
	status TEXT CHECK (status IN ('new', 'paid')),
	amount INTEGER CHECK (amount BETWEEN 1 AND 10),
	isOpen BOOLEAN CHECK (isOpen IN (0, 1)),
	isDone BOOLEAN NOT NULL DEFAULT 0,
	email TEXT CHECK (email LIKE '%@%'),
	code TEXT CHECK (code GLOB '[A-Z]*'),
	short TEXT CHECK (length(short) <= 5),
	trimmed TEXT CONSTRAINT "Trimmed" CHECK (trim(trimmed) = trimmed),
	ratio REAL CHECK (ratio > 0 AND ratio <= 1),
	day DATE CHECK (day >= '2000-01-01'),
	upper TEXT CHECK (upper = upper(upper)),
	loose TEXT COLLATE NOCASE CHECK (loose IN ('abc', 'É')),
	even INTEGER CHECK (CASE WHEN even > 10 THEN even % 2 = 0 ELSE 1 END),
	bare INTEGER CHECK (bare),
	low INTEGER,
	high INTEGER,
	CONSTRAINT twice CHECK (low < high OR low IS NULL),
	CONSTRAINT twice CHECK ((low IS NULL) = (high IS NULL)),
	CONSTRAINT a_name_of_more_than_the_sixty_three_bytes_that_postgresql_keeps_of_it
		CHECK (coalesce(low, 0) + ifnull(high, 0) < 1000),
	CHECK (abs(low) < 100),
	CHECK (NOT (isOpen AND isDone))
);
INSERT INTO held (id, age, isOpen, day, ratio)
	VALUES (1, 30, 1, '2024-01-01', 0.5);

CREATE TABLE made (
	id INTEGER PRIMARY KEY,
	a INTEGER,
	b INTEGER,
	firstName TEXT,
	lastName TEXT,
	price REAL,
	flag BOOLEAN,
	day DATE,
	total INTEGER GENERATED ALWAYS AS (a + b) STORED,
	ratio INTEGER AS (a / b),
	rest INTEGER AS (a % b),
	fullName TEXT AS (firstName || ' ' || lastName),
	lowered TEXT AS (lower(firstName)),
	gross REAL AS (price * 1.19),
	inverse BOOLEAN AS (NOT flag),
	year INTEGER AS (CAST(strftime('%Y', day) AS INTEGER)),
	size TEXT AS (CASE WHEN a > 10 THEN 'big' WHEN a IS NULL THEN 'none'
		ELSE 'small' END),
	part TEXT AS (substr(firstName, -2))
);
INSERT INTO made (id, a, b, firstName, lastName, price, flag, day)
	VALUES (1, 7, 2, 'Ann', 'Ö', 1.005, 1, '2024-02-29'),
	(2, -7, 0, '', NULL, -2.675, 0, NULL);

CREATE TABLE alone (
	id INTEGER PRIMARY KEY,
	userName TEXT COLLATE NOCASE UNIQUE,
	email TEXT,
	code TEXT COLLATE RTRIM,
	active BOOLEAN,
	n INTEGER,
	t TEXT
);
CREATE UNIQUE INDEX alone_email ON alone (email COLLATE NOCASE);
CREATE UNIQUE INDEX alone_code ON alone (code);
CREATE UNIQUE INDEX alone_active ON alone (n) WHERE active;
CREATE UNIQUE INDEX alone_remainder ON alone (n % 1000, t);
CREATE UNIQUE INDEX alone_admin ON alone (t) WHERE userName = 'admin';
INSERT INTO alone VALUES (1, 'Ann', 'A@x', 'c1 ', 1, 1, 't1'),
	(2, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE parent (name TEXT COLLATE NOCASE PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE padded (name TEXT COLLATE RTRIM PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE pair (a TEXT COLLATE NOCASE, b INTEGER, c TEXT,
	PRIMARY KEY (a, b), UNIQUE (b, c COLLATE NOCASE)) WITHOUT ROWID;
CREATE TABLE child (
	id INTEGER PRIMARY KEY,
	name TEXT REFERENCES parent (name),
	a TEXT,
	b INTEGER,
	FOREIGN KEY (a, b) REFERENCES pair (a, b)
);
CREATE TABLE strict (
	k TEXT PRIMARY KEY CHECK (length(k) > 1),
	i INT NOT NULL DEFAULT 5,
	v INTEGER AS (length(k)) STORED
) STRICT, WITHOUT ROWID;
INSERT INTO parent VALUES ('Key'), ('Other');
INSERT INTO padded VALUES ('Key'), ('Other');
INSERT INTO pair VALUES ('x', 1, 'C'), ('y', 1, 'D');
INSERT INTO child VALUES (1, 'Key', 'x', 1), (2, NULL, NULL, NULL);
INSERT INTO strict (k) VALUES ('abc');
