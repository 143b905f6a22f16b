#include "import/index_failure.h"

#include "import/sqlstate.h"

bool
index_failure_is(const char *state)
{
	return sqlstate_blames_row(state);
}

bool
index_failure_put(Buf *out, const Table *table, const char *name, Error *err)
{
	Error why = *err;

	out->size = 0;
	return buf_put_format(out, err, "table \"%s\", index \"%s\": %s",
	    table->name, name, why.text);
}

bool
index_failure_check(size_t failed, Error *err)
{
	if (failed == 0)
		return true;
	return error_set(err, ERROR_FAILED,
	    "%zu %s not permitted by the rows; all rows are loaded, and the "
	    "other indexes are built. Either change those rows in the target "
	    "with UPDATE and run the same command again, which goes on from "
	    "here; or mend the mapping, transform again and load that with "
	    "--clean",
	    failed, failed == 1 ? "index is" : "indexes are");
}
