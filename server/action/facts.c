#include "server/action/facts.h"

void
facts_merge(struct facts *kept, const struct facts *sent, bool has_is_vm)
{
	for (size_t i = 0; i < facts_table.n; i++) {
		const struct field *f = &facts_table.fields[i];
		const struct slice *from;

		if (f->type != FIELD_TEXT)
			continue;
		from = (const void *)((const char *)sent + f->offset);
		if (from->p)
			*(struct slice *)(void *)((char *)kept + f->offset) = *from;
	}
	if (has_is_vm)
		kept->is_vm = sent->is_vm;
}

void
facts_apply(struct activation *activation, const struct client_req *req, int64_t now)
{
	facts_merge(&activation->facts, &req->facts, req->has_is_vm);
	if (req->peer_address.p)
		activation->peer_address = req->peer_address;
	activation->last_seen_at = now;
}
