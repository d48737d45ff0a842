/*
 * The daemon's configuration file: a fault for whatever is refused, and what is taken is
 * shown in a form that a file takes again.
 */
#include "tests/fuzz/target.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/config.h"

struct file {
	int fd;
	char path[64];
};

static void
file_make(struct file *f, struct slice text)
{
	f->fd = memfd_create("licetd.conf", MFD_CLOEXEC);
	FUZZ_CHECK(f->fd >= 0);
	FUZZ_CHECK(write(f->fd, text.p, text.n) == (ssize_t)text.n);
	snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", f->fd);
	FUZZ_CHECK(lseek(f->fd, 0, SEEK_SET) == 0);
}

static enum err
load(struct arena *arena, struct slice text, struct config_result *r)
{
	struct config_source source = { .data_dir = "/data" };
	struct file f;
	enum err err;

	file_make(&f, text);
	source.file = f.path;
	err = config_load(arena, &source, r);
	close(f.fd);
	return err;
}

static void
check_faults(const struct config_result *r)
{
	FUZZ_CHECK(r->load.n_faults > 0);
	for (size_t i = 0; i < r->load.n_faults; i++) {
		const struct conf_fault *f = &r->load.fault[i];

		FUZZ_CHECK(f->origin && f->key && f->message);
	}
}

static struct slice
print(struct arena *arena, const struct config *c)
{
	struct buf text = BUF_INIT(arena);
	struct slice section = SLICE("");

	for (size_t i = 0; i < config_n_options; i++) {
		struct slice key = slice_str(config_options[i].key);
		struct slice name = slice_cut(&key, '.');
		const char *value = conf_show(arena, &config_options[i], c);

		FUZZ_CHECK(value != NULL);
		if (!slice_equal(section, name))
			buf_printf(&text, "[%.*s]\n", SLICE_ARG(name));
		section = name;
		buf_printf(&text, "%.*s = %s\n", SLICE_ARG(key), value);
	}
	FUZZ_CHECK(buf_ok(&text));
	return buf_slice(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct config_result first, second;
	struct slice text;
	enum err err = load(arena, fuzz_slice(data, size), &first);

	FUZZ_CHECK(err == E_OK || err == E_CONFIG);
	if (err == E_CONFIG) {
		check_faults(&first);
	} else {
		text = print(arena, &first.config);
		FUZZ_CHECK(load(arena, text, &second) == E_OK);
		FUZZ_CHECK(slice_equal(text, print(arena, &second.config)));
	}
	arena_free(arena);
	return 0;
}
