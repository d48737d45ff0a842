#include "server/api/v4_decode.h"

#include "server/action/variable.h"

#define VARIABLE_NAME_MAX 64
#define VARIABLE_VALUE_MAX 4096
#define USERNAME_MIN 3

enum err
v4_value_text(const struct v4_value *v, struct slice *out)
{
	if (!v->json) {
		*out = v->text;
		return E_OK;
	}
	return json_to_text(v->json, out) ? E_OK : E_VALIDATION;
}

enum err
v4_value_int(const struct v4_value *v, int64_t *out)
{
	bool ok = v->json ? json_to_int(v->json, out) : slice_to_int(v->text, out);

	return ok ? E_OK : E_VALIDATION;
}

enum err
v4_value_bool(const struct v4_value *v, bool *out)
{
	if (v->json)
		return json_to_bool(v->json, out) ? E_OK : E_VALIDATION;
	*out = slice_is(v->text, "true") || slice_is(v->text, "1");
	if (*out || slice_is(v->text, "false") || slice_is(v->text, "0"))
		return E_OK;
	return E_VALIDATION;
}

static enum err
variable_text(struct arena *a, const struct json *value, struct slice *out)
{
	struct buf text = BUF_INIT(a);

	if (value->type == JSON_ARRAY || value->type == JSON_OBJECT)
		return E_VALIDATION;
	if (value->type == JSON_TEXT) {
		*out = value->text.p ? value->text : SLICE("");
	} else {
		json_print(&text, value);
		if (!buf_ok(&text))
			return E_NO_MEMORY;
		*out = buf_slice(&text);
	}
	return out->n <= VARIABLE_VALUE_MAX ? E_OK : E_VALIDATION;
}

static bool
variable_name_valid(struct slice name)
{
	return name.n >= 1 && name.n <= VARIABLE_NAME_MAX && slice_is_plain(name);
}

enum err
v4_value_variables(
    struct arena *a, const struct v4_value *v, struct pair **out, size_t *n)
{
	const struct json *object = v->json;

	*n = 0;
	if (!object || object->type != JSON_OBJECT || object->n > VARIABLES_MAX)
		return E_VALIDATION;
	*out = arena_array(a, object->n + 1, sizeof(**out));
	if (!*out)
		return E_NO_MEMORY;
	for (size_t i = 0; i < object->n; i++) {
		const struct json_member *m = &object->members[i];
		struct pair *pair = &(*out)[*n];
		enum err err;

		if (!variable_name_valid(m->name))
			return E_VALIDATION;
		if (m->value.type == JSON_NULL)
			continue;
		pair->name = m->name;
		err = variable_text(a, &m->value, &pair->value);
		if (err)
			return err;
		(*n)++;
	}
	return E_OK;
}

static enum err
feature_use(const struct json *item, struct feature_use *out, bool *given)
{
	const struct json *code = json_get(item, "code");
	const struct json *amount = json_get(item, "consumptions");

	*given = amount && amount->type != JSON_NULL;
	if (!code || !json_to_text(code, &out->code) ||
	    !code_valid(out->code, 2, MAX_CODE))
		return E_VALIDATION;
	if (!*given)
		return E_OK;
	if (!json_to_int(amount, &out->amount) || out->amount < -MAX_CONSUMPTION_STEP ||
	    out->amount > MAX_CONSUMPTION_STEP)
		return E_VALIDATION;
	return E_OK;
}

enum err
v4_value_features(
    struct arena *a, const struct v4_value *v, struct feature_use **out, size_t *n)
{
	const struct json *array = v->json;

	*n = 0;
	if (!array || array->type != JSON_ARRAY || array->n > MAX_FEATURES)
		return E_VALIDATION;
	*out = arena_array(a, array->n + 1, sizeof(**out));
	if (!*out)
		return E_NO_MEMORY;
	for (size_t i = 0; i < array->n; i++) {
		bool given;
		enum err err = feature_use(&array->items[i], &(*out)[*n], &given);

		if (err)
			return err;
		*n += given;
	}
	return E_OK;
}

struct slice
v4_cut(struct slice text, size_t max)
{
	size_t n = max;

	if (text.n <= max)
		return text;
	while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return slice_head(text, n);
}

bool
v4_username_valid(struct slice username)
{
	struct slice rest = username;
	struct slice email = slice_trim(slice_cut(&rest, '|'));

	return slice_is_plain(username) && email.n >= USERNAME_MIN &&
	       email.n <= MAX_EMAIL;
}
