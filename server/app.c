#include "server/app.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <config.h>
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "server/process.h"

struct part {
	const char *name;
	enum err (*start)(struct app *, const char **what);
	void (*stop)(struct app *);
};

static enum err
lock_start(struct app *app, const char **what)
{
	char *path = file_path(app->arena, app->data_dir, "licetd.lock");

	if (app->store_read_only)
		return E_OK;
	if (!path)
		return E_NO_MEMORY;
	*what = path;
	app->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (app->lock_fd < 0)
		return err_from_errno(errno);
	if (flock(app->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? E_ALREADY_RUNNING : err_from_errno(errno);
	return E_OK;
}

static void
lock_stop(struct app *app)
{
	if (app->lock_fd >= 0)
		close(app->lock_fd);
	app->lock_fd = -1;
}

static enum err
store_part_start(struct app *app, const char **what)
{
	struct store_options options = {
		.ops = &store_lmdb_ops,
		.schema = &model_schema,
		.dir = file_path(app->arena, app->data_dir, "store"),
		.map_max = app->config->store_map_max,
		.batch_max = app->config->store_batch_max,
		.read_only = app->store_read_only,
	};

	if (!options.dir)
		return E_NO_MEMORY;
	*what = options.dir;
	seal_checksum_key(app->seal, options.checksum_key);
	process_catch_faults();
	return store_open(&app->store, &options);
}

static void
store_part_stop(struct app *app)
{
	store_close(app->store);
	app->store = NULL;
}

/* A clock before the sources, or far behind the last entry, would judge every license
 * wrong. */
static enum err
clock_check(struct app *app, const char **what)
{
	int64_t last, now = clock_now();
	enum err err = app_last_audit(app, &last);

	if (err != E_OK)
		return err;
	*what = "the clock is before the build of this program";
	if (now < LICET_BUILD_TIME * CLOCK_SECOND)
		return E_CLOCK;
	*what = "the clock is over 5 minutes before the last audit entry";
	if (last != FIELD_NONE && now < last - 5 * CLOCK_MINUTE)
		return E_CLOCK;
	return E_OK;
}

static enum err
writer_start(struct app *app, const char **what)
{
	enum err err = clock_check(app, what);

	if (err != E_OK)
		return err;
	*what = "writer";
	if ((err = store_start(app->store)) != E_OK)
		return err;
	app->passwords = pool_new(2, 64);
	app->touch = touch_new();
	if (!app->passwords || !app->touch)
		return E_NO_MEMORY;
	return app_note(app, "system.started");
}

static void
writer_stop(struct app *app)
{
	pool_free(app->passwords);
	touch_free(app->touch);
	app->passwords = NULL;
	app->touch = NULL;
}

static bool
app_ready(void *arg, const char **why)
{
	const struct app *app = arg;

	if (atomic_load(&app->draining)) {
		*why = "draining";
		return false;
	}
	if (store_health(app->store) != E_OK) {
		*why = err_code(store_health(app->store));
		return false;
	}
	*why = "ready";
	return true;
}

void
app_settings(const struct app *app, struct api_settings *s)
{
	const struct config *c = app->config;
	const char *base = c->v4_base_url;

	if (!base || !*base)
		base = arena_printf(app->reload_arena ? app->reload_arena : app->arena,
		    "%s/api/v4", c->server_url);
	*s = (struct api_settings){
		.environment = c->v4_environment,
		.base_url = base ? base : "",
		.admin_url = c->admin_url,
		.date_window = c->v4_date_window,
		.sign = c->v4_sign,
		.v4_rate = c->v4_rate,
		.v4_fail_rate = c->v4_fail_rate,
		.v4_user_fail_rate = c->v4_user_fail_rate,
		.admin_rate = c->admin_rate,
		.offline_rate = c->offline_rate,
		.request_max_age = c->offline_request_max_age,
		.list_life = c->offline_revocations_ttl,
		.qr_bytes = c->offline_qr_bytes,
		.qr_level = c->offline_qr_level,
		.portal = c->offline_portal,
		.metrics = c->metrics_enabled,
		.dev = app->dev,
	};
}

static enum err
api_start(struct app *app, const char **what)
{
	struct api_options options = {
		.store = app->store,
		.seal = app->seal,
		.keys = app->keys,
		.keystore = app->keystore,
		.passwords = app->passwords,
		.touch = app->touch,
		.settings = &app->settings,
		.data_dir = app->data_dir,
		.ready = app_ready,
		.arg = app,
	};

	*what = "api";
	app_settings(app, &app->settings);
	return api_new(&app->api, &options);
}

static void
api_stop(struct app *app)
{
	api_free(app->api);
	app->api = NULL;
}

static enum err
jobs_start(struct app *app, const char **what)
{
	struct job_context context = { .store = app->store,
		.seal = app->seal,
		.touch = app->touch,
		.request_max_age = &app->request_max_age,
		.keys = app->keys,
		.checkpoint_interval = &app->checkpoint_interval };

	atomic_store(&app->request_max_age, app->config->offline_request_max_age);
	*what = "jobs";
	atomic_store(&app->checkpoint_interval, app->config->audit_checkpoint_interval);
	return scheduler_start(&app->scheduler, &context);
}

static void
jobs_stop(struct app *app)
{
	scheduler_stop(app->scheduler);
	app->scheduler = NULL;
	if (app_note(app, "system.stopped") != E_OK)
		log_error(
		    "stop_not_noted", "code=%s", err_code(store_health(app->store)));
	store_stop(app->store);
}

/* Jobs stand before the listeners: at stop, the last facts are written after the last
 * request. */
static const struct part parts[] = {
	{ "keys", app_keys_start, app_keys_stop },
	{ "lock", lock_start, lock_stop },
	{ "store", store_part_start, store_part_stop },
	{ "ring", app_ring_start, app_ring_stop },
	{ "writer", writer_start, writer_stop },
	{ "api", api_start, api_stop },
	{ "jobs", jobs_start, jobs_stop },
	{ "listeners", app_listen_start, app_listen_stop },
};

static const size_t part_of[] = {
	[APP_KEYS] = 1, [APP_LOCK] = 2, [APP_STORE] = 4, [APP_SERVE] = ARRAY_LEN(parts)
};

enum err
app_init(struct app *app, struct arena *arena, const struct config_source *source)
{
	enum err err;

	memset(app, 0, sizeof(*app));
	app->arena = arena;
	app->data_dir = source->data_dir;
	app->source = *source;
	app->dev = source->dev;
	app->lock_fd = -1;
	err = config_load(arena, source, &app->loaded);
	app->config = &app->loaded.config;
	return err;
}

enum err
app_start(struct app *app, enum app_part last, const char **what)
{
	while (app->started < part_of[last]) {
		const struct part *part = &parts[app->started];
		enum err err;

		*what = part->name;
		app->started++;
		if ((err = part->start(app, what)) != E_OK) {
			app_stop(app);
			return err;
		}
	}
	return E_OK;
}

void
app_stop(struct app *app)
{
	while (app->started > 0)
		parts[--app->started].stop(app);
	app->config = &app->loaded.config;
	arena_free(app->reload_arena);
	app->reload_arena = NULL;
}
