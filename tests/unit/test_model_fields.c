#include "server/model/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "server/model/account.h"
#include "server/model/audit.h"
#include "server/model/customer.h"
#include "server/model/device.h"
#include "server/model/key.h"
#include "server/model/product.h"
#include "server/model/license.h"

#define REC_MAX 4096

static const struct field_table *const all_tables[] = { &vendor_table, &product_table,
	&policy_table, &custom_field_table, &installation_file_table,
	&product_feature_table, &policy_feature_table, &license_feature_table,
	&license_table, &assignment_table, &customer_account_table, &customer_table,
	&order_table, &license_user_table, &device_table, &facts_table, &activation_table,
	&variable_table, &blacklist_table, &account_table, &token_table, &api_key_table,
	&audit_table, &audit_detail_table, &meta_table, &idempotency_table, &stat_table,
	&job_state_table, &signing_key_table };

static void
test_tags_and_names(void **state)
{
	(void)state;
	for (size_t t = 0; t < ARRAY_LEN(all_tables); t++) {
		const struct field_table *table = all_tables[t];

		assert_true(table->n <= FIELD_SET_MAX);
		for (size_t i = 0; i < table->n; i++) {
			const struct field *f = &table->fields[i];

			assert_true(f->offset < table->size);
			assert_int_not_equal(f->tag, 0);
			for (size_t j = 0; j < i; j++) {
				if (table->fields[j].tag == f->tag ||
				    !strcmp(table->fields[j].name, f->name) ||
				    table->fields[j].offset == f->offset)
					fail_msg("%s: %s and %s", table->name,
					    table->fields[j].name, f->name);
			}
		}
		for (size_t j = 0; j < t; j++)
			assert_string_not_equal(table->name, all_tables[j]->name);
	}
}

static void
test_every_byte_is_described(void **state)
{
	(void)state;
	for (size_t t = 0; t < ARRAY_LEN(all_tables); t++) {
		const struct field_table *table = all_tables[t];
		size_t sum = 0;

		for (size_t i = 0; i < table->n; i++) {
			static const size_t sizes[] = { [FIELD_BOOL] = sizeof(bool),
				[FIELD_INT] = sizeof(int64_t),
				[FIELD_INSTANT] = sizeof(int64_t),
				[FIELD_TEXT] = sizeof(struct slice),
				[FIELD_BYTES] = sizeof(struct slice),
				[FIELD_ENUM] = sizeof(int),
				[FIELD_JSON] = sizeof(struct slice),
				[FIELD_LIST] = sizeof(struct list),
				[FIELD_INTS] = sizeof(struct list) };

			sum += sizes[table->fields[i].type];
		}
		/* What is left is padding, smaller than one member a run of bools. */
		if (table->size - sum >= sizeof(int64_t) * 8)
			fail_msg("%s: %zu of %zu bytes described", table->name, sum,
			    table->size);
	}
}

static void
fill_table(struct arena *a, const struct field_table *table, void *rec, int64_t seed);

static void
fill_list(struct arena *a, const struct field *f, struct list *list, int64_t seed)
{
	size_t size = f->type == FIELD_INTS ? sizeof(int64_t) : f->sub->size;

	list->n = 2;
	list->p = arena_array(a, list->n, size);
	assert_non_null(list->p);
	for (size_t i = 0; i < list->n; i++) {
		if (f->type == FIELD_INTS)
			((int64_t *)list->p)[i] = seed + (int64_t)i;
		else
			fill_table(a, f->sub, (char *)list->p + i * size,
			    seed * 10 + (int64_t)i);
	}
}

static void
fill_table(struct arena *a, const struct field_table *table, void *rec, int64_t seed)
{
	field_clear(table, rec);
	for (size_t i = 0; i < table->n; i++) {
		const struct field *f = &table->fields[i];
		void *at = (char *)rec + f->offset;

		switch ((enum field_type)f->type) {
		case FIELD_BOOL:
			*(bool *)at = true;
			break;
		case FIELD_INT:
		case FIELD_INSTANT:
			*(int64_t *)at = seed * 1000 + (int64_t)i + 1;
			break;
		case FIELD_ENUM:
			*(int *)at = f->names->n - 1;
			break;
		case FIELD_TEXT:
		case FIELD_BYTES:
		case FIELD_JSON:
			*(struct slice *)at = slice_str(
			    arena_printf(a, "%s-%lld", f->name, (long long)seed));
			break;
		case FIELD_LIST:
		case FIELD_INTS:
			fill_list(a, f, at, seed);
			break;
		}
	}
}

