-- The same as Rails keeps it in SQLite; "confirmed" is from the days when
-- booleans were 't' and 'f'.
CREATE TABLE "schema_migrations" ("version" varchar NOT NULL PRIMARY KEY);
CREATE TABLE "ar_internal_metadata" ("key" varchar NOT NULL PRIMARY KEY, "value" varchar, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL);
CREATE TABLE "users" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "email" varchar DEFAULT '' NOT NULL, "admin" boolean DEFAULT 0 NOT NULL, "confirmed" boolean, "settings" json DEFAULT '{}' NOT NULL, "login_count" integer DEFAULT 0, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL);
CREATE UNIQUE INDEX "index_users_on_email" ON "users" ("email");
CREATE TABLE "articles" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "user_id" integer NOT NULL, "title" varchar, "body" text, "status" integer DEFAULT 0 NOT NULL, "amount" decimal(10,2), "published_on" date, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL, CONSTRAINT "fk_rails_3d31dad1cc" FOREIGN KEY ("user_id") REFERENCES "users" ("id"));
INSERT INTO "schema_migrations" VALUES ('20240101000000');
INSERT INTO "ar_internal_metadata" VALUES ('environment', 'production', '2024-01-01 00:00:00.000000', '2024-01-01 00:00:00.000000');
INSERT INTO "users" VALUES
 (1, 'ann@example.org', 1, 't', '{"theme":"dark"}', 3, '2024-03-01 10:20:30.123456', '2024-03-01 10:20:30.123456'),
 (4, '', 0, 'f', '{}', NULL, '2024-03-02 00:00:00', '2024-03-02 00:00:00.5'),
 (5, 'c', 0, NULL, '[1]', 0, '2024-03-03 00:00:00', '2024-03-03 00:00:00');
INSERT INTO "articles" VALUES
 (1, 1, 'One', 'a' || char(10) || 'b', 2, 1234.5, '2024-02-29', '2024-03-01 10:20:30.000001', '2024-03-01 10:20:30'),
 (12, 4, NULL, '', 0, NULL, NULL, '2024-03-01 00:00:00', '2024-03-01 00:00:00');
