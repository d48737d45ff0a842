#include "server/dev.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fetch.h"
#include "base/file.h"
#include "base/json.h"
#include "server/init.h"
#include "server/init_dir.h"

#define ANSWER_MAX (1 << 20)

static const char *const dev_set[] = { "server.listen=127.0.0.1:0",
	"admin.listen=127.0.0.1:0", NULL };

static enum err
dev_directory(struct arena *arena, const char **dir)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	char *path =
	    arena_printf(arena, "%s/licet-dev-XXXXXX", run && *run ? run : "/tmp");

	if (!path)
		return E_NO_MEMORY;
	if (!mkdtemp(path))
		return E_IO;
	*dir = path;
	return E_OK;
}

static bool
is_given(const char *const *given, const char *setting)
{
	size_t key = strcspn(setting, "=") + 1;

	for (; given && *given; given++)
		if (strncmp(*given, setting, key) == 0)
			return true;
	return false;
}

/* Listeners that the command line does not name get free ports. */
static const char *const *
dev_settings(struct arena *arena, const char *const *given)
{
	size_t n = 0, at = 0;
	const char **set;

	while (given && given[n])
		n++;
	set = arena_array(arena, n + ARRAY_LEN(dev_set), sizeof(*set));
	if (!set)
		return NULL;
	for (size_t i = 0; dev_set[i]; i++)
		if (!is_given(given, dev_set[i]))
			set[at++] = dev_set[i];
	for (size_t i = 0; i < n; i++)
		set[at++] = given[i];
	return set;
}

enum err
dev_make(struct arena *arena, struct config_source *source)
{
	struct init_options o = { .vendor = "Dev", .owner = "dev@localhost" };
	struct init_summary summary;
	const char *what;
	enum err err = dev_directory(arena, &o.data_dir);

	if (err != E_OK)
		return err;
	source->data_dir = o.data_dir;
	source->file = NULL;
	source->dev = true;
	source->set = dev_settings(arena, source->set);
	if (!source->set)
		return E_NO_MEMORY;
	return init_run(arena, &o, &summary, &what);
}

/* One management call over the server's own socket; the answer's object. */
static enum err
dev_post(struct app *app, const char *path, const char *body, const struct json **out)
{
	static const char *const headers[] = { "Content-Type: application/json", NULL };
	struct fetch fetch = { .method = "POST",
		.url = arena_printf(app->arena, "http://localhost/api/v1/%s", path),
		.socket = app->config->admin_socket,
		.headers = headers,
		.body = slice_str(body),
		.timeout = 10 * CLOCK_SECOND,
		.max = ANSWER_MAX };
	struct json *answer = NULL;
	enum err err = fetch.url ? fetch_run(app->arena, &fetch) : E_NO_MEMORY;

	if (err != E_OK)
		return err;
	if (fetch.status != 201)
		return E_INTERNAL;
	err = json_parse(app->arena, fetch.answer, &answer);
	*out = answer;
	return err;
}

static enum err
dev_write(struct app *app, const char *name, const char *text)
{
	const char *path = file_path(app->arena, app->data_dir, name);
	enum err err;

	if (!path || !text)
		return E_NO_MEMORY;
	if ((err = file_create(path, slice_str(text), 0600)) == E_OK)
		printf("%-12s %s\n", name, path);
	return err;
}

static const char *
text_of(struct app *app, const struct json *object, const char *member)
{
	const struct json *value = json_get(object, member);

	return value && value->type == JSON_TEXT ? arena_str(app->arena, value->text)
	                                         : NULL;
}

static enum err
dev_license(struct app *app)
{
	const struct json *license;
	const char *key;
	enum err err = dev_post(app, "licenses/", "{\"product\":\"studio\"}", &license);

	if (err != E_OK)
		return err;
	key = text_of(app, license, "license_key");
	return key ? dev_write(app, "license.key", arena_printf(app->arena, "%s\n", key))
	           : E_INTERNAL;
}

static enum err
dev_client_key(struct app *app)
{
	const struct json *made;
	const char *key, *shared;
	enum err err = dev_post(app, "api-keys/", "{\"name\":\"dev\"}", &made);

	if (err != E_OK)
		return err;
	key = text_of(app, made, "api_key");
	shared = text_of(app, made, "shared_key");
	if (!key || !shared)
		return E_INTERNAL;
	return dev_write(app, "app.key",
	    arena_printf(app->arena, "API_KEY=%s\nSHARED_KEY=%s\n", key, shared));
}

enum err
dev_fill(struct app *app)
{
	static const char *const products[] = {
		"{\"short_code\":\"editor\",\"product_name\":\"Editor\"}",
		"{\"short_code\":\"render\",\"product_name\":\"Render\"}",
		"{\"short_code\":\"studio\",\"product_name\":\"Studio\",\"is_bundle\":"
		"true,"
		"\"members\":[\"editor\",\"render\"],\"policy\":{\"max_activations\":5}}",
	};
	const struct json *made;
	enum err err;

	if (!app->config->admin_socket || !*app->config->admin_socket)
		return E_OK;
	for (size_t i = 0; i < ARRAY_LEN(products); i++)
		if ((err = dev_post(app, "products/", products[i], &made)) != E_OK)
			return err;
	if ((err = dev_license(app)) != E_OK)
		return err;
	return dev_client_key(app);
}

void
dev_remove(const char *dir)
{
	init_dir_remove(dir);
}
