/*
 * publish_judge: what stands in the way of a publication.
 */
#ifndef IMPORT_PUBLISH_JUDGE_H
#define IMPORT_PUBLISH_JUDGE_H

#include "import/fit.h"
#include "import/publish_look.h"

/* Inside: tell problems and notes about the tables that are not live yet;
 * false only where it cannot be asked. */
bool publish_judge(Server *server, const PublishLook *look, FitReport *report,
    Error *err) MUST_CHECK;

/* Inside: those about schemas only. */
bool publish_judge_schemas(Server *server, const PublishLook *look,
    FitReport *report, Error *err) MUST_CHECK;

#endif
