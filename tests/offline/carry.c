/*
 * Draws and reads carriers, for tests/offline/test_qr.py.
 *
 *   carry draw DIR BYTES LEVEL SCALE <object    each code as DIR/N.txt .png .svg .term
 *                                               .light; prints the version of each
 *   carry read <text                            prints "label hex" for each object
 */
#include <sodium.h>

#include "offline/carrier.h"
#include "offline/qr.h"

#define INPUT_MAX (1 << 20)
#define OBJECTS_MAX 1000

static enum err
write_file(struct arena *arena, const char *dir, size_t number, const char *suffix,
    const struct buf *b)
{
	char *path = arena_printf(arena, "%s/%zu.%s", dir, number, suffix);
	FILE *f = path && buf_ok(b) ? fopen(path, "wb") : NULL;
	bool whole = f && fwrite(b->p, 1, b->n, f) == b->n;

	return f && fclose(f) == 0 && whole ? E_OK : E_IO;
}

static enum err
draw_one(struct arena *arena, char **argv, size_t number, struct slice text)
{
	struct buf out[5];
	static const char *const suffix[] = { "txt", "png", "svg", "term", "light" };
	int level = names_find(&qr_levels, slice_str(argv[4]));
	struct qr qr;
	enum err err =
	    level < 0 ? E_USAGE : qr_make(arena, text, (enum qr_level)level, &qr);

	if (err)
		return err;
	for (size_t i = 0; i < ARRAY_LEN(out); i++)
		out[i] = BUF_INIT(arena);
	buf_slice_add(&out[0], text);
	qr_png(&out[1], &qr, atoi(argv[5]));
	qr_svg(&out[2], &qr, SLICE("Licet"));
	qr_term(&out[3], &qr, false);
	qr_term(&out[4], &qr, true);
	for (size_t i = 0; i < ARRAY_LEN(out) && !err; i++)
		err = write_file(arena, argv[2], number, suffix[i], &out[i]);
	printf("%d\n", qr.version);
	return err;
}

static enum err
draw(struct arena *arena, char **argv, struct slice bytes)
{
	enum object_kind kind;
	struct slice *texts;
	size_t n = 0;
	enum err err = object_kind_of(bytes, &kind);

	if (!err)
		err = carrier_qr_texts(
		    arena, kind, bytes, (size_t)atoi(argv[3]), &texts, &n);
	for (size_t i = 0; i < n && !err; i++)
		err = draw_one(arena, argv, i + 1, texts[i]);
	return err;
}

static enum err
read_text(struct arena *arena, struct slice text)
{
	struct carrier_list list;
	struct carrier_fault fault;
	enum err err = carrier_read(arena, text, OBJECTS_MAX, &list, &fault);

	if (err)
		fprintf(stderr, "%zu: %s\n", fault.line, fault.what ? fault.what : "");
	for (size_t i = 0; i < list.n && !err; i++) {
		struct buf b = BUF_INIT(arena);
		struct carrier_object *o = &list.item[i];

		err = o->err;
		if (err)
			break;
		buf_hex(&b, o->bytes.p, o->bytes.n);
		printf("%s %.*s\n", object_info(o->kind)->label, (int)b.n, b.p);
	}
	return err;
}

int
main(int argc, char **argv)
{
	static char input[INPUT_MAX];
	struct arena *arena = sodium_init() < 0 ? NULL : arena_new(64 << 20);
	size_t n = fread(input, 1, sizeof(input), stdin);
	enum err err = E_USAGE;

	if (!arena)
		return 1;
	if (argc == 6 && strcmp(argv[1], "draw") == 0)
		err = draw(arena, argv, slice_of(input, n));
	else if (argc == 2 && strcmp(argv[1], "read") == 0)
		err = read_text(arena, slice_of(input, n));
	if (err)
		fprintf(stderr, "carry: %s\n", err_code(err));
	arena_free(arena);
	return err_info(err)->exit;
}
