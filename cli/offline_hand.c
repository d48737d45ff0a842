#include "cli/offline_hand.h"

#include <stdio.h>
#include <string.h>

#include "cli/call.h"
#include "cli/changes.h"
#include "cli/offline.h"
#include "cli/offline_output.h"
#include "cli/rows.h"
#include "cli/value.h"
#include "offline/armor.h"

#define BATCH 256 /* the server takes no more at a time */

static enum err
add_file(struct cli *cli, struct offline_hand *h, const char *file)
{
	size_t size = sizeof(*h->item);
	struct carrier_list list;
	enum err e = offline_read(cli, file, &list);

	if (e)
		return e;
	h->item = arena_grow(cli->arena, h->item, h->n * size, (h->n + list.n) * size);
	if (!h->item)
		return cli_no_memory(cli);
	for (size_t i = 0; i < list.n; i++)
		h->item[h->n++] = (struct offline_handed){ .file = file,
			.number = i + 1,
			.of = list.n,
			.object = list.item[i] };
	return E_OK;
}

enum err
offline_hand_read(struct cli *cli, struct offline_hand *h)
{
	enum err e = E_OK;

	h->n = 0;
	for (int i = 0; !e && cli_arg(cli, i); i++)
		e = add_file(cli, h, cli_arg(cli, i));
	return e;
}

/* What cannot be read is not sent; it is refused in its place. */
static enum err
refuse_unread(struct cli *cli, struct offline_handed *item)
{
	struct json *result = arena_alloc(cli->arena, sizeof(*result));
	struct body body = BODY_INIT(cli->arena);

	body_set(&body, "ok", body_bool(false));
	body_set(&body, "code", body_text(err_code(item->object.err)));
	body_set(&body, "message", body_text(err_info(item->object.err)->message));
	if (!result || body.failed)
		return cli_no_memory(cli);
	*result = body.json;
	item->result = result;
	return E_OK;
}

static enum err
take_results(
    struct cli *cli, struct offline_handed *item, size_t n, const struct call *call)
{
	const char *path = cli->dry_run ? "result.results" : "results";
	const struct json *results = value_at(call->answer, slice_str(path));
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		if (item[i].result)
			continue;
		if (!results || at == value_count(call->answer, path))
			return problem_set(
			    cli, E_IO, "the server answered less than was asked");
		item[i].result = &results->items[at++];
	}
	return E_OK;
}

static enum err
send(struct cli *cli, const struct offline_hand *h, struct offline_handed *item, size_t n)
{
	struct call call = { .method = "POST", .path = h->path };
	struct buf text = BUF_INIT(cli->arena);
	bool done = false;
	enum err e = E_OK;

	for (size_t i = 0; !e && i < n; i++) {
		if (item[i].object.err)
			e = refuse_unread(cli, &item[i]);
		else
			armor_put(&text, item[i].object.kind, item[i].object.bytes);
	}
	if (!e && !buf_ok(&text))
		e = cli_no_memory(cli);
	if (e || text.n == 0)
		return e;
	call.text = buf_slice(&text);
	e = call_change(cli, &call, &done);
	return e ? e : take_results(cli, item, n, &call);
}

enum err
offline_hand_in(struct cli *cli, struct offline_hand *h)
{
	enum err e = E_OK;

	for (size_t i = 0; !e && i < h->n; i += BATCH)
		e = send(cli, h, h->item + i, h->n - i < BATCH ? h->n - i : BATCH);
	h->n_ok = 0;
	for (size_t i = 0; !e && i < h->n; i++)
		h->n_ok += value_true(h->item[i].result, "ok");
	return e;
}

enum err
offline_hand_made(
    struct cli *cli, const struct offline_hand *h, struct carrier_list *made)
{
	*made = (struct carrier_list){ .item = arena_array(
					   cli->arena, h->n_ok, sizeof(*made->item)) };
	if (!made->item)
		return cli_no_memory(cli);
	for (size_t i = 0; i < h->n; i++) {
		struct carrier_list one;
		enum err e;

		if (!value_true(h->item[i].result, "ok"))
			continue;
		e = offline_output_parse(
		    cli, value_text(h->item[i].result, h->member), &one);
		if (e)
			return e;
		made->item[made->n++] = one.item[0];
	}
	return E_OK;
}

static void
print_refusal(struct buf *out, const struct offline_handed *item)
{
	buf_str(out, "refused: ");
	value_safe(out, value_text(item->result, "code"));
	buf_str(out, ": ");
	value_safe(out, value_text(item->result, "message"));
	buf_str(out, ": ");
	value_safe(out, slice_str(item->file));
	if (item->of > 1)
		buf_printf(out, ", object %zu", item->number);
	buf_char(out, '\n');
}

enum err
offline_hand_refused(struct cli *cli, const struct offline_hand *h)
{
	struct buf out = BUF_INIT(cli->arena);
	const struct err_info *first = NULL;
	enum err e = out_flush(cli);

	for (size_t i = 0; i < h->n; i++) {
		const struct json *result = h->item[i].result;

		if (value_true(result, "ok"))
			continue;
		print_refusal(&out, &h->item[i]);
		if (!first)
			first = err_info(err_from_code(value_text(result, "code")));
	}
	if (!first)
		return e;
	cli->exit = first->exit;
	if (*first->next)
		buf_printf(&out, "  next  %s\n", first->next);
	if (cli->mode != OUT_JSON)
		fwrite(out.p, 1, buf_ok(&out) ? out.n : 0, stderr);
	return e;
}

/* A member that only some have is empty in the others. */
static enum err
print_field(struct cli *cli, const struct offline_hand *h)
{
	struct slice path = slice_str(cli->field);
	bool known = false;

	for (size_t i = 0; i < h->n; i++) {
		const struct json *v = value_at(h->item[i].result, path);

		known = known || v;
		if (v)
			value_plain(&cli->out, v);
		buf_char(&cli->out, '\n');
	}
	return known ? E_OK : problem_set(cli, E_VALIDATION, "no member %s", cli->field);
}

bool
offline_hand_print(struct cli *cli, const struct offline_hand *h, enum err *e)
{
	struct body body = BODY_INIT(cli->arena);
	struct json results = body_array(&body, h->n);

	*e = E_OK;
	if (cli->mode == OUT_TEXT)
		return false;
	for (size_t i = 0; !body.failed && i < h->n; i++)
		results.items[i] = *h->item[i].result;
	body_set(&body, "results", results);
	if (body.failed)
		*e = cli_no_memory(cli);
	else if (cli->mode == OUT_FIELD)
		*e = print_field(cli, h);
	else
		(void)object_print(cli, SLICE_NULL, &body.json, e);
	return true;
}
