#include "server/http/loop.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"

#define TICK_MAX CLOCK_SECOND
#define TICK_MIN (20 * CLOCK_SECOND / 1000)
#define CONNS_BYTES ((size_t)1 << 30)
#define REQUEST_BYTES ((size_t)16 << 20)

struct mailbox *
loop_mailbox(struct loop *loop)
{
	return loop->mailbox;
}

unsigned
loop_index(const struct loop *loop)
{
	return loop->index;
}

const char *
loop_date(struct loop *loop)
{
	int64_t now = clock_now();

	if (now / CLOCK_SECOND != loop->date_second || loop->date[0] == '\0') {
		loop->date_second = now / CLOCK_SECOND;
		clock_http(now, loop->date);
	}
	return loop->date;
}

struct arena *
loop_take_arena(struct loop *loop)
{
	if (loop->n_spare_arenas > 0)
		return loop->spare_arena[--loop->n_spare_arenas];
	return arena_new(REQUEST_BYTES);
}

void
loop_give_arena(struct loop *loop, struct arena *arena)
{
	if (loop->n_spare_arenas == LOOP_ARENAS) {
		arena_free(arena);
		return;
	}
	arena_clear(arena);
	loop->spare_arena[loop->n_spare_arenas++] = arena;
}

static void
on_mail(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	(void)fd;
	(void)what;
	mailbox_drain(loop->mailbox);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A second, less when timeouts are shorter than some seconds. */
static struct timeval
tick_interval(const struct loop *loop)
{
	const struct settings *s = loop->settings;
	int64_t us = least(TICK_MAX, atomic_load(&s->header_timeout) / 4);

	us = least(us, atomic_load(&s->body_timeout) / 4);
	us = least(us, atomic_load(&s->idle_timeout) / 4);
	if (us < TICK_MIN || loop->draining || loop->behind)
		us = TICK_MIN;
	return (struct timeval){ us / CLOCK_SECOND, us % CLOCK_SECOND };
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	struct timeval next;

	(void)fd;
	(void)what;
	loop->tick(loop);
	next = tick_interval(loop);
	evtimer_add(loop->tick_event, &next);
}

static struct event_base *
new_base(void)
{
	struct event_config *config = event_config_new();

	if (config == NULL)
		return NULL;
	event_config_set_flag(
	    config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST | EVENT_BASE_FLAG_NOLOCK);
	struct event_base *base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static bool
add_events(struct loop *loop)
{
	struct timeval first = tick_interval(loop);

	loop->mail_event = event_new(
	    loop->base, mailbox_fd(loop->mailbox), EV_READ | EV_PERSIST, on_mail, loop);
	loop->tick_event = evtimer_new(loop->base, on_tick, loop);
	return loop->mail_event != NULL && loop->tick_event != NULL &&
	       event_add(loop->mail_event, NULL) == 0 &&
	       evtimer_add(loop->tick_event, &first) == 0;
}

enum err
loop_init(struct loop *loop, void (*tick)(struct loop *))
{
	loop->tick = tick;
	loop->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	loop->arena = arena_new(CONNS_BYTES);
	loop->mailbox = mailbox_new();
	loop->base = new_base();
	if (loop->arena == NULL || loop->mailbox == NULL || loop->base == NULL ||
	    !add_events(loop))
		return E_NO_MEMORY;
	return E_OK;
}

void
loop_clear(struct loop *loop)
{
	if (loop->mail_event != NULL)
		event_free(loop->mail_event);
	if (loop->tick_event != NULL)
		event_free(loop->tick_event);
	if (loop->base != NULL) {
		/* What libevent put off, the end of TLS connections among it. */
		event_base_loop(loop->base, EVLOOP_NONBLOCK);
		event_base_free(loop->base);
	}
	mailbox_free(loop->mailbox);
	if (loop->spare_fd >= 0)
		close(loop->spare_fd);
	buf_free(&loop->head);
	buf_free(&loop->input);
	while (loop->n_spare_arenas > 0)
		arena_free(loop->spare_arena[--loop->n_spare_arenas]);
	arena_free(loop->arena);
}

static void *
run(void *arg)
{
	struct loop *loop = arg;

	event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

/* Signals are the main thread's, but for those that tell of a fault in this one. */
enum err
loop_start(struct loop *loop)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	sigset_t all, old;

	sigfillset(&all);
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		sigdelset(&all, own[i]);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	loop->runs = pthread_create(&loop->thread, NULL, run, loop) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return loop->runs ? E_OK : E_NO_MEMORY;
}

void
loop_hurry(struct loop *loop)
{
	struct timeval next = tick_interval(loop);

	evtimer_add(loop->tick_event, &next);
}

void
loop_stop(struct loop *loop)
{
	event_base_loopbreak(loop->base);
}
