#include "server/app.h"

#include <unistd.h>

#include "base/log.h"
#include "server/process.h"

#define LISTENERS_MAX 18
/* Descriptors beside connections: store, log, a backup, the admin socket's connections.
 */
#define FILES_OWN 28
#define FILES_THREAD 6
#define CONNECTIONS_LEAST 8

static enum err
tls_make(struct tls **out, const char *cert, const char *key, const char **what)
{
	if (!cert)
		return E_OK;
	*what = cert;
	return tls_new(out, cert, key);
}

static unsigned
threads_of(const struct config *c)
{
	long cores;

	if (c->server_threads > 0)
		return (unsigned)c->server_threads;
	cores = sysconf(_SC_NPROCESSORS_ONLN);
	return cores < 1 ? 1 : cores > 64 ? 64 : (unsigned)cores;
}

/* What the limit of descriptors leaves for connections: were it exhausted, a flood would
 * lock the administrator out as well. */
static int64_t
connections_of(const struct config *c)
{
	int64_t left = process_files() - FILES_OWN -
	               FILES_THREAD * (int64_t)threads_of(c) -
	               (int64_t)c->server_listen.n;

	if (left >= c->server_max_connections)
		return c->server_max_connections;
	log_warn("few_descriptors", "limit=%lld connections=%lld wanted=%lld",
	    (long long)process_files(), (long long)left,
	    (long long)c->server_max_connections);
	return left < CONNECTIONS_LEAST ? 0 : left;
}

static struct server_options
options_of(const struct config *c)
{
	return (struct server_options){
		.threads = threads_of(c),
		.max_connections = connections_of(c),
		.max_per_address = c->server_max_per_address,
		.header_timeout = c->server_header_timeout,
		.body_timeout = c->server_body_timeout,
		.idle_timeout = c->server_idle_timeout,
		.header_max = 8192,
		.trusted_proxies = c->server_trusted_proxies.item,
		.n_trusted_proxies = c->server_trusted_proxies.n,
		.slow = c->log_slow,
	};
}

static size_t
specs_of(struct app *app, struct listen_spec spec[static LISTENERS_MAX])
{
	const struct config *c = app->config;
	size_t n = 0;

	app->public_at = app->admin_at = app->socket_at = -1;
	for (size_t i = 0; i < c->server_listen.n && i < LISTENERS_MAX - 2; i++) {
		if (i == 0)
			app->public_at = (int)n;
		spec[n++] = (struct listen_spec){ .name = "public",
			.address = c->server_listen.item[i],
			.tls = app->tls[0],
			.service = api_public_service(app->api) };
	}
	if (c->admin_listen && *c->admin_listen) {
		app->admin_at = (int)n;
		spec[n++] = (struct listen_spec){ .name = "admin",
			.address = c->admin_listen,
			.tls = app->tls[1],
			.service = api_admin_service(app->api) };
	}
	if (c->admin_socket && *c->admin_socket) {
		app->socket_at = (int)n;
		spec[n++] = (struct listen_spec){ .name = "socket",
			.address = c->admin_socket,
			.is_unix = true,
			.service = api_admin_service(app->api) };
	}
	return n;
}

enum err
app_listen_start(struct app *app, const char **what)
{
	const struct config *c = app->config;
	struct server_options options = options_of(c);
	struct listen_spec spec[LISTENERS_MAX];
	enum err err;
	size_t n;

	*what = "the limit of open files (ulimit -n) leaves none for connections";
	if (options.max_connections < 1)
		return E_IO;
	if ((err = tls_make(&app->tls[0], c->server_tls_cert, c->server_tls_key, what)) !=
		E_OK ||
	    (err = tls_make(&app->tls[1], c->admin_tls_cert, c->admin_tls_key, what)) !=
		E_OK)
		return err;
	n = specs_of(app, spec);
	*what = "server.listen, admin.listen, admin.socket; the log names the address";
	if ((err = server_new(&app->server, &options, spec, n)) != E_OK)
		return err;
	return server_start(app->server);
}

void
app_listen_stop(struct app *app)
{
	if (app->server)
		server_stop(app->server, app->config->server_drain_timeout);
	server_free(app->server);
	app->server = NULL;
	for (size_t i = 0; i < APP_TLS_MAX; i++) {
		tls_free(app->tls[i]);
		app->tls[i] = NULL;
	}
}

static const char *
url_at(const struct app *app, int at)
{
	return at < 0 ? "-" : server_listener(app->server, (size_t)at)->url;
}

void
app_listen_line(const struct app *app, struct buf *out)
{
	buf_printf(out, "ready public=%s admin=%s socket=%s", url_at(app, app->public_at),
	    url_at(app, app->admin_at), url_at(app, app->socket_at));
}

static void
log_faults(const struct conf_load *load)
{
	for (size_t i = 0; i < load->n_faults; i++)
		log_error("config_fault", "origin=%s key=%s message=%s",
		    load->fault[i].origin, load->fault[i].key, load->fault[i].message);
}

/* What is not marked R keeps the value it started with. */
static void
keep_fixed(struct config *fresh, const struct config *running)
{
	for (size_t i = 0; i < config_n_options; i++) {
		const struct conf_option *o = &config_options[i];

		if (!o->reloadable)
			conf_copy_value(o, fresh, running);
	}
}

static enum err
stage_tls(struct app *app, const struct config *fresh)
{
	const char *const file[APP_TLS_MAX][2] = {
		{ fresh->server_tls_cert, fresh->server_tls_key },
		{ fresh->admin_tls_cert, fresh->admin_tls_key },
	};
	enum err err = E_OK;

	for (size_t i = 0; i < APP_TLS_MAX && err == E_OK; i++) {
		if (!app->tls[i] != !file[i][0])
			log_warn("reload_partly", "option=%s hint=%s",
			    i ? "admin.tls_cert" : "server.tls_cert",
			    "TLS goes on or off at a restart only");
		else if (app->tls[i])
			err = tls_stage(app->tls[i], file[i][0], file[i][1]);
	}
	return err;
}

static void
apply(struct app *app, struct config_result *fresh)
{
	struct server_options options;

	keep_fixed(&fresh->config, app->config);
	app->config = &fresh->config;
	app_settings(app, &app->settings);
	api_set_settings(app->api, &app->settings);
	atomic_store(&app->request_max_age, app->config->offline_request_max_age);
	atomic_store(&app->checkpoint_interval, app->config->audit_checkpoint_interval);
	options = options_of(app->config);
	server_set_options(app->server, &options);
	for (size_t i = 0; i < APP_TLS_MAX; i++)
		if (app->tls[i])
			tls_commit(app->tls[i]);
	log_setup((enum log_level)app->config->log_level,
	    (enum log_format)app->config->log_format, app->dev ? "DEV" : NULL);
	log_info("reloaded", "file=%s", fresh->file ? fresh->file : "-");
}

/* Each reload has an arena of its own; what cannot change stays in the first one. */
void
app_reload(struct app *app)
{
	struct arena *arena = arena_new(0);
	struct config_result *fresh = arena ? arena_alloc(arena, sizeof(*fresh)) : NULL;
	enum err err = fresh ? config_load(arena, &app->source, fresh) : E_NO_MEMORY;

	if (err == E_OK)
		err = stage_tls(app, &fresh->config);
	if (err != E_OK) {
		if (fresh)
			log_faults(&fresh->load);
		log_error("reload_refused", "code=%s hint=%s", err_code(err),
		    "licetd check-config");
		arena_free(arena);
		return;
	}
	apply(app, fresh);
	arena_free(app->reload_arena);
	app->reload_arena = arena;
}
