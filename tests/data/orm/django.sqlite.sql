-- The same models as Django keeps them in SQLite: bool 0/1, naive UTC text,
-- UUIDs as 32 digits, durations in microseconds.
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
CREATE TABLE "auth_user" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "password" varchar(128) NOT NULL, "last_login" datetime NULL, "is_superuser" bool NOT NULL, "username" varchar(150) NOT NULL UNIQUE, "email" varchar(254) NOT NULL, "date_joined" datetime NOT NULL);
CREATE TABLE "blog_tag" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(50) NOT NULL UNIQUE);
CREATE TABLE "blog_post" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "uid" char(32) NOT NULL UNIQUE, "title" varchar(200) NOT NULL, "body" text NOT NULL, "published" bool NOT NULL, "publish_on" date NULL, "publish_at" time NULL, "price" decimal NULL, "rating" real NULL, "views" integer unsigned NOT NULL CHECK ("views" >= 0), "meta" text NOT NULL CHECK ((JSON_VALID("meta") OR "meta" IS NULL)), "client" char(39) NULL, "reading" bigint NULL, "cover" BLOB NULL, "created_at" datetime NOT NULL, "author_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "blog_post_tags" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "post_id" bigint NOT NULL REFERENCES "blog_post" ("id") DEFERRABLE INITIALLY DEFERRED, "tag_id" bigint NOT NULL REFERENCES "blog_tag" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE UNIQUE INDEX "blog_post_tags_uniq" ON "blog_post_tags" ("post_id", "tag_id");
INSERT INTO "django_migrations" VALUES (1, 'blog', '0001_initial', '2024-01-01 00:00:00.000001');
INSERT INTO "auth_user" VALUES
 (1, 'pbkdf2_sha256$1', '2024-03-01 10:20:30.123456', 1, 'ann', 'ann@example.org', '2024-01-01 00:00:00'),
 (7, '', NULL, 0, 'björn', '', '2024-02-29 23:59:59.5');
INSERT INTO "blog_tag" VALUES (1, 'news'), (2, 'it''s');
INSERT INTO "blog_post" VALUES
 (1, '6f9619ff8b86d011b42d00c04fc964ff', 'One', 'Hello, "world"', 1, '2024-03-01', '08:30:00', 19.99, 4.5, 12, '{"a": [1, 2]}', '10.0.0.1', 90000000, x'00ff', '2024-03-01 10:20:30.123456', 1),
 (2, '00000000000000000000000000000002', 'Two', '', 0, NULL, NULL, 7, NULL, 0, '[]', NULL, NULL, NULL, '2024-03-02 00:00:00', 7),
 (9, '00000000000000000000000000000009', 'Nine', 'x', 1, '2023-12-31', '23:59:59.25', NULL, 0.1, 2147483647, '"text"', '::1', 500000, x'', '2024-03-03 00:00:00', 1);
INSERT INTO "blog_post_tags" VALUES (1, 1, 1), (2, 1, 2), (3, 9, 2);