static void
round_trip(struct arena *a, const struct field_table *table, const void *rec)
{
	static _Alignas(16) char back[REC_MAX];
	struct buf b = BUF_INIT(a);
	struct slice unknown;

	field_wire_write(&b, table, rec, SLICE_NULL);
	assert_int_equal(buf_finish(&b), E_OK);
	assert_int_equal(field_wire_read(a, table, buf_slice(&b), back, &unknown), E_OK);
	assert_int_equal(unknown.n, 0);
	for (size_t i = 0; i < table->n; i++)
		if (!field_equal(&table->fields[i], rec, back))
			fail_msg("%s.%s is lost", table->name, table->fields[i].name);
}

static void
test_round_trip(void **state)
{
	struct arena *a = arena_new(0);
	static _Alignas(16) char rec[REC_MAX];

	(void)state;
	for (size_t t = 0; t < ARRAY_LEN(all_tables); t++) {
		assert_true(all_tables[t]->size <= sizeof(rec));
		field_clear(all_tables[t], rec);
		round_trip(a, all_tables[t], rec);
		fill_table(a, all_tables[t], rec, (int64_t)t + 1);
		round_trip(a, all_tables[t], rec);
	}
	arena_free(a);
}

static void
test_facts_of_an_activation(void **state)
{
	(void)state;
	for (size_t i = 0; i < facts_table.n; i++) {
		const struct field *fact = &facts_table.fields[i];
		const struct field *kept =
		    field_find(&activation_table, slice_str(fact->name));

		assert_non_null(kept);
		assert_int_equal(
		    kept->offset, offsetof(struct activation, facts) + fact->offset);
		assert_true(kept->flags & FIELD_RO);
	}
}

static void
expect_flags(const struct field_table *table, const char *name, uint32_t flags)
{
	const struct field *f = field_find(table, slice_str(name));

	if (!f || (f->flags & flags) != flags)
		fail_msg("%s.%s has not these flags", table->name, name);
}

static void
test_flags(void **state)
{
	(void)state;
	expect_flags(&license_user_table, "password_hash", FIELD_SECRET);
	expect_flags(&license_user_table, "initial_password", FIELD_SECRET | FIELD_NULL);
	expect_flags(&api_key_table, "shared_key", FIELD_SECRET);
	expect_flags(&token_table, "hash", FIELD_SECRET);
	expect_flags(&customer_account_table, "sso", FIELD_SECRET);
	expect_flags(&license_table, "license_key", FIELD_HIDDEN | FIELD_NULL);
	expect_flags(&license_table, "license_type", FIELD_IMMUTABLE | FIELD_POLICY);
	expect_flags(&policy_table, "license_type", FIELD_IMMUTABLE | FIELD_POLICY);
	expect_flags(&product_table, "short_code", FIELD_REQUIRED | FIELD_IMMUTABLE);
	expect_flags(&product_table, "authorization_method", FIELD_IMMUTABLE);
	expect_flags(&license_table, "seats_used", FIELD_RO);
	expect_flags(&license_table, "transfer_count", FIELD_RO);
	expect_flags(&assignment_table, "total_activations", FIELD_RO);
	expect_flags(&facts_table, "hostname", FIELD_NULL | FIELD_CUT);
}

static void
test_terms_are_the_same_everywhere(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < license_table.n; i++) {
		const struct field *f = &license_table.fields[i], *p;

		if (!(f->flags & FIELD_POLICY))
			continue;
		p = field_find(&policy_table, slice_str(f->name));
		assert_non_null(p);
		assert_int_equal(p->tag, f->tag);
		assert_int_equal(p->offset - offsetof(struct policy, terms),
		    f->offset - offsetof(struct license, terms));
		n++;
	}
	assert_int_equal(n, 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tags_and_names),
		cmocka_unit_test(test_every_byte_is_described),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_facts_of_an_activation),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_terms_are_the_same_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
