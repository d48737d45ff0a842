/* A temporary directory and new key files, for the key tests; one program each. */
#ifndef LICET_TESTS_UNIT_KEYS_RIG_H
#define LICET_TESTS_UNIT_KEYS_RIG_H

#include "keys/keyfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "keys/generate.h"

#define CREATED INT64_C(1751626573412000)
#define PASS SLICE("correct horse battery")

static struct arena *arena;
static char dir[64];

static int
set_up(void **state)
{
	(void)state;
	strncpy(dir, "/tmp/licet-keys-XXXXXX", sizeof(dir) - 1);
	arena = arena_new(0);
	return arena == NULL || mkdtemp(dir) == NULL;
}

static int
tear_down(void **state)
{
	int rc = system(arena_printf(arena, "rm -rf '%s'", dir));

	(void)state;
	arena_free(arena);
	return rc;
}

static inline char *
at(const char *name)
{
	return file_path(arena, dir, name);
}

/* A new key in its file; the material is freed by the caller. */
static inline struct key
make(
    enum key_use use, const char *path, struct slice passphrase, struct secret **material)
{
	struct key key;

	assert_int_equal(key_generate(use, CREATED, &key, material), E_OK);
	assert_int_equal(
	    keyfile_write(path, &key, secret_slice(*material), passphrase, NULL), E_OK);
	return key;
}

#endif
