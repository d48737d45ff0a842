#include "tests/crash/power.h"

#include <string.h>

#include "base/file.h"

#define RECORD_MAX (1u << 30)

static bool
concerns(const struct record_event *e, uint64_t inode)
{
	return e->kind == RECORD_SEND || e->file == inode;
}

/* One event off the front; false when a server was killed in the middle of it. */
static bool
take(struct slice *rest, struct record_event *e, struct slice *bytes)
{
	if (rest->n < sizeof(*e))
		return false;
	memcpy(e, rest->p, sizeof(*e));
	if (rest->n - sizeof(*e) < e->size)
		return false;
	*bytes = slice_of(rest->p + sizeof(*e), e->size);
	*rest = slice_from(*rest, sizeof(*e) + e->size);
	return true;
}

enum err
power_record_load(
    struct arena *a, const char *path, uint64_t inode, struct power_record *record)
{
	struct slice all, rest, bytes;
	struct record_event e;
	size_t n = 0;
	enum err err = file_read(a, path, RECORD_MAX, &all);

	if (err != E_OK)
		return err;
	for (rest = all; take(&rest, &e, &bytes);)
		n += concerns(&e, inode);
	if ((record->event = arena_array(a, n + 1, sizeof(*record->event))) == NULL)
		return E_NO_MEMORY;
	for (rest = all; take(&rest, &e, &bytes);)
		if (concerns(&e, inode))
			record->event[record->n++] =
			    (struct power_event){ e.kind, e.at, bytes };
	return E_OK;
}

static bool
promise_read(struct slice line, struct promise *p)
{
	static const char *const kinds[] = { "audit", "total", "row", "gone", "seat" };
	struct slice kind, license;
	size_t i = 0;

	p->answer = slice_cut(&line, '\t');
	kind = slice_cut(&line, '\t');
	while (i < ARRAY_LEN(kinds) && !slice_equal(kind, slice_str(kinds[i])))
		i++;
	p->kind = (enum promise_kind)i;
	license = slice_cut(&line, '\t');
	return i < ARRAY_LEN(kinds) &&
	       (p->kind == PROMISE_AUDIT ||
		   (slice_to_int(license, &p->license) && slice_to_int(line, &p->n)));
}

enum err
ledger_load(struct arena *a, const char *path, struct ledger *l)
{
	struct slice rest, line;
	size_t lines = 0;
	enum err err = file_read(a, path, RECORD_MAX, &rest);

	for (size_t i = 0; err == E_OK && i < rest.n; i++)
		lines += rest.p[i] == '\n';
	if (err != E_OK)
		return err;
	l->promise = arena_array(a, lines + 1, sizeof(*l->promise));
	l->told = arena_array(a, lines + 1, sizeof(struct promise *));
	l->by_answer = map_new();
	if (!l->promise || !l->told || !l->by_answer)
		return E_NO_MEMORY;
	while (rest.n > 0 && err == E_OK) {
		struct promise *p = &l->promise[l->n++];

		line = slice_cut(&rest, '\n');
		err = promise_read(line, p) ? map_set(l->by_answer, p->answer, p, NULL)
		                            : E_VALIDATION;
	}
	return err;
}

static struct slice
header(struct slice sent, struct slice name)
{
	ptrdiff_t at = slice_search(sent, name), end;
	struct slice value;

	if (at < 0)
		return SLICE_NULL;
	value = slice_from(sent, (size_t)at + name.n);
	end = slice_find(value, '\r');
	return end < 0 ? SLICE_NULL : slice_head(value, (size_t)end);
}

void
ledger_tell(struct ledger *l, struct slice sent)
{
	struct slice answer = header(sent, SLICE("\r\nrequest-id: "));
	struct promise *p;

	if (answer.p == NULL)
		answer = header(sent, SLICE("\r\nSignature: "));
	p = answer.p ? map_get(l->by_answer, answer) : NULL;
	if (p == NULL || p->told)
		return;
	p->told = true;
	l->told[l->told_n++] = p;
}
