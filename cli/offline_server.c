#include "cli/offline_server.h"

#include "base/clock.h"
#include "cli/offline_output.h"
#include "cli/rows.h"
#include "cli/value.h"
#include "offline/cose.h"

#define DATE_LEN 10

enum err
offline_fetch(
    struct cli *cli, const char *path, enum object_kind kind, struct carrier_list *list)
{
	struct call call = { .method = NULL };
	enum err e = call_get(cli, &call, path);

	if (!e)
		e = offline_output_parse(cli, call.raw, list);
	if (!e && (list->n != 1 || list->item[0].kind != kind))
		e = problem_set(
		    cli, E_OBJECT_TYPE, "the answer is no %s", object_info(kind)->words);
	return e;
}

enum err
offline_fetch_revocations(
    struct cli *cli, struct carrier_list *list, struct claims_revocations *claims)
{
	struct cose cose;
	enum err e = offline_fetch(cli, "offline/revocations/", OBJECT_REVOCATIONS, list);

	if (e)
		return e;
	e = cose_parse_as(OBJECT_REVOCATIONS, list->item[0].bytes, &cose);
	if (!e)
		e = claims_get_revocations(cli->arena, cose.payload, claims);
	return e ? problem_set(cli, e, NULL) : E_OK;
}

/* The change is made: whoever may not read the list is told the rest. */
static void
print_list(struct cli *cli)
{
	struct claims_revocations claims = { 0 };
	struct carrier_list list;

	if (offline_fetch_revocations(cli, &list, &claims) == E_OK)
		buf_printf(
		    &cli->out, ", revocation list %lld", (long long)claims.sequence);
	else
		cli->problem = (struct problem){ .err = E_OK };
}

/* Tokens of online devices have serials, too; they are nothing to a person. */
static void
print_serial(struct cli *cli, const struct json *row, bool revoked)
{
	const struct json *serial = json_get(row, "serial");

	if (!serial || (json_get(row, "offline") && !value_true(row, "offline")))
		return;
	buf_str(&cli->out, ", serial ");
	value_plain(&cli->out, serial);
	if (revoked)
		print_list(cli);
}

void
offline_print_device(
    struct cli *cli, const char *word, const struct json *row, bool revoked)
{
	label_print(cli, word);
	value_safe(&cli->out, value_text(row, "hardware_id"));
	print_serial(cli, row, revoked);
	buf_char(&cli->out, '\n');
}

void
offline_print_counted(struct cli *cli, const struct json *until, int64_t device)
{
	label_print(cli, "seat");
	if (until && until->type == JSON_TEXT) {
		buf_str(&cli->out, "counted until ");
		value_safe(&cli->out, slice_head(until->text, DATE_LEN));
	} else {
		buf_str(&cli->out, "counted without end");
	}
	buf_printf(&cli->out,
	    "; free it now: licet device release %lld --force --reason TEXT\n",
	    (long long)device);
}
