/* Files and secrets. */
#include "base/file.h"
#include "base/secret.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	strncpy(dir, "/tmp/licet-file-XXXXXX", sizeof(dir) - 1);
	arena = arena_new(0);
	return mkdtemp(dir) == NULL || arena == NULL;
}

static int
tear_down(void **state)
{
	char *command = arena_printf(arena, "rm -rf '%s'", dir);
	int rc = system(command);

	(void)state;
	arena_free(arena);
	return rc;
}

static char *
at(const char *name)
{
	return file_path(arena, dir, name);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
test_read_has_a_cap(void **state)
{
	struct slice s;
	char *path = at("cap");

	(void)state;
	assert_int_equal(file_write(path, SLICE("0123456789"), 0600), E_OK);
	assert_int_equal(file_read(arena, path, 10, &s), E_OK);
	assert_true(slice_is(s, "0123456789"));
	assert_int_equal(file_read(arena, path, 9, &s), E_PAYLOAD_TOO_LARGE);
	assert_int_equal(file_read(arena, at("absent"), 9, &s), E_NOT_FOUND);
	assert_int_equal(file_read(arena, dir, 9, &s), E_IO);
	assert_int_equal(file_write(path, SLICE(""), 0600), E_OK);
	assert_int_equal(file_read(arena, path, 0, &s), E_OK);
	assert_true(s.p != NULL && s.n == 0);
}

static void
test_read_large(void **state)
{
	size_t n = 300001;
	char *big = arena_alloc(arena, n), *path = at("large");
	struct slice s;

	(void)state;
	for (size_t i = 0; i < n; i++)
		big[i] = (char)(i * 7 % 251);
	assert_int_equal(file_write(path, slice_of(big, n), 0640), E_OK);
	assert_int_equal(mode_of(path), 0640);
	assert_int_equal(file_read(arena, path, n, &s), E_OK);
	assert_true(slice_equal(s, slice_of(big, n)));
}

static void
test_write_replaces_whole(void **state)
{
	struct slice s;
	char *path = at("replace"), *link = at("link");
	struct stat before, after;

	(void)state;
	assert_int_equal(file_write(path, SLICE("old"), 0644), E_OK);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(file_write(path, SLICE("new text"), 0600), E_OK);
	assert_int_equal(stat(path, &after), 0);
	assert_true(before.st_ino != after.st_ino);
	assert_int_equal(mode_of(path), 0600);
	assert_int_equal(file_write(link, SLICE("own"), 0600), E_OK);
	assert_int_equal(file_read(arena, path, 100, &s), E_OK);
	assert_true(slice_is(s, "new text"));
	assert_int_equal(file_write(at("no/where"), SLICE("x"), 0600), E_NOT_FOUND);
	assert_int_equal(system(arena_printf(arena, "ls %s | grep -q tmp", dir)) != 0, 1);
}

static void
test_create_is_exclusive(void **state)
{
	char *path = at("create"), *link = at("dangling");

	(void)state;
	umask(077);
	assert_int_equal(file_create(path, SLICE("x"), 0644), E_OK);
	umask(022);
	assert_int_equal(mode_of(path), 0644);
	assert_int_equal(file_create(path, SLICE("y"), 0600), E_EXISTS);
	assert_int_equal(symlink(at("target"), link), 0);
	assert_int_equal(file_create(link, SLICE("y"), 0600), E_EXISTS);
	assert_false(file_exists(at("target")));
}

static void
test_directories(void **state)
{
	char *path = at("sub");

	(void)state;
	assert_int_equal(file_make_dir(path, 0700), E_OK);
	assert_int_equal(mode_of(path), 0700);
	assert_int_equal(file_make_dir(path, 0755), E_OK);
	assert_int_equal(mode_of(path), 0700);
	assert_int_equal(file_check_private(path), E_OK);
	assert_int_equal(chmod(path, 0750), 0);
	assert_int_equal(file_check_private(path), E_NOT_PRIVATE);
	assert_int_equal(chmod(path, 0701), 0);
	assert_int_equal(file_check_private(path), E_NOT_PRIVATE);
	assert_int_equal(file_check_private(at("absent")), E_NOT_FOUND);
	assert_int_equal(file_write(at("plain"), SLICE("x"), 0600), E_OK);
	assert_int_equal(file_make_dir(at("plain"), 0700), E_EXISTS);
	assert_int_equal(file_sync_dir(dir), E_OK);
	assert_string_equal(file_path(arena, "/a", "/b"), "/b");
	assert_string_equal(file_path(arena, "/a", "b"), "/a/b");
}

static void
expect_secret(const char *content, size_t n, const char *want)
{
	struct secret *s = NULL;
	char *path = at("secret");

	assert_int_equal(file_write(path, slice_of(content, n), 0600), E_OK);
	assert_int_equal(file_read_secret(path, &s), E_OK);
	assert_true(slice_is(secret_slice(s), want));
	secret_free(s);
}

static void
test_secret_line(void **state)
{
	(void)state;
	expect_secret("open sesame\nsecond\n", 19, "open sesame");
	expect_secret("open sesame", 11, "open sesame");
	expect_secret(" blanks kept \r\nx", 16, " blanks kept ");
	expect_secret("", 0, "");
	expect_secret("\nx", 2, "");
}

static void
test_secret_refused(void **state)
{
	struct secret *s = NULL;
	char *path = at("secret-bad"), *line = arena_alloc(arena, 4097);

	(void)state;
	memset(line, 'a', 4097);
	assert_int_equal(file_read_secret(at("absent"), &s), E_NOT_FOUND);
	assert_int_equal(file_write(path, slice_of(line, 4097), 0600), E_OK);
	assert_int_equal(file_read_secret(path, &s), E_PAYLOAD_TOO_LARGE);
	assert_int_equal(file_write(path, slice_of(line, 4096), 0600), E_OK);
	assert_int_equal(file_read_secret(path, &s), E_OK);
	secret_free(s);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(file_read_secret(path, &s), E_NOT_PRIVATE);
	assert_int_equal(chmod(path, 0604), 0);
	assert_int_equal(file_read_secret(path, &s), E_NOT_PRIVATE);
}

static void
test_private_read(void **state)
{
	struct slice s;
	char *path = at("private"), *link = at("private-link");

	(void)state;
	assert_int_equal(file_write(path, SLICE("abc"), 0600), E_OK);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(file_read_private(arena, link, 3, &s), E_OK);
	assert_true(slice_is(s, "abc"));
	assert_int_equal(file_read_private(arena, path, 2, &s), E_PAYLOAD_TOO_LARGE);
	assert_int_equal(chmod(path, 0620), 0);
	assert_int_equal(file_read_private(arena, path, 3, &s), E_NOT_PRIVATE);
	assert_int_equal(file_read_private(arena, dir, 3, &s), E_NOT_PRIVATE);
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(file_read_private(arena, at("fifo"), 3, &s), E_NOT_PRIVATE);
	assert_int_equal(file_read_private(arena, at("absent"), 3, &s), E_NOT_FOUND);
}

static void
test_secret(void **state)
{
	struct secret *s = secret_new(32), *c = secret_copy(SLICE("abc"));
	char bytes[4] = "abc";

	(void)state;
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(secret_bytes(s)[i], 0);
	assert_true(secret_equal(secret_slice(c), SLICE("abc")));
	assert_false(secret_equal(secret_slice(c), SLICE("abd")));
	assert_false(secret_equal(secret_slice(c), SLICE("abcd")));
	assert_true(secret_equal(SLICE(""), SLICE_NULL));
	secret_wipe(bytes, 3);
	assert_memory_equal(bytes, "\0\0\0", 4);
	secret_free(s);
	secret_free(c);
	secret_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_has_a_cap),
		cmocka_unit_test(test_read_large),
		cmocka_unit_test(test_write_replaces_whole),
		cmocka_unit_test(test_create_is_exclusive),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_secret_line),
		cmocka_unit_test(test_secret_refused),
		cmocka_unit_test(test_private_read),
		cmocka_unit_test(test_secret),
	};

	return cmocka_run_group_tests_name("file", tests, set_up, tear_down);
}
