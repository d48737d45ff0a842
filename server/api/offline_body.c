#include "server/api/offline.h"

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

enum err
offline_open(struct offline_call *oc, const struct carrier_object *item, size_t n)
{
	enum err err = E_OK;

	if (!api_options_of(oc->call->api)->keys)
		return E_UNAVAILABLE;
	oc->batch.n = n;
	oc->batch.ask = arena_array(oc->call->arena, n, sizeof(*oc->batch.ask));
	if (n && !oc->batch.ask)
		return E_NO_MEMORY;
	for (size_t i = 0; i < n && !err; i++)
		err = open_item(oc, &item[i], &oc->batch.ask[i]);
	return err;
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
	return offline_open(oc, list.item, list.n);
}
