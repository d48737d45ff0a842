/*
 * One activation for each license of a data directory, in random order: the action that
 * serves activate_license, run by the store's writer, durable in groups. Reads license
 * keys from standard input; writes one line for each, in their order, which begins a
 * query: hardware_id=H&license_key=K.
 */
#include <malloc.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "server/action/client.h"
#include "server/action/run.h"
#include "server/app.h"

#define SLOTS 8192
#define KEY_LEN 29
#define HARDWARE_LEN 32

struct slot {
	struct action_run run;
	struct client_req req;
	struct client_res res;
	struct arena *arena;
	struct arena_mark mark;
	struct slot *next;
	struct fill *fill;
	char hardware[HARDWARE_LEN + 1];
};

struct fill {
	struct app app;
	struct arena *arena;
	struct actor actor;
	struct slice product;
	char (*key)[KEY_LEN + 1];
	uint32_t *order;
	size_t n, cap;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct slot slot[SLOTS];
	struct slot *idle;
	size_t n_idle;
	enum err err;
};

static uint64_t
mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static void
hardware_name(size_t i, char out[static HARDWARE_LEN + 1])
{
	snprintf(out, HARDWARE_LEN + 1, "%016llx%016llx", (unsigned long long)mix(i),
	    (unsigned long long)mix(~(uint64_t)i));
}

static bool
read_keys(struct fill *f)
{
	char line[64];

	while (fgets(line, sizeof(line), stdin)) {
		if (f->n == f->cap) {
			f->cap = f->cap ? 2 * f->cap : 1024;
			f->key = realloc(f->key, f->cap * sizeof(*f->key));
			f->order = realloc(f->order, f->cap * sizeof(*f->order));
			if (!f->key || !f->order)
				return false;
		}
		if (strcspn(line, "\n") != KEY_LEN)
			return false;
		memcpy(f->key[f->n], line, KEY_LEN);
		f->key[f->n][KEY_LEN] = '\0';
		f->order[f->n] = (uint32_t)f->n;
		f->n++;
	}
	return f->n > 0;
}

static void
shuffle(struct fill *f)
{
	for (size_t i = f->n - 1; i > 0; i--) {
		size_t j = (size_t)(mix(i * 3 + 1) % (i + 1));
		uint32_t was = f->order[i];

		f->order[i] = f->order[j];
		f->order[j] = was;
	}
}

static void
slot_done(struct action_run *run)
{
	struct slot *slot = container_of(run, struct slot, run);
	struct fill *f = slot->fill;

	arena_reset(slot->arena, slot->mark);
	pthread_mutex_lock(&f->lock);
	if (run->err != E_OK && f->err == E_OK)
		f->err = run->err;
	slot->next = f->idle;
	f->idle = slot;
	f->n_idle++;
	pthread_cond_signal(&f->wake);
	pthread_mutex_unlock(&f->lock);
}

static struct slot *
slot_take(struct fill *f)
{
	struct slot *slot;

	pthread_mutex_lock(&f->lock);
	while (!f->idle)
		pthread_cond_wait(&f->wake, &f->lock);
	slot = f->idle;
	f->idle = slot->next;
	f->n_idle--;
	pthread_mutex_unlock(&f->lock);
	return slot;
}

static void
activate(struct fill *f, size_t i)
{
	struct slot *slot = slot_take(f);

	hardware_name(i, slot->hardware);
	slot->req = (struct client_req){ .single = true,
		.product = f->product,
		.hardware_id = slice_str(slot->hardware),
		.license_key = slice_str(f->key[i]),
		.license_id = FIELD_NONE,
		.consumptions = FIELD_NONE,
		.max_overages = FIELD_NONE };
	slot->run = (struct action_run){ .store = f->app.store,
		.seal = f->app.seal,
		.actor = &f->actor,
		.arena = slot->arena,
		.now = clock_now(),
		.write = true,
		.fn = action_activate,
		.req = &slot->req,
		.res = &slot->res,
		.done = slot_done };
	action_run(&slot->run);
}

static bool
slots_make(struct fill *f)
{
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->wake, NULL);
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *slot = &f->slot[i];

		slot->fill = f;
		if (!(slot->arena = arena_new(0)))
			return false;
		slot->mark = arena_mark(slot->arena);
		slot->next = f->idle;
		f->idle = slot;
		f->n_idle++;
	}
	return true;
}

static enum err
fill_run(struct fill *f)
{
	enum err err = store_start(f->app.store);
	char hardware[HARDWARE_LEN + 1];

	if (err)
		return err;
	for (size_t i = 0; i < f->n; i++) {
		activate(f, f->order[i]);
		if (i % 50000 == 49999)
			fprintf(stderr, "%zu activations\n", i + 1);
	}
	store_stop(f->app.store);
	for (size_t i = 0; i < f->n; i++) {
		hardware_name(i, hardware);
		printf("hardware_id=%s&license_key=%s\n", hardware, f->key[i]);
	}
	return f->err;
}

int
main(int argc, char **argv)
{
	static const char *const set[] = { "store.batch_max=2048", NULL };
	static struct fill f;
	struct config_source source = { .set = set };
	const char *what = "usage: fill_activate DATA-DIRECTORY PRODUCT <KEYS";
	enum err err = E_USAGE;

	/* As in the daemon: child transactions take and give back megabytes. */
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	if (argc == 3 && sodium_init() >= 0 && (f.arena = arena_new(0)) &&
	    read_keys(&f) && slots_make(&f)) {
		shuffle(&f);
		f.product = slice_str(argv[2]);
		f.actor = (struct actor){ .type = ACTOR_CLIENT,
			.id = SLICE("1"),
			.name = SLICE("fill"),
			.credential = SLICE("1"),
			.address = SLICE("192.0.2.1"),
			.request_id = SLICE("fill"),
			.account_id = FIELD_NONE };
		source.data_dir = argv[1];
		err = app_init(&f.app, f.arena, &source);
		if (!err)
			err = app_start(&f.app, APP_STORE, &what);
		if (!err)
			err = fill_run(&f);
		app_stop(&f.app);
	}
	for (size_t i = 0; i < f.app.loaded.load.n_faults; i++)
		what = f.app.loaded.load.fault[i].message;
	if (err)
		fprintf(stderr, "fill_activate: %s: %s\n", err_code(err), what);
	return err_info(err)->exit;
}
