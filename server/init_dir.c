#include "server/init_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "server/store/backup.h"

#define MARKER BACKUP_UNFINISHED
#define LEVELS 4

enum err
init_dir_look(struct arena *arena, const char *dir, enum init_dir_state *state)
{
	const char *marker = file_path(arena, dir, MARKER);
	const char *store = file_path(arena, dir, "store/data.mdb");
	const struct dirent *item;
	size_t n = 0;
	enum err err;
	DIR *d;

	*state = INIT_DIR_ABSENT;
	if (!marker || !store)
		return E_NO_MEMORY;
	if (!(d = opendir(dir)))
		return errno == ENOENT ? E_OK : err_from_errno(errno);
	while ((item = readdir(d)))
		n += strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0;
	closedir(d);
	if (n == 0)
		return E_OK;
	if ((err = file_check_private(dir)) != E_OK)
		return err;
	*state = file_exists(marker)  ? INIT_DIR_BROKEN
	         : file_exists(store) ? INIT_DIR_FINISHED
	                              : INIT_DIR_FOREIGN;
	return E_OK;
}

static void
remove_at(int parent, const char *name, int levels)
{
	const struct dirent *item;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (!d) {
		if (fd >= 0)
			close(fd);
		unlinkat(parent, name, 0);
		return;
	}
	while (levels > 0 && (item = readdir(d)))
		if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0)
			remove_at(fd, item->d_name, levels - 1);
	closedir(d);
	unlinkat(parent, name, AT_REMOVEDIR);
}

void
init_dir_remove(const char *dir)
{
	remove_at(AT_FDCWD, dir, LEVELS);
}

enum err
init_dir_begin(struct arena *arena, const char *dir, const char **what)
{
	static const char *const ours[] = { "keys", "store", "licetd.conf" };
	const char *marker = file_path(arena, dir, MARKER);
	enum err err;

	*what = dir;
	if (!marker)
		return E_NO_MEMORY;
	if ((err = file_make_dir(dir, 0700)) != E_OK)
		return err;
	if (chmod(dir, 0700) != 0)
		return err_from_errno(errno);
	if (!file_exists(marker) && (err = file_create(marker, SLICE(""), 0600)) != E_OK)
		return err;
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		const char *path = file_path(arena, dir, ours[i]);

		if (!path)
			return E_NO_MEMORY;
		if (file_exists(path))
			init_dir_remove(path);
	}
	return E_OK;
}

enum err
init_dir_finish(struct arena *arena, const char *dir, const char **what)
{
	static const char *const inner[] = { "keys", "store" };
	const char *marker = file_path(arena, dir, MARKER);
	enum err err;

	if (!marker)
		return E_NO_MEMORY;
	for (size_t i = 0; i < ARRAY_LEN(inner); i++) {
		*what = file_path(arena, dir, inner[i]);
		if (!*what)
			return E_NO_MEMORY;
		if ((err = file_sync_dir(*what)) != E_OK)
			return err;
	}
	*what = dir;
	if ((err = file_sync_dir(dir)) != E_OK)
		return err;
	if (unlink(marker) != 0)
		return err_from_errno(errno);
	return file_sync_dir(dir);
}
