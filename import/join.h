/*
 * join: the load in the ledger that this run goes on with.
 *
 * That of the very same schema.json has the id that the plan has.  But the
 * size and time of the source stand there too, and change when a database in
 * use is tidied up (a checkpoint), or its file is copied: a pipe that is run
 * again must not load everything twice because of that.  So a load of the same
 * source name, schema and target is gone on with, too, and its chunks decide
 * whether it is of the same data.
 */
#ifndef IMPORT_JOIN_H
#define IMPORT_JOIN_H

#include "formats/manifest.h"

#include "import/plan.h"

/*
 * Set plan->id where there is such a load.  One that is finished in tables of
 * others (-a), or to be published, may be last month's: it must have just
 * the chunks of the manifest, which a stream has not yet (NULL).
 */
bool join_load(Plan *plan, const Manifest *manifest, Error *err) MUST_CHECK;

#endif
