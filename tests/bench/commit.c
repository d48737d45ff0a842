/*
 * What one durable commit costs in a data directory of tests/bench/fill: the yardstick of
 * goals.md S3, S4 and S8. Commits of 6 puts, one by one, through the store's own engine:
 * a license and a device anywhere in the file, four rows side by side. Prints commits per
 * second and the median in microseconds.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "server/app.h"
#include "server/model/audit.h"
#include "server/model/device.h"
#include "server/model/license.h"

#define COMMITS_MAX 10000
#define ROWS 4

struct bench {
	int64_t licenses, next;
};

static enum err
put_license(struct txn *txn, int64_t id)
{
	struct license license;
	enum err err = record_get_id(txn, T_LICENSE, id, &license);

	if (err)
		return err;
	license.transfer_count++;
	return record_put(txn, T_LICENSE, &license);
}

static enum err
put_device(struct txn *txn, int64_t id)
{
	struct device device;
	enum err err = record_get_id(txn, T_DEVICE, id, &device);

	if (err)
		return err;
	device.o.updated_at++;
	return record_put(txn, T_DEVICE, &device);
}

static enum err
put_some(struct txn *txn, void *arg)
{
	struct bench *b = arg;
	uint32_t n = (uint32_t)b->licenses;
	enum err err = put_license(txn, 1 + (int64_t)randombytes_uniform(n));

	if (!err)
		err = put_device(txn, 1 + (int64_t)randombytes_uniform(n));
	for (int i = 0; i < ROWS && !err; i++) {
		char key[32];
		struct meta meta = { .number = b->next };

		snprintf(key, sizeof(key), "bench:%lld", (long long)b->next++);
		meta.key = arena_slice(txn->arena, slice_str(key));
		err = record_put(txn, T_META, &meta);
	}
	return err;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static enum err
measure(struct store *store, struct bench *b, int64_t commits)
{
	static int64_t took[COMMITS_MAX];
	int64_t start = clock_monotonic();

	for (int64_t i = 0; i < commits; i++) {
		struct arena *arena = arena_new(0);
		int64_t began = clock_monotonic();
		enum err err =
		    arena ? store_write_now(store, arena, put_some, b) : E_NO_MEMORY;

		took[i] = clock_monotonic() - began;
		arena_free(arena);
		if (err)
			return err;
	}
	start = clock_monotonic() - start;
	qsort(took, (size_t)commits, sizeof(took[0]), by_size);
	printf("%lld %lld\n", (long long)(commits * CLOCK_SECOND / start),
	    (long long)took[commits / 2]);
	return E_OK;
}

int
main(int argc, char **argv)
{
	struct app app = { .started = 0 };
	struct config_source source = { .data_dir = argc == 4 ? argv[1] : NULL };
	struct bench b = { .licenses = argc == 4 ? atoll(argv[2]) : 0,
		.next = clock_now() };
	int64_t commits = argc == 4 ? atoll(argv[3]) : 0;
	struct arena *arena = sodium_init() < 0 ? NULL : arena_new(0);
	const char *what = "usage: commit DATA-DIRECTORY LICENSES COMMITS";
	enum err err = E_USAGE;

	if (arena && b.licenses > 0 && commits > 0 && commits <= COMMITS_MAX) {
		err = app_init(&app, arena, &source);
		if (!err)
			err = app_start(&app, APP_STORE, &what);
		if (!err)
			err = measure(app.store, &b, commits);
		app_stop(&app);
	}
	if (err)
		fprintf(stderr, "commit: %s: %s\n", err_code(err), what);
	arena_free(arena);
	return err_info(err)->exit;
}
