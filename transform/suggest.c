#include "transform/suggest.h"

#include <stdio.h>
#include <string.h>

#include "transform/glob.h"
#include "transform/mapping_field.h"
#include "transform/reason.h"
#include "transform/suggest_evidence.h"
#include "transform/yaml_write.h"

/* Where tables, their keys and their columns stand. */
#define TABLE_INDENTATION  2
#define KEY_INDENTATION    4
#define COLUMN_INDENTATION 6

/* The keys of one entry, "{ type: text, rename: x }". */
typedef struct {
	Buf *out;
	bool begun;
} Entry;

static Naming
naming_of(const Rewrite *rewrite)
{
	const Mapping *mapping = rewrite->input.mapping;

	return mapping == NULL ? NAMING_FOLD : mapping->naming;
}

/* Is the name in the target another than the naming would make?  */
static bool
is_renamed(const Rewrite *rewrite, const char *source, const char *name,
    bool *renamed, Error *err)
{
	Arena arena = { 0 };
	const char *made = names_make(naming_of(rewrite), source, &arena, err);

	if (made != NULL)
		*renamed = strcmp(made, name) != 0;
	arena_free(&arena);
	return made != NULL;
}

static bool
put_key(Entry *entry, const char *key, Error *err)
{
	const char *before = entry->begun ? ", " : " { ";

	entry->begun = true;
	return buf_put_format(entry->out, err, "%s%s: ", before, key);
}

static bool
put_item(Entry *entry, const char *key, const char *text, Error *err)
{
	return put_key(entry, key, err) &&
	    yaml_write_text(entry->out, text, err);
}

/* A word of ours, which needs no quotes whatever it is. */
static bool
put_word(Entry *entry, const char *key, const char *word, Error *err)
{
	return put_key(entry, key, err) && buf_put_text(entry->out, word, err);
}

static bool
end_entry(Entry *entry, Error *err)
{
	return buf_put_text(entry->out, entry->begun ? " }\n" : " {}\n", err);
}

/* The type by the name that people use. */
static bool
put_type(Entry *entry, Type type, Error *err)
{
	char sql[TYPE_SQL_BYTES];

	if (type.name == TYPE_TIMESTAMPTZ)
		return put_item(entry, "type", "timestamptz", err);
	if (type.name == TYPE_TIMESTAMP)
		return put_item(entry, "type", "timestamp", err);
	if (type.name == TYPE_TIME)
		return put_item(entry, "type", "time", err);
	if (type.name == TYPE_VARCHAR && type.length > 0)
		snprintf(sql, sizeof sql, "varchar(%d)", type.length);
	else if (type.name == TYPE_VARCHAR)
		snprintf(sql, sizeof sql, "varchar");
	else
		type_sql(type, sql);
	return put_item(entry, "type", sql, err);
}

static bool
put_values(Entry *entry, const Rule *rule, Error *err)
{
	if (!put_key(entry, "values", err))
		return false;
	for (size_t i = 0; i < rule->n_values; i++) {
		const RuleValue *value = &rule->values[i];

		if (!buf_put_text(entry->out, i == 0 ? "{ " : ", ", err) ||
		    !yaml_write_key(
			entry->out, value->from, COLUMN_INDENTATION, err) ||
		    !buf_put_text(entry->out, " ", err))
			return false;
		if (value->to == NULL
			? !buf_put_text(entry->out, "null", err)
			: !yaml_write_text(entry->out, value->to, err))
			return false;
	}
	return buf_put_text(entry->out, " }", err);
}

/* Settings of the entry's own. */
static bool
put_settings(Entry *entry, const MappingDefaults *settings, Error *err)
{
	if (settings->has_policy &&
	    !put_word(entry, "on_error",
		mapping_field_policy_word(settings->policy), err))
		return false;
	if (settings->has_zone &&
	    !put_item(entry, "assume_zone", settings->zone_name, err))
		return false;
	if (settings->has_nul &&
	    !put_word(
		entry, "text_nul", mapping_field_nul_word(settings->nul), err))
		return false;
	return !settings->has_utf8 ||
	    put_word(entry, "invalid_utf8",
		mapping_field_utf8_word(settings->utf8), err);
}

static bool
put_identity(Entry *entry, const RewriteColumn *column, const Column *to,
    bool rowid, Error *err)
{
	if (to->identity)
		return put_word(entry, "identity", "by_default", err);
	/* What would be one by itself, and is not. */
	return !rowid || column->value >= 0 ||
	    !type_is_whole(column->rule.type.name) ||
	    put_word(entry, "identity", "none", err);
}

static bool
put_not_null(Entry *entry, const RewriteColumn *column, const Column *from,
    const Column *to, Error *err)
{
	bool declared = from != NULL && from->not_null && column->value < 0;
	bool asked = column->mapping != NULL && column->mapping->has_not_null;

	if (!asked && to->not_null == (declared || to->identity))
		return true;
	return put_word(
	    entry, "not_null", to->not_null ? "true" : "false", err);
}

