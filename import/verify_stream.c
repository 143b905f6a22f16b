#include "import/verify_stream.h"

#include <endian.h>
#include <string.h>

/* The signature, flags, and the length of an extension that nobody has. */
#define HEADER_BYTES 19

/* A message of the protocol ends below 1 GiB, and a row is one message. */
#define KEPT_LIMIT ((size_t)0x7fffffff)

void
verify_stream_begin(VerifyStream *stream, size_t n)
{
	stream->n = n;
	stream->begun = stream->ended = false;
	stream->kept.size = 0;
	stream->at = stream->end = NULL;
}

bool
verify_stream_feed(
    VerifyStream *stream, const uint8_t *bytes, size_t size, Error *err)
{
	Buf *kept = &stream->kept;

	if (kept->size == 0) {
		stream->at = bytes;
		stream->end = bytes + size;
		return true;
	}
	if (size > KEPT_LIMIT - kept->size)
		return error_set(err, ERROR_TARGET,
		    "the server sent a row of more than %zu bytes", KEPT_LIMIT);
	if (!buf_put(kept, bytes, size, err))
		return false;
	stream->at = kept->data;
	stream->end = kept->data + kept->size;
	return true;
}

/* Keep what is left until more has come. */
static Step
wait(VerifyStream *stream, Error *err)
{
	Buf *kept = &stream->kept;
	size_t left = (size_t)(stream->end - stream->at);

	if (kept->size > 0) {
		memmove(kept->data, stream->at, left);
		kept->size = left;
		return STEP_END;
	}
	return buf_put(kept, stream->at, left, err) ? STEP_END : STEP_FAILED;
}

static Step
refuse(Error *err)
{
	(void)error_set(err, ERROR_TARGET,
	    "what the server sent is no COPY in binary format");
	return STEP_FAILED;
}

static Step
read_header(VerifyStream *stream, Error *err)
{
	static const uint8_t signature[] = "PGCOPY\n\377\r\n";
	static const uint8_t none[HEADER_BYTES - sizeof signature] = { 0 };
	size_t left = (size_t)(stream->end - stream->at);

	if (left < HEADER_BYTES)
		return wait(stream, err);
	if (memcmp(stream->at, signature, sizeof signature) != 0 ||
	    memcmp(stream->at + sizeof signature, none, sizeof none) != 0)
		return refuse(err);
	stream->at += HEADER_BYTES;
	stream->begun = true;
	return STEP_ITEM;
}

Step
verify_stream_next(VerifyStream *stream, VerifyField *fields,
    const uint8_t **row, size_t *size, Error *err)
{
	static const uint8_t trailer[2] = { 0xff, 0xff };
	size_t left;
	Step step;

	if (!stream->begun && (step = read_header(stream, err)) != STEP_ITEM)
		return step;
	left = (size_t)(stream->end - stream->at);
	if (left >= sizeof trailer &&
	    memcmp(stream->at, trailer, sizeof trailer) == 0) {
		stream->at += sizeof trailer;
		left -= sizeof trailer;
		stream->ended = true;
	}
	if (stream->ended && left > 0)
		return refuse(err);
	step = verify_row_split(stream->at, left, stream->n, fields, size, err);
	if (step == STEP_END)
		return wait(stream, err);
	*row = stream->at;
	if (step == STEP_ITEM)
		stream->at += *size;
	return step;
}

bool
verify_stream_end(const VerifyStream *stream, Error *err)
{
	if (stream->ended)
		return true;
	return error_set(err, ERROR_TARGET,
	    "the server's COPY ended in the middle of a row");
}

bool
verify_stream_read(VerifyStream *stream, Server *server, const char *sql,
    size_t n, VerifyField *fields, VerifyTake *take, void *context, Error *err)
{
	const uint8_t *bytes, *row;
	size_t size;
	Step step, inner = STEP_END;

	verify_stream_begin(stream, n);
	if (!server_copy_out(server, sql, err))
		return false;
	while (
	    (step = server_copy_get(server, &bytes, &size, err)) == STEP_ITEM) {
		if (!verify_stream_feed(stream, bytes, size, err))
			return false;
		while ((inner = verify_stream_next(
			    stream, fields, &row, &size, err)) == STEP_ITEM) {
			if (!take(context, row, size, err))
				return false;
		}
		if (inner == STEP_FAILED)
			return false;
	}
	return step == STEP_END && verify_stream_end(stream, err);
}

void
verify_stream_free(VerifyStream *stream)
{
	buf_free(&stream->kept);
}
