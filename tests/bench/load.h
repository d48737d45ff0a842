/*
 * A load generator with one thread: closed loop (each connection asks again when it was
 * answered) or open loop at a rate, where latency counts from the instant at which the
 * request was due, so that a slow answer is not hidden by the requests it held back.
 */
#ifndef LICET_TESTS_BENCH_LOAD_H
#define LICET_TESTS_BENCH_LOAD_H

#include <netinet/in.h>

#include "base/slice.h"

#define REQUEST_MAX 2048

enum load_kind { LOAD_STATIC, LOAD_CHECK, LOAD_ACTIVATE, LOAD_USER, LOAD_OFFLINE };

struct load {
	/* options */
	enum load_kind kind;
	struct sockaddr_in address;
	int64_t connections, seconds;
	double rate;    /* 0: closed loop */
	int64_t budget; /* most requests */
	bool idle;      /* one for each connection, which then stays */
	/* requests, from the environment (load_request.c) */
	const char *path, *product, *password, *run;
	char **line;
	size_t n_lines;
	char head[512]; /* Date, Authorization */
	uint64_t random;
	int64_t n_made;
	/* results (load_http.c) */
	int64_t *took; /* microseconds, sorted at the end */
	size_t n, cap;
	int64_t errors, late;
	int64_t elapsed;
};

/* Reads BENCH_*; false: something is missing, said on stderr. */
bool
load_prepare(struct load *);
/* The next request into out; its length. */
size_t
load_request(struct load *, char out[static REQUEST_MAX]);
/* Opens the connections, runs until the time or the budget is over, keeps them open.
 * False: cannot connect. */
bool
load_run(struct load *);

#endif
