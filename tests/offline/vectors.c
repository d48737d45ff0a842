/*
 * vectors json: prints doc/vectors/offline-v1.json.
 * vectors golden DIR: each sample as it is on the wire, in DIR/NAME.cbor.
 * vectors corpus DIR: seeds for the fuzz targets cose, claims and sealed in DIR.
 *
 * All is the same in each run: the random numbers of libsodium are replaced.
 */
#include "tests/offline/vectors.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "offline/armor.h"
#include "offline/carrier.h"
#include "offline/seal_request.h"

#define FIRST_EPHEMERAL 0xa0 /* the private key that a sealed request was sealed by */

static struct objects o;

static const char *
random_name(void)
{
	return "fixed";
}

static void
random_fill(void *p, const size_t n)
{
	for (size_t i = 0; i < n; i++)
		((unsigned char *)p)[i] = (unsigned char)(FIRST_EPHEMERAL + i);
}

static uint32_t
random_word(void)
{
	return FIRST_EPHEMERAL;
}

static void
need(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "vectors: %s\n", what);
	exit(1);
}

static struct slice
sealed_request(void)
{
	struct buf b = BUF_INIT(o.arena);

	request_seal(
	    &b, o.box.public_key, objects_sign(&o, objects_find("request-password")));
	need(buf_ok(&b), "no memory");
	return buf_slice(&b);
}

static const char *
kind_name(enum object_kind kind)
{
	return object_info(kind)->words;
}

static void
put_key(struct json_writer *w, const char *name, const struct objects_key *key)
{
	jw_key(w, name);
	jw_object(w);
	vectors_hex(w, "private", key->seed, KEY_SECRET);
	vectors_hex(w, "public", key->public_key, KEY_PUBLIC);
	vectors_hex(w, "kid", key->kid, KEY_KID);
	jw_end(w);
}

static void
put_keys(struct json_writer *w)
{
	unsigned char ephemeral[KEY_SECRET];

	random_fill(ephemeral, sizeof(ephemeral));
	jw_key(w, "keys");
	jw_object(w);
	put_key(w, "root", &o.root);
	put_key(w, "issuing", &o.issuing);
	put_key(w, "box", &o.box);
	put_key(w, "device", &o.device);
	put_key(w, "other", &o.other);
	jw_key(w, "ephemeral");
	jw_object(w);
	vectors_hex(w, "private", ephemeral, sizeof(ephemeral));
	jw_end(w);
	jw_end(w);
}

static void
put_carriers(struct json_writer *w, enum object_kind kind, struct slice bytes)
{
	struct buf armor = BUF_INIT(o.arena);
	struct slice *texts;
	size_t n;

	vectors_hex(w, "cbor", bytes.p, bytes.n);
	armor_put(&armor, kind, bytes);
	need(buf_ok(&armor), "no memory");
	jw_ktext(w, "armor", buf_slice(&armor));
	if (!object_info(kind)->letter)
		return;
	need(carrier_qr_texts(o.arena, kind, bytes, CARRIER_PART_BYTES, &texts, &n) ==
		 E_OK,
	    "QR text");
	jw_key(w, "qr");
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		jw_text(w, texts[i]);
	jw_end(w);
}

static void
put_sample(struct json_writer *w, const struct objects_sample *s)
{
	struct slice bytes = objects_sign(&o, s);

	need(objects_check(&o, s->kind, bytes, OBJECTS_NOW, NULL) == E_OK, s->name);
	jw_object(w);
	jw_key(w, "name");
	jw_str(w, s->name);
	jw_key(w, "kind");
	jw_str(w, kind_name(s->kind));
	jw_key(w, "input");
	vectors_claims(w, s->kind, s->claims);
	put_carriers(w, s->kind, bytes);
	jw_end(w);
}

static void
put_sealed(struct json_writer *w)
{
	struct slice bytes = sealed_request();

	need(objects_check(&o, OBJECT_SEALED_REQUEST, bytes, OBJECTS_NOW, NULL) == E_OK,
	    "sealed");
	jw_object(w);
	jw_key(w, "name");
	jw_str(w, "sealed-request");
	jw_key(w, "kind");
	jw_str(w, kind_name(OBJECT_SEALED_REQUEST));
	jw_key(w, "input");
	jw_object(w);
	jw_key(w, "object");
	jw_str(w, "request-password");
	jw_end(w);
	put_carriers(w, OBJECT_SEALED_REQUEST, bytes);
	jw_end(w);
}

