/* Damage to the data file is found, and never becomes a wrong value. */
#include "tests/store/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define NEEDLE "needle in the value"
#define FLIPPED "~eedle in the value" /* one bit the other way */

/* In the main tree, in a tree of its own, in the cluster. */
static const struct space spaces[] = { { T_PRODUCT, -1 }, { T_ACTIVATION, IX_SEAT_ID },
	{ T_ACTIVATION, -1 } };
static struct space space = { T_PRODUCT, -1 };

static enum err
fill(struct txn *t, void *arg)
{
	int n = *(int *)arg;

	for (int i = 0; i < n; i++) {
		char key[24];
		enum err err;

		snprintf(key, sizeof(key), "key number %08d", i);
		err = t->store->ops->put(t, space, slice_str(key),
		    i == n / 2 ? SLICE(NEEDLE) : SLICE("plain value of the others"));
		if (err != E_OK)
			return err;
	}
	return E_OK;
}

static enum err
get_needle(struct txn *t, void *arg)
{
	struct slice val;
	char key[24];
	enum err err;

	snprintf(key, sizeof(key), "key number %08d", *(int *)arg / 2);
	err = t->store->ops->get(t, space, slice_str(key), &val);
	if (err == E_OK)
		assert_true(slice_is(val, NEEDLE));
	return err;
}

static enum err
get_all(struct txn *t, void *arg)
{
	struct slice val;
	enum err err = E_OK;

	for (int i = 0; err == E_OK && i < *(int *)arg; i++) {
		char key[24];

		snprintf(key, sizeof(key), "key number %08d", i);
		err = t->store->ops->get(t, space, slice_str(key), &val);
	}
	return err;
}

static enum err
get_other(struct txn *t, void *arg)
{
	struct slice val;

	(void)arg;
	return t->store->ops->get(t, space, SLICE("key number 00000000"), &val);
}

static int
data_file(struct fixture *f)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/data.mdb", f->store_dir);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	return fd;
}

static void
flip_bit(int fd, off_t at, unsigned char bit)
{
	unsigned char c;

	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= bit;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
}

static void
flip(int fd, off_t at)
{
	flip_bit(fd, at, 0x10);
}

/* Everywhere: a split page keeps old bytes in its gap. */
static void
flip_text(struct fixture *f, int fd, const char *what, const char *with)
{
	struct stat st;
	char *all, *at;
	size_t size;
	int found = 0;

	assert_int_equal(fstat(fd, &st), 0);
	size = (size_t)st.st_size;
	all = at = arena_alloc(f->arena, size);
	assert_int_equal(pread(fd, all, size, 0), st.st_size);
	for (; (at = memmem(at, size - (size_t)(at - all), what, strlen(what))); at++) {
		assert_int_equal(pwrite(fd, with, strlen(with), at - all), strlen(with));
		found++;
	}
	assert_true(found > 0);
}

static void
prepare(struct fixture *f, int n)
{
	assert_ok(fixture_write(f, fill, &n));
	store_close(f->store);
	f->store = NULL;
	f->options.create = false;
}

static void
expect_open(struct fixture *f, enum err want)
{
	enum err err = store_open(&f->store, &f->options);

	if (err != E_OK)
		f->store = NULL;
	assert_int_equal(err, want);
}

/* Under a running server: only the read finds it. */
static void
test_flipped_value(void **state)
{
	struct fixture *f = *state;
	int n = 500, fd;

	prepare(f, n);
	expect_open(f, E_OK);
	assert_ok(fixture_read(f, get_needle, &n));
	fd = data_file(f);
	flip_text(f, fd, NEEDLE, FLIPPED);
	assert_int_equal(fixture_read(f, get_needle, &n), E_DAMAGED);
	assert_int_equal(store_health(f->store), E_DAMAGED);
	assert_int_equal(fixture_write(f, fill, &n), E_DAMAGED);
	assert_int_equal(fixture_read(f, get_other, NULL), E_OK);
	close(fd);
}

static void
test_flipped_before_open(void **state)
{
	struct fixture *f = *state;
	int fd;

	prepare(f, 500);
	fd = data_file(f);
	flip_text(f, fd, NEEDLE, FLIPPED);
	expect_open(f, E_DAMAGED);
	flip_text(f, fd, FLIPPED, NEEDLE);
	expect_open(f, E_OK);
	close(fd);
}

