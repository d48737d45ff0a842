#include "server/api/offline.h"

/* What a management call has beside its own state. */
struct opening {
	struct offline_call oc;
	struct manage_call *mc;
	void (*next)(struct manage_call *);
};

/* The answer of manage_finish shows the message of the action's context. */
static void
refuse(struct opening *o, enum err err)
{
	struct call *call = o->oc.call;
	const char *message = err_info(err)->message;

	call->run.ctx = (struct action_ctx){ .object_revision = FIELD_NONE };
	if (o->oc.more)
		call->run.ctx.message =
		    slice_str(arena_printf(call->arena, "%s: %s", message, o->oc.more));
	manage_finish(o->mc, err);
}

static void
opened(struct offline_call *oc, enum err err)
{
	struct opening *o = container_of(oc, struct opening, oc);

	if (err) {
		refuse(o, err);
		return;
	}
	o->mc->req.kept = &oc->batch;
	o->next(o->mc);
}

static void
open_body(struct manage_call *mc, bool proofs, void (*next)(struct manage_call *))
{
	struct opening *o = arena_alloc(mc->call->arena, sizeof(*o));
	enum err err;

	if (!o) {
		manage_finish(mc, E_NO_MEMORY);
		return;
	}
	o->mc = mc;
	o->next = next;
	o->oc.call = mc->call;
	o->oc.proofs = proofs;
	err = offline_read(&o->oc, mc->req.file);
	if (err)
		refuse(o, err);
	else
		offline_verify(&o->oc, opened);
}

void
manage_open_requests(struct manage_call *mc, void (*next)(struct manage_call *))
{
	open_body(mc, false, next);
}

void
manage_open_proofs(struct manage_call *mc, void (*next)(struct manage_call *))
{
	open_body(mc, true, next);
}
