#include "server/app.h"

#include "base/clock.h"
#include "server/action/change.h"
#include "server/action/run.h"
#include "server/model/audit.h"
#include "server/store/record.h"

static enum err
last_audit(struct txn *txn, void *arg)
{
	int64_t *when = arg;
	struct record_scan scan;
	struct audit entry;
	enum err err;

	*when = FIELD_NONE;
	err = record_scan(txn, T_AUDIT, -1, SLICE_NULL, SLICE_NULL, true, &scan);
	if (err != E_OK)
		return err;
	err = record_next(&scan, &entry);
	if (err == E_OK)
		*when = entry.time;
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
app_last_audit(struct app *app, int64_t *when)
{
	struct arena *arena = arena_new(0);
	enum err err;

	if (!arena)
		return E_NO_MEMORY;
	err = store_read_now(app->store, arena, last_audit, when);
	arena_free(arena);
	return err;
}

struct note {
	const char *action;
	struct slice detail;
};

static enum err
note_action(struct action_ctx *ctx, const void *req, void *res)
{
	const struct note *note = req;

	(void)res;
	return audit_append(
	    ctx, note->action, "system", SLICE(""), FIELD_NONE, note->detail);
}

enum err
app_note_detail(struct app *app, const char *action, struct slice detail)
{
	const struct actor actor = {
		.type = ACTOR_JOB, .name = SLICE("licetd"), .account_id = FIELD_NONE
	};
	const struct note note = { action, detail };
	struct action_run run = { .store = app->store,
		.seal = app->seal,
		.actor = &actor,
		.arena = arena_new(0),
		.now = clock_now(),
		.write = true,
		.fn = note_action,
		.req = &note };
	enum err err;

	if (!run.arena)
		return E_NO_MEMORY;
	err = action_run_now(&run);
	arena_free(run.arena);
	return err;
}

enum err
app_note(struct app *app, const char *action)
{
	return app_note_detail(app, action, SLICE("{}"));
}
