#include "server/api/manage.h"

#include "base/log.h"
#include "server/action/signing_admin.h"

/* A change of keys on its way; in the call's arena. */
struct signing_call {
	struct manage_call *mc;
	struct signing_job job;
	struct pool_job work;
	void (*next)(struct signing_call *);
	bool is_done;
};

static struct signing_call *
signing_of(struct call *call)
{
	struct manage_call *mc = call->state;

	return container_of(mc->req.signing, struct signing_call, job);
}

static void
finish(struct signing_call *sc, enum err err)
{
	keystore_end(sc->job.keystore);
	manage_finish(sc->mc, err);
}

static void
work_done(struct mail *mail)
{
	struct pool_job *work = container_of(mail, struct pool_job, mail);
	struct signing_call *sc = container_of(work, struct signing_call, work);

	log_request(sc->mc->call->request->id);
	sc->next(sc);
	log_request(NULL);
}

static enum err
submit(struct signing_call *sc, void (*run)(struct pool_job *),
    void (*next)(struct signing_call *))
{
	struct call *call = sc->mc->call;

	sc->next = next;
	sc->work = (struct pool_job){ .mail = { .fn = work_done },
		.back = loop_mailbox(call->request->loop),
		.run = run };
	return pool_submit(api_options_of(call->api)->passwords, &sc->work);
}

static void
settled(struct signing_call *sc)
{
	finish(sc, sc->mc->call->run.err);
}

static void
run_settle(struct pool_job *work)
{
	struct signing_call *sc = container_of(work, struct signing_call, work);

	signing_settle(&sc->job, sc->is_done);
}

/* A full queue must not leave the former ring in its place. */
static void
acted(struct call *call)
{
	struct signing_call *sc = signing_of(call);
	struct manage_call *mc = sc->mc;

	sc->is_done = !call->run.err && !mc->dry_run && !mc->res.replayed;
	if (submit(sc, run_settle, settled)) {
		signing_settle(&sc->job, sc->is_done);
		settled(sc);
	}
}

static void
act(struct signing_call *sc)
{
	struct manage_call *mc = sc->mc;

	manage_start(mc, true, manage_run, &mc->req, &mc->res, acted);
}

static void
prepared(struct signing_call *sc)
{
	if (sc->job.err)
		finish(sc, sc->job.err);
	else
		act(sc);
}

static void
run_prepare(struct pool_job *work)
{
	signing_prepare(&container_of(work, struct signing_call, work)->job);
}

/* Refusals are the action's: only it knows whether an earlier answer is asked for. */
static void
looked(struct call *call)
{
	struct signing_call *sc = signing_of(call);
	enum err err = call->run.err;

	if (err && err_info(err)->kind == ERR_FAULT)
		finish(sc, err);
	else if (err)
		act(sc);
	else if ((err = submit(sc, run_prepare, prepared)))
		finish(sc, err);
}

void
manage_signing(struct manage_call *mc)
{
	struct call *call = mc->call;
	const struct api_options *options = api_options_of(call->api);
	struct signing_call *sc = arena_alloc(call->arena, sizeof(*sc));

	if (!sc || !options->keystore || !keystore_begin(options->keystore)) {
		manage_finish(mc, sc ? E_UNAVAILABLE : E_NO_MEMORY);
		return;
	}
	sc->mc = mc;
	sc->job = (struct signing_job){ .keystore = options->keystore,
		.slot = options->keys,
		.store = options->store,
		.arena = call->arena,
		.now = call->now,
		.dry_run = mc->dry_run };
	mc->req.signing = &sc->job;
	manage_start(mc, false, signing_look, &mc->req, &sc->job, looked);
}