/* What the target's own columns do not settle by themselves. */
static bool
put_nature(
    const Rewrite *rewrite, size_t table, size_t i, Entry *entry, Error *err)
{
	const RewriteColumn *column = &rewrite->tables[table].columns[i];
	const Table *from = &rewrite->input.source->tables[table];
	const Column *to = &rewrite_target(rewrite, table)->columns[i];
	const Column *source =
	    column->from < 0 ? NULL : &from->columns[column->from];

	return put_type(entry, column->rule.type, err) &&
	    put_identity(entry, column, to,
		source != NULL && column->from == from->rowid_column, err) &&
	    put_not_null(entry, column, source, to, err);
}

static bool
put_making(const RewriteTable *table, const RewriteColumn *column, Entry *entry,
    Error *err)
{
	const Rule *rule = &column->rule;

	if (rule->conversion != CONVERSION_NONE &&
	    !put_word(entry, "using", conversion_name(rule->conversion), err))
		return false;
	if (column->value >= 0 &&
	    !put_item(entry, "value", table->values[column->value].text, err))
		return false;
	if (rule->values != NULL && !put_values(entry, rule, err))
		return false;
	return column->mapping == NULL ||
	    put_settings(entry, &column->mapping->defaults, err);
}

/* The line of a column of the target. */
static bool
put_column(const Rewrite *rewrite, size_t table, size_t i, Buf *out, Error *err)
{
	const RewriteTable *rewritten = &rewrite->tables[table];
	const RewriteColumn *column = &rewritten->columns[i];
	const char *name = rewrite_target(rewrite, table)->columns[i].name;
	const char *key = name;
	Entry entry = { .out = out };
	bool renamed = false;

	if (column->from >= 0)
		key = rewrite->input.source->tables[table]
			  .columns[column->from]
			  .name;
	if (!suggest_evidence_put(
		rewrite, table, i, COLUMN_INDENTATION, out, err) ||
	    !buf_put_format(out, err, "%*s", COLUMN_INDENTATION, "") ||
	    !yaml_write_key(out, key, COLUMN_INDENTATION, err))
		return false;
	if (column->from >= 0 && !is_renamed(rewrite, key, name, &renamed, err))
		return false;
	if (renamed && !put_item(&entry, "rename", name, err))
		return false;
	if (rewritten->match == NULL &&
	    !put_nature(rewrite, table, i, &entry, err))
		return false;
	return put_making(rewritten, column, &entry, err) &&
	    end_entry(&entry, err);
}

static bool
put_skipped_column(const Column *column, Buf *out, Error *err)
{
	return buf_put_format(out, err, "%*s", COLUMN_INDENTATION, "") &&
	    yaml_write_key(out, column->name, COLUMN_INDENTATION, err) &&
	    buf_put_text(out, " { skip: true }\n", err);
}

static bool
put_columns(const Rewrite *rewrite, size_t table, Buf *out, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];
	const RewriteTable *rewritten = &rewrite->tables[table];

	if (from->n_columns > 0 && !buf_put_text(out, "    columns:\n", err))
		return false;
	for (size_t i = 0; i < from->n_columns; i++) {
		int to = rewritten->target_columns[i];

		if (to < 0 ? !put_skipped_column(&from->columns[i], out, err)
			   : !put_column(rewrite, table, (size_t)to, out, err))
			return false;
	}
	return true;
}

/* Columns that only the target has. */
static bool
put_added(const Rewrite *rewrite, size_t table, Buf *out, Error *err)
{
	const RewriteTable *rewritten = &rewrite->tables[table];
	bool begun = false;

	for (size_t i = 0; i < rewritten->n_columns; i++) {
		if (rewritten->columns[i].from >= 0)
			continue;
		if (!begun && !buf_put_text(out, "    add:\n", err))
			return false;
		begun = true;
		if (!put_column(rewrite, table, i, out, err))
			return false;
	}
	return true;
}

static bool
put_line(Buf *out, const char *key, const char *text, Error *err)
{
	return buf_put_format(out, err, "%*s%s: ", KEY_INDENTATION, "", key) &&
	    yaml_write_text(out, text, err) && buf_put_text(out, "\n", err);
}

static bool
put_rename(const Rewrite *rewrite, size_t table, Buf *out, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];
	const Table *to = rewrite_target(rewrite, table);
	Entry entry = { .out = out };
	bool renamed;

	if (!is_renamed(rewrite, from->name, to->name, &renamed, err))
		return false;
	if (to->namespace == NULL)
		return !renamed || put_line(out, "rename", to->name, err);
	return buf_put_text(out, "    rename:", err) &&
	    put_item(&entry, "schema", to->namespace, err) &&
	    (!renamed || put_item(&entry, "table", to->name, err)) &&
	    end_entry(&entry, err);
}

