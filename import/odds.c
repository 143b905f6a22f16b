#include "import/odds.h"

#include <stdio.h>
#include <string.h>

bool
odds_advise(const Plan *plan, Error *err)
{
	char text[ERROR_TEXT_BYTES];

	(void)snprintf(text, sizeof text, "%s", err->text);
	if (!plan->existing)
		return error_set(
		    err, err->kind, "%s. Use --clean to start over", text);
	return error_set(err, err->kind,
	    "%s. To start over, empty the tables and DELETE FROM litehaul.load "
	    "WHERE id = '%s'",
	    text, plan->id);
}

bool
odds_check(
    const Plan *plan, const char *sha256, const Digest *digest, Error *err)
{
	char hex[DIGEST_HEX_BYTES];

	digest_hex(digest, hex);
	if (strcmp(hex, sha256) == 0)
		return true;
	(void)error_set(err, ERROR_FAILED,
	    "this load was begun with other data, or the same in other chunks: "
	    "the ledger has SHA-256 %.12s... here, the dump %.12s...",
	    sha256, hex);
	return odds_advise(plan, err);
}
