#include "cli/command.h"

#include "base/file.h"
#include "cli/noun.h"
#include "cli/rows.h"
#include "cli/value.h"

struct verdict {
	struct cli *cli;
	const struct json *answer;
	bool decided; /* the deciding step has been printed */
};

static void
print_step(struct verdict *v, const struct json *step, bool mine)
{
	struct buf *out = &v->cli->out;
	bool ok = value_true(step, "ok");
	bool decides =
	    mine && !ok && !v->decided &&
	    value_int(step, "n", -1) == value_int(v->answer, "decided_by", -2) &&
	    slice_equal(value_text(step, "code"), value_text(v->answer, "code"));

	if (v->cli->color)
		buf_str(out, ok ? "\033[32m" : "\033[31m");
	label_print(v->cli, ok ? "ok" : "NO");
	if (v->cli->color)
		buf_str(out, "\033[0m");
	buf_printf(out, "%lld  ", (long long)value_int(step, "n", 0));
	value_safe(out, value_text(step, "rule"));
	buf_str(out, "  ");
	value_safe(out, value_text(step, "text"));
	buf_str(out, decides ? "  <- decides\n" : "\n");
	v->decided = v->decided || decides;
}

static size_t
count_refusals(const struct json *part)
{
	const struct json *steps = json_get(part, "steps");
	size_t n = 0;

	for (size_t i = 0; i < value_count(part, "steps"); i++)
		n += !value_true(&steps->items[i], "ok");
	return n;
}

/* Of the members of a set only what is in the way. */
static void
print_part(struct verdict *v, const struct json *part, bool member)
{
	const struct json *steps = json_get(part, "steps");
	bool mine = slice_is(value_text(part, "verdict"), "refused");

	if (member && count_refusals(part) == 0)
		return;
	label_print(v->cli, "license");
	buf_printf(&v->cli->out, "%lld ", (long long)value_int(part, "license", 0));
	value_safe(&v->cli->out, value_text(part, "product"));
	buf_char(&v->cli->out, '\n');
	for (size_t i = 0; i < value_count(part, "steps"); i++)
		if (!member || !value_true(&steps->items[i], "ok"))
			print_step(v, &steps->items[i], mine);
}

static void
print_fixes(struct verdict *v)
{
	const struct json *fixes = json_get(v->answer, "fixes");

	for (size_t i = 0; i < value_count(v->answer, "fixes"); i++) {
		const struct json *fix = &fixes->items[i];
		const struct json *allowed = json_get(fix, "allowed");
		struct slice command = value_text(fix, "command");

		label_print(v->cli, "fix");
		value_safe(&v->cli->out, command.n ? command : value_text(fix, "text"));
		if (allowed && allowed->type == JSON_BOOL && !allowed->boolean)
			buf_str(&v->cli->out, "  (you lack the permission)");
		buf_char(&v->cli->out, '\n');
	}
}

static enum err
print_verdict(struct cli *cli, const struct json *answer)
{
	struct verdict v = { .cli = cli, .answer = answer };
	const struct json *members = json_get(answer, "members");

	print_part(&v, answer, false);
	for (size_t i = 0; i < value_count(answer, "members"); i++)
		print_part(&v, &members->items[i], true);
	print_fixes(&v);
	label_print(cli, "verdict");
	value_safe(&cli->out, value_text(answer, "verdict"));
	buf_str(&cli->out, ": ");
	value_safe(&cli->out, value_text(answer, "message"));
	buf_char(&cli->out, '\n');
	return out_flush(cli);
}

static enum err
find_by_key(struct cli *cli, const char *path, int64_t *id)
{
	const char *product = cli_option(cli, "product");
	struct buf query = BUF_INIT(cli->arena);
	struct call call = { .method = NULL };
	struct secret *key;
	enum err e;

	if (!product)
		return problem_set(
		    cli, E_USAGE, "--license-key-file goes with --product PRODUCT");
	e = file_read_secret(path, &key);
	if (e)
		return problem_set(cli, e, "key file %s", path);
	query_add(&query, "license_key", slice_trim(secret_slice(key)));
	secret_free(key);
	query_add(&query, "product_short_code", slice_str(product));
	call.query = buf_slice(&query);
	e = buf_ok(&query) ? call_get(cli, &call, noun_license.path) : cli_no_memory(cli);
	if (e)
		return e;
	*id = value_int(call.answer, "results.0.id", 0);
	return *id ? E_OK
	           : problem_set(cli, E_LICENSE_NOT_FOUND,
			 "no license of %s has the key of %s", product, path);
}

static enum err
find_license(struct cli *cli, int64_t *id)
{
	const char *arg = cli_arg(cli, 0);
	const char *option = cli_option(cli, "license");
	const char *path = cli_option(cli, "license-key-file");

	if (!!arg + !!option + !!path != 1)
		return problem_set(cli, E_USAGE,
		    "name the license once: LICENSE, --license or --license-key-file");
	if (path)
		return find_by_key(cli, path, id);
	return noun_find(cli, &noun_license, arg ? arg : option, id);
}

enum err
command_explain(struct cli *cli)
{
	static const char *const options[] = { "hardware-id", "action", "at" };
	static const char *const names[] = { "hardware_id", "action", "at" };
	struct buf query = BUF_INIT(cli->arena);
	struct call call = { .method = NULL };
	int64_t id = -1;
	enum err e = find_license(cli, &id);

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (cli_option(cli, options[i]))
			query_add(
			    &query, names[i], slice_str(cli_option(cli, options[i])));
	call.query = buf_slice(&query);
	if (!e && !buf_ok(&query))
		e = cli_no_memory(cli);
	if (!e)
		e = call_get(
		    cli, &call, call_path(cli, noun_license.path, id, "explain/"));
	if (e)
		return e;
	if (!slice_is(value_text(call.answer, "verdict"), "allowed"))
		cli->exit = 1;
	if (object_print(cli, call.raw, call.answer, &e))
		return e;
	return print_verdict(cli, call.answer);
}
