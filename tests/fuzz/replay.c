/*
 * Runs a fuzz target without a fuzzer: every file of its corpus (or the files named), and
 * of each a number of changed copies that are the same in every run. Each file has a
 * process of its own, so that one crash hides no other; the input that failed is printed
 * in hex.
 */
#include "tests/fuzz/target.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define INPUT_MAX 65536
#define MUTANT_MAX 4096
#define MUTANTS 300

/* Seen by both processes: what the child runs at the moment. */
struct input {
	size_t n;
	long mutant; /* 0: the file itself */
	unsigned char p[INPUT_MAX];
};

struct replay {
	const char *target;
	long mutants;
	struct input *input;
	int passed, failed;
};

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void
mutate_once(struct input *in, uint32_t *random)
{
	static const unsigned char odd[] = { 0, 1, 0x7f, 0x80, 0xff, '\r', '\n', ' ', '"',
		'%', ',', '0', '9', '-', '{', '[' };
	size_t at = in->n > 0 ? next_random(random) % in->n : 0;
	size_t many = 1 + next_random(random) % 8;

	if (many > in->n - at)
		many = in->n - at;
	switch (next_random(random) % 6) {
	case 0:
		if (in->n > 0)
			in->p[at] ^= (unsigned char)(1u << next_random(random) % 8);
		break;
	case 1:
		if (in->n > 0)
			in->p[at] = odd[next_random(random) % sizeof(odd)];
		break;
	case 2:
		memmove(in->p + at, in->p + at + many, in->n - at - many);
		in->n -= many;
		break;
	case 3:
		if (in->n + many > MUTANT_MAX)
			break;
		memmove(in->p + at + many, in->p + at, in->n - at);
		in->n += many;
		break;
	case 4:
		in->n = at;
		break;
	default:
		if (in->n < MUTANT_MAX) {
			memmove(in->p + at + 1, in->p + at, in->n - at);
			in->p[at] = odd[next_random(random) % sizeof(odd)];
			in->n++;
		}
		break;
	}
}

/* In memory of its exact size, so that one byte too far is found. */
static void
run_input(const struct input *in)
{
	unsigned char *copy = malloc(in->n > 0 ? in->n : 1);

	FUZZ_CHECK(copy != NULL);
	memcpy(copy, in->p, in->n);
	LLVMFuzzerTestOneInput(copy, in->n);
	free(copy);
}

static void
run_all(struct replay *r, const unsigned char *seed, size_t n)
{
	uint32_t random = 2463534242u;

	for (long i = 0; i <= r->mutants; i++) {
		memcpy(r->input->p, seed, n);
		r->input->n = n;
		r->input->mutant = i;
		for (uint32_t m = i > 0 ? 1 + next_random(&random) % 4 : 0; m > 0; m--)
			mutate_once(r->input, &random);
		run_input(r->input);
	}
}

static bool
read_seed(const char *path, unsigned char *out, size_t *n)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		return false;
	*n = fread(out, 1, MUTANT_MAX, f);
	return fclose(f) == 0;
}

static void
report(const struct replay *r, const char *path)
{
	printf("[  FAILED  ] %s: %s, mutant %ld:", r->target, path, r->input->mutant);
	for (size_t i = 0; i < r->input->n; i++)
		printf("%s%02x", i ? "" : " ", r->input->p[i]);
	printf("\n");
}

static void
run_file(struct replay *r, const char *path)
{
	unsigned char seed[MUTANT_MAX];
	size_t n = 0;
	int status = 1;
	pid_t child;

	fflush(NULL);
	child = read_seed(path, seed, &n) ? fork() : -1;
	if (child == 0) {
		run_all(r, seed, n);
		exit(0);
	}
	if (child > 0 && waitpid(child, &status, 0) == child && status == 0) {
		r->passed++;
		return;
	}
	r->failed++;
	report(r, path);
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
run_folder(struct replay *r)
{
	const char *top = getenv("srcdir");
	char folder[PATH_MAX / 2], path[PATH_MAX];
	struct dirent **entry;
	int n;

	snprintf(
	    folder, sizeof(folder), "%s/tests/fuzz/%s.in", top ? top : ".", r->target);
	n = scandir(folder, &entry, is_visible, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry[i]->d_name);
		run_file(r, path);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	if (n <= 0) {
		printf("[  FAILED  ] %s: %s has no files\n", r->target, folder);
		r->failed++;
	}
}

/* "…/replay_gate" is of the target gate. */
static const char *
target_name(const char *program)
{
	const char *name = strrchr(program, '/');

	name = name ? name + 1 : program;
	return strncmp(name, "replay_", 7) == 0 ? name + 7 : name;
}

/* usage: replay_TARGET [--mutants N] [FILE…] */
int
main(int argc, char **argv)
{
	struct replay r = { .target = target_name(argv[0]), .mutants = MUTANTS };
	int first = 1;

	if (argc > 2 && strcmp(argv[1], "--mutants") == 0) {
		r.mutants = atol(argv[2]);
		first = 3;
	}
	r.input = mmap(NULL, sizeof(*r.input), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r.input == MAP_FAILED)
		return 1;
	for (int i = first; i < argc; i++)
		run_file(&r, argv[i]);
	if (first == argc)
		run_folder(&r);
	printf("%d passed, %d failed\n", r.passed, r.failed);
	return r.failed > 0;
}
