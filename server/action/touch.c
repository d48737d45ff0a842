#include "server/action/touch.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/wire.h"
#include "server/action/facts.h"
#include "server/model/account.h"
#include "server/model/audit.h"

#define TOUCH_BYTES (64u << 20)
#define TOUCH_BATCH 100 /* rows in one transaction */
#define TOUCH_COUNTS 10000
#define NO_LICENSE 0
#define KEY_ROOM 128 /* of a sum: names of the program's own, and the hour */

struct touch_row {
	struct touch_row *next;
	int64_t license_id, device_id; /* no license: an API key, by its id */
	int64_t seen, checks;
	struct facts facts;
	bool has_is_vm;
	struct slice peer;
};

struct touch_sum {
	struct touch_sum *next;
	struct slice metric, label;
	int64_t hour, count;
};

/* What has come in since the last flush. */
struct harvest {
	struct arena *arena;
	struct map *rows, *sums;
	struct touch_row *row;
	struct touch_sum *sum;
};

struct touch {
	struct arena *arena; /* holds this struct */
	pthread_mutex_t lock;
	struct harvest now;
	struct harvest due; /* being written, kept until all of it is */
};

static void
harvest_free(struct harvest *h)
{
	map_free(h->rows);
	map_free(h->sums);
	arena_free(h->arena);
	*h = (struct harvest){ 0 };
}

static bool
harvest_new(struct harvest *h)
{
	*h = (struct harvest){
		.arena = arena_new(TOUCH_BYTES), .rows = map_new(), .sums = map_new()
	};
	if (h->arena && h->rows && h->sums)
		return true;
	harvest_free(h);
	return false;
}

struct touch *
touch_new(void)
{
	struct arena *arena = arena_new(0);
	struct touch *t = arena ? arena_alloc(arena, sizeof(*t)) : NULL;

	if (!t || !harvest_new(&t->now) || pthread_mutex_init(&t->lock, NULL) != 0) {
		if (t)
			harvest_free(&t->now);
		arena_free(arena);
		return NULL;
	}
	t->arena = arena;
	return t;
}

void
touch_free(struct touch *t)
{
	if (!t)
		return;
	harvest_free(&t->now);
	harvest_free(&t->due);
	pthread_mutex_destroy(&t->lock);
	arena_free(t->arena);
}

static struct touch_row *
row_of(struct harvest *h, int64_t license_id, int64_t device_id)
{
	int64_t ids[] = { license_id, device_id };
	struct slice k = slice_of(ids, sizeof(ids));
	struct touch_row *row = map_get(h->rows, k);

	if (!row && map_count(h->rows) < TOUCH_MAX) {
		row = arena_alloc(h->arena, sizeof(*row));
		if (row && map_set(h->rows, k, row, NULL) != E_OK)
			row = NULL;
		if (row) {
			row->license_id = license_id;
			row->device_id = device_id;
			row->next = h->row;
			h->row = row;
		}
	}
	return row;
}

/* A repeated fact costs no memory. */
static void
text_keep(struct arena *arena, struct slice *kept, struct slice sent)
{
	struct slice copy;

	if (!sent.p || (kept->p && slice_equal(*kept, sent)))
		return;
	copy = arena_slice(arena, sent);
	if (copy.p)
		*kept = copy;
}

static void
facts_keep(struct harvest *h, struct touch_row *row, const struct facts *sent)
{
	for (size_t i = 0; i < facts_table.n; i++) {
		const struct field *f = &facts_table.fields[i];

		if (f->type == FIELD_TEXT)
			text_keep(h->arena,
			    (struct slice *)(void *)((char *)&row->facts + f->offset),
			    *(const struct slice *)(const void *)((const char *)sent +
								  f->offset));
	}
}

void
touch_add(struct touch *t, int64_t license_id, int64_t device_id, int64_t now,
    const struct facts *facts, bool has_is_vm, struct slice peer)
{
	struct touch_row *row;

	pthread_mutex_lock(&t->lock);
	row = row_of(&t->now, license_id, device_id);
	if (row) {
		row->checks++;
		if (now > row->seen)
			row->seen = now;
		facts_keep(&t->now, row, facts);
		if (has_is_vm) {
			row->facts.is_vm = facts->is_vm;
			row->has_is_vm = true;
		}
		text_keep(t->now.arena, &row->peer, peer);
	}
	pthread_mutex_unlock(&t->lock);
}

void
touch_key(struct touch *t, int64_t api_key_id, int64_t now)
{
	struct touch_row *row;

	pthread_mutex_lock(&t->lock);
	row = row_of(&t->now, NO_LICENSE, api_key_id);
	if (row && now > row->seen)
		row->seen = now;
	pthread_mutex_unlock(&t->lock);
}

static struct touch_sum *
sum_new(struct harvest *h, struct slice metric, struct slice label, int64_t hour)
{
	struct touch_sum *sum = arena_alloc(h->arena, sizeof(*sum));

	if (!sum)
		return NULL;
	sum->metric = arena_slice(h->arena, metric);
	sum->label = arena_slice(h->arena, label);
	sum->hour = hour;
	return sum->metric.p && sum->label.p ? sum : NULL;
}

