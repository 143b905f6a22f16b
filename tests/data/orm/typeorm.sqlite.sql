-- The same as TypeORM keeps it in SQLite; "isActive" is what an older version
-- called is_active.
CREATE TABLE "user" ("id" varchar PRIMARY KEY NOT NULL, "firstName" varchar NOT NULL, "email" varchar NOT NULL, "is_active" boolean NOT NULL DEFAULT (1), "role" varchar CHECK( "role" IN ('admin','editor','user') ) NOT NULL DEFAULT ('user'), "profile" text, "tags" text, "createdAt" datetime NOT NULL DEFAULT (datetime('now')), "updatedAt" datetime NOT NULL DEFAULT (datetime('now')));
CREATE TABLE "photo" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "name" varchar NOT NULL, "views" integer NOT NULL DEFAULT (0), "takenAt" bigint, "latitude" decimal(9,6), "userId" varchar, CONSTRAINT "FK_4494006ff358f754d07df5ccc87" FOREIGN KEY ("userId") REFERENCES "user" ("id") ON DELETE SET NULL ON UPDATE NO ACTION);
INSERT INTO "user" VALUES
 ('3b241101-e2bb-4255-8caf-4136c566a962', 'Ann', 'ann@example.org', 1, 'admin', '{"bio":"x"}', 'a,b', '2024-03-01 10:20:30', '2024-03-01 10:20:30.123'),
 ('3b241101-e2bb-4255-8caf-4136c566a963', '', 'b', 0, 'user', NULL, NULL, '2024-03-02 00:00:00', '2024-03-02 00:00:00');
INSERT INTO "photo" VALUES (1, 'p', 5, 1709288430123, 48.137154, '3b241101-e2bb-4255-8caf-4136c566a962'), (8, 'q', 0, NULL, NULL, NULL);
