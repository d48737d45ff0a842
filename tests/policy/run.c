/*
 * Runs the .cases files of this folder against the license rules. A [section] names
 * the rule, the next line its columns between bars, each further line is one case. A
 * column is a fact (facts.c), an act ("A on"), or an answer that is compared; an empty
 * cell leaves a fact at its default and an answer unlooked at. "case" is for people.
 */
#include "tests/policy/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define COLUMNS 32
#define LINE 1024

struct table {
	const char *file;
	int line;
	const struct verb *verb;
	char header[LINE]; /* cut at the bars, what column[] points into */
	const char *column[COLUMNS];
	size_t n;
	int cases, failed;
};

static void
complain(struct table *t, const char *what, const char *column)
{
	fprintf(stderr, "%s:%d: %s: %s\n", t->file, t->line, column, what);
	t->failed++;
}

static size_t
split(struct slice line, struct slice cell[COLUMNS])
{
	size_t n = 0;

	slice_cut(&line, '|');
	while (line.n && n < COLUMNS)
		cell[n++] = slice_trim(slice_cut(&line, '|'));
	return n;
}

static bool
same(const char *got, struct slice want)
{
	int64_t a, b;

	if (slice_is(want, got))
		return true;
	return clock_parse_iso(want, &a) && clock_parse_iso(slice_str(got), &b) && a == b;
}

static void
compare(struct table *t, const char *column, const char *got, struct slice want)
{
	char text[2 * LINE];

	if (want.n == 0 || (got && same(got, want)))
		return;
	snprintf(text, sizeof(text), "wanted %.*s, got %s", SLICE_ARG(want),
	    got ? got : "nothing: no such column");
	complain(t, text, column);
}

static void
run_case(struct table *t, struct world *w, const struct slice *cell, size_t n)
{
	size_t answers[COLUMNS], n_answers = 0;
	char text[WORLD_TEXT];
	bool bad;

	for (size_t i = 0; i < n; i++) {
		const char *column = t->column[i];

		if (!strcmp(column, "case"))
			continue;
		if (world_set(w, column, cell[i], &bad)) {
			if (bad)
				complain(t, "this cell cannot be read", column);
		} else if (t->verb->step && t->verb->step(w, column, text)) {
			compare(t, column, text, cell[i]);
		} else {
			answers[n_answers++] = i;
		}
	}
	if (t->verb->run)
		t->verb->run(w);
	for (size_t i = 0; i < n_answers; i++)
		compare(t, t->column[answers[i]], world_said(w, t->column[answers[i]]),
		    cell[answers[i]]);
}

static void
read_header(struct table *t, struct slice line)
{
	struct slice cell[COLUMNS];
	char *p = t->header;

	t->n = split(line, cell);
	for (size_t i = 0; i < t->n; i++) {
		memcpy(p, cell[i].p, cell[i].n);
		p[cell[i].n] = '\0';
		t->column[i] = p;
		p += cell[i].n + 1;
	}
}

static void
read_line(struct table *t, struct slice line, struct arena *arena)
{
	static struct world world;
	struct slice cell[COLUMNS];

	if (line.n == 0 || line.p[0] == '#')
		return;
	if (line.p[0] == '[') {
		t->verb = verb_find(slice_head(slice_from(line, 1), line.n - 2));
		t->n = 0;
		if (!t->verb)
			complain(t, "no such rule", line.p);
	} else if (line.p[0] != '|') {
		complain(t, "a line begins with # or [ or |", line.p);
	} else if (!t->verb) {
		complain(t, "a [rule] comes first", line.p);
	} else if (t->n == 0) {
		read_header(t, line);
	} else if (split(line, cell) != t->n) {
		complain(t, "not as many cells as columns", line.p);
	} else {
		world_init(&world, arena);
		run_case(t, &world, cell, t->n);
		t->cases++;
	}
}

static void
run_file(struct table *t)
{
	FILE *f = fopen(t->file, "r");
	struct arena *arena = arena_new(0);
	char line[LINE];

	if (!f || !arena) {
		complain(t, "cannot be read", t->file);
	} else {
		while (fgets(line, sizeof(line), f)) {
			t->line++;
			read_line(t, slice_trim(slice_str(line)), arena);
		}
		if (t->cases == 0)
			complain(t, "no case in it", t->file);
	}
	if (f)
		fclose(f);
	arena_free(arena);
}

/* Every answer that a license rule can give must be the answer of some case. */
static int
check_coverage(void)
{
	static const enum err codes[] = { E_OK, E_LICENSE_NOT_ENABLED, E_BLACKLISTED,
		E_LICENSE_START_DATE, E_LICENSE_EXPIRED, E_VM_NOT_ALLOWED,
		E_OFFLINE_ACTIVATION_NOT_ALLOWED, E_OFFLINE_FLOATING_CLOUD_NOT_SUPPORTED,
		E_LICENSE_DEVICE_EXISTS, E_LICENSE_TRANSFERRED_MAX_TIMES,
		E_LICENSE_ACTIVATED_MAX_TIMES, E_LICENSE_USER_ACTIVATED_MAX_TIMES,
		E_LICENSE_NOT_ACTIVE, E_DEVICE_NOT_FOUND, E_DEVICE_PROOF_INVALID,
		E_WRONG_STATE, E_OFFLINE_LEASE_LIVE, E_FLOATING_NOT_AVAILABLE,
		E_READ_ONLY_API_KEY, E_LICENSE_NOT_CONSUMPTION, E_VALIDATION,
		E_NEGATIVE_CONSUMPTION_NOT_ALLOWED, E_LICENSE_NOT_ENOUGH_CONSUMPTIONS,
		E_LICENSE_NOT_FOUND, E_OFFLINE_REQUEST_EXPIRED, E_REQUEST_REPLAYED,
		E_OBJECT_CLAIM };
	int missing = 0;

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		if (verb_err_seen(codes[i]))
			continue;
		fprintf(stderr, "no case answers %s\n", err_code(codes[i]));
		missing++;
	}
	return missing;
}

int
main(int argc, char **argv)
{
	static const char *const files[] = { "activate", "transfers", "release",
		"validity", "lease", "consume", "bundle", "permit", "offline" };
	const char *srcdir = getenv("srcdir");
	int failed = 0, cases = 0;
	static struct table t;

	for (size_t i = 0; argc == 1 && i < ARRAY_LEN(files); i++) {
		char path[LINE];

		snprintf(path, sizeof(path), "%s/tests/policy/%s.cases",
		    srcdir ? srcdir : ".", files[i]);
		t = (struct table){ .file = path };
		run_file(&t);
		failed += t.failed;
		cases += t.cases;
	}
	for (int i = 1; i < argc; i++) {
		t = (struct table){ .file = argv[i] };
		run_file(&t);
		failed += t.failed;
		cases += t.cases;
	}
	if (argc == 1)
		failed += check_coverage();
	printf("%d passed, %d failed\n", cases > failed ? cases - failed : 0, failed);
	return failed ? 1 : 0;
}
