/* First start (cli.md 2.2): a data directory with keys, store, vendor and owner. */
#ifndef LICET_SERVER_INIT_H
#define LICET_SERVER_INIT_H

#include "base/arena.h"
#include "base/secret.h"

struct init_options {
	const char *data_dir; /* absolute */
	const char *vendor;   /* NULL: Vendor */
	const char *owner;    /* NULL: owner@localhost */
	const char *root_out; /* NULL: keys/root.key */
	const char *const
	    *set; /* "key=value" for licetd.conf, NULL-terminated; or NULL */
	struct secret *passphrase; /* NULL: unsealed */
};

struct init_summary {
	bool existed; /* a finished store was there: nothing was changed */
	const char *vendor, *owner;
	char root[17], root_fingerprint[65], issuing[17], box[17];
	bool certified;
	bool root_here; /* root.key lies in the data directory */
};

/*
 * Leaves a marker until all is synced; a directory with the marker is started over, a
 * finished one only summed up. E_NOT_EMPTY: other files are there. E_NOT_PRIVATE, E_IO,
 * E_EXISTS (root_out). *what names the file.
 */
must_check enum err
init_run(struct arena *, const struct init_options *, struct init_summary *,
    const char **what);

#endif
