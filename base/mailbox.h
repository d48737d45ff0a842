/*
 * Messages from any thread to one receiver, which waits on an eventfd. The only hand-over
 * between threads. A mail is embedded in the sender's struct; after mailbox_post it
 * belongs to the receiver until its fn has run.
 */
#ifndef LICET_BASE_MAILBOX_H
#define LICET_BASE_MAILBOX_H

#include "base/err.h"

struct mailbox;

struct mail {
	struct mail *next;
	void (*fn)(struct mail *);
};

struct mailbox *
mailbox_new(void); /* NULL when out of memory or descriptors */
void
mailbox_free(struct mailbox *); /* undelivered mail is dropped */
int
mailbox_fd(const struct mailbox *); /* readable while mail waits */
void
mailbox_post(struct mailbox *, struct mail *); /* never fails, any thread */
/* Runs the fn of all waiting mail in order of arrival, in the caller's thread; the count.
 */
size_t
mailbox_drain(struct mailbox *);
/* Waits until mail arrives or timeout_ms (-1: for ever) has passed, then drains. */
size_t
mailbox_wait(struct mailbox *, int timeout_ms);

#endif
