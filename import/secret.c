#include "import/secret.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char word[] = "password";

static void
hide(char *from, const char *to)
{
	while (from < to)
		*from++ = '*';
}

bool
secret_is_uri(const char *text)
{
	return strstr(text, "://") != NULL;
}

static bool
is_blank(char byte)
{
	return isspace((unsigned char)byte) != 0;
}

/* The end of a conninfo's value: blanks in quotes belong to it, and a
 * backslash takes what follows with it (libpq-connect, 34.1.1.1). */
static char *
value_end(char *value)
{
	bool quoted = *value == '\'';
	char *at = quoted ? value + 1 : value;

	for (; *at != '\0'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		else if (quoted ? *at == '\'' : is_blank(*at))
			break;
	}
	return at;
}

/* Values behind "password" and "=", also as the end of a longer word. */
static void
hide_values(char *text, bool uri)
{
	char *at = text, *end;

	while ((at = strcasestr(at, word)) != NULL) {
		at += sizeof word - 1;
		while (!uri && is_blank(*at))
			at++;
		if (*at != '=')
			continue;
		at++;
		while (!uri && is_blank(*at))
			at++;
		end = uri ? at + strcspn(at, "&") : value_end(at);
		hide(*at == '\'' ? at + 1 : at, end);
		at = end;
	}
}

void
secret_hide(char *text)
{
	char *authority = strstr(text, "://"), *colon, *end;
	bool uri = authority != NULL;

	if (uri) {
		colon = strchr(authority + 3, ':');
		end = strrchr(authority + 3, '@');
		if (colon != NULL && end != NULL && colon < end)
			hide(colon + 1, end);
	}
	/* A conninfo's password may hold "://". */
	hide_values(text, uri && strncasecmp(text, "postgres", 8) == 0);
}
