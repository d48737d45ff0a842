#include "server/api/v4_offline.h"

#include "base/clock.h"
#include "keys/wire_prefix.h"
#include "server/api/multipart.h"

#define SPACES " \t\r\n\v\f"

static bool
is_space(char c)
{
	return c != '\0' && strchr(SPACES, c);
}

/* Base64 with white space anywhere, with or without its padding. */
static enum err
decode_base64(struct arena *a, struct slice body, struct slice *out)
{
	struct buf text = BUF_INIT(a);
	char *to = buf_room(&text, body.n + 3);
	size_t n = 0;

	if (!to)
		return E_NO_MEMORY;
	for (size_t i = 0; i < body.n; i++)
		if (!is_space(body.p[i]))
			to[n++] = body.p[i];
	if (n > 0 && to[n - 1] != '=' && n % 4 != 1)
		while (n % 4)
			to[n++] = '=';
	return base64_decode(a, slice_of(to, n), out);
}

enum err
v4_file_text(struct arena *a, const struct request *r, struct slice *json)
{
	struct slice type = slice_trim(request_header(r, "Content-Type")), body;
	size_t at = 0;

	if (type.n == 0)
		return E_MISSING_HEADERS;
	if (r->body.n == 0)
		return E_MISSING_CONTENT;
	if (!multipart_file(type, r->body, &body))
		return E_VALIDATION;
	while (at < body.n && is_space(body.p[at]))
		at++;
	if (at == body.n)
		return E_MISSING_CONTENT;
	*json = slice_from(body, at);
	return body.p[at] == '{' ? E_OK : decode_base64(a, body, json);
}

/* --- the place of a member in a text that json_parse has taken ------------------------
 */

static void
skip_space(struct slice *rest)
{
	while (rest->n > 0 && rest->p[0] != '\0' && strchr(" \t\r\n", rest->p[0]))
		*rest = slice_from(*rest, 1);
}

/* Behind a string that begins at 0; 0: it has no end. */
static size_t
string_length(struct slice s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return 0;
}

static size_t
scalar_length(struct slice s)
{
	size_t n = 0;

	while (n < s.n && (s.p[n] == '\0' || !strchr(",]} \t\r\n", s.p[n])))
		n++;
	return n;
}

/* Behind an array or object that begins at 0; 0: it has no end. */
static size_t
nest_length(struct slice s)
{
	size_t depth = 0, n = 0;

	while (n < s.n) {
		char c = s.p[n];
		size_t step = c == '"' ? string_length(slice_from(s, n)) : 1;

		if (step == 0)
			return 0;
		n += step;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return n;
	}
	return 0;
}

static bool
take_value(struct slice *rest, struct slice *value)
{
	size_t n;

	skip_space(rest);
	if (rest->n == 0)
		return false;
	if (rest->p[0] == '"')
		n = string_length(*rest);
	else if (rest->p[0] == '{' || rest->p[0] == '[')
		n = nest_length(*rest);
	else
		n = scalar_length(*rest);
	*value = slice_head(*rest, n);
	*rest = slice_from(*rest, n);
	return n > 0;
}

static bool
take_char(struct slice *rest, char c)
{
	skip_space(rest);
	if (rest->n == 0 || rest->p[0] != c)
		return false;
	*rest = slice_from(*rest, 1);
	return true;
}

/* Value of the object's member number `at`, counted from 0. */
static bool
member_span(struct slice text, size_t at, struct slice *value)
{
	struct slice name;

	if (!take_char(&text, '{'))
		return false;
	for (size_t i = 0;; i++) {
		if (!take_value(&text, &name) || !take_char(&text, ':') ||
		    !take_value(&text, value))
			return false;
		if (i == at)
			return true;
		if (!take_char(&text, ','))
			return false;
	}
}

/* --- forms ---------------------------------------------------------------------------
 */

/* A text, or absent when it is not there, null or empty: *out is null then. */
static enum err
optional(const struct json *object, const char *name, struct slice *out)
{
	const struct json *value = json_get(object, name);

	*out = SLICE_NULL;
	if (!value || value->type == JSON_NULL)
		return E_OK;
	if (!json_to_text(value, out))
		return E_VALIDATION;
	if (out->n == 0)
		*out = SLICE_NULL;
	return E_OK;
}

static bool
is_there(const struct json *object, const char *name)
{
	const struct json *value = json_get(object, name);

	return value && value->type != JSON_NULL &&
	       !(value->type == JSON_TEXT && value->text.n == 0);
}

static enum err
find_fields(struct slice text, const struct json *whole, struct v4_file *file)
{
	const struct json *request = json_get(whole, "request");
	size_t at = 0;

	file->fields = whole;
	if (!request || request->type == JSON_TEXT || request->type == JSON_NULL)
		return E_OK;
	if (request->type != JSON_OBJECT)
		return E_VALIDATION;
	file->fields = request;
	while (&whole->members[at].value != request)
		at++;
	return member_span(text, at, &file->span) ? E_OK : E_INTERNAL;
}

static enum err
find_credential(const struct json *whole, struct v4_file *file)
{
	const char *name = is_there(file->fields, "api_key") ? "api_key" : "client_id";
	enum err err;

	if (!is_there(file->fields, name) || !is_there(file->fields, "date") ||
	    !is_there(whole, "signature"))
		return E_AUTH_MISSING_PARAMS;
	err = optional(file->fields, name, &file->credential);
	if (!err)
		err = optional(file->fields, "date", &file->date);
	if (!err)
		err = optional(whole, "signature", &file->signature);
	if (!err)
		err = optional(file->fields, "request_id", &file->request_id);
	/* There are no OAuth clients: a client_id is one that nobody knows. */
	file->inner.params.apikey =
	    slice_is(slice_str(name), "api_key") ? file->credential : SLICE("");
	return err;
}

/* Values that are no texts sign as nothing; v4_decode refuses them. */
static struct slice
text_of(const struct json *object, const char *name)
{
	struct slice text;

	return optional(object, name, &text) ? SLICE_NULL : text;
}

enum err
v4_file_sign_text(
    struct arena *a, const struct v4_file *file, struct slice date, struct slice *out)
{
	struct slice id = text_of(file->fields, "license_key");
	struct buf text = BUF_INIT(a);

	if (!id.p)
		id = text_of(file->fields, "username");
	buf_add(&text, wire_prefix, sizeof(wire_prefix));
	buf_str(&text, "\ndate: ");
	buf_slice_add(&text, date);
	buf_char(&text, '\n');
	buf_slice_add(&text, id);
	buf_char(&text, '\n');
	buf_slice_add(&text, text_of(file->fields, "hardware_id"));
	buf_char(&text, '\n');
	buf_slice_add(&text, file->credential);
	*out = buf_slice(&text);
	return buf_finish(&text);
}

enum err
v4_file_parse(struct arena *a, struct slice text, struct v4_file *file)
{
	struct json *whole;
	enum err err = json_parse(a, text, &whole);

	if (err == E_MISSING_CONTENT || (!err && whole->type != JSON_OBJECT))
		return E_INVALID_JSON;
	if (!err)
		err = find_fields(text, whole, file);
	if (!err)
		err = find_credential(whole, file);
	if (err)
		return err;
	if (!file->span.p)
		return v4_file_sign_text(a, file, file->date, &file->signed_text);
	file->signed_text = file->span;
	return E_OK;
}

bool
v4_file_date(struct slice text, int64_t *out)
{
	bool has_time = slice_find(text, ':') >= 0;

	return clock_parse_http(text, out) || clock_parse_js(text, out) ||
	       (has_time && clock_parse_iso(text, out));
}
