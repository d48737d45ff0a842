#include "server/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "server/dev.h"
#include "server/http/guard.h"
#include "server/process.h"
#include "server/sandbox.h"

static int
serve_fail(const struct usage *u, const struct app *app, enum err err, const char *what)
{
	for (size_t i = 0; i < app->loaded.load.n_faults; i++) {
		const struct conf_fault *f = &app->loaded.load.fault[i];

		fprintf(stderr, "%s: %s: %s\n", f->origin, f->key, f->message);
	}
	log_error("start_refused", "code=%s what=%s", err_code(err), what);
	return command_fail(u, err, what);
}

static void
print_ready(const struct app *app)
{
	struct buf line = BUF_INIT(app->arena);

	app_listen_line(app, &line);
	log_info("ready", "line=%.*s", (int)line.n, line.p);
	buf_char(&line, '\n');
	fwrite(line.p, 1, line.n, stdout);
	fflush(stdout);
	process_notify("READY=1");
}

static enum err
confine(const struct config *config)
{
	enum err err;

	if (!config->server_sandbox || !sandbox_is_built()) {
		log_warn("no_sandbox", "cause=%s",
		    config->server_sandbox ? "built without libseccomp"
					   : "server.sandbox is no");
		return E_OK;
	}
	if ((err = sandbox_enter()) == E_OK)
		log_info("sandboxed", "calls=%zu", sandbox_allowed());
	return err;
}

static void
tidy_secrets(struct app *app)
{
	app_keys_tidy(app);
	if (secret_not_locked() > 0)
		log_warn("memory_not_locked", "secrets=%zu hint=%s", secret_not_locked(),
		    "raise RLIMIT_MEMLOCK, else keys may be swapped out");
}

static void
serve_until_stopped(struct app *app)
{
	while (process_wait() == PROCESS_RELOAD) {
		process_notify("RELOADING=1");
		app_reload(app);
		process_notify("READY=1");
	}
	process_notify("STOPPING=1");
	log_info(
	    "stopping", "connections=%lld", (long long)server_connections(app->server));
	atomic_store(&app->draining, true);
	process_stop_on_signal();
}

static int
serve(struct usage *u, struct app *app, const struct config_source *source)
{
	const char *what = "configuration";
	enum err err = app_init(app, u->arena, source);

	if (err != E_OK)
		return serve_fail(u, app, err, what);
	log_setup((enum log_level)app->config->log_level,
	    (enum log_format)app->config->log_format, app->dev ? "DEV" : NULL);
	what = app->config->server_user;
	if ((err = process_drop_root(what, app->data_dir)) != E_OK)
		return serve_fail(u, app, err, what);
	if ((err = app_start(app, APP_SERVE, &what)) != E_OK)
		return serve_fail(u, app, err, what);
	process_catch_faults();
	what = "sample data";
	err = app->dev ? dev_fill(app) : E_OK;
	if (err == E_OK) {
		tidy_secrets(app);
		what = "server.sandbox";
		err = confine(app->config);
	}
	if (err != E_OK) {
		app_stop(app);
		return serve_fail(u, app, err, what);
	}
	print_ready(app);
	serve_until_stopped(app);
	app_stop(app);
	log_info("stopped", "code=%d", 0);
	return 0;
}

int
command_serve(struct usage *u)
{
	struct config_source source;
	struct app app;
	bool dev = usage_has(u, "dev");
	enum err err;
	int code;

	memset(&app, 0, sizeof(app));
	if (!guard_memory())
		log_warn("memory_not_guarded", "cause=%s", "OpenSSL refused");
	command_source(u, &source);
	if (dev && (err = dev_make(u->arena, &source)) != E_OK)
		return command_fail(u, err, "the temporary data directory");
	code = serve(u, &app, &source);
	if (dev)
		dev_remove(source.data_dir);
	return code;
}
