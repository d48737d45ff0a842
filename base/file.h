/* Whole files: read with a cap, replaced atomically and durably, checked for privacy. */
#ifndef LICET_BASE_FILE_H
#define LICET_BASE_FILE_H

#include "base/buf.h"
#include "base/secret.h"

/* At most max bytes (more: E_PAYLOAD_TOO_LARGE), into the arena. "-" is standard input.
 * E_NOT_FOUND, E_DENIED, E_IO, E_NO_MEMORY. */
must_check enum err
file_read(struct arena *, const char *path, size_t max, struct slice *out);
/*
 * The first line (without its end) of a file with a secret, at most 4096 bytes. A regular
 * file that group or others may read is E_NOT_PRIVATE. "-" is standard input.
 */
must_check enum err
file_read_secret(const char *path, struct secret **out);
/* The same of a file from the service manager, which may let us in by an access list:
 * that shows as a right of the group to read. */
must_check enum err
file_read_credential(const char *path, struct secret **out);
/* As file_read, only a regular file of this user on which group and others have no right;
 * else E_NOT_PRIVATE. For a file of at most 4096 bytes no copy but *out is left behind.
 */
must_check enum err
file_read_private(struct arena *, const char *path, size_t max, struct slice *out);
/* Temporary file beside it, fsync, rename, fsync of the directory. */
must_check enum err
file_write(const char *path, struct slice data, int mode);
/* O_CREAT|O_EXCL|O_NOFOLLOW, fsync of file and directory. E_EXISTS. */
must_check enum err
file_create(const char *path, struct slice data, int mode);
/*
 * A file that comes in parts: whole or not at all. All is in the arena but the
 * descriptor, which file_end and file_drop close.
 */
struct file_parts {
	struct arena *arena;
	const char *path, *temporary;
	int fd, mode;
};
must_check enum err
file_begin(struct arena *, const char *path, int mode, struct file_parts *);
must_check enum err
file_add(struct file_parts *, struct slice);
/* over: also in the place of an existing file, else E_EXISTS. */
must_check enum err
file_end(struct file_parts *, bool over);
void
file_drop(struct file_parts *);
/* mkdir with the mode; an existing directory is fine. */
must_check enum err
file_make_dir(const char *path, int mode);
must_check enum err
file_sync_dir(const char *path);
bool
file_exists(const char *path);
/* E_OK when the path belongs to this user and group and others have no right on it;
 * E_NOT_FOUND; E_NOT_PRIVATE. */
must_check enum err
file_check_private(const char *path);
/* "dir/name", or name alone when it is absolute. NULL when out of memory. */
char *
file_path(struct arena *, const char *dir, const char *name);

#endif