static void
check_bad(const struct vectors_bad *v)
{
	char *all = arena_alloc(o.arena, v->bytes.n + v->zeros + 1);

	need(all != NULL, "no memory");
	memcpy(all, v->bytes.p, v->bytes.n);
	need(objects_check(&o, v->kind, slice_of(all, v->bytes.n + v->zeros), v->now,
		 NULL) == v->err,
	    v->name);
}

static void
put_bad(struct json_writer *w, const struct vectors_bad *v)
{
	check_bad(v);
	jw_object(w);
	jw_key(w, "name");
	jw_str(w, v->name);
	jw_key(w, "kind");
	jw_str(w, kind_name(v->kind));
	jw_kint(w, "now", v->now);
	vectors_hex(w, "cbor", v->bytes.p, v->bytes.n);
	if (v->zeros)
		jw_kint(w, "zeros", (int64_t)v->zeros);
	jw_key(w, "error");
	jw_str(w, err_code(v->err));
	jw_end(w);
}

static void
print_json(void)
{
	const struct vectors_bad *bad = vectors_bad(&o);
	struct buf b = BUF_INIT(o.arena);
	struct json_writer w;

	need(bad != NULL, "the bad ones are too many, or no memory");
	jw_init(&w, &b);
	jw_object(&w);
	jw_kint(&w, "version", 1);
	jw_kint(&w, "now", OBJECTS_NOW);
	put_keys(&w);
	jw_key(&w, "objects");
	jw_array(&w);
	for (const struct objects_sample *s = objects_samples; s->name; s++)
		put_sample(&w, s);
	put_sealed(&w);
	jw_end(&w);
	jw_key(&w, "bad");
	jw_array(&w);
	for (; bad->name; bad++)
		put_bad(&w, bad);
	jw_end(&w);
	jw_end(&w);
	need(buf_ok(&b), "no memory");
	fwrite(b.p, 1, b.n, stdout);
	putchar('\n');
}

static void
write_file(const char *dir, const char *sub, const char *name, const char *suffix,
    struct slice bytes)
{
	char *path = arena_printf(o.arena, "%s/%s%s%s", dir, sub, name, suffix);
	FILE *f = path ? fopen(path, "wb") : NULL;

	need(f && fwrite(bytes.p, 1, bytes.n, f) == bytes.n && fclose(f) == 0, dir);
}

static void
write_golden(const char *dir)
{
	for (const struct objects_sample *s = objects_samples; s->name; s++)
		write_file(dir, "", s->name, ".cbor", objects_sign(&o, s));
	write_file(dir, "", "sealed-request", ".cbor", sealed_request());
}

static void
write_corpus(const char *dir)
{
	unsigned char pick = 0;
	enum object_kind last = OBJECT_REQUEST;

	for (const struct objects_sample *s = objects_samples; s->name; s++) {
		struct buf b = BUF_INIT(o.arena);

		pick = (unsigned char)(pick + (s->kind != last));
		last = s->kind;
		buf_add(&b, &pick, 1);
		buf_slice_add(&b, objects_payload(&o, s));
		write_file(dir, "claims.in/", s->name, "", buf_slice(&b));
		write_file(dir, "cbor.in/", s->name, "", objects_payload(&o, s));
		write_file(dir, "cose.in/", s->name, "", objects_sign(&o, s));
	}
	write_file(dir, "sealed.in/", "sealed", "", sealed_request());
	write_file(dir, "cose.in/", "sealed", "", sealed_request());
	for (const struct vectors_bad *v = vectors_bad(&o); v->name; v++)
		write_file(dir,
		    v->kind == OBJECT_SEALED_REQUEST ? "sealed.in/" : "cose.in/", v->name,
		    "", v->bytes);
}

int
main(int argc, char **argv)
{
	static struct randombytes_implementation fixed = { random_name, random_word, NULL,
		NULL, random_fill, NULL };

	randombytes_set_implementation(&fixed);
	need(objects_open(&o), "no memory");
	if (argc == 2 && strcmp(argv[1], "json") == 0)
		print_json();
	else if (argc == 3 && strcmp(argv[1], "golden") == 0)
		write_golden(argv[2]);
	else if (argc == 3 && strcmp(argv[1], "corpus") == 0)
		write_corpus(argv[2]);
	else
		need(false, "usage: vectors json | golden DIR | corpus DIR");
	objects_close(&o);
	return 0;
}
