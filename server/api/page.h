/*
 * Pages for people (family FAMILY_PAGE): the frame around what they say, its headers, the
 * files that they load, and errors. Nothing is loaded from elsewhere, no script or style
 * stands in a page, no cookie is set.
 */
#ifndef LICET_SERVER_API_PAGE_H
#define LICET_SERVER_API_PAGE_H

#include "base/html.h"
#include "server/api/endpoint.h"
#include "server/web/assets.h"

/* Answers of this path are pages, errors too. */
bool
page_is(struct slice path);
/* Status, headers, and the page up to the begin of its main part. */
void
page_begin(struct reply *, int status, const char *title);
void
page_end(struct reply *);
/* retry_after: seconds, 0: none. */
void
page_error(struct reply *, enum err, int retry_after);

/* GET of a file that pages load. */
void
page_asset_front(struct call *);

#endif
