#include "cli/changes.h"

#include "cli/rows.h"
#include "cli/value.h"

static const struct json none = { .type = JSON_NULL };

static const struct json *
fields_of(const struct json *change)
{
	const struct json *fields = json_get(change, "fields");

	return fields && fields->type == JSON_OBJECT && fields->n ? fields : NULL;
}

static struct json
make_row(struct body *row, const struct json *change, const struct json_member *field)
{
	static const char *const copied[] = { "type", "id", "action" };
	static const char *const ends[] = { "from", "to" };

	for (size_t i = 0; i < ARRAY_LEN(copied); i++) {
		const struct json *v = json_get(change, copied[i]);

		body_set(row, copied[i], v ? *v : none);
	}
	body_set(row, "field", field ? body_slice(field->name) : none);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		bool there =
		    field && field->value.type == JSON_ARRAY && i < field->value.n;

		body_set(row, ends[i], there ? field->value.items[i] : none);
	}
	return row->json;
}

/* A row for each field of each change. */
static struct json
make_rows(struct body *all, const struct json *changes)
{
	struct json rows;
	size_t n = 0;

	for (size_t i = 0; i < changes->n; i++) {
		const struct json *fields = fields_of(&changes->items[i]);

		n += fields ? fields->n : 1;
	}
	rows = body_array(all, n);
	n = 0;
	for (size_t i = 0; i < changes->n && !all->failed; i++) {
		const struct json *fields = fields_of(&changes->items[i]);

		for (size_t j = 0; j < (fields ? fields->n : 1); j++) {
			struct body row = BODY_INIT(all->arena);

			rows.items[n++] = make_row(&row, &changes->items[i],
			    fields ? &fields->members[j] : NULL);
			all->failed = all->failed || row.failed;
		}
	}
	return rows;
}

static enum err
print_table(struct cli *cli, const struct json *changes)
{
	struct body all = BODY_INIT(cli->arena);
	struct json items = make_rows(&all, changes);
	struct rows rows;
	enum err e;

	if (all.failed)
		return cli_no_memory(cli);
	e = rows_begin(&rows, cli, "type,id,action,field,from,to");
	if (!e)
		e = rows_page(&rows, items.items, items.n);
	return e ? e : rows_end(&rows);
}

enum err
changes_print(struct cli *cli, const struct call *call)
{
	const struct json *changes = json_get(call->answer, "changes");
	enum err e;

	if (cli->mode == OUT_JSON) {
		(void)object_print(cli, call->raw, call->answer, &e);
		return e;
	}
	if (cli->mode == OUT_FIELD)
		cli->mode = OUT_TEXT;
	if (changes && changes->type == JSON_ARRAY && changes->n)
		return print_table(cli, changes);
	buf_str(&cli->out, "nothing would change\n");
	return out_flush(cli);
}
