#include "server/store/backup_tree.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define NAME_MAX_LEN 200
#define OPEN_DIRS 16

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

enum err
backup_tree_empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool empty = true;

	if (d == NULL)
		return errno == ENOENT ? E_NOT_FOUND : err_from_errno(errno);
	while (empty && (e = readdir(d)) != NULL)
		empty = is_dots(e->d_name) || strcmp(e->d_name, BACKUP_UNFINISHED) == 0;
	closedir(d);
	return empty ? E_OK : E_NOT_EMPTY;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level > 0 ? remove(path) : 0;
}

void
backup_tree_clear(const char *dir)
{
	nftw(dir, remove_one, OPEN_DIRS, FTW_DEPTH | FTW_PHYS);
}

static enum err
list_one(struct arena *a, const char *dir, const char *prefix, const char *file,
    struct backup_entry *out)
{
	out->path = file_path(a, dir, file);
	out->name = arena_printf(a, "%s/%s", prefix, file);
	return out->path && out->name ? E_OK : E_NO_MEMORY;
}

enum err
backup_tree_list(struct arena *a, const char *dir, const char *prefix,
    struct backup_entry *out, size_t max, size_t *n)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	enum err err = E_OK;

	if (d == NULL)
		return err_from_errno(errno);
	while (err == E_OK && (e = readdir(d)) != NULL) {
		if (is_dots(e->d_name))
			continue;
		err = *n < max ? list_one(a, dir, prefix, e->d_name, &out[(*n)++])
		               : E_PAYLOAD_TOO_LARGE;
	}
	closedir(d);
	return err;
}

bool
backup_name_valid(struct slice name)
{
	struct slice rest = name, part;

	if (name.n == 0 || name.n > NAME_MAX_LEN ||
	    !slice_only(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "0123456789._-/"))
		return false;
	while (rest.p) {
		part = slice_cut(&rest, '/');
		if (part.n == 0 || slice_is(part, ".") || slice_is(part, ".."))
			return false;
	}
	return true;
}

static const char *
place(struct arena *a, const char *dir, struct slice name)
{
	const char *text = arena_str(a, name);

	return text ? file_path(a, dir, text) : NULL;
}

enum err
backup_tree_place(struct arena *a, const char *dir, struct slice name, const char **path)
{
	const char *above;
	enum err err;

	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] != '/')
			continue;
		if ((above = place(a, dir, slice_head(name, i))) == NULL)
			return E_NO_MEMORY;
		if ((err = file_make_dir(above, 0700)) != E_OK)
			return err;
	}
	*path = place(a, dir, name);
	return *path ? E_OK : E_NO_MEMORY;
}

enum err
backup_tree_sync(struct arena *a, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	struct stat st;
	enum err err = d ? file_sync_dir(dir) : err_from_errno(errno);

	while (d && err == E_OK && (e = readdir(d)) != NULL) {
		const char *path = file_path(a, dir, e->d_name);

		if (path == NULL)
			err = E_NO_MEMORY;
		else if (!is_dots(e->d_name) && lstat(path, &st) == 0 &&
			 S_ISDIR(st.st_mode))
			err = backup_tree_sync(a, path);
	}
	if (d)
		closedir(d);
	return err;
}
