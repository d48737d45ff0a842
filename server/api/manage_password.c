#include "server/api/manage.h"

#include "base/log.h"
#include "base/metric.h"
#include "keys/password.h"

static void
hash_all(struct pool_job *job)
{
	struct manage_call *mc = container_of(job, struct manage_call, hashing);

	for (size_t i = 0; i < mc->passwords.n && !mc->hash_err; i++) {
		struct manage_password *p = &mc->passwords.item[i];
		char *text = arena_alloc(mc->call->arena, PASSWORD_HASH);

		mc->hash_err = text ? password_hash(p->plain, text) : E_NO_MEMORY;
		p->hash = slice_str(mc->hash_err ? NULL : text);
		metric_add(METRIC_PASSWORD_HASHES, 1);
	}
}

static void
hashed(struct mail *mail)
{
	struct pool_job *job = container_of(mail, struct pool_job, mail);
	struct manage_call *mc = container_of(job, struct manage_call, hashing);

	log_request(mc->call->request->id);
	mc->next(mc);
	log_request(NULL);
}

void
manage_hash(struct manage_call *mc, void (*next)(struct manage_call *))
{
	const struct api_options *options = api_options_of(mc->call->api);

	mc->next = next;
	mc->hashing = (struct pool_job){ .mail = { .fn = hashed },
		.back = loop_mailbox(mc->call->request->loop),
		.run = hash_all };
	mc->hash_err = pool_submit(options->passwords, &mc->hashing);
	if (!mc->hash_err)
		return;
	metric_add(METRIC_PASSWORD_REFUSED, 1);
	next(mc);
}
