#include "tests/bench/load.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

#define USAGE                                                                            \
	"usage: load URL static|check|activate|user|offline CONNECTIONS SECONDS "        \
	"[RATE]\n"                                                                       \
	"       load URL check CONNECTIONS idle\n"

static const char *const kinds[] = { [LOAD_STATIC] = "static",
	[LOAD_CHECK] = "check",
	[LOAD_ACTIVATE] = "activate",
	[LOAD_USER] = "user",
	[LOAD_OFFLINE] = "offline" };

static bool
read_options(struct load *l, int argc, char **argv)
{
	unsigned port;

	if (argc < 5 || argc > 6 || sscanf(argv[1], "http://127.0.0.1:%u", &port) != 1)
		return false;
	l->address = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[2], kinds[i]) == 0)
			l->kind = (enum load_kind)i;
	l->connections = atoll(argv[3]);
	l->idle = strcmp(argv[4], "idle") == 0;
	l->seconds = l->idle ? 60 : atoll(argv[4]);
	l->budget = l->idle ? l->connections : INT64_MAX;
	l->rate = argc == 6 ? atof(argv[5]) : 0;
	return l->connections > 0 && l->seconds > 0;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
quantile(const struct load *l, double q)
{
	size_t at = (size_t)(q * (double)l->n);

	return l->n ? (double)l->took[at < l->n ? at : l->n - 1] / 1000 : 0;
}

static void
print(struct load *l)
{
	double answered = (double)l->n - (double)l->late;

	if (l->n)
		qsort(l->took, l->n, sizeof(*l->took), by_size);
	printf("{\"requests\":%.0f,\"per_second\":%.2f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
	       "\"max_ms\":%.3f,\"errors\":%" PRId64 ",\"late\":%" PRId64 "}\n",
	    answered, answered * CLOCK_SECOND / (double)(l->elapsed ? l->elapsed : 1),
	    quantile(l, 0.5), quantile(l, 0.99), quantile(l, 1), l->errors, l->late);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static struct load load;
	struct rlimit files;
	char end;

	if (!read_options(&load, argc, argv)) {
		fputs(USAGE, stderr);
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (!load_prepare(&load) || !load_run(&load))
		return 1;
	print(&load);
	/* The connections stay until whoever watches the server has seen enough. */
	if (load.idle && read(STDIN_FILENO, &end, 1) < 0)
		return 1;
	return load.errors ? 1 : 0;
}
