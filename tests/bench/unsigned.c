/*
 * `licetd serve` on a data directory as --dev runs it, for v4.sign=no (goals.md S2): the
 * same parts with the same settings, but for the throw-away directory.
 */
#include <sodium.h>
#include <stdio.h>

#include "base/log.h"
#include "server/app.h"
#include "server/process.h"

static int
serve(struct app *app, struct arena *arena, const struct config_source *source)
{
	struct buf line = BUF_INIT(arena);
	const char *what = "configuration";
	enum err err = app_init(app, arena, source);

	if (!err)
		err = app_start(app, APP_SERVE, &what);
	if (err) {
		fprintf(stderr, "unsigned: %s: %s\n", err_code(err), what);
		app_stop(app);
		return err_info(err)->exit;
	}
	app_listen_line(app, &line);
	printf("%.*s\n", (int)line.n, line.p);
	fflush(stdout);
	while (process_wait() == PROCESS_RELOAD)
		app_reload(app);
	app_stop(app);
	return 0;
}

int
main(int argc, char **argv)
{
	static struct app app;
	struct arena *arena = sodium_init() < 0 ? NULL : arena_new(0);
	struct config_source source = { .dev = true };
	int code;

	if (argc < 2 || !arena) {
		fputs("usage: unsigned DATA-DIRECTORY [KEY=VALUE]...\n", stderr);
		return 2;
	}
	source.data_dir = argv[1];
	source.set = (const char *const *)argv + 2;
	process_setup();
	log_setup(LOG_ERROR, LOG_AUTO, NULL);
	code = serve(&app, arena, &source);
	arena_free(arena);
	return code;
}
