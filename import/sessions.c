#include "import/sessions.h"

#include "import/readiness.h"

bool
sessions_open(
    Plan *plan, ServerTarget *target, unsigned most, Arena *arena, Error *err)
{
	plan->servers = arena_alloc(arena, most, sizeof(Server *), err);
	if (plan->servers == NULL ||
	    !server_connect(target, &plan->servers[0], err))
		return false;
	plan->n_servers = 1;
	return true;
}

bool
sessions_add(Plan *plan, ServerTarget *target, unsigned wanted, Error *refused,
    Error *err)
{
	unsigned possible;

	if (!readiness_sessions(plan->servers[0], wanted, &possible, err))
		return false;
	while (plan->n_servers < possible &&
	    server_connect(target, &plan->servers[plan->n_servers], refused))
		plan->n_servers++;
	if (plan->n_servers == 1)
		return true;
	if (!pipeline_pool_create(plan->n_servers, &plan->pool, err))
		return false;
	server_share(plan->servers, plan->n_servers, plan->pool);
	return true;
}

unsigned
sessions_reconnects(const Plan *plan)
{
	unsigned reconnects = 0, i;

	for (i = 0; i < plan->n_servers; i++)
		reconnects += server_reconnects(plan->servers[i]);
	return reconnects;
}

unsigned
sessions_retired(const Plan *plan)
{
	unsigned retired = 0, i;

	for (i = 0; i < plan->n_servers; i++)
		retired += server_is_retired(plan->servers[i]);
	return retired;
}

void
sessions_close(Plan *plan)
{
	unsigned i;

	for (i = 0; i < plan->n_servers; i++)
		server_close(plan->servers[i]);
	plan->n_servers = 0;
	pipeline_pool_free(plan->pool);
	plan->pool = NULL;
}
