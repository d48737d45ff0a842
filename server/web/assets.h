/*
 * The files that pages load: those of this folder and what the build fetched
 * (package.json), as tools/embed.awk made them part of the program.
 */
#ifndef LICET_SERVER_WEB_ASSETS_H
#define LICET_SERVER_WEB_ASSETS_H

#include "base/slice.h"

struct asset {
	const char *name;
	const char *type;          /* Content-Type */
	struct slice body, packed; /* as it is; by gzip */
};

/* Of all of them together, in hex: stands in their URLs, so that these may be kept. */
extern const char assets_tag[];

/* NULL: no such file. */
const struct asset *
asset_find(struct slice name);

/* --- made by embed.awk ---------------------------------------------------------------
 */

extern const struct asset assets[];
extern const size_t assets_n;

#endif
