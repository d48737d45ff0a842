#include "tests/crash/power.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define ROOM (INT64_C(32) << 20)

static enum err
put(struct disk *d, int64_t at, const void *p, size_t n)
{
	return pwrite(d->fd, p, n, at) == (ssize_t)n ? E_OK : E_IO;
}

enum err
disk_open(struct arena *a, const char *path, const char *base, struct disk *d)
{
	struct slice bytes;
	enum err err = file_read(a, base, (size_t)ROOM, &bytes);

	if (err != E_OK)
		return err;
	*d = (struct disk){ .path = path, .room = ROOM, .length = (int64_t)bytes.n };
	d->durable = arena_alloc(a, (size_t)ROOM);
	d->pending = arena_array(a, POWER_PENDING_MAX, sizeof(*d->pending));
	d->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (!d->durable || !d->pending || d->fd < 0)
		return E_NO_MEMORY;
	memcpy(d->durable, bytes.p, bytes.n);
	return disk_restore(d);
}

enum err
disk_restore(struct disk *d)
{
	if (ftruncate(d->fd, 0) != 0)
		return E_IO;
	return put(d, 0, d->durable, (size_t)d->length);
}

/* Cut at the ends of pages, which a disk may keep one without the other. */
enum err
disk_write(struct disk *d, int64_t at, struct slice bytes)
{
	while (bytes.n > 0) {
		size_t n = (size_t)(POWER_PAGE - at % POWER_PAGE);

		if (n > bytes.n)
			n = bytes.n;
		if (d->n == POWER_PENDING_MAX || at + (int64_t)n > d->room)
			return E_STORE_FULL;
		d->pending[d->n++] = (struct piece){ at, slice_of(bytes.p, n) };
		bytes = slice_from(bytes, n);
		at += (int64_t)n;
	}
	return E_OK;
}

enum err
disk_sync(struct disk *d, size_t first)
{
	for (size_t i = first; i < d->n; i++) {
		const struct piece *piece = &d->pending[i];
		int64_t end = piece->at + (int64_t)piece->bytes.n;

		memcpy(d->durable + piece->at, piece->bytes.p, piece->bytes.n);
		if (put(d, piece->at, piece->bytes.p, piece->bytes.n) != E_OK)
			return E_IO;
		if (end > d->length)
			d->length = end;
	}
	d->n = first;
	return E_OK;
}

enum err
disk_length(struct disk *d, int64_t length)
{
	if (length < d->length)
		memset(d->durable + length, 0, (size_t)(d->length - length));
	d->length = length;
	return disk_restore(d);
}

/* The sectors of a piece that the mask names: of the new bytes, or of the durable ones.
 */
static enum err
put_sectors(struct disk *d, const struct piece *piece, unsigned mask, bool new)
{
	int64_t end = piece->at + (int64_t)piece->bytes.n, next;

	if (mask == POWER_WHOLE)
		return put(d, piece->at,
		    new ? piece->bytes.p : (const char *)d->durable + piece->at,
		    piece->bytes.n);
	for (int64_t at = piece->at; at < end; at = next) {
		const char *from = piece->bytes.p + (at - piece->at);

		next = (at / POWER_SECTOR + 1) * POWER_SECTOR;
		if (next > end)
			next = end;
		if (!(mask >> (at % POWER_PAGE / POWER_SECTOR) & 1))
			continue;
		if (!new)
			from = (const char *)d->durable + at;
		if (put(d, at, from, (size_t)(next - at)) != E_OK)
			return E_IO;
	}
	return E_OK;
}

enum err
disk_show(struct disk *d, const unsigned char *mask, int64_t length)
{
	enum err err = E_OK;

	for (size_t i = 0; i < d->n && err == E_OK; i++)
		if (mask[i])
			err = put_sectors(d, &d->pending[i], mask[i], true);
	if (err == E_OK && length > d->length && lseek(d->fd, 0, SEEK_END) < length)
		err = ftruncate(d->fd, length) == 0 ? E_OK : E_IO;
	return err;
}

enum err
disk_hide(struct disk *d, const unsigned char *mask)
{
	enum err err = E_OK;

	for (size_t i = 0; i < d->n && err == E_OK; i++)
		if (mask[i])
			err = put_sectors(d, &d->pending[i], mask[i], false);
	if (err == E_OK && ftruncate(d->fd, d->length) != 0)
		err = E_IO;
	return err;
}
