#include "base/field.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
field_set_empty(const struct field_set *set)
{
	for (size_t i = 0; i < ARRAY_LEN(set->bits); i++)
		if (set->bits[i])
			return false;
	return true;
}

const struct field *
field_find(const struct field_table *table, struct slice name)
{
	for (size_t i = 0; i < table->n; i++)
		if (slice_is(name, table->fields[i].name))
			return &table->fields[i];
	return NULL;
}

bool
field_given(
    const struct field_table *table, const struct field_set *set, const char *name)
{
	const struct field *f = field_find(table, slice_str(name));

	return f && field_set_has(set, (size_t)(f - table->fields));
}

static size_t
value_size(const struct field *f)
{
	switch ((enum field_type)f->type) {
	case FIELD_BOOL:
		return sizeof(bool);
	case FIELD_INT:
	case FIELD_INSTANT:
		return sizeof(int64_t);
	case FIELD_ENUM:
		return sizeof(int);
	case FIELD_LIST:
	case FIELD_INTS:
		return sizeof(struct list);
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_JSON:
		break;
	}
	return sizeof(struct slice);
}

static bool
list_equal(const struct field *f, const struct list *a, const struct list *b)
{
	const struct field_table *sub = f->sub;

	if (a->n != b->n || !a->p != !b->p)
		return false;
	if (!a->p || !b->p)
		return true;
	if (f->type == FIELD_INTS)
		return a->n == 0 || memcmp(a->p, b->p, a->n * sizeof(int64_t)) == 0;
	for (size_t i = 0; i < a->n; i++)
		for (size_t j = 0; j < sub->n; j++)
			if (!field_equal(&sub->fields[j],
				(const char *)a->p + i * sub->size,
				(const char *)b->p + i * sub->size))
				return false;
	return true;
}

bool
field_equal(const struct field *f, const void *a, const void *b)
{
	const void *x = (const char *)a + f->offset;
	const void *y = (const char *)b + f->offset;
	const struct slice *s = x, *t = y;

	switch ((enum field_type)f->type) {
	case FIELD_BOOL:
		return *(const bool *)x == *(const bool *)y;
	case FIELD_INT:
	case FIELD_INSTANT:
		return *(const int64_t *)x == *(const int64_t *)y;
	case FIELD_ENUM:
		return *(const int *)x == *(const int *)y;
	case FIELD_LIST:
	case FIELD_INTS:
		return list_equal(f, x, y);
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_JSON:
		break;
	}
	if ((f->flags & FIELD_NULL) && !s->p != !t->p)
		return false;
	return slice_equal(*s, *t);
}

void
field_copy(const struct field_table *table, const struct field_set *set, void *dst,
    const void *src)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct field *f = &table->fields[i];

		if (field_set_has(set, i))
			memcpy((char *)dst + f->offset, (const char *)src + f->offset,
			    value_size(f));
	}
}

void
field_clear(const struct field_table *table, void *rec)
{
	memset(rec, 0, table->size);
	for (size_t i = 0; i < table->n; i++) {
		const struct field *f = &table->fields[i];
		bool null = f->flags & FIELD_NULL;
		void *at = (char *)rec + f->offset;

		switch ((enum field_type)f->type) {
		case FIELD_INT:
		case FIELD_INSTANT:
			*(int64_t *)at = null ? FIELD_NONE : 0;
			break;
		case FIELD_ENUM:
			*(int *)at = null ? -1 : 0;
			break;
		case FIELD_TEXT:
		case FIELD_BYTES:
		case FIELD_JSON:
			*(struct slice *)at = null ? SLICE_NULL : SLICE("");
			break;
		case FIELD_BOOL:
		case FIELD_LIST:
		case FIELD_INTS:
			break;
		}
	}
}

int
names_find(const struct names *names, struct slice name)
{
	for (int i = 0; i < names->n; i++)
		if (names->name[i] && slice_is(name, names->name[i]))
			return i;
	return -1;
}

const char *
names_get(const struct names *names, int value)
{
	return value >= 0 && value < names->n ? names->name[value] : NULL;
}

static bool
make_room(struct faults *faults)
{
	size_t cap = faults->cap ? faults->cap * 2 : 4;
	struct fault *grown;

	if (faults->n < faults->cap)
		return true;
	grown = arena_array(faults->arena, cap, sizeof(*grown));
	if (!grown)
		return false;
	if (faults->n)
		memcpy(grown, faults->item, faults->n * sizeof(*grown));
	faults->item = grown;
	faults->cap = cap;
	return true;
}

void
fault_add(struct faults *faults, const char *field, enum err code, const char *fmt, ...)
{
	struct fault *fault;
	char text[256];
	va_list ap;

	faults->total++;
	if (faults->n >= FAULT_MAX || !make_room(faults))
		return;
	fault = &faults->item[faults->n];
	fault->code = code;
	fault->field = field ? arena_str(faults->arena, slice_str(field)) : NULL;
	fault->message = NULL;
	if (!fault->field)
		return;
	if (fmt) {
		va_start(ap, fmt);
		vsnprintf(text, sizeof(text), fmt, ap);
		va_end(ap);
		fault->message = arena_str(faults->arena, slice_str(text));
	}
	faults->n++;
}

enum err
fault_first(const struct faults *faults)
{
	if (faults->n)
		return faults->item[0].code;
	return faults->total ? E_NO_MEMORY : E_OK;
}
