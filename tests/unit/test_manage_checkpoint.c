/* A history that was rewritten whole, hashes and all: only a checkpoint shows it. */
#include "tests/support/manage_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "server/action/audit_text.h"
#include "server/action/checkpoint.h"
#include "server/store/record.h"

#define TEXT "Content-Type: text/plain\n"
#define LOG_MAX 64

static struct manage_keys keys;

static int
set_up(void **state)
{
	if (manage_setup(state) != 0)
		return -1;
	manage_keys_open(&keys, *state, true);
	return 0;
}

static int
tear_down(void **state)
{
	manage_keys_close(&keys);
	return manage_teardown(state);
}

static const char *
make_checkpoint(struct manage_world *w)
{
	assert_int_equal(ask(w, "POST audit/checkpoints/", NULL, NULL), 201);
	return arena_str(w->arena, json_get(w->json, "checkpoint")->text);
}

static int64_t
seq_of(struct manage_world *w)
{
	return json_get(w->json, "seq")->integer;
}

static void
add_products(struct manage_world *w)
{
	for (char c = 'a'; c < 'e'; c++)
		assert_int_equal(
		    ask(w, "POST products/",
			arena_printf(w->arena,
			    "{\"product_name\":\"P\",\"short_code\":\"p%c\"}", c),
			NULL),
		    201);
}

static bool
is_whole(struct manage_world *w)
{
	assert_int_equal(ask(w, "GET audit/verify/", NULL, NULL), 200);
	return json_get(w->json, "ok")->boolean;
}

static void
expect(struct manage_world *w, const char *text, const char *problem)
{
	const struct json *told;

	assert_int_equal(ask(w, "POST audit/verify/", text, TEXT), 200);
	told = json_get(w->json, "problem");
	assert_true(json_get(w->json, "ok")->boolean == !problem);
	if (!problem)
		assert_int_equal(told->type, JSON_NULL);
	else
		assert_string_equal(arena_str(w->arena, told->text), problem);
}

/* --- the intruder, who holds the store's key ---------------------------------------- */

enum deed { FLIP, DROP, SWAP, ADD };

struct intrusion {
	enum deed deed;
	bool drops_checkpoints;
	struct audit log[LOG_MAX];
	size_t n;
};

static enum err
read_log(struct txn *txn, struct intrusion *in)
{
	struct record_scan scan;
	enum err e = record_scan(txn, T_AUDIT, -1, SLICE_NULL, SLICE_NULL, false, &scan);

	for (in->n = 0; !e && in->n < LOG_MAX - 1; in->n += !e)
		e = record_next(&scan, &in->log[in->n]);
	return e == E_NOT_FOUND ? E_OK : e;
}

static void
do_deed(struct intrusion *in)
{
	struct audit *at = &in->log[in->n - 3], kept = *at;
	size_t rest = (size_t)(&in->log[in->n] - at);

	switch (in->deed) {
	case FLIP:
		at->action = SLICE("product.deleted");
		break;
	case DROP:
		memmove(at, at + 1, (rest - 1) * sizeof(*at));
		in->n--;
		break;
	case SWAP:
		at[0] = at[1];
		at[1] = kept;
		break;
	case ADD:
		memmove(at + 1, at, rest * sizeof(*at));
		in->n++;
		break;
	}
}

