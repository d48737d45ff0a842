#include "cli/command.h"

#include <string.h>

#include "base/file.h"
#include "cli/noun.h"
#include "cli/option_field.h"
#include "cli/outfile.h"
#include "cli/rows.h"
#include "cli/value.h"

#define QUANTITY_MAX 1000
#define KEYS_MAX (QUANTITY_MAX * 256)

static enum err
read_quantity(struct cli *cli, int64_t *n)
{
	const char *text = cli_option(cli, "quantity");

	*n = 1;
	if (text && (!slice_to_int(slice_str(text), n) || *n < 1 || *n > QUANTITY_MAX))
		return problem_set(cli, E_VALIDATION, "--quantity is 1 to %d, not: %s",
		    QUANTITY_MAX, text);
	return E_OK;
}

/* Keys to give, one a line; null without --key-file. */
static enum err
read_keys(struct cli *cli, struct slice *keys)
{
	const char *path = cli_option(cli, "key-file");
	enum err e = E_OK;

	*keys = SLICE_NULL;
	if (!path)
		return E_OK;
	if (strcmp(path, "-") != 0)
		e = file_check_private(path);
	if (!e)
		e = file_read(cli->arena, path, KEYS_MAX, keys);
	return e ? problem_set(cli, e, "key file %s", path) : E_OK;
}

static void
set_users(struct cli *cli, struct body *row)
{
	const char *const *user = usage_all(cli->usage, "user");
	struct json array;
	size_t n = 0;

	while (user && user[n])
		n++;
	if (n == 0)
		return;
	array = body_array(row, n);
	for (size_t i = 0; i < array.n; i++) {
		struct body one = BODY_INIT(cli->arena);

		body_set(&one, "email", body_text(user[i]));
		array.items[i] = one.json;
		row->failed = row->failed || one.failed;
	}
	body_set(row, "users", array);
}

/* The next line that is not empty; null at the end. */
static struct slice
next_key(struct slice *keys)
{
	while (keys->p) {
		struct slice key = slice_trim(slice_cut(keys, '\n'));

		if (key.n)
			return key;
	}
	return SLICE_NULL;
}

static enum err
make_row(struct cli *cli, struct slice *keys, struct json *out)
{
	struct body row = BODY_INIT(cli->arena);
	bool own = cli_has(cli, "key-file");
	struct slice key = own ? next_key(keys) : SLICE_NULL;
	enum err e;

	if (own && !key.p)
		return problem_set(cli, E_VALIDATION,
		    "the key file has fewer keys than --quantity says");
	if (own)
		body_set(&row, "key", body_slice(key));
	if (cli_option(cli, "policy"))
		body_set(&row, "policy_code", body_text(cli_option(cli, "policy")));
	set_users(cli, &row);
	e = option_fields_read(cli, fields_terms, NULL, &row);
	*out = row.json;
	return e;
}

static enum err
make_item(struct cli *cli, int64_t quantity, struct body *item)
{
	struct json rows = body_array(item, (size_t)quantity);
	struct slice keys;
	enum err e = read_keys(cli, &keys);

	for (size_t i = 0; i < rows.n && !e; i++)
		e = make_row(cli, &keys, &rows.items[i]);
	if (!e && next_key(&keys).p)
		e = problem_set(
		    cli, E_VALIDATION, "the key file has more keys than --quantity says");
	body_set(item, "product_code", body_text(cli_arg(cli, 0)));
	body_set(item, "licenses", rows);
	return e;
}

static enum err
make_order(struct cli *cli, int64_t quantity, struct body *order)
{
	struct body item = BODY_INIT(cli->arena);
	struct call product;
	enum err e = noun_get_arg(cli, &noun_product, 0, &product);

	if (!e && cli_has(cli, "key-out") &&
	    slice_is(value_text(product.answer, "authorization_method"), "user"))
		e = problem_set(cli, E_INVALID_PRODUCT_AUTH_METHOD,
		    "the product has users and no keys to write");
	if (!e)
		e = make_item(cli, quantity, &item);
	if (e)
		return e;
	if (cli_option(cli, "order")) {
		body_set(order, "id", body_text(cli_option(cli, "order")));
		body_set(order, "append", body_bool(true));
	}
	if (cli_option(cli, "customer"))
		body_set(order, "customer", body_text(cli_option(cli, "customer")));
	body_set(order, "is_bundle", body_bool(value_true(product.answer, "is_bundle")));
	body_set(order, "items", body_one(order, item.json));
	return item.failed || order->failed ? cli_no_memory(cli) : E_OK;
}

/* A repeated call shows no keys, so that they are read once more. */
static enum err
key_of(struct cli *cli, const struct json *license, struct slice *key)
{
	int64_t id = value_int(license, "id", 0);
	struct call call = { .method = NULL };
	enum err e;

	*key = value_text(license, "license_key");
	if (key->n)
		return E_OK;
	e = call_get(cli, &call, call_path(cli, noun_license.path, id, NULL));
	if (e)
		return e;
	*key = value_text(call.answer, "license_key");
	return key->n ? E_OK
	              : problem_set(
			    cli, E_NOT_FOUND, "license %lld shows no key", (long long)id);
}

static enum err
write_keys(struct cli *cli, const struct json *license, size_t n)
{
	const char *path = cli_option(cli, "key-out");
	struct buf text = BUF_INIT(cli->arena);
	enum err e = E_OK;

	if (!path)
		return E_OK;
	for (size_t i = 0; i < n && !e; i++) {
		struct slice key;

		e = key_of(cli, &license[i], &key);
		buf_slice_add(&text, key);
		buf_char(&text, '\n');
	}
	if (e)
		return e;
	return buf_ok(&text) ? outfile_write(cli, path, buf_slice(&text))
	                     : cli_no_memory(cli);
}

static enum err
print_licenses(struct cli *cli, const struct json *license, size_t n)
{
	struct call one = { .method = NULL };
	struct rows rows;
	enum err e;

	if (n != 1) {
		e = rows_begin(&rows, cli, noun_license.columns);
		if (!e)
			e = rows_page(&rows, license, n);
		return e ? e : rows_end(&rows);
	}
	e = call_get(cli, &one,
	    call_path(cli, noun_license.path, value_int(license, "id", 0), NULL));
	if (e || object_print(cli, one.raw, one.answer, &e))
		return e;
	return license_print(cli, one.answer);
}

/* An order that was appended to shows its older licenses first. */
static enum err
finish(struct cli *cli, const struct call *call, size_t quantity)
{
	const struct json *licenses = json_get(call->answer, "licenses");
	size_t n = value_count(call->answer, "licenses");
	const struct json *first;
	enum err e;

	if (n < quantity)
		return problem_set(cli, E_IO, "the answer does not name the licenses");
	first = &licenses->items[n - quantity];
	e = write_keys(cli, first, quantity);
	return e ? e : print_licenses(cli, first, quantity);
}

enum err
command_license_issue(struct cli *cli)
{
	const char *out = cli_option(cli, "key-out");
	struct body order = BODY_INIT(cli->arena);
	struct call call = {
		.method = "POST", .path = "orders/create_order/", .body = &order
	};
	int64_t quantity = 0;
	bool done = false;
	enum err e = out ? outfile_check(cli, out) : E_OK;

	if (!e)
		e = read_quantity(cli, &quantity);
	if (!e)
		e = make_order(cli, quantity, &order);
	if (!e)
		e = call_change(cli, &call, &done);
	return e || done ? e : finish(cli, &call, (size_t)quantity);
}
