/* What a start finds out about the keys; inside of app_ring.c and app_ring_first.c. */
#ifndef LICET_SERVER_APP_RING_H
#define LICET_SERVER_APP_RING_H

#include "server/action/signing.h"
#include "server/app.h"

/* All that a start looks at and decides; in the arena of the app. */
struct ring_start {
	struct app *app;
	struct signing_rows rows;
	struct key *file; /* in the folder */
	size_t n_files;
	struct keyring_part *part;
	size_t n_parts;
	struct signing_rows changed; /* rows to store */
	struct key *removed;         /* files of no use */
	size_t n_removed;
	bool is_first; /* the store has no rows yet */
	const struct signing_key *known_root;
	struct signing_rows added; /* the root that came later */
};

bool
ring_has_file(const struct ring_start *, const struct key *);
/* For messages; "" when out of memory. */
const char *
ring_path(struct ring_start *, const struct key *);
/* The row is to be stored as it is now. */
void
ring_changed(struct ring_start *, const struct signing_key *row);

/* A store of a version without rows of keys: one issuing and one box key, and the root if
 * it is here, which then certifies them. E_KEY: other files than those. */
must_check enum err
ring_first_rows(struct ring_start *, const char **what);
/* A store that knows no root takes the one that was put into the folder. */
must_check enum err
ring_late_root(struct ring_start *, const char **what);

#endif
