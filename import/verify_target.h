/*
 * verify_target: the target's side of a look.
 *
 * All rows of the wanted tables are read by COPY ... TO STDOUT in binary
 * format, over all sessions at once and from one snapshot; large tables in
 * pieces by the place of their rows (TID range scans came with PostgreSQL 14).
 * Rows that were set aside, which litehaul.reject has, count as if they were
 * there.  Nothing is written, so a standby will do.
 */
#ifndef IMPORT_VERIFY_TARGET_H
#define IMPORT_VERIFY_TARGET_H

#include "import/verify_look.h"

bool verify_target_read(VerifyLook *look, Error *err) MUST_CHECK;

#endif
