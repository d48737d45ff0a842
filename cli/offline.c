#include "cli/offline.h"

#include "base/clock.h"
#include "base/field.h"
#include "base/file.h"
#include "cli/value.h"
#include "offline/object.h"

#define FILE_MAX (16u << 20)
#define DAY INT64_C(86400)

enum err
offline_option(struct cli *cli, const char *name, const char **value)
{
	*value = cli_option(cli, name);
	return *value && **value ? E_OK
	                         : problem_set(cli, E_USAGE, "\"%s\" wants --%s",
				       cli->usage->command->name, name);
}

static enum err
code_of(enum licet_err err)
{
	switch (err) {
	case LICET_E_ARGUMENT:
		return E_VALIDATION;
	case LICET_E_MEMORY:
		return E_NO_MEMORY;
	case LICET_E_IO:
		return E_IO;
	case LICET_E_NOT_PRIVATE:
		return E_NOT_PRIVATE;
	case LICET_E_EXISTS:
		return E_EXISTS;
	case LICET_E_NO_KEY:
	case LICET_E_NOT_ACTIVATED:
		return E_NOT_FOUND;
	case LICET_E_BUSY:
		return E_RETRY;
	default:
		return E_VERIFY;
	}
}

enum err
offline_problem(struct cli *cli, const struct licet *l, enum licet_err err)
{
	char why[LICET_EXPLAIN_MAX];

	return problem_set(cli, code_of(err), "%s", licet_explain(l, why, sizeof(why)));
}

enum err
offline_problem_of(struct cli *cli, enum licet_err err, const char *what)
{
	return problem_set(cli, code_of(err), "%s: %s: %s", licet_err_name(err),
	    licet_err_text(err), what);
}

enum err
offline_open(struct cli *cli, const char *product, struct licet **l)
{
	struct licet_options o = { .size = sizeof(o), .product = product };
	enum licet_err err;
	enum err e = offline_option(cli, "dir", &o.dir);

	*l = NULL;
	if (!e)
		e = offline_option(cli, "hardware-id", &o.hardware_id);
	if (e)
		return e;
	err = licet_open(l, &o);
	return err == LICET_OK ? E_OK : offline_problem(cli, *l, err);
}

enum err
offline_read(struct cli *cli, const char *path, struct carrier_list *list)
{
	struct carrier_fault fault = { .what = NULL };
	struct slice text;
	enum err e = file_read(cli->arena, path, FILE_MAX, &text);

	if (e)
		return problem_set(cli, e, "%s", path);
	e = carrier_read(cli->arena, text, OFFLINE_OBJECTS_MAX, list, &fault);
	if (!e)
		return E_OK;
	if (fault.line)
		return problem_set(cli, e, "%s: line %zu%s%s", path, fault.line,
		    fault.what ? ": " : "", fault.what ? fault.what : "");
	return problem_set(
	    cli, e, "%s%s%s", path, fault.what ? ": " : "", fault.what ? fault.what : "");
}

struct json
offline_int(int64_t n)
{
	struct json null = { .type = JSON_NULL };

	return n == FIELD_NONE ? null : body_int(n);
}

struct json
offline_instant(struct cli *cli, int64_t seconds)
{
	char text[CLOCK_ISO_LEN + 1];

	if (seconds < 0 || seconds > CLOCK_MAX / CLOCK_SECOND)
		return (struct json){ .type = JSON_NULL };
	clock_iso(seconds * CLOCK_SECOND, text);
	return body_slice(arena_slice(cli->arena, slice_str(text)));
}

struct json
offline_hex(struct cli *cli, const void *p, size_t n)
{
	struct buf b = BUF_INIT(cli->arena);

	buf_hex(&b, p, n);
	return body_slice(buf_slice(&b));
}

void
offline_print_lease(struct cli *cli, int64_t from, int64_t until)
{
	char date[11];

	if (until < 0 || until > CLOCK_MAX / CLOCK_SECOND) {
		buf_str(&cli->out, "no end");
		return;
	}
	clock_date(until * CLOCK_SECOND, date);
	buf_printf(&cli->out, "until %s", date);
	if (from <= until && from >= 0)
		buf_printf(&cli->out, " (%lld days)", (long long)((until - from) / DAY));
}
