/* Random operations against a plain array that says what must be there. */
#include "tests/store/fixture.h"

#include <string.h>

#include "base/wire.h"

#define STEPS 10000
#define LICENSES 12
#define REST 8
#define SLOTS (LICENSES * REST)
#define SPACES 4

struct model {
	uint64_t seed;
	int steps;
	int value[SPACES][SLOTS]; /* 0: absent */
	int kept[SPACES][SLOTS];  /* before the transaction or child at hand */
	char key[SPACES][SLOTS][16];
	size_t key_n[SPACES][SLOTS];
};

/* In the main tree, in a tree of its own; two that share the cluster. */
static const struct space spaces[SPACES] = { { T_PRODUCT, -1 },
	{ T_ACTIVATION, IX_SEAT_ID }, { T_ACTIVATION, -1 },
	{ T_ACTIVATION, IX_SEAT_AT } };

static unsigned
roll(struct model *m, unsigned n)
{
	m->seed ^= m->seed << 13;
	m->seed ^= m->seed >> 7;
	m->seed ^= m->seed << 17;
	return (unsigned)(m->seed % n);
}

/* Slots are in the order of their keys. */
static void
make_keys(struct model *m)
{
	static const char *const rest[REST] = { "", "\1", "\1\1", "a", "aa", "b", "\xc0",
		"\xff" };
	static const int64_t license[LICENSES] = { -9000, -1, 0, 1, 63, 64, 8191, 8192,
		INT64_C(1) << 20, (INT64_C(1) << 20) + 1, INT64_C(1) << 41, INT64_MAX };
	struct buf id = BUF_INIT(NULL);

	for (int s = 0; s < SLOTS; s++) {
		const char *tail = rest[s % REST];

		buf_clear(&id);
		wire_key_i64(&id, license[s / REST]);
		buf_add(&id, tail, strlen(tail));
		for (int k = 0; k < SPACES; k++) {
			memcpy(m->key[k][s], id.p, id.n);
			m->key_n[k][s] = id.n;
		}
	}
	buf_free(&id);
}

static struct slice
key_of(const struct model *m, int k, unsigned slot)
{
	return slice_of(m->key[k][slot], m->key_n[k][slot]);
}

static void
check_scan(struct txn *t, struct model *m, int k)
{
	int from = (int)roll(m, SLOTS), limit = (int)roll(m, 10);
	bool reverse = roll(m, 2), whole = roll(m, 4) == 0;
	struct range range = { .reverse = reverse };
	struct slice key, val;
	struct cursor *c;
	int slot = reverse ? SLOTS - 1 : 0, step = reverse ? -1 : 1;

	if (!whole) {
		range.from = key_of(m, k, (unsigned)from);
		slot = reverse ? from - 1 : from;
	}
	assert_ok(t->store->ops->scan(t, spaces[k], &range, &c));
	for (; slot >= 0 && slot < SLOTS && limit > 0; slot += step) {
		if (m->value[k][slot] == 0)
			continue;
		assert_ok(t->store->ops->next(c, &key, &val));
		assert_true(slice_equal(key, key_of(m, k, (unsigned)slot)));
		assert_memory_equal(val.p, &m->value[k][slot], sizeof(int));
		limit--;
	}
	if (limit > 0)
		assert_int_equal(t->store->ops->next(c, &key, &val), E_NOT_FOUND);
}

static void
check_get(struct txn *t, struct model *m, int k)
{
	unsigned slot = roll(m, SLOTS);
	struct slice val;
	enum err err = t->store->ops->get(t, spaces[k], key_of(m, k, slot), &val);

	assert_int_equal(err, m->value[k][slot] ? E_OK : E_NOT_FOUND);
	if (err == E_OK)
		assert_memory_equal(val.p, &m->value[k][slot], sizeof(int));
}

static void
change(struct txn *t, struct model *m, int k)
{
	char bytes[3000] = { 0 };
	unsigned slot = roll(m, SLOTS);
	struct slice key = key_of(m, k, slot);
	int value = (int)roll(m, 1000000) + 1;

	if (roll(m, 3) == 0) {
		assert_int_equal(t->store->ops->del(t, spaces[k], key),
		    m->value[k][slot] ? E_OK : E_NOT_FOUND);
		m->value[k][slot] = 0;
		return;
	}
	memcpy(bytes, &value, sizeof(value));
	assert_ok(t->store->ops->put(t, spaces[k], key,
	    slice_of(bytes, sizeof(value) + roll(m, roll(m, 8) ? 60 : 2900))));
	m->value[k][slot] = value;
}

static enum err
some_steps(struct txn *t, void *arg)
{
	struct model *m = arg;

	for (unsigned n = 20 + roll(m, 40); n > 0; n--, m->steps++) {
		int k = (int)roll(m, SPACES);

		switch (roll(m, 4)) {
		case 0:
			check_get(t, m, k);
			break;
		case 1:
			check_scan(t, m, k);
			break;
		default:
			change(t, m, k);
		}
	}
	return roll(m, 4) ? E_OK : E_IN_USE;
}

static enum err
child_steps(struct txn *t, void *arg)
{
	struct model *m = arg;
	int before[SPACES][SLOTS];
	enum err err;

	for (unsigned n = roll(m, 3); n > 0; n--) {
		memcpy(before, m->value, sizeof(before));
		err = t->store->ops->child(t, some_steps, m);
		if (err != E_OK)
			memcpy(m->value, before, sizeof(before));
		assert_true(err == E_OK || err == E_IN_USE);
	}
	return some_steps(t, m);
}

static void
test_random(void **state)
{
	struct fixture *f = *state;
	struct model *m = arena_alloc(f->arena, sizeof(*m));
	struct arena_mark mark = arena_mark(f->arena);

	m->seed = 0x6c69636574;
	make_keys(m);
	while (m->steps < STEPS) {
		memcpy(m->kept, m->value, sizeof(m->kept));
		if (fixture_write(f, child_steps, m) != E_OK)
			memcpy(m->value, m->kept, sizeof(m->kept));
		if (roll(m, 100) == 0)
			(void)fixture_reopen(f);
		arena_reset(f->arena, mark);
	}
}

int
run_random(const char *kind)
{
	const struct CMUnitTest tests[] = { TEST(test_random) };

	return _cmocka_run_group_tests(kind, tests, ARRAY_LEN(tests), NULL, NULL);
}
