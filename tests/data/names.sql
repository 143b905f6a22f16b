-- Names that SQLite takes, of tables and of columns.
CREATE TABLE "select" ("from" TEXT, "WHERE" INTEGER, "group by" TEXT);
INSERT INTO "select" VALUES ('a', 1, 'b');
CREATE TABLE "user" ("order" INTEGER PRIMARY KEY, "limit" TEXT);
INSERT INTO "user" VALUES (1, 'x');
CREATE TABLE "Quote""d 'twice'" ("a""b" TEXT, "c'd" TEXT, [e f] TEXT);
INSERT INTO "Quote""d 'twice'" VALUES ('1', '2', '3');
CREATE TABLE "../../etc/passwd" ("/" TEXT, "\" TEXT, ".." TEXT);
INSERT INTO "../../etc/passwd" VALUES ('1', '2', '3');
CREATE TABLE "%s%n $(id) `id`; drop table x; --" ("{a}" TEXT, "?1" TEXT);
INSERT INTO "%s%n $(id) `id`; drop table x; --" VALUES ('1', '2');
CREATE TABLE "Größe 大きさ 🐘" ("Straße" TEXT, "ключ" INTEGER, "é" REAL);
INSERT INTO "Größe 大きさ 🐘" VALUES ('ß', 1, 2.5);
CREATE TABLE "two
lines	and a tab" ("a
b" TEXT, "c	d" TEXT);
INSERT INTO "two
lines	and a tab" VALUES ('1', '2');
CREATE TABLE "123" ("456" TEXT, "-1" TEXT, "," TEXT, """" TEXT);
INSERT INTO "123" VALUES ('1', '2', '3', '4');
CREATE TABLE "CamelCase" ("UserId" INTEGER PRIMARY KEY, "isActive" BOOLEAN);
INSERT INTO "CamelCase" VALUES (1, 1);
CREATE TABLE " blank " (" a " TEXT, "	" TEXT);
INSERT INTO " blank " VALUES ('1', '2');
CREATE TABLE system_columns (xmin TEXT, ctid INTEGER, tableoid REAL);
INSERT INTO system_columns VALUES ('1', 2, 3.5);
CREATE TABLE "a_table_whose_name_is_so_long_that_postgresql_would_cut_it_off_somewhere_here_1"
	("a_column_whose_name_is_so_long_that_postgresql_would_cut_it_off_somewhere_1" TEXT,
	"a_column_whose_name_is_so_long_that_postgresql_would_cut_it_off_somewhere_2" TEXT);
INSERT INTO "a_table_whose_name_is_so_long_that_postgresql_would_cut_it_off_somewhere_here_1"
	VALUES ('1', '2');
CREATE TABLE "a_table_whose_name_is_so_long_that_postgresql_would_cut_it_off_somewhere_here_2"
	(a TEXT);
INSERT INTO "a_table_whose_name_is_so_long_that_postgresql_would_cut_it_off_somewhere_here_2"
	VALUES ('1');
CREATE INDEX "Index ""of"" it" ON "select" ("group by", "from");
