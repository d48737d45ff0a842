#include "cli/option_field.h"

#include <string.h>

#include "cli/value.h"

struct reading {
	struct cli *cli;
	const struct json *before;
	struct body *body;
};

static enum err
read_int(struct cli *cli, const char *option, const char *text, struct json *out)
{
	int64_t n;

	if (!slice_to_int(slice_str(text), &n))
		return problem_set(
		    cli, E_VALIDATION, "--%s wants a number, not: %s", option, text);
	*out = body_int(n);
	return E_OK;
}

static enum err
take_int(struct reading *r, const struct option_field *f, const char *text)
{
	struct json n = { .type = JSON_NULL };
	enum err e = read_int(r->cli, f->option, text, &n);

	if (e)
		return e;
	body_set(r->body, f->field, n);
	if (f->also)
		body_set(r->body, f->also, body_bool(true));
	return E_OK;
}

static enum err
take_seats(struct reading *r, const struct option_field *f, const char *text)
{
	bool unlimited = strcmp(text, "unlimited") == 0;
	struct json n = { .type = JSON_NULL };
	enum err e = E_OK;

	if (!unlimited)
		e = read_int(r->cli, f->option, text, &n);
	if (e)
		return e;
	if (!unlimited)
		body_set(r->body, f->field, n);
	if (unlimited || r->before)
		body_set(r->body, f->also, body_bool(unlimited));
	return E_OK;
}

static enum err
take_duration(struct reading *r, const struct option_field *f, const char *text)
{
	struct slice type = slice_str(cli_option(r->cli, "type"));

	if (!type.p && r->before)
		type = value_text(r->before, "license_type");
	body_set(r->body, slice_is(type, "subscription") ? f->also : f->field,
	    body_text(text));
	return E_OK;
}

static size_t
count(const char *const *all)
{
	size_t n = 0;

	while (all && all[n])
		n++;
	return n;
}

static enum err
take_list(struct reading *r, const struct option_field *f)
{
	const char *const *all = usage_all(r->cli->usage, f->option);
	struct json array = body_array(r->body, count(all));

	for (size_t i = 0; i < array.n; i++)
		array.items[i] = body_text(all[i]);
	body_set(r->body, f->field, array);
	return E_OK;
}

enum err
option_feature_read(struct cli *cli, const char *text, struct body *feature)
{
	struct slice rest = slice_str(text);
	struct slice code = slice_cut(&rest, '=');
	struct json max = { .type = JSON_NULL };
	enum err e = E_OK;

	body_set(feature, "code", body_slice(code));
	if (rest.p) {
		e = read_int(cli, "feature CODE=MAX", rest.p, &max);
		if (!e)
			body_set(feature, "max_consumption", max);
	}
	return e;
}

static enum err
take_features(struct reading *r, const struct option_field *f)
{
	const char *const *all = usage_all(r->cli->usage, f->option);
	struct json array = body_array(r->body, count(all));
	enum err e = E_OK;

	for (size_t i = 0; i < array.n && !e; i++) {
		struct body feature = BODY_INIT(r->cli->arena);

		e = option_feature_read(r->cli, all[i], &feature);
		array.items[i] = feature.json;
		r->body->failed = r->body->failed || feature.failed;
	}
	body_set(r->body, f->field, array);
	return e;
}

static enum err
take_pairs(struct reading *r, const struct option_field *f)
{
	const char *const *all = usage_all(r->cli->usage, f->option);
	struct body pairs = BODY_INIT(r->cli->arena);

	for (size_t i = 0; i < count(all); i++) {
		struct slice rest = slice_str(all[i]);
		char *name = arena_str(r->cli->arena, slice_cut(&rest, '='));

		if (!name)
			return cli_no_memory(r->cli);
		if (!rest.p || !*name)
			return problem_set(r->cli, E_USAGE,
			    "--%s wants NAME=VALUE, not: %s", f->option, all[i]);
		body_set(&pairs, name, body_slice(rest));
	}
	body_set(r->body, f->field, pairs.json);
	r->body->failed = r->body->failed || pairs.failed;
	return E_OK;
}

static enum err
take(struct reading *r, const struct option_field *f, const char *text)
{
	switch (f->kind) {
	case OPT_TEXT:
		body_set(r->body, f->field, body_text(text));
		if (f->also)
			body_set(r->body, f->also, body_bool(true));
		return E_OK;
	case OPT_INT:
		return take_int(r, f, text);
	case OPT_TRUE:
	case OPT_FALSE:
		body_set(r->body, f->field, body_bool(f->kind == OPT_TRUE));
		return E_OK;
	case OPT_WORD:
		body_set(r->body, f->field, body_text(f->also));
		return E_OK;
	case OPT_LIST:
		return take_list(r, f);
	case OPT_SEATS:
		return take_seats(r, f, text);
	case OPT_DURATION:
		return take_duration(r, f, text);
	case OPT_FEATURES:
		return take_features(r, f);
	case OPT_PAIRS:
		return take_pairs(r, f);
	}
	return E_OK;
}

static enum err
take_sets(struct reading *r)
{
	const char *const *set = usage_all(r->cli->usage, "set");

	for (; set && *set; set++)
		if (!body_set_pair(r->body, *set))
			return problem_set(
			    r->cli, E_USAGE, "--set wants NAME=VALUE, not: %s", *set);
	return E_OK;
}

enum err
option_fields_read(struct cli *cli, const struct option_field *fields,
    const struct json *before, struct body *body)
{
	struct reading r = { cli, before, body };
	enum err e = E_OK;

	for (const struct option_field *f = fields; f && f->option && !e; f++) {
		const char *text = cli_option(cli, f->option);

		if (text)
			e = take(&r, f, text);
	}
	if (!e)
		e = take_sets(&r);
	return !e && body->failed ? cli_no_memory(cli) : e;
}
