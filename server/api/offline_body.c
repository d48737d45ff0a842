#include "server/api/offline.h"

#include "offline/carrier.h"

static const char *
fault_text(struct arena *a, const struct carrier_fault *fault)
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
		ask->more = fault_text(a, &item->fault);
		return E_OK;
	}
	return oc->proofs ? offline_open_proof(a, item->kind, item->bytes, ask)
	                  : offline_open_request(
				a, call_ring(oc->call), item->kind, item->bytes, ask);
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
		oc->more = fault_text(a, &fault);
		return err;
	}
	oc->batch.n = list.n;
	oc->batch.ask = arena_array(a, list.n, sizeof(*oc->batch.ask));
	if (!oc->batch.ask)
		return E_NO_MEMORY;
	for (size_t i = 0; i < list.n && !err; i++)
		err = open_item(oc, &list.item[i], &oc->batch.ask[i]);
	return err;
}