static bool
put_table_settings(const MappingTable *mapping, Buf *out, Error *err)
{
	const MappingDefaults *settings = &mapping->defaults;

	return (!settings->has_policy ||
		   buf_put_format(out, err, "    on_error: %s\n",
		       mapping_field_policy_word(settings->policy))) &&
	    (!settings->has_zone ||
		put_line(out, "assume_zone", settings->zone_name, err)) &&
	    (!settings->has_nul ||
		buf_put_format(out, err, "    text_nul: %s\n",
		    mapping_field_nul_word(settings->nul))) &&
	    (!settings->has_utf8 ||
		buf_put_format(out, err, "    invalid_utf8: %s\n",
		    mapping_field_utf8_word(settings->utf8)));
}

static bool
put_table_name(const Table *table, Buf *out, Error *err)
{
	Buf pattern = { 0 };
	const char *text = NULL;
	bool ok;

	if (glob_put_name(&pattern, table->name, err))
		text = buf_text(&pattern, err);
	ok = text != NULL &&
	    buf_put_format(out, err, "%*s", TABLE_INDENTATION, "") &&
	    yaml_write_key(out, text, TABLE_INDENTATION, err) &&
	    buf_put_text(out, "\n", err);
	buf_free(&pattern);
	return ok;
}

static bool
put_table(const Rewrite *rewrite, size_t table, Buf *out, Error *err)
{
	const RewriteTable *rewritten = &rewrite->tables[table];
	const TableProfile *profile = rewritten->profile;
	char count[REASON_COUNT_BYTES];

	if (!put_table_name(&rewrite->input.source->tables[table], out, err))
		return false;
	if (profile != NULL &&
	    !buf_put_format(out, err, "    # %s row%s\n",
		reason_count(profile->rows, count),
		profile->rows == 1 ? "" : "s"))
		return false;
	if (rewritten->target == REWRITE_NONE)
		return buf_put_text(out, "    skip: true\n", err);
	if (!put_rename(rewrite, table, out, err))
		return false;
	if (rewritten->where.text != NULL &&
	    !put_line(out, "where", rewritten->where.text, err))
		return false;
	if (rewritten->mapping != NULL &&
	    !put_table_settings(rewritten->mapping, out, err))
		return false;
	return put_columns(rewrite, table, out, err) &&
	    put_added(rewrite, table, out, err);
}

/* What holds where nothing else is said.  on_error is left to the command line
 * while nobody has said anything. */
static bool
put_defaults(const Rewrite *rewrite, Buf *out, Error *err)
{
	const Mapping *mapping = rewrite->input.mapping;
	MappingDefaults defaults = { 0 };
	Policy policy = rewrite->input.policy;

	if (mapping != NULL)
		defaults = mapping->defaults;
	if (defaults.has_policy)
		policy = defaults.policy;
	return buf_put_format(out, err,
		   "defaults:\n"
		   "  identifiers: %s    # fold, keep, snake_case\n"
		   "  %son_error: %s    # reject, null, stop\n"
		   "  assume_zone: ",
		   mapping_field_naming_word(naming_of(rewrite)),
		   defaults.has_policy || policy != POLICY_REJECT ? "" : "# ",
		   mapping_field_policy_word(policy)) &&
	    yaml_write_text(out,
		defaults.zone_name == NULL ? "UTC" : defaults.zone_name, err) &&
	    buf_put_format(out, err,
		"    # of times that name none\n"
		"  text_nul: %s    # reject, strip, bytea\n"
		"  invalid_utf8: %s    # reject, replace, latin1, bytea\n",
		mapping_field_nul_word(defaults.nul),
		mapping_field_utf8_word(defaults.utf8));
}

static bool
put_head(const Rewrite *rewrite, Buf *out, Error *err)
{
	const RewriteInput *input = &rewrite->input;
	const char *namespace = rewrite->schema.namespace;

	if (!buf_put_text(out,
		"# A mapping file that says what litehaul-transform decides by "
		"itself, to be edited;\n"
		"# litehaul-mapping(5) explains the keys.\n",
		err) ||
	    (input->profile == NULL &&
		!buf_put_text(out,
		    "# There was no evidence: declared types alone decided.\n",
		    err)) ||
	    !buf_put_text(out, "version: 1\n\n", err))
		return false;
	if (input->match != NULL || *namespace == '\0')
		return buf_put_text(out,
		    "# target:\n"
		    "#   schema: public    # of all tables; made if need be\n",
		    err);
	return buf_put_text(out, "target:\n  schema: ", err) &&
	    yaml_write_text(out, namespace, err) &&
	    buf_put_text(out, "\n", err);
}

bool
suggest_put(const Rewrite *rewrite, Buf *out, Error *err)
{
	size_t n = rewrite->input.source->n_tables;

	if (!put_head(rewrite, out, err) || !put_defaults(rewrite, out, err) ||
	    !buf_put_text(out, n == 0 ? "\ntables: {}\n" : "\ntables:\n", err))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((i > 0 && !buf_put_text(out, "\n", err)) ||
		    !put_table(rewrite, i, out, err))
			return false;
	return true;
}
