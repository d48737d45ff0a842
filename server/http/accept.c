#include "server/http/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/metric.h"

#define ACCEPT_MAX 64

static void
refuse(int fd, const char *cause)
{
	metric_add(METRIC_CONNECTIONS_REFUSED, 1);
	log_warn("connection_refused", "cause=%s", cause);
	close(fd);
}

static void
take_local(struct accepter *a, int fd)
{
	if (caps_take(a->loop->caps, SLICE_NULL, true))
		conn_open(a->loop, a->endpoint, fd, NULL, false);
	else
		refuse(fd, "cap");
}

static void
take(struct accepter *a, int fd, const struct sockaddr_storage *from)
{
	const struct settings *s = a->loop->settings;
	struct peer_address address;

	if (a->endpoint->is_unix) {
		take_local(a, fd);
		return;
	}
	if (!peer_from_socket(from, &address)) {
		refuse(fd, "address");
		return;
	}
	bool own_cap = !peer_is_in(&address, s->trusted, s->n_trusted);
	struct slice key = own_cap ? peer_key(&address) : SLICE_NULL;
	if (caps_take(a->loop->caps, key, false))
		conn_open(a->loop, a->endpoint, fd, &address, own_cap);
	else
		refuse(fd, "cap");
}

static void
pause_accepter(struct accepter *a)
{
	event_del(a->event);
	a->paused = true;
}

/*
 * No descriptor is left. A waiting connection would wake the loop for ever, so the spare
 * one is used to take and close it.
 */
static void
shed(struct accepter *a)
{
	struct loop *loop = a->loop;

	if (loop->spare_fd >= 0) {
		close(loop->spare_fd);
		int fd = accept4(*a->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			refuse(fd, "descriptors");
		loop->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	if (loop->spare_fd < 0)
		pause_accepter(a);
}

/* After accept failed: whether to try again at once. */
static bool
go_on(struct accepter *a, int cause)
{
	if (cause == EMFILE || cause == ENFILE)
		shed(a);
	else if (cause == ENOBUFS || cause == ENOMEM)
		pause_accepter(a);
	return cause == EINTR || cause == ECONNABORTED;
}

static void
on_accept(evutil_socket_t listener, short what, void *arg)
{
	struct accepter *a = arg;

	(void)what;
	for (int i = 0; i < ACCEPT_MAX; i++) {
		struct sockaddr_storage from = { 0 };
		socklen_t n = sizeof(from);
		int fd = accept4(
		    listener, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			take(a, fd, &from);
		else if (!go_on(a, errno))
			return;
	}
}

enum err
accept_add(
    struct loop *loop, struct accepter *a, const struct endpoint *endpoint, int *fd)
{
	a->loop = loop;
	a->endpoint = endpoint;
	a->fd = fd;
	a->event = event_new(loop->base, *fd, EV_READ | EV_PERSIST, on_accept, a);
	if (a->event == NULL)
		return E_NO_MEMORY;
	a->next = loop->accepters;
	loop->accepters = a;
	return event_add(a->event, NULL) == 0 ? E_OK : E_NO_MEMORY;
}

void
accept_resume(struct loop *loop)
{
	if (loop->spare_fd < 0)
		loop->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (struct accepter *a = loop->accepters; a != NULL; a = a->next) {
		if (a->paused && loop->spare_fd >= 0) {
			a->paused = false;
			event_add(a->event, NULL);
		}
	}
}

void
accept_stop(struct loop *loop)
{
	for (struct accepter *a = loop->accepters; a != NULL; a = a->next) {
		event_free(a->event);
		close(*a->fd);
		*a->fd = -1;
	}
	loop->accepters = NULL;
}
