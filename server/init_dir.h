/* The data directory during the first start: marker, leftovers of a broken attempt. */
#ifndef LICET_SERVER_INIT_DIR_H
#define LICET_SERVER_INIT_DIR_H

#include "base/arena.h"
#include "base/err.h"

enum init_dir_state {
	INIT_DIR_ABSENT,   /* no such directory, or an empty one */
	INIT_DIR_BROKEN,   /* the marker of an attempt that did not end */
	INIT_DIR_FINISHED, /* a store and no marker */
	INIT_DIR_FOREIGN   /* something else is in it */
};

/* E_NOT_PRIVATE, E_DENIED, E_IO. */
must_check enum err
init_dir_look(struct arena *, const char *dir, enum init_dir_state *);
/* Makes the directory (0700) with the marker, after removing a broken attempt. */
must_check enum err
init_dir_begin(struct arena *, const char *dir, const char **what);
/* Syncs the directories, removes the marker, syncs again. */
must_check enum err
init_dir_finish(struct arena *, const char *dir, const char **what);
/* Removes a directory tree of at most 4 levels; symbolic links are not followed. */
void
init_dir_remove(const char *dir);

#endif
