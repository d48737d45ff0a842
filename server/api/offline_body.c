#include "server/api/offline.h"

#include "base/log.h"

/* A signature takes a tenth of a millisecond, a sealed box as much again: so many of them
 * hold up nobody. */
#define OPEN_HERE_MAX 4

const char *
offline_fault_text(struct arena *a, const struct carrier_fault *fault)
{
	if (!fault->what)
		return fault->line ? arena_printf(a, "line %zu", fault->line) : NULL;
	return fault->line ? arena_printf(a, "line %zu: %s", fault->line, fault->what)
	                   : fault->what;
}

static enum err
open_item(
    struct offline_call *oc, const struct carrier_object *item, struct offline_ask *ask)
{
	struct arena *a = oc->call->arena;

	ask->err = item->err;
	if (item->err) {
		ask->more = offline_fault_text(a, &item->fault);
		return E_OK;
	}
	return oc->proofs ? offline_open_proof(a, item->kind, item->bytes, ask)
	                  : offline_open_request(
				a, call_ring(oc->call), item->kind, item->bytes, ask);
}

static enum err
open_all(struct offline_call *oc)
{
	enum err err = E_OK;

	for (size_t i = 0; i < oc->batch.n && !err; i++)
		err = open_item(oc, &oc->item[i], &oc->batch.ask[i]);
	return err;
}

/* Pool thread; the loop leaves the call alone. */
static void
open_job(struct pool_job *job)
{
	struct offline_call *oc = container_of(job, struct offline_call, job);

	oc->open_err = open_all(oc);
}

static void
open_done(struct mail *mail)
{
	struct offline_call *oc = container_of(mail, struct offline_call, job.mail);

	log_request(oc->call->request->id);
	oc->item = NULL;
	oc->opened(oc, oc->open_err);
	log_request(NULL);
}

void
offline_open(struct offline_call *oc, void (*next)(struct offline_call *, enum err))
{
	enum err err = E_OK;

	oc->opened = next;
	if (oc->item && oc->batch.n > OPEN_HERE_MAX) {
		call_ring(oc->call);
		oc->job = (struct pool_job){ .mail = { .fn = open_done },
			.back = loop_mailbox(oc->call->request->loop),
			.run = open_job };
		err = pool_submit(api_options_of(oc->call->api)->passwords, &oc->job);
		if (!err)
			return;
	} else if (oc->item) {
		err = open_all(oc);
	}
	oc->item = NULL;
	next(oc, err);
}

enum err
offline_take(struct offline_call *oc, const struct carrier_object *item, size_t n)
{
	if (!api_options_of(oc->call->api)->keys)
		return E_UNAVAILABLE;
	oc->item = item;
	oc->batch.n = n;
	oc->batch.ask = arena_array(oc->call->arena, n, sizeof(*oc->batch.ask));
	return n && !oc->batch.ask ? E_NO_MEMORY : E_OK;
}

enum err
offline_read(struct offline_call *oc, struct slice body)
{
	struct arena *a = oc->call->arena;
	struct carrier_fault fault = { 0 };
	struct carrier_list list;
	enum err err = slice_trim(body).n ? E_OK : E_MISSING_CONTENT;

	if (!err && !api_options_of(oc->call->api)->keys)
		err = E_UNAVAILABLE;
	if (!err)
		err = carrier_read(a, body, OFFLINE_ASKS_MAX, &list, &fault);
	if (err) {
		oc->more = offline_fault_text(a, &fault);
		return err;
	}
	return offline_take(oc, list.item, list.n);
}
