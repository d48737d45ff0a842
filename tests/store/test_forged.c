/* Backups that someone made who knows the passphrase, and entries that a caller may not
 * ask for. */
#include "tests/store/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "server/store/backup.h"
#include "server/store/backup_stream.h"

#define PASS SLICE("correct horse battery")

static char *
in_dir(struct fixture *f, const char *name)
{
	return arena_printf(f->arena, "%s/%s", f->dir, name);
}

struct forged {
	const char *name; /* of its file */
	int times;        /* that the file is in it */
	int64_t count;    /* that the manifest tells */
	char digest;      /* flips a bit of that in the manifest */
	const char *tail; /* behind the manifest */
	enum err want;
};

static void
put_number(struct backup_stream *s, uint64_t n, int bytes)
{
	unsigned char c;

	for (int i = bytes - 1; i >= 0; i--) {
		c = (unsigned char)(n >> 8 * i);
		backup_stream_put(s, &c, 1);
	}
}

static void
put_record(struct backup_stream *s, const char *name, uint64_t size)
{
	put_number(s, strlen(name), 2);
	backup_stream_put(s, name, strlen(name));
	put_number(s, size, 8);
}

static void
forge(struct fixture *f, const char *to, const struct forged *from)
{
	const char text[] = "content";
	unsigned char digest[32];
	struct backup_stream s;
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_ok(backup_stream_create(&s, f->arena, fd, PASS));
	put_number(&s, 1, 8);
	for (int i = 0; i < from->times; i++) {
		put_record(&s, from->name, sizeof(text));
		backup_stream_put(&s, text, sizeof(text));
	}
	put_record(&s, "", 0);
	crypto_generichash(
	    digest, sizeof(digest), (const void *)text, sizeof(text), NULL, 0);
	digest[31] ^= (unsigned char)from->digest;
	put_number(&s, (uint64_t)from->count, 8);
	for (int i = 0; i < from->times; i++) {
		put_record(&s, from->name, sizeof(text));
		backup_stream_put(&s, digest, sizeof(digest));
	}
	backup_stream_put(&s, from->tail, strlen(from->tail));
	assert_ok(backup_stream_finish(&s));
	assert_int_equal(close(fd), 0);
}

static void
test_forged(void **state)
{
	static const struct forged forged[] = {
		{ "a/b", 1, 1, 0, "", E_OK },
		{ "../b", 1, 1, 0, "", E_VERIFY },
		{ "a/./b", 1, 1, 0, "", E_VERIFY },
		{ "/etc/b", 1, 1, 0, "", E_VERIFY },
		{ "a//b", 1, 1, 0, "", E_VERIFY },
		{ "a b", 1, 1, 0, "", E_VERIFY },
		{ "a", 2, 2, 0, "", E_VERIFY },
		{ "a", 1, 2, 0, "", E_VERIFY },
		{ "a", 1, 1, 1, "", E_VERIFY },
		{ "a", 1, 1, 0, "more", E_VERIFY },
		{ "a", 0, 1, 0, "", E_VERIFY },
		{ BACKUP_UNFINISHED "/a", 1, 1, 0, "", E_EXISTS },
	};
	struct fixture *f = *state;
	char *from = in_dir(f, "backup"), *dir = in_dir(f, "restored");
	struct backup_summary sum;

	assert_int_equal(mkdir(dir, 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(forged); i++) {
		assert_ok(file_write(
		    in_dir(f, "restored/" BACKUP_UNFINISHED), SLICE(""), 0600));
		forge(f, from, &forged[i]);
		if (backup_read(from, dir, PASS, &sum) != forged[i].want)
			fail_msg("%zu: %s", i, forged[i].name);
		if (forged[i].want == E_OK)
			assert_true(file_exists(in_dir(f, "restored/a/b")));
		remove_tree(dir);
		assert_int_equal(mkdir(dir, 0700), 0);
	}
}

/* Heads that ask for another format, or for a key that takes all memory to derive. */
static void
test_forged_head(void **state)
{
	static const struct {
		off_t at;
		unsigned char with;
		off_t size; /* then cut to */
	} heads[] = { { 0, 'L', 0 }, { 15, 1, 0 }, { 23, 1, 0 }, { 22, 0, 0 },
		{ 0, 'l', 50 }, { 0, 'l', 87 } };
	struct fixture *f = *state;
	char *from = in_dir(f, "backup"), *dir = in_dir(f, "restored");
	struct backup_summary sum;

	assert_int_equal(mkdir(dir, 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		int fd;

		forge(f, from, &(struct forged){ "a", 1, 1, 0, "", E_OK });
		fd = open(from, O_WRONLY);
		assert_int_equal(pwrite(fd, &heads[i].with, 1, heads[i].at), 1);
		if (heads[i].size)
			assert_int_equal(ftruncate(fd, heads[i].size), 0);
		close(fd);
		if (backup_read(from, dir, PASS, &sum) != E_VERIFY)
			fail_msg("%zu: not refused", i);
		assert_int_equal(rmdir(dir) + mkdir(dir, 0700), 0);
	}
	assert_int_equal(backup_read(from, dir, SLICE_NULL, &sum), E_VALIDATION);
	assert_int_equal(backup_read(in_dir(f, "none"), dir, PASS, &sum), E_NOT_FOUND);
	assert_int_equal(backup_read(from, in_dir(f, "none"), PASS, &sum), E_NOT_FOUND);
}

/* Names that the caller chose, and more files than there may be. */
static void
test_bad_entries(void **state)
{
	struct fixture *f = *state;
	char *to = in_dir(f, "backup"), *extra = in_dir(f, "extra");
	struct backup_entry bad = { "../key", extra },
			    none = { "key", in_dir(f, "none") };
	struct backup_entry *many = arena_array(f->arena, 100000, sizeof(*many));
	struct backup_summary sum;

	assert_ok(file_write(extra, SLICE("the key"), 0600));
	assert_int_equal(
	    backup_write(f->store, to, f->dir, PASS, &bad, 1, &sum), E_VALIDATION);
	assert_int_equal(
	    backup_write(f->store, to, f->dir, PASS, &none, 1, &sum), E_NOT_FOUND);
	assert_int_equal(backup_write(f->store, to, f->dir, PASS, many, 100000, &sum),
	    E_PAYLOAD_TOO_LARGE);
	assert_false(file_exists(to));
}

int
run_forged(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_forged),
		TEST(test_forged_head),
		TEST(test_bad_entries),
	};

	return _cmocka_run_group_tests("forged", tests, ARRAY_LEN(tests), NULL, NULL);
}
