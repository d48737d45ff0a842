/*
 * The page /offline for a technician without account (offline-activation.md 4, 6): it
 * takes what a machine made, as /offline/v1/ does, and shows the answers in every form
 * that can be carried back.
 */
#ifndef LICET_SERVER_API_PORTAL_H
#define LICET_SERVER_API_PORTAL_H

#include "server/api/offline.h"
#include "server/api/page.h"

/* Something handed in, and what became of it. */
struct portal_item {
	const struct offline_ask *ask;
	const struct offline_answer *answer;
	enum object_kind handed; /* OBJECT_MAX: not known */
};

struct portal {
	struct call *call;
	struct slice text; /* as typed or pasted, to be shown again; null: none */
	bool has_picture;  /* a file is a picture, which no program here looks at */
	const char *more;  /* what exactly is wrong with all of it; NULL: nothing more */
	struct offline_call requests, proofs;
	struct portal_item *item; /* in the order in which they were handed in */
	size_t n;
};

/* The fronts: GET /offline and links from QR codes, POST /offline, and answers that the
 * page gave and that come back to be shown in another form. */
void
portal_form_front(struct call *);
void
portal_link_front(struct call *);
void
portal_post_front(struct call *);
void
portal_answer_front(struct call *);

/* portal_form.c: the whole page; err: why what was handed in was not taken, E_OK: it is
 * the first time. */
void
portal_form_page(struct call *, enum err, const char *more, struct slice text);
/* portal_answer.c: the whole page. */
void
portal_answer_page(struct portal *);

enum portal_view { PORTAL_PAGE, PORTAL_PRINT };
/* portal_view.c: what an answer says, and the answer in every form, to be carried back.
 * machine: what people call it, null when not known. */
must_check enum err
portal_put_answer(struct call *, enum object_kind, struct slice object,
    struct slice machine, enum portal_view);
/* A form with these buttons, which sends the answers back to be had in another form. */
struct portal_button {
	const char *as, *label, *class;
};
void
portal_put_form(struct buf *, struct slice text, struct slice machine,
    const struct portal_button *, size_t n);

/* portal_words.c: what happened and what to do next, in plain words. */
struct portal_words {
	const char *what, *next;
};
struct portal_words portal_words_of(enum err);
/* more: where exactly; NULL: nothing more. retry_after: seconds, 0: none. */
void
portal_put_fault(struct buf *, enum err, int retry_after, const char *more);

#endif
