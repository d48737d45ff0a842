#include "base/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

struct mailbox {
	pthread_mutex_t lock;
	struct mail *first;
	struct mail **end;
	int fd;
};

struct mailbox *
mailbox_new(void)
{
	struct mailbox *box = calloc(1, sizeof(*box));

	if (box == NULL)
		return NULL;
	box->end = &box->first;
	box->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (box->fd < 0 || pthread_mutex_init(&box->lock, NULL) != 0) {
		if (box->fd >= 0)
			close(box->fd);
		free(box);
		return NULL;
	}
	return box;
}

void
mailbox_free(struct mailbox *box)
{
	if (box == NULL)
		return;
	close(box->fd);
	pthread_mutex_destroy(&box->lock);
	free(box);
}

int
mailbox_fd(const struct mailbox *box)
{
	return box->fd;
}

static void
ring(struct mailbox *box)
{
	const uint64_t one = 1;

	while (write(box->fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void
mailbox_post(struct mailbox *box, struct mail *mail)
{
	mail->next = NULL;
	pthread_mutex_lock(&box->lock);
	if (box->first == NULL)
		ring(box);
	*box->end = mail;
	box->end = &mail->next;
	pthread_mutex_unlock(&box->lock);
}

static struct mail *
take_all(struct mailbox *box)
{
	struct mail *all;
	uint64_t count;

	pthread_mutex_lock(&box->lock);
	while (read(box->fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
	all = box->first;
	box->first = NULL;
	box->end = &box->first;
	pthread_mutex_unlock(&box->lock);
	return all;
}

size_t
mailbox_drain(struct mailbox *box)
{
	struct mail *mail = take_all(box), *next;
	size_t n = 0;

	for (; mail != NULL; mail = next) {
		next = mail->next;
		mail->next = NULL;
		mail->fn(mail);
		n++;
	}
	return n;
}

static int
ms_left(int64_t deadline)
{
	int64_t left = deadline - clock_monotonic();

	return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

size_t
mailbox_wait(struct mailbox *box, int timeout_ms)
{
	struct pollfd p = { .fd = box->fd, .events = POLLIN };
	int64_t deadline = clock_monotonic() + (int64_t)timeout_ms * 1000;
	int wait = timeout_ms;

	while (poll(&p, 1, wait) < 0 && errno == EINTR) {
		if (timeout_ms >= 0)
			wait = ms_left(deadline);
	}
	return mailbox_drain(box);
}
