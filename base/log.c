#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log_line.h"

#define REPEAT_SLOTS 64
#define REPEAT_WAYS 8
#define REPEAT_MAX 10

struct repeat {
	uint64_t hash;
	int64_t since;
	unsigned seen;
	unsigned suppressed;
	enum log_level level;
	char event[48];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int max_level = LOG_INFO;
static _Atomic bool use_json;
static char line_prefix[16];
static struct repeat repeats[REPEAT_SLOTS];
static unsigned char repeat_key[crypto_shorthash_KEYBYTES];
static bool repeat_ready;
static _Thread_local const char *request;

void
log_setup(enum log_level level, enum log_format format, const char *prefix)
{
	pthread_mutex_lock(&lock);
	atomic_store(&max_level, level);
	atomic_store(&use_json,
	    format == LOG_JSON || (format == LOG_AUTO && !isatty(STDERR_FILENO)));
	snprintf(line_prefix, sizeof(line_prefix), "%s", prefix != NULL ? prefix : "");
	pthread_mutex_unlock(&lock);
}

void
log_request(const char *request_id)
{
	request = request_id;
}

bool
log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&max_level, memory_order_relaxed);
}

static void
write_line(struct log_line *line)
{
	size_t done = 0;

	log_line_end(line);
	while (done < line->n) {
		ssize_t n = write(STDERR_FILENO, line->p + done, line->n - done);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			done += (size_t)n;
	}
}

static size_t
start_line(struct log_line *line, enum log_level level, const char *event)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	char time[CLOCK_ISO_LEN + 1];

	clock_iso(clock_now(), time);
	log_line_start(line, atomic_load(&use_json));
	log_line_pair(line, SLICE("time"), slice_str(time));
	log_line_pair(line, SLICE("level"), slice_str(names[level]));
	if (line_prefix[0] != '\0')
		log_line_pair(line, SLICE("mode"), slice_str(line_prefix));
	if (request != NULL)
		log_line_pair(line, SLICE("request"), slice_str(request));
	log_line_pair(line, SLICE("event"), slice_str(event));
	return line->n;
}

static void
report_repeat(struct repeat *r)
{
	struct log_line line;
	char count[16];

	if (r->suppressed > 0) {
		start_line(&line, r->level, "suppressed");
		snprintf(count, sizeof(count), "%u", r->suppressed);
		log_line_pair(&line, SLICE("of"), slice_str(r->event));
		log_line_number(&line, SLICE("count"), slice_str(count));
		write_line(&line);
	}
	r->suppressed = r->seen = 0;
}

static void
report_past_repeats(int64_t now)
{
	for (size_t i = 0; i < REPEAT_SLOTS; i++) {
		if (repeats[i].suppressed > 0 && now - repeats[i].since >= CLOCK_SECOND)
			report_repeat(&repeats[i]);
	}
}

static uint64_t
hash_line(const char *fmt, const char *event, struct slice pairs)
{
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t hash;

	if (!repeat_ready) {
		randombytes_buf(repeat_key, sizeof(repeat_key));
		repeat_ready = true;
	}
	crypto_shorthash(out, (const unsigned char *)pairs.p, pairs.n, repeat_key);
	memcpy(&hash, out, sizeof(hash));
	return hash ^ (uintptr_t)fmt ^ ((uint64_t)(uintptr_t)event << 16);
}

static struct repeat *
find_repeat(uint64_t hash, int64_t now)
{
	struct repeat *set = &repeats[hash % REPEAT_SLOTS / REPEAT_WAYS * REPEAT_WAYS];
	struct repeat *quietest = set;

	for (size_t i = 0; i < REPEAT_WAYS; i++) {
		if (set[i].hash == hash)
			return &set[i];
		if (now - set[i].since >= CLOCK_SECOND)
			set[i].seen = 0;
		if (set[i].seen < quietest->seen)
			quietest = &set[i];
	}
	return quietest;
}

static bool
may_write(uint64_t hash, enum log_level level, const char *event)
{
	int64_t now = clock_monotonic();
	struct repeat *r;

	report_past_repeats(now);
	r = find_repeat(hash, now);
	if (r->hash != hash || now - r->since >= CLOCK_SECOND) {
		report_repeat(r);
		r->hash = hash;
		r->since = now;
		r->level = level;
		snprintf(r->event, sizeof(r->event), "%s", event);
	}
	if (r->seen < REPEAT_MAX) {
		r->seen++;
		return true;
	}
	r->suppressed++;
	return false;
}

void
log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	struct log_line line;
	int saved = errno;
	va_list ap;
	size_t head;
	uint64_t hash;

	if (!log_enabled(level))
		return;
	pthread_mutex_lock(&lock);
	head = start_line(&line, level, event);
	va_start(ap, fmt);
	log_line_args(&line, fmt, ap);
	va_end(ap);
	hash = hash_line(fmt, event, slice_of(line.p + head, line.n - head));
	if (may_write(hash, level, event))
		write_line(&line);
	pthread_mutex_unlock(&lock);
	errno = saved;
}