/* Any byte of any page in use: opened as before, or refused; never a crash. */
static void
test_flipped_anywhere(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	int fd, refused = 0, places = 0, n = 300;

	prepare(f, n);
	fd = data_file(f);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = 2 * PAGE; at < st.st_size; at += 53, places++) {
		flip(fd, at);
		if (store_open(&f->store, &f->options) == E_OK) {
			assert_ok(fixture_read(f, get_needle, &n));
			assert_ok(fixture_read(f, get_all, &n));
			store_close(f->store);
		} else {
			refused++;
		}
		f->store = NULL;
		flip(fd, at);
	}
	assert_true(places > 200 && refused > 50);
	expect_open(f, E_OK);
	fixture_check(f);
	close(fd);
}

/* A branch that sends a search astray hides records that a walk still meets. */
static void
test_flipped_branch(void **state)
{
	struct fixture *f = *state;
	unsigned char head[16];
	int fd, n = 300, branches = 0;
	struct stat st;

	prepare(f, n);
	fd = data_file(f);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t page = 2 * PAGE; page < st.st_size; page += PAGE) {
		assert_int_equal(pread(fd, head, sizeof(head), page), sizeof(head));
		if (head[10] != 1 || head[11] != 0)
			continue;
		branches++;
		for (off_t at = page + (head[14] | head[15] << 8); at < page + PAGE;
		     at++) {
			flip(fd, at);
			if (store_open(&f->store, &f->options) == E_OK) {
				assert_ok(fixture_read(f, get_all, &n));
				store_close(f->store);
			}
			f->store = NULL;
			flip(fd, at);
		}
	}
	assert_true(branches > 0);
	expect_open(f, E_OK);
	close(fd);
}

/* The table of trees: a tree lost, or another one in its place, hides records. */
static void
test_flipped_trees(void **state)
{
	struct fixture *f = *state;
	unsigned char page[PAGE];
	int fd, n = 300, refused = 0;
	struct stat st;

	prepare(f, n);
	fd = data_file(f);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = 2 * PAGE; at < st.st_size; at += PAGE) {
		assert_int_equal(pread(fd, page, PAGE, at), PAGE);
		if (page[10] != 2 || !memmem(page, PAGE, "cluster", 7))
			continue;
		for (int i = 0; i < PAGE; i++) {
			if (i >= (page[12] | page[13] << 8) &&
			    i < (page[14] | page[15] << 8))
				continue;
			flip_bit(fd, at + i, (unsigned char)(1u << i % 8));
			if (store_open(&f->store, &f->options) == E_OK) {
				assert_ok(fixture_read(f, get_needle, &n));
				assert_ok(fixture_read(f, get_all, &n));
				store_close(f->store);
			} else {
				refused++;
			}
			f->store = NULL;
			flip_bit(fd, at + i, (unsigned char)(1u << i % 8));
		}
	}
	assert_true(refused > 100);
	expect_open(f, E_OK);
	fixture_check(f);
	close(fd);
}

/* One of each kind of tree; the fixture is made anew for each. */
static void
in_own_tree(void **state, CMUnitTestFunction test)
{
	space = spaces[1];
	test(state);
	space = spaces[0];
}

static void
in_cluster(void **state, CMUnitTestFunction test)
{
	space = spaces[2];
	test(state);
	space = spaces[0];
}

static void
test_own_tree_anywhere(void **state)
{
	in_own_tree(state, test_flipped_anywhere);
}

static void
test_own_tree_branch(void **state)
{
	in_own_tree(state, test_flipped_branch);
}

static void
test_own_tree_trees(void **state)
{
	in_own_tree(state, test_flipped_trees);
}

static void
test_cluster_anywhere(void **state)
{
	in_cluster(state, test_flipped_anywhere);
}

static void
test_cluster_trees(void **state)
{
	in_cluster(state, test_flipped_trees);
}

static void
test_own_tree_needle(void **state)
{
	in_own_tree(state, test_flipped_before_open);
}

/* Its checksums are others: the format says what is wrong, not a lot of damage. */
static void
test_older_format(void **state)
{
	struct fixture *f = *state;
	int fd;

	prepare(f, 50);
	fd = data_file(f);
	flip_text(f, fd, "licet store 2", "licet store 1");
	expect_open(f, E_STORE_VERSION);
	flip_text(f, fd, "licet store 1", "licet store 3");
	expect_open(f, E_DAMAGED);
	flip_text(f, fd, "licet store 3", "licet store 2");
	expect_open(f, E_OK);
	close(fd);
}

