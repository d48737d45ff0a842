#include "server/job/jobs.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "keys/keyring.h"
#include "server/action/checkpoint.h"
#include "server/action/lease_end.h"
#include "server/action/run.h"
#include "server/action/upkeep.h"
#include "server/action/upload.h"

enum err
job_touch(const struct job_context *context, struct arena *arena, int64_t now)
{
	int64_t written = 0;
	enum err err = touch_flush(context->touch, context->store, &written);

	(void)arena;
	(void)now;
	if (written)
		log_debug("touched", "rows=%lld", (long long)written);
	return err;
}

enum err
job_trim(const struct job_context *context, struct arena *arena, int64_t now)
{
	int64_t max_age = atomic_load(context->request_max_age);
	enum err err = upkeep_trim(context->store, arena, now);

	if (!err && max_age)
		err = upload_trim(context->store, arena, now - max_age - CLOCK_DAY);
	return err ? err : lease_trim(context->store, arena, now);
}

enum err
job_leases(const struct job_context *context, struct arena *arena, int64_t now)
{
	int64_t freed = 0;
	enum err err = lease_end(context->store, arena, now, &freed);

	if (freed)
		log_info("leases_ended", "rows=%lld", (long long)freed);
	return err;
}

/* Off: looked at now and then, since a reload may turn it on. */
int64_t
job_checkpoint_every(const struct job_context *context)
{
	int64_t every = atomic_load(context->checkpoint_interval);

	return every > 0 ? every : CLOCK_DAY;
}

enum err
job_checkpoint(const struct job_context *context, struct arena *arena, int64_t now)
{
	const struct actor actor = {
		.type = ACTOR_JOB, .name = SLICE("licetd"), .account_id = FIELD_NONE
	};
	struct keyring *ring;
	struct issuer issuer = { 0 };
	struct checkpoint made = { 0 };
	struct action_run run = { .store = context->store,
		.seal = context->seal,
		.issuer = &issuer,
		.actor = &actor,
		.arena = arena,
		.now = now,
		.write = true,
		.fn = action_checkpoint_due,
		.res = &made };
	enum err err;

	if (atomic_load(context->checkpoint_interval) == 0)
		return E_OK;
	ring = keyring_slot_take(context->keys);
	issuer.keyring = ring;
	err = action_run_now(&run);
	keyring_unref(ring);
	if (err == E_OK && made.seq)
		log_info("checkpoint_made", "seq=%lld", (long long)made.seq);
	/* Each start has warned of the missing certificate. */
	return err == E_NOT_CERTIFIED ? E_OK : err;
}