static enum err
drop_all(struct txn *txn, enum table table)
{
	struct record_scan scan;
	union {
		struct audit audit;
		struct audit_detail detail;
		struct checkpoint checkpoint;
	} rec;
	enum err e = record_scan(txn, table, -1, SLICE_NULL, SLICE_NULL, false, &scan);

	while (!e) {
		e = record_next(&scan, &rec);
		if (!e)
			e = record_del(txn, table, &rec);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
write_log(struct txn *txn, struct intrusion *in)
{
	static unsigned char hash[LOG_MAX][AUDIT_HASH_LEN];
	struct meta head = { .key = SLICE("audit_head"), .number = (int64_t)in->n };
	enum err e = E_OK;

	for (size_t i = 0; i < in->n && !e; i++) {
		struct audit *entry = &in->log[i];

		entry->seq = (int64_t)i + 1;
		if (i > 0)
			entry->prev = slice_of(hash[i - 1], AUDIT_HASH_LEN);
		e = audit_hash(txn->arena, entry, hash[i]);
		entry->hash = slice_of(hash[i], AUDIT_HASH_LEN);
		if (!e)
			e = record_put(txn, T_AUDIT, entry);
		head.bytes = entry->hash;
	}
	return e ? e : record_put(txn, T_META, &head);
}

/* Details would tell: they are erased, which is lawful. */
static enum err
intrude(struct txn *txn, void *arg)
{
	struct intrusion *in = arg;
	enum err e = read_log(txn, in);

	if (!e)
		e = drop_all(txn, T_AUDIT);
	if (!e)
		e = drop_all(txn, T_AUDIT_DETAIL);
	if (!e && in->drops_checkpoints)
		e = drop_all(txn, T_CHECKPOINT);
	if (e)
		return e;
	do_deed(in);
	return write_log(txn, in);
}

static const char *
words(struct manage_world *w, enum deed deed, int64_t seq)
{
	static const char why[] =
	    "this history was changed after the checkpoint was made";

	if (deed == DROP)
		return arena_printf(w->arena,
		    "it is of entry %lld, but this history ends at entry %lld; %s",
		    (long long)seq, (long long)seq - 1, why);
	return arena_printf(
	    w->arena, "entry %lld has another hash here; %s", (long long)seq, why);
}

static void
rewrite(struct manage_world *w, enum deed deed)
{
	struct intrusion *in = arena_alloc(w->arena, sizeof(*in));
	const char *kept;
	int64_t seq;

	add_products(w);
	kept = make_checkpoint(w);
	seq = seq_of(w);
	assert_true(is_whole(w));
	expect(w, kept, NULL);
	in->deed = deed;
	assert_int_equal(store_write_now(w->store, w->arena, intrude, in), E_OK);
	assert_false(is_whole(w)); /* the server's own copy tells */
	in->drops_checkpoints = true;
	in->deed = FLIP;
	assert_int_equal(store_write_now(w->store, w->arena, intrude, in), E_OK);
	assert_true(is_whole(w)); /* nothing in the store does any more */
	expect(w, kept, words(w, deed, seq));
}

static void
test_flipped(void **state)
{
	rewrite(*state, FLIP);
}

static void
test_dropped(void **state)
{
	rewrite(*state, DROP);
}

static void
test_swapped(void **state)
{
	rewrite(*state, SWAP);
}

static void
test_added(void **state)
{
	rewrite(*state, ADD);
}

/* --- what is kept ------------------------------------------------------------------- */

struct moved {
	int64_t from, to;
};

static enum err
move_checkpoint(struct txn *txn, void *arg)
{
	const struct moved *m = arg;
	struct checkpoint c = { .seq = m->from };
	enum err e = record_get(txn, T_CHECKPOINT, &c);

	c.seq = m->to;
	return e ? e : record_put(txn, T_CHECKPOINT, &c);
}

static enum err
walk(struct txn *txn, void *arg)
{
	return checkpoint_walk(txn, arg);
}

static void
test_kept_ones(void **state)
{
	struct manage_world *w = *state;
	struct checkpoint_walk all = { .from = 1, .max = 2 };
	struct moved move;

	for (int i = 0; i < 5; i++)
		make_checkpoint(w);
	move = (struct moved){ seq_of(w), seq_of(w) - 1 };
	do {
		assert_int_equal(store_read_now(w->store, w->arena, walk, &all), E_OK);
		all.from = all.next;
	} while (all.next);
	assert_int_equal(all.seen, 5);
	assert_int_equal(
	    store_write_now(w->store, w->arena, move_checkpoint, &move), E_OK);
	all = (struct checkpoint_walk){ .from = 1, .max = 100 };
	assert_int_equal(store_read_now(w->store, w->arena, walk, &all), E_VERIFY);
	assert_int_equal(all.broken_at, move.to);
	assert_string_equal(all.problem, "another one lies in its place");
}

/* Nobody could believe what such a key signs. */
static void
test_not_certified(void **state)
{
	struct manage_world *w = *state;
	struct keyring_part part[MK_N];
	struct keyring *ring;

	memcpy(part, keys.part, sizeof(part));
	part[MK_ROOT].material = NULL;
	part[MK_ISSUING].certificate = SLICE_NULL;
	assert_int_equal(keyring_new(part, MK_N, &ring), E_OK);
	keyring_slot_set(w->keys, ring);
	assert_int_equal(ask(w, "POST audit/checkpoints/", NULL, NULL), 400);
	assert_string_equal(pick_text(w, "code"), "not_certified");
	assert_int_equal(ask(w, "GET audit/export/", NULL, NULL), 400);
	assert_string_equal(pick_text(w, "message"),
	    "The issuing key has no certificate by the root key");
	assert_true(is_whole(w));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_flipped),
		TEST(test_dropped),
		TEST(test_swapped),
		TEST(test_added),
		TEST(test_kept_ones),
		TEST(test_not_certified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
