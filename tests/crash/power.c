/*
 * power DATA RECORD BASE LEDGER DIR STATES [no-sync | early]: replays the record of a
 * server's writes over BASE, its store file when the record began, in DIR, a store's
 * directory, and makes at every sync the states in which a power loss may leave the file:
 * of what was not synced nothing, all, all but one page, one page alone, random ones with
 * a torn page, and longer files without their contents. STATES: about so many of the
 * states of single pages, 0 for each. LEDGER: power.h. DATA is the server's data
 * directory, for its keys and the file as it is now.
 *
 * The last word is for testing this test: syncs that do nothing, answers sent before the
 * sync that they wait for. Exit 1: some state is wrong.
 */
#include "tests/crash/power.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "keys/keystore.h"

#define LARGE ((size_t)4 << 30)
#define GO_ON_EVERY 101
#define TORN 2

struct run {
	struct arena *arena;
	struct power_record record;
	struct ledger ledger;
	struct disk disk;
	struct check check;
	unsigned char *mask;
	size_t states, singles, stride;
	size_t last; /* first piece of the last write */
	uint64_t random;
	bool no_sync, early;
	const char *variant;
};

static unsigned
random_below(struct run *r, size_t n)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (unsigned)(r->random % n);
}

static enum err
try_state(struct run *r, const char *variant, int64_t length)
{
	struct disk *d = &r->disk;
	enum err err = disk_show(d, r->mask, length);

	r->variant = variant;
	if (err == E_OK)
		err = check_state(&r->check);
	if (err == E_OK && ++r->states % GO_ON_EVERY == 0) {
		if ((err = check_goes_on(&r->check)) == E_OK)
			err = disk_restore(d);
		return err;
	}
	return err == E_OK ? disk_hide(d, r->mask) : err;
}

/* All but one piece, and one alone. */
static enum err
try_singles(struct run *r)
{
	enum err err = E_OK;

	for (size_t i = 0; i < r->disk.n && r->disk.n > 1 && err == E_OK; i++) {
		if (r->singles++ % r->stride != 0)
			continue;
		memset(r->mask, POWER_WHOLE, r->disk.n);
		r->mask[i] = 0;
		if ((err = try_state(r, "one page dropped", 0)) != E_OK)
			return err;
		memset(r->mask, 0, r->disk.n);
		r->mask[i] = POWER_WHOLE;
		err = try_state(r, "one page kept", 0);
	}
	return err;
}

static enum err
try_torn(struct run *r)
{
	enum err err = E_OK;

	for (size_t i = 0; i < TORN && r->disk.n > 0 && err == E_OK; i++) {
		for (size_t k = 0; k < r->disk.n; k++)
			r->mask[k] = random_below(r, 2) ? POWER_WHOLE : 0;
		r->mask[random_below(r, r->disk.n)] =
		    (unsigned char)random_below(r, POWER_WHOLE);
		err = try_state(r, "a torn page", 0);
	}
	return err;
}

/* The file has its new length and zeros instead of contents. */
static enum err
try_lengths(struct run *r)
{
	int64_t longest = r->disk.length;
	enum err err;

	for (size_t i = 0; i < r->disk.n; i++) {
		const struct piece *piece = &r->disk.pending[i];

		if (piece->at + (int64_t)piece->bytes.n > longest)
			longest = piece->at + (int64_t)piece->bytes.n;
	}
	if (longest == r->disk.length)
		return E_OK;
	memset(r->mask, 0, r->disk.n);
	err = try_state(r, "longer by zeros", longest);
	if (err != E_OK)
		return err;
	return try_state(r, "longer by some zeros", (r->disk.length + longest) / 2);
}

/* Every state that a power loss before the end of this sync may leave. */
static enum err
try_all(struct run *r)
{
	enum err err;

	memset(r->mask, 0, r->disk.n + 1);
	if ((err = try_state(r, "nothing kept", 0)) != E_OK || r->disk.n == 0)
		return err;
	if ((err = try_singles(r)) != E_OK || (err = try_torn(r)) != E_OK ||
	    (err = try_lengths(r)) != E_OK)
		return err;
	memset(r->mask, POWER_WHOLE, r->disk.n);
	return try_state(r, "all kept", 0);
}

static void
tell_until_sync(struct run *r, size_t from)
{
	const struct power_event *e = &r->record.event[from];

	for (size_t i = from; i < r->record.n && e->kind != RECORD_SYNC; i++, e++)
		if (e->kind == RECORD_SEND)
			ledger_tell(&r->ledger, e->bytes);
}

