/*
 * error: how a function says that it could not, and why.
 *
 * Every function that can fail returns bool (or Step), takes an Error as its
 * last parameter, and fills it exactly when it returns false (or STEP_FAILED).
 * Library code fills an error and adds context on the way up; only main()
 * prints it, once, and turns its kind into the exit code:
 *
 *	if (!io_read_file(path, limit, &buf, err))
 *		return error_add(err, "manifest \"%s\"", path);
 *
 * Messages are lower case without a full stop; a second sentence may say what
 * to do.  An Error owns nothing and needs no freeing.
 */
#ifndef FORMATS_ERROR_H
#define FORMATS_ERROR_H

#include <stdbool.h>

#define MUST_CHECK __attribute__((warn_unused_result))

/* The kind of a failure; its number is the exit code of the program. */
typedef enum {
	ERROR_NONE = 0,
	ERROR_FAILED = 1,     /* anything without a kind of its own */
	ERROR_USAGE = 2,      /* bad option, bad mapping file */
	ERROR_REJECTS = 3,    /* done, but rows were set aside */
	ERROR_DIFFERENCE = 4, /* verification found a difference */
	ERROR_DUMP = 5,       /* dump incomplete, corrupt or hostile */
	ERROR_TARGET = 6,     /* target unreachable, refused or lost */
	ERROR_SOURCE = 7,     /* source unreadable */
	ERROR_CLOSED = 141,   /* our reader went away: stop without a word */
} ErrorKind;

/* Long enough for a path, a name and a reason; longer text is cut. */
#define ERROR_TEXT_BYTES 2048

typedef struct {
	ErrorKind kind;
	char text[ERROR_TEXT_BYTES];
} Error;

/* What a reader that gives one item after another says. */
typedef enum { STEP_FAILED, STEP_END, STEP_ITEM } Step;

/*
 * Fill err with a kind and a message.  Always returns false, so that a
 * function can end in "return error_set(...)".  Bytes of the message that a
 * terminal would act upon (C0 and C1 controls, DEL, invalid UTF-8) are escaped
 * as \xHH, so names and values from a hostile dump may stand in a message.
 */
bool error_set(Error *err, ErrorKind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set, with ": " and the text of errno at the end. */
bool error_set_errno(Error *err, ErrorKind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Put context before the message: "table \"users\", chunk 17: " + what stood
 * there.  The kind stays.  Always returns false.
 */
bool error_add(Error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
