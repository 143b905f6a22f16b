#include "import/sqlstate.h"

#include <stddef.h>
#include <string.h>

typedef struct {
	const char *prefix;
	SqlstateAction action;
	ErrorKind kind;
} Class;

/* The longest prefix that matches counts. */
static const Class classes[] = {
	/* connection exception */
	{ "08", SQLSTATE_LOST, ERROR_TARGET },
	/* read only SQL transaction */
	{ "25006", SQLSTATE_STOP, ERROR_TARGET },
	/* idle in transaction session timeout, transaction timeout */
	{ "25P03", SQLSTATE_LOST, ERROR_TARGET },
	{ "25P04", SQLSTATE_LOST, ERROR_TARGET },
	/* invalid authorization, invalid catalog name */
	{ "28", SQLSTATE_STOP, ERROR_TARGET },
	{ "3D", SQLSTATE_STOP, ERROR_TARGET },
	/* serialization failure, deadlock detected */
	{ "40001", SQLSTATE_AGAIN, ERROR_FAILED },
	{ "40P01", SQLSTATE_AGAIN, ERROR_FAILED },
	/* insufficient privilege */
	{ SQLSTATE_PRIVILEGE, SQLSTATE_STOP, ERROR_TARGET },
	/* disk full, out of memory, too many connections */
	{ "53", SQLSTATE_STOP, ERROR_TARGET },
	{ SQLSTATE_CONNECTIONS, SQLSTATE_LOST, ERROR_TARGET },
	/* lock not available: lock_timeout ran out */
	{ "55P03", SQLSTATE_AGAIN, ERROR_TARGET },
	/* admin shutdown, crash shutdown, cannot connect now, idle session
	 * timeout */
	{ "57P01", SQLSTATE_LOST, ERROR_TARGET },
	{ "57P02", SQLSTATE_LOST, ERROR_TARGET },
	{ "57P03", SQLSTATE_LOST, ERROR_TARGET },
	{ "57P04", SQLSTATE_STOP, ERROR_TARGET },
	{ "57P05", SQLSTATE_LOST, ERROR_TARGET },
	/* system error: I/O, missing file */
	{ "58", SQLSTATE_STOP, ERROR_TARGET },
};

static const Class *
find(const char *state)
{
	const Class *best = NULL;
	size_t i, size, best_size = 0;

	if (state == NULL)
		return NULL;
	for (i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		size = strlen(classes[i].prefix);
		if (size > best_size &&
		    strncmp(state, classes[i].prefix, size) == 0) {
			best = &classes[i];
			best_size = size;
		}
	}
	return best;
}

SqlstateAction
sqlstate_action(const char *state)
{
	const Class *class = find(state);

	return class == NULL ? SQLSTATE_STOP : class->action;
}

ErrorKind
sqlstate_kind(const char *state)
{
	const Class *class = find(state);

	return class == NULL ? ERROR_FAILED : class->kind;
}

/* Classes of appendix A that are not about a row. */
static const char *const others[] = { "00", "01", "02", "03", "08", "09", "0A",
	"0B", "0F", "0L", "0P", "0Z", "20", "24", "25", "26", "28", "2B", "2D",
	"2F", "34", "3B", "3D", "3F", "40", "42", "53", "55", "57", "58", "72",
	"F0", "HV", "XX" };

bool
sqlstate_blames_row(const char *state)
{
	size_t i;

	if (strlen(state) != 5)
		return false;
	for (i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (strncmp(state, others[i], strlen(others[i])) == 0)
			return false;
	}
	return true;
}
