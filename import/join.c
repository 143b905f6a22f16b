#include "import/join.h"

#include <stdio.h>
#include <string.h>

#include "import/ledger.h"
#include "import/reconcile.h"

typedef struct {
	const Plan *plan;
	char id[DIGEST_HEX_BYTES]; /* "" for none */
	bool finished;
} Candidate;

/* The body of the transaction. */
static bool
find(Server *server, void *context, Error *err)
{
	Candidate *candidate = context;
	const char *values[] = { candidate->plan->id, candidate->plan->shape };
	PGresult *result;
	bool complete;

	candidate->id[0] = '\0';
	if (!ledger_is_complete(server, &complete, err))
		return false;
	if (!complete) /* a look only: there is no ledger, or an old one */
		return true;
	if (!server_query(server,
		"SELECT id, state FROM litehaul.load"
		" WHERE id = $1 OR shape = $2"
		" ORDER BY id = $1 DESC, state = 'loading' DESC, started DESC"
		" LIMIT 1",
		values, 2, &result, err))
		return false;
	if (PQntuples(result) > 0) {
		(void)snprintf(candidate->id, sizeof candidate->id, "%s",
		    PQgetvalue(result, 0, 0));
		candidate->finished =
		    strcmp(PQgetvalue(result, 0, 1), "finished") == 0;
	}
	PQclear(result);
	return true;
}

bool
join_load(Plan *plan, const Manifest *manifest, Error *err)
{
	Candidate candidate = { .plan = plan };
	bool same = true;

	if (!server_transact(
		plan->servers[0], SERVER_SNAPSHOT, find, &candidate, err))
		return false;
	if (candidate.id[0] == '\0' || strcmp(candidate.id, plan->id) == 0)
		return true;
	if (candidate.finished && (plan->existing || plan->live != NULL) &&
	    !reconcile_same(plan, candidate.id, manifest, &same, err))
		return false;
	if (same)
		memcpy(plan->id, candidate.id, sizeof candidate.id);
	return true;
}
