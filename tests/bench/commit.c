/*
 * What one durable commit costs on this disk: the yardstick of goals.md S3, S4 and S8.
 * Commits of 6 small puts, one by one, through the store's own engine; prints commits per
 * second and the median in microseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "server/model/audit.h"
#include "server/store/record.h"

#define COMMITS 1000
#define PUTS 6

static enum err
put_some(struct txn *txn, void *arg)
{
	int64_t *next = arg;
	enum err err = E_OK;

	for (int i = 0; i < PUTS && err == E_OK; i++) {
		char key[32];
		struct meta meta = { .number = *next };

		snprintf(key, sizeof(key), "bench:%lld", (long long)(*next)++);
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

int
main(int argc, char **argv)
{
	static int64_t took[COMMITS];
	struct store_options options = { .ops = &store_lmdb_ops,
		.schema = &model_schema,
		.dir = argc > 1 ? argv[1] : NULL,
		.map_max = INT64_C(1) << 32,
		.batch_max = 1,
		.create = true };
	struct store *store;
	int64_t next = 0, start;

	if (argc != 2 || store_open(&store, &options) != E_OK) {
		fprintf(stderr, "usage: commit EMPTY-DIRECTORY\n");
		return 2;
	}
	start = clock_monotonic();
	for (int i = 0; i < COMMITS; i++) {
		struct arena *arena = arena_new(0);
		int64_t began = clock_monotonic();

		if (store_write_now(store, arena, put_some, &next) != E_OK)
			return 6;
		took[i] = clock_monotonic() - began;
		arena_free(arena);
	}
	start = clock_monotonic() - start;
	qsort(took, COMMITS, sizeof(took[0]), by_size);
	printf("%lld %lld\n", (long long)(COMMITS * CLOCK_SECOND / start),
	    (long long)took[COMMITS / 2]);
	store_close(store);
	return 0;
}