static void
flip_meta(struct fixture *f, int fd, unsigned char bit)
{
	for (int page = 0; page < 2; page++) {
		off_t at = page * PAGE + 144; /* number of the transaction */
		unsigned char c;

		assert_int_equal(pread(fd, &c, 1, at), 1);
		c ^= bit;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
		expect_open(f, E_DAMAGED);
		c ^= bit;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
	}
}

/* The older snapshot must not pass for the newest. */
static void
test_flipped_meta(void **state)
{
	struct fixture *f = *state;
	int fd, n = 50;

	for (int i = 0; i < 5; i++) {
		prepare(f, n);
		fd = data_file(f);
		for (int bit = 0; bit < 8; bit += bit ? 1 : 2)
			flip_meta(f, fd, (unsigned char)(1u << bit));
		close(fd);
		expect_open(f, E_OK);
	}
}

static void
test_cut(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	int fd;

	prepare(f, 3000);
	fd = data_file(f);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t size = st.st_size - 1; size > 0; size -= st.st_size / 200) {
		assert_int_equal(ftruncate(fd, size), 0);
		expect_open(f, E_DAMAGED);
	}
	assert_int_equal(ftruncate(fd, 0), 0);
	expect_open(f, E_DAMAGED);
	close(fd);
}

static enum err
add_and_drop(struct txn *t, void *arg)
{
	static char big[200000];
	enum err err;

	(void)arg;
	err = t->store->ops->put(t, space, SLICE("big"), slice_of(big, sizeof(big)));
	if (err == E_OK)
		err = t->store->ops->put(t, space, SLICE("small"), SLICE("v"));
	return err == E_OK ? t->store->ops->del(t, space, SLICE("big")) : err;
}

/* A file that ends before its last page is sound when what is missing is free. */
static void
test_free_tail(void **state)
{
	struct fixture *f = *state;
	int n = 10;

	assert_ok(fixture_write(f, fill, &n));
	for (int i = 0; i < 5; i++) {
		assert_ok(fixture_write(f, add_and_drop, NULL));
		fixture_reopen(f);
		assert_ok(fixture_read(f, get_needle, &n));
		fixture_check(f);
	}
}

static enum err
fill_large(struct txn *t, void *arg)
{
	static char big[4000];
	int n = 20000;
	enum err err = fill(t, &n);

	(void)arg;
	for (int i = 0; err == E_OK && i < n; i++) {
		char key[24];

		snprintf(key, sizeof(key), "large %08d", i);
		err = t->store->ops->put(
		    t, space, slice_str(key), slice_of(big, sizeof(big)));
	}
	return err;
}

/* Too large to be walked first: walked beside the work, which it stops. */
static void
test_large(void **state)
{
	struct fixture *f = *state;
	int64_t records = 0;
	int n = 20000, fd;

	f->options.map_max = 256 << 20;
	fixture_reopen(f);
	assert_ok(fixture_write(f, fill_large, NULL));
	fixture_reopen(f);
	assert_true(f->store->unchecked);
	assert_ok(f->store->ops->check(f->store, &records));
	assert_int_equal(records, 40001);
	fd = data_file(f);
	flip_text(f, fd, NEEDLE, FLIPPED);
	fixture_reopen(f);
	assert_ok(store_start(f->store));
	for (int i = 0; i < 10000 && store_health(f->store) == E_OK; i++)
		usleep(1000);
	assert_int_equal(store_health(f->store), E_DAMAGED);
	assert_int_equal(fixture_write(f, fill, &n), E_DAMAGED);
	store_stop(f->store);
	assert_int_equal(fixture_read(f, get_other, NULL), E_DAMAGED);
	close(fd);
}

int
run_damage(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_flipped_value),
		TEST(test_flipped_before_open),
		TEST(test_flipped_anywhere),
		TEST(test_flipped_branch),
		TEST(test_flipped_trees),
		TEST(test_own_tree_needle),
		TEST(test_own_tree_anywhere),
		TEST(test_own_tree_branch),
		TEST(test_own_tree_trees),
		TEST(test_cluster_anywhere),
		TEST(test_cluster_trees),
		TEST(test_older_format),
		TEST(test_flipped_meta),
		TEST(test_cut),
		TEST(test_free_tail),
		TEST(test_large),
	};

	return _cmocka_run_group_tests("damage", tests, ARRAY_LEN(tests), NULL, NULL);
}
