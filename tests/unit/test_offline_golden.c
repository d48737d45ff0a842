/*
 * Objects of earlier versions, in tests/golden: a new version reads them, believes them
 * and finds the same claims. A file of a released version is never written again.
 */
#include "tests/unit/offline_rig.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static const char *
golden_path(const char *name)
{
	const char *top = getenv("srcdir");

	return arena_printf(
	    o.arena, "%s/tests/golden/offline-0.1/%s", top ? top : ".", name);
}

static struct slice
read_golden(const char *name)
{
	const char *path = golden_path(arena_printf(o.arena, "%s.cbor", name));
	FILE *f = fopen(path, "rb");
	char *p = arena_alloc(o.arena, 4096);
	size_t n;

	if (!f)
		fail_msg("%s is missing", path);
	n = fread(p, 1, 4096, f);
	fclose(f);
	return slice_of(p, n);
}

static void
test_objects(void **state)
{
	(void)state;
	for (const struct objects_sample *s = objects_samples; s->name; s++) {
		struct slice bytes = read_golden(s->name);
		enum object_kind kind;
		void *claims;

		assert_int_equal(object_kind_of(bytes, &kind), E_OK);
		assert_int_equal(kind, s->kind);
		assert_int_equal(
		    objects_check(&o, s->kind, bytes, OBJECTS_NOW, &claims), E_OK);
		assert_true(slice_equal(put(s->kind, claims), put(s->kind, s->claims)));
		/* and this version writes the same */
		assert_true(slice_equal(objects_sign(&o, s), bytes));
	}
}

static void
test_sealed(void **state)
{
	struct slice bytes = read_golden("sealed-request");
	enum object_kind kind;
	void *claims;

	(void)state;
	assert_int_equal(object_kind_of(bytes, &kind), E_OK);
	assert_int_equal(kind, OBJECT_SEALED_REQUEST);
	assert_int_equal(objects_check(&o, kind, bytes, OBJECTS_NOW, &claims), E_OK);
	assert_true(slice_equal(put(OBJECT_REQUEST, claims),
	    objects_payload(&o, objects_find("request-password"))));
}

static void
test_no_file_is_left_out(void **state)
{
	DIR *dir = opendir(golden_path(""));
	size_t files = 0, samples = 1;
	struct dirent *entry;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		files += entry->d_name[0] != '.';
	closedir(dir);
	for (const struct objects_sample *s = objects_samples; s->name; s++)
		samples++;
	assert_int_equal(files, samples);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_objects, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sealed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_no_file_is_left_out, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
