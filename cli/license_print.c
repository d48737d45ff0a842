#include "cli/command.h"

#include "cli/call.h"
#include "cli/rows.h"
#include "cli/value.h"

static void
line(struct cli *cli, const char *label, const struct json *license, const char *path)
{
	const struct json *v = value_at(license, slice_str(path));

	if (!v || v->type == JSON_NULL || (v->type == JSON_TEXT && v->text.n == 0))
		return;
	label_print(cli, label);
	value_human(&cli->out, v);
	buf_char(&cli->out, '\n');
}

/* The licenses of a set, by their products' codes. */
static enum err
print_members(struct cli *cli, const struct json *license)
{
	struct buf query = BUF_INIT(cli->arena);
	struct call call = { .method = NULL };
	const struct json *results;
	enum err e;

	if (value_count(license, "members") == 0)
		return E_OK;
	query_add_int(&query, "bundle_license_id", value_int(license, "id", 0));
	query_add_int(&query, "limit", 100);
	call.query = buf_slice(&query);
	e = buf_ok(&query) ? call_get(cli, &call, "licenses/") : cli_no_memory(cli);
	if (e)
		return e;
	results = json_get(call.answer, "results");
	for (size_t i = 0; i < value_count(call.answer, "results"); i++) {
		const struct json *member = &results->items[i];

		buf_printf(&cli->out, "%s%lld ", i ? ", " : ", members ",
		    (long long)value_int(member, "id", 0));
		value_safe(&cli->out, value_text(member, "product.short_code"));
	}
	return E_OK;
}

static enum err
print_product(struct cli *cli, const struct json *license)
{
	enum err e;

	label_print(cli, "product");
	value_safe(&cli->out, value_text(license, "product.short_code"));
	buf_str(&cli->out, " (");
	value_safe(&cli->out, value_text(license, "product.product_name"));
	buf_char(&cli->out, ')');
	e = print_members(cli, license);
	buf_char(&cli->out, '\n');
	return e;
}

static void
print_customer(struct cli *cli, const struct json *license)
{
	struct slice email = value_text(license, "customer.email");
	struct slice company = value_text(license, "customer.company_name");

	label_print(cli, "customer");
	value_safe(&cli->out, email.n ? email : SLICE("-"));
	if (company.n) {
		buf_str(&cli->out, " (");
		value_safe(&cli->out, company);
		buf_char(&cli->out, ')');
	}
	buf_char(&cli->out, '\n');
}

void
license_print_seats(struct buf *out, const struct json *license)
{
	buf_printf(out, "%lld", (long long)value_int(license, "seats_used", 0));
	if (value_true(license, "allow_unlimited_activations"))
		buf_str(out, ", unlimited");
	else
		buf_printf(
		    out, " of %lld", (long long)value_int(license, "max_activations", 0));
}

static void
print_offline(struct cli *cli, const struct json *license)
{
	int64_t days = value_int(license, "offline_lease_days", 0);

	label_print(cli, "offline");
	if (!value_true(license, "allow_offline_activation"))
		buf_str(&cli->out, "not allowed\n");
	else if (days > 0)
		buf_printf(&cli->out, "allowed, lease %lld days\n", (long long)days);
	else
		buf_str(&cli->out, "allowed, lease without end\n");
}

static void
print_floating(struct cli *cli, const struct json *license)
{
	if (!value_true(license, "is_floating_cloud"))
		return;
	label_print(cli, "floating");
	buf_printf(&cli->out, "%lld at a time, %lld minutes\n",
	    (long long)value_int(license, "floating_users", 0),
	    (long long)value_int(license, "floating_timeout", 0));
}

static void
print_consumption(struct cli *cli, const struct json *license)
{
	if (!slice_is(value_text(license, "license_type"), "consumption"))
		return;
	label_print(cli, "consumed");
	buf_printf(
	    &cli->out, "%lld", (long long)value_int(license, "total_consumptions", 0));
	if (value_true(license, "allow_unlimited_consumptions"))
		buf_str(&cli->out, ", unlimited");
	else
		buf_printf(&cli->out, " of %lld",
		    (long long)value_int(license, "max_consumptions", 0));
	buf_char(&cli->out, '\n');
}

static void
print_each(struct cli *cli, const struct json *license, const char *label,
    const char *list, const char *name)
{
	const struct json *items = json_get(license, list);

	if (value_count(license, list) == 0)
		return;
	label_print(cli, label);
	for (size_t i = 0; i < items->n; i++) {
		buf_str(&cli->out, i ? ", " : "");
		value_safe(&cli->out, value_text(&items->items[i], name));
	}
	buf_char(&cli->out, '\n');
}

static void
print_transfers(struct cli *cli, const struct json *license)
{
	int64_t max = value_int(license, "max_transfers", 0);
	int64_t count = value_int(license, "transfer_count", 0);

	if (max == 0 && count == 0)
		return;
	label_print(cli, "transfers");
	buf_printf(&cli->out, "%lld", (long long)count);
	if (max < 0)
		buf_str(&cli->out, ", none allowed");
	else if (max > 0)
		buf_printf(&cli->out, " of %lld", (long long)max);
	buf_char(&cli->out, '\n');
}

enum err
license_print(struct cli *cli, const struct json *license)
{
	enum err e;

	line(cli, "license", license, "id");
	e = print_product(cli, license);
	line(cli, "key", license, "license_key");
	print_customer(cli, license);
	label_print(cli, "type");
	value_safe(&cli->out, value_text(license, "license_type"));
	buf_str(&cli->out, value_true(license, "is_trial") ? ", trial\n" : "\n");
	label_print(cli, "seats");
	license_print_seats(&cli->out, license);
	buf_char(&cli->out, '\n');
	print_offline(cli, license);
	line(cli, "status", license, "status");
	line(cli, "order", license, "order.store_id");
	line(cli, "start", license, "start_date");
	line(cli, "until", license, "validity_period");
	line(cli, "updates", license, "maintenance_period");
	print_transfers(cli, license);
	print_floating(cli, license);
	print_consumption(cli, license);
	print_each(cli, license, "users", "users", "email");
	print_each(cli, license, "features", "product_features", "code");
	line(cli, "set", license, "bundle_license_id");
	line(cli, "note", license, "note");
	return e ? e : out_flush(cli);
}
