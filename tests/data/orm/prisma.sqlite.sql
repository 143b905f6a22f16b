-- The same as Prisma keeps it in SQLite: moments are integers, milliseconds
-- since 1970; lists are JSON.
CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "email" TEXT NOT NULL, "role" TEXT NOT NULL DEFAULT 'USER', "isActive" BOOLEAN NOT NULL DEFAULT true, "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, "updatedAt" DATETIME NOT NULL);
CREATE TABLE "Post" ("id" TEXT NOT NULL PRIMARY KEY, "title" TEXT NOT NULL, "tags" TEXT, "meta" TEXT, "score" REAL, "price" DECIMAL, "views" BIGINT NOT NULL DEFAULT 0, "image" BLOB, "publishedAt" DATETIME, "authorId" INTEGER NOT NULL, CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE);
CREATE TABLE "_prisma_migrations" ("id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
INSERT INTO "User" VALUES
 (1, 'ann@example.org', 'ADMIN', 1, 1709288430123, 1709288430123),
 (3, 'bob@example.org', 'USER', 0, 1709337600000, 1735689599999);
INSERT INTO "Post" VALUES
 ('clt1', 'One', '["a","b,c","say \"hi\"",null]', '{"k":1}', 0.1, 12.5, 9007199254740993, x'01', 1709288430000, 1),
 ('clt2', 'Two', '[]', NULL, NULL, NULL, 0, NULL, NULL, 3);
INSERT INTO "_prisma_migrations" VALUES ('m1', 'c', 1709288430123, '0_init', NULL, NULL, 1709288430123, 1);
