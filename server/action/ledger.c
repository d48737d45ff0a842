#include "server/action/ledger.h"

#include "base/json.h"
#include "server/action/change.h"

struct ledger {
	struct json_writer w;
	bool gained;
};

static void
pair_open(struct ledger *g, const char *name)
{
	jw_key(&g->w, name);
	jw_array(&g->w);
	if (g->gained)
		jw_null(&g->w);
}

static void
pair_close(struct ledger *g)
{
	if (!g->gained)
		jw_null(&g->w);
	jw_end(&g->w);
}

static void
pair_ints(struct ledger *g, const char *name, int64_t from, int64_t to)
{
	jw_key(&g->w, name);
	jw_array(&g->w);
	jw_int(&g->w, from);
	jw_int(&g->w, to);
	jw_end(&g->w);
}

static enum err
ledger_append(const struct lookup *l, const struct part *part, bool gained, int64_t was,
    const struct ledger_excess *excess)
{
	struct buf text = BUF_INIT(l->ctx->arena), id = BUF_INIT(l->ctx->arena);
	struct ledger g = { .gained = gained };

	jw_init(&g.w, &text);
	jw_object(&g.w);
	pair_open(&g, "hardware_id");
	jw_text(&g.w, l->req->hardware_id);
	pair_close(&g);
	pair_open(&g, "device_id");
	jw_int(&g.w, part->activation.o.id);
	pair_close(&g);
	pair_ints(&g, "seats_used", was, part->license.seats_used);
	if (excess->license)
		pair_ints(&g, "consumption_excess", 0, excess->license);
	if (excess->features)
		pair_ints(&g, "feature_consumption_excess", 0, excess->features);
	jw_end(&g.w);
	buf_int(&id, part->license.o.id);
	if (!buf_ok(&text) || !buf_ok(&id))
		return E_NO_MEMORY;
	return audit_append(l->ctx, gained ? "license.activated" : "license.deactivated",
	    "license", buf_slice(&id), part->license.o.id, buf_slice(&text));
}

enum err
ledger_activated(const struct lookup *l, const struct part *part, int64_t was)
{
	static const struct ledger_excess none;

	return ledger_append(l, part, true, was, &none);
}

enum err
ledger_deactivated(const struct lookup *l, const struct part *part, int64_t was,
    const struct ledger_excess *excess)
{
	return ledger_append(l, part, false, was, excess);
}
