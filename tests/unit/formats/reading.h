/*
 * reading: a whole archive as one text, for the tests of archive.
 */
#ifndef TESTS_READING_H
#define TESTS_READING_H

#include "formats/archive.h"
#include "sample.h"

/* Read all of an archive: its members as "name=text name=text ", or the
 * error. */
static inline const char *
reading_archive(const char *path, bool skip)
{
	static char out[ERROR_TEXT_BYTES];
	ArchiveReader *reader = NULL;
	Member member;
	Buf buf = { 0 };
	Step step = STEP_FAILED;
	Error err = { 0 };

	out[0] = '\0';
	if (archive_open(path, &reader, &err))
		while (
		    (step = archive_next(reader, &member, &err)) == STEP_ITEM) {
			buf.size = 0;
			if (!skip &&
			    !archive_read(reader, 1000000, &buf, &err)) {
				step = STEP_FAILED;
				break;
			}
			snprintf(out + strlen(out), sizeof(out) - strlen(out),
			    "%s=%.*s ", member.name, (int)buf.size,
			    (const char *)buf.data);
		}
	if (step == STEP_FAILED) {
		assert_true(err.kind == ERROR_DUMP);
		memcpy(out, err.text, sizeof(out));
	}
	archive_close(reader);
	buf_free(&buf);
	return out;
}

static inline void
reading_put(ArchiveWriter *writer, const char *name, const char *text)
{
	Digest digest;
	Error err;

	assert_true(digest_of(text, strlen(text), &digest, &err));
	assert_true(archive_put(
	    writer, name, &digest, (const uint8_t *)text, strlen(text), &err));
}

static inline void
reading_commit(ArchiveWriter *writer, const char *manifest)
{
	Error err;

	if (!archive_commit(
		writer, (const uint8_t *)manifest, strlen(manifest), &err))
		fail_msg("%s", err.text);
}

#endif
