#include "server/job/jobs.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/action/lease_end.h"
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