static enum err
step(struct run *r, size_t i)
{
	const struct power_event *e = &r->record.event[i];
	bool all = e->kind == RECORD_SYNC;
	enum err err;

	switch (e->kind) {
	case RECORD_SEND:
		ledger_tell(&r->ledger, e->bytes);
		return E_OK;
	case RECORD_WRITE:
		r->last = r->disk.n;
		return disk_write(&r->disk, e->at, e->bytes);
	case RECORD_LENGTH:
		return disk_length(&r->disk, e->at);
	case RECORD_SYNC:
	case RECORD_DURABLE:
		break;
	}
	if (all && r->no_sync)
		return E_OK;
	if (all && r->early)
		tell_until_sync(r, i + 1);
	err = try_all(r);
	return err == E_OK ? disk_sync(&r->disk, all ? 0 : r->last) : err;
}

static enum err
replay(struct run *r)
{
	for (size_t i = 0; i < r->record.n; i++) {
		enum err err = step(r, i);

		if (err != E_OK) {
			fprintf(stderr, "event %zu, commit %zu, %s: %s (%s)\n", i,
			    r->check.commits, r->variant ? r->variant : "",
			    r->check.problem ? r->check.problem : "", err_code(err));
			return err;
		}
	}
	r->disk.n = 0;
	return try_all(r);
}

/* Every write was seen: the replayed file is the one that the server left. */
static enum err
compare_file(struct run *r, const char *path)
{
	struct slice bytes;
	enum err err = file_read(r->arena, path, LARGE / 4, &bytes);

	if (err == E_OK && (bytes.n != (size_t)r->disk.length ||
			       memcmp(bytes.p, r->disk.durable, bytes.n) != 0)) {
		fprintf(stderr, "%s is not what was recorded\n", path);
		return E_VERIFY;
	}
	return err;
}

static enum err
load(struct run *r, char **argv)
{
	const char *file = arena_printf(r->arena, "%s/store/data.mdb", argv[1]);
	const char *shown = arena_printf(r->arena, "%s/data.mdb", argv[5]);
	const struct key want = { .use = KEY_STORE };
	struct secret *master = NULL;
	struct keystore *keys;
	struct key key;
	bool sealed;
	struct stat st;
	enum err err;

	if (!file || !shown || stat(file, &st) != 0)
		return E_NO_STORE;
	if (!(keys = keystore_new(file_path(r->arena, argv[1], "keys"), NULL)))
		return E_NO_MEMORY;
	if ((err = keystore_open(keys, &want, &key, &master, &sealed)) != E_OK)
		return err;
	r->check.seal = seal_new(secret_slice(master));
	if ((err = power_record_load(r->arena, argv[2], st.st_ino, &r->record)) != E_OK ||
	    (err = disk_open(r->arena, shown, argv[3], &r->disk)) != E_OK ||
	    (err = ledger_load(r->arena, argv[4], &r->ledger)) != E_OK)
		return err;
	r->mask = arena_alloc(r->arena, POWER_PENDING_MAX);
	r->check.commit =
	    arena_array(r->arena, POWER_COMMITS_MAX, sizeof(*r->check.commit));
	r->check.audited = map_new();
	r->check.arena = arena_new(LARGE);
	return r->mask && r->check.commit && r->check.audited && r->check.arena
	           ? E_OK
	           : E_NO_MEMORY;
}

static size_t
stride_for(const struct power_record *record, size_t states)
{
	size_t all = 0;

	for (size_t i = 0; i < record->n; i++)
		if (record->event[i].kind == RECORD_WRITE)
			all += 2 * (record->event[i].bytes.n / POWER_PAGE);
	return states == 0 ? 1 : all / states + 1;
}

static enum err
run(struct run *r, char **argv, int argc)
{
	int64_t states;
	enum err err;

	r->arena = arena_new(LARGE);
	r->check.dir = argv[5];
	r->check.ledger = &r->ledger;
	r->random = 88172645463325252u;
	if (!slice_to_int(slice_str(argv[6]), &states))
		return E_USAGE;
	r->no_sync = argc > 7 && strcmp(argv[7], "no-sync") == 0;
	r->early = argc > 7 && strcmp(argv[7], "early") == 0;
	if (r->arena == NULL)
		return E_NO_MEMORY;
	if ((err = load(r, argv)) != E_OK)
		return err;
	r->stride = stride_for(&r->record, (size_t)states);
	if ((err = replay(r)) != E_OK)
		return err;
	return compare_file(r, arena_printf(r->arena, "%s/store/data.mdb", argv[1]));
}

int
main(int argc, char **argv)
{
	static struct run r;
	enum err err = argc >= 7 ? run(&r, argv, argc) : E_USAGE;

	printf("states=%zu commits=%zu promises=%zu told=%zu events=%zu\n", r.states,
	    r.check.commits, r.ledger.n, r.ledger.told_n, r.record.n);
	if (err != E_OK)
		fprintf(stderr, "power: %s\n", err_code(err));
	return err == E_OK ? 0 : 1;
}
