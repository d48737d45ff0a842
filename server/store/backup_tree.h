/* Files and directories of a backup on disk. */
#ifndef LICET_SERVER_STORE_BACKUP_TREE_H
#define LICET_SERVER_STORE_BACKUP_TREE_H

#include "server/store/backup.h"

#define BACKUP_FILES_MAX 4096

/* E_OK when dir is a directory, empty but for BACKUP_UNFINISHED; E_NOT_EMPTY,
 * E_NOT_FOUND. */
must_check enum err
backup_tree_empty(const char *dir);
/* Removes what is in dir, not dir itself. */
void
backup_tree_clear(const char *dir);
/* The regular files of dir as entries with names "prefix/file". */
must_check enum err
backup_tree_list(struct arena *, const char *dir, const char *prefix,
    struct backup_entry *out, size_t max, size_t *n);
/* A relative path of plain names: no "..", no empty part, no odd characters. */
bool
backup_name_valid(struct slice name);
/* Makes the directories above dir/name (0700); gives the path. */
must_check enum err
backup_tree_place(struct arena *, const char *dir, struct slice name, const char **path);
/* fsync of dir and the directories in it. */
must_check enum err
backup_tree_sync(struct arena *, const char *dir);

#endif
