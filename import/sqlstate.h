/*
 * sqlstate: what the server's five-character error codes mean for a load
 * (PostgreSQL appendix A, "Error Codes").
 */
#ifndef IMPORT_SQLSTATE_H
#define IMPORT_SQLSTATE_H

#include "formats/error.h"

typedef enum {
	SQLSTATE_STOP,  /* doing it again would fail again */
	SQLSTATE_AGAIN, /* the transaction may be done again */
	SQLSTATE_LOST,  /* the session is gone: reconnect, then again */
} SqlstateAction;

#define SQLSTATE_NOT_SUPPORTED    "0A000"
#define SQLSTATE_TIME             "22008" /* datetime field overflow */
#define SQLSTATE_BAD_VALUE        "22023" /* of a parameter */
#define SQLSTATE_DATA             "22"    /* class: data exception */
#define SQLSTATE_NOT_NULL         "23502"
#define SQLSTATE_FOREIGN_KEY      "23503"
#define SQLSTATE_UNIQUE           "23505"
#define SQLSTATE_CHECK            "23514"
#define SQLSTATE_IN_TRANSACTION   "25001" /* what cannot be run in one */
#define SQLSTATE_PRIVILEGE        "42501"
#define SQLSTATE_UNDEFINED        "42704" /* no such object */
#define SQLSTATE_WRONG_KIND       "42809" /* of object */
#define SQLSTATE_NO_PARENT_KEY    "42830" /* invalid foreign key */
#define SQLSTATE_NO_FUNCTION      "42883"
#define SQLSTATE_NO_TABLE         "42P01"
#define SQLSTATE_TABLE_DEFINITION "42P16"
#define SQLSTATE_DISK_FULL        "53100"
#define SQLSTATE_CONNECTIONS      "53300" /* too many of them */
#define SQLSTATE_CANCELED         "57014"

/* state may be NULL or "": ERROR_FAILED, SQLSTATE_STOP. */
SqlstateAction sqlstate_action(const char *state);
ErrorKind sqlstate_kind(const char *state);

/* Is it about the row that is written, and not about its table, the session or
 * the server?  What PostgreSQL does not define comes from triggers. */
bool sqlstate_blames_row(const char *state);

#endif
