/*
 * mappings: mapping files from texts, for the tests of what is read from them.
 * Included after cmocka.h.
 */
#ifndef TESTS_MAPPINGS_H
#define TESTS_MAPPINGS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transform/mapping.h"

/* Tests run in a directory of their own, in which the file is called so. */
static const char path[] = "m.yaml";

static inline int
enter_directory(void **state)
{
	static char directory[] = "/tmp/litehaul-mapping-XXXXXX";

	*state = directory;
	return mkdtemp(directory) == NULL || chdir(directory) != 0;
}

static inline int
leave_directory(void **state)
{
	return unlink(path) != 0 || chdir("/") != 0 || rmdir(*state) != 0;
}

static inline bool
read_text(const char *text, Mapping *mapping, Error *err)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	*mapping = (Mapping){ 0 };
	*err = (Error){ 0 };
	return mapping_read(path, mapping, err);
}

static inline void
read_well(const char *text, Mapping *mapping)
{
	Error err;

	if (!read_text(text, mapping, &err))
		fail_msg("%s", err.text);
}

static inline void
begins_with(const char *text, const char *message)
{
	if (strncmp(text, message, strlen(message)) != 0)
		fail_msg("\"%s\", not \"%s\"", text, message);
}

/* The file is refused with a message that begins so. */
static inline void
refused(const char *text, const char *message)
{
	Mapping mapping;
	Error err;

	if (read_text(text, &mapping, &err))
		fail_msg("read, not \"%s\"", message);
	assert_int_equal(err.kind, ERROR_USAGE);
	begins_with(err.text, message);
	mapping_free(&mapping);
}

#endif
