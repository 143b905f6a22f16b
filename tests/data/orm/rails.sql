-- As Rails 7 makes it: plural tables, bigserial keys, timestamps without zone.
CREATE TABLE "schema_migrations" ("version" character varying NOT NULL PRIMARY KEY);
CREATE TABLE "ar_internal_metadata" ("key" character varying NOT NULL PRIMARY KEY, "value" character varying, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL);
CREATE TABLE "users" ("id" bigserial primary key, "email" character varying DEFAULT '' NOT NULL, "admin" boolean DEFAULT FALSE NOT NULL, "confirmed" boolean, "settings" jsonb DEFAULT '{}' NOT NULL, "login_count" integer DEFAULT 0, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL);
CREATE UNIQUE INDEX "index_users_on_email" ON "users" ("email");
CREATE TABLE "articles" ("id" bigserial primary key, "user_id" bigint NOT NULL, "title" character varying, "body" text, "status" integer DEFAULT 0 NOT NULL, "amount" decimal(10,2), "published_on" date, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL, CONSTRAINT "fk_rails_3d31dad1cc" FOREIGN KEY ("user_id") REFERENCES "users" ("id"));
CREATE INDEX "index_articles_on_user_id" ON "articles" ("user_id");
INSERT INTO "schema_migrations" VALUES ('20240101000000');
INSERT INTO "ar_internal_metadata" VALUES ('environment', 'production', now(), now());
