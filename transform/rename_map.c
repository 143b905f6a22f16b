#include "transform/rename_map.h"

#include "formats/json.h"

static void
put_table(JsonWriter *json, const Rewrite *rewrite, size_t table)
{
	const Table *from = &rewrite->input.source->tables[table];
	const Table *to = rewrite_target(rewrite, table);
	const char *namespace =
	    to->namespace == NULL ? rewrite->schema.namespace : to->namespace;

	json_begin_object(json, from->name);
	json_put_text(json, "name", to->name);
	if (*namespace != '\0')
		json_put_text(json, "schema", namespace);
	json_begin_object(json, "columns");
	for (size_t i = 0; i < from->n_columns; i++) {
		int column = rewrite->tables[table].target_columns[i];

		if (column < 0)
			json_put_null(json, from->columns[i].name);
		else
			json_put_text(json, from->columns[i].name,
			    to->columns[column].name);
	}
	json_end(json);
	json_end(json);
}

bool
rename_map_put(const Rewrite *rewrite, Buf *out, Error *err)
{
	JsonWriter json = { .out = out, .lines = 4 };

	json_begin_object(&json, NULL);
	json_begin_object(&json, "tables");
	for (size_t i = 0; i < rewrite->input.source->n_tables; i++)
		if (rewrite->tables[i].target != REWRITE_NONE)
			put_table(&json, rewrite, i);
	json_end(&json);
	json_end(&json);
	return json_finish(&json, err) && buf_put_text(out, "\n", err);
}