static struct touch_sum *
sum_of(struct harvest *h, struct slice metric, struct slice label, int64_t hour)
{
	char room[KEY_ROOM];
	struct buf key = BUF_FIXED(room);
	struct touch_sum *sum = NULL;

	wire_key_text(&key, metric);
	wire_key_text(&key, label);
	wire_key_i64(&key, hour);
	if (buf_ok(&key))
		sum = map_get(h->sums, buf_slice(&key));
	if (!sum && buf_ok(&key) && map_count(h->sums) < TOUCH_COUNTS) {
		sum = sum_new(h, metric, label, hour);
		if (sum && map_set(h->sums, buf_slice(&key), sum, NULL) != E_OK)
			sum = NULL;
		if (sum) {
			sum->next = h->sum;
			h->sum = sum;
		}
	}
	return sum;
}

void
touch_count(struct touch *t, const char *metric, const char *label, int64_t now)
{
	int64_t hour = now - ((now % CLOCK_HOUR) + CLOCK_HOUR) % CLOCK_HOUR;
	struct touch_sum *sum;

	pthread_mutex_lock(&t->lock);
	sum = sum_of(&t->now, slice_str(metric), slice_str(label ? label : ""), hour);
	if (sum)
		sum->count++;
	pthread_mutex_unlock(&t->lock);
}

/* To the hour, so that a busy key costs one write in it. */
static enum err
key_write(struct txn *txn, const struct touch_row *row)
{
	int64_t hour = row->seen - row->seen % CLOCK_HOUR;
	struct api_key key;
	enum err err = record_get_id(txn, T_API_KEY, row->device_id, &key);

	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	if (key.last_used_at != FIELD_NONE && key.last_used_at >= hour)
		return E_OK;
	key.last_used_at = hour;
	return record_put(txn, T_API_KEY, &key);
}

static enum err
row_write(struct txn *txn, const struct touch_row *row)
{
	struct activation a = { .license_id = row->license_id,
		.device_id = row->device_id };
	struct device device;
	enum err err;

	if (row->license_id == NO_LICENSE)
		return key_write(txn, row);
	err = record_get(txn, T_ACTIVATION, &a);
	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	facts_merge(&a.facts, &row->facts, row->has_is_vm);
	if (row->peer.p)
		a.peer_address = row->peer;
	if (row->seen > a.last_seen_at)
		a.last_seen_at = row->seen;
	a.check_count += row->checks;
	err = record_put(txn, T_ACTIVATION, &a);
	if (!err)
		err = record_get_id(txn, T_DEVICE, row->device_id, &device);
	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	if (row->seen <= device.last_seen_at)
		return E_OK;
	device.last_seen_at = row->seen;
	return record_put(txn, T_DEVICE, &device);
}

static enum err
rows_write(struct txn *txn, void *arg)
{
	const struct touch_row *row = arg;
	enum err err = E_OK;

	for (int i = 0; !err && row && i < TOUCH_BATCH; i++, row = row->next)
		err = row_write(txn, row);
	return err;
}

static enum err
sums_write(struct txn *txn, void *arg)
{
	const struct touch_sum *sum = arg;
	enum err err = E_OK;

	for (int i = 0; !err && sum && i < TOUCH_BATCH; i++, sum = sum->next) {
		struct stat stat = {
			.metric = sum->metric, .label = sum->label, .hour = sum->hour
		};

		err = record_get(txn, T_STAT, &stat);
		if (err && err != E_NOT_FOUND)
			break;
		if (err)
			stat = (struct stat){ .metric = sum->metric,
				.label = sum->label,
				.hour = sum->hour };
		stat.count += sum->count;
		err = record_put(txn, T_STAT, &stat);
	}
	return err;
}

static enum err
batch_write(struct store *store, txn_fn *fn, void *arg)
{
	struct arena *arena = arena_new(0);
	enum err err;

	if (!arena)
		return E_NO_MEMORY;
	err = store_write_now(store, arena, fn, arg);
	arena_free(arena);
	return err;
}

static enum err
due_write(struct touch *t, struct store *store, int64_t *written)
{
	struct harvest *h = &t->due;
	enum err err = E_OK;

	while (!err && h->row) {
		err = batch_write(store, rows_write, h->row);
		for (int i = 0; !err && h->row && i < TOUCH_BATCH; i++) {
			*written += h->row->license_id != NO_LICENSE;
			h->row = h->row->next;
		}
	}
	while (!err && h->sum) {
		err = batch_write(store, sums_write, h->sum);
		for (int i = 0; !err && h->sum && i < TOUCH_BATCH; i++)
			h->sum = h->sum->next;
	}
	return err;
}

/* What a failed flush left is written first; only then the next harvest is taken. */
enum err
touch_flush(struct touch *t, struct store *store, int64_t *written)
{
	struct harvest fresh;
	enum err err = E_OK;

	*written = 0;
	if (t->due.arena)
		err = due_write(t, store, written);
	if (err)
		return err;
	harvest_free(&t->due);
	if (!harvest_new(&fresh))
		return E_NO_MEMORY;
	pthread_mutex_lock(&t->lock);
	t->due = t->now;
	t->now = fresh;
	pthread_mutex_unlock(&t->lock);
	err = due_write(t, store, written);
	if (err)
		log_warn("touch_kept", "cause=%s", err_code(err));
	else
		harvest_free(&t->due);
	return err;
}
