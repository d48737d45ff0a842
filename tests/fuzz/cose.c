/*
 * Signed objects. What parses is put together from its parts as the same bytes; nothing
 * is believed that the fixed keys of tests/offline did not sign.
 */
#include "tests/fuzz/target.h"

#include "offline/cbor.h"
#include "offline/trust.h"
#include "tests/offline/objects.h"

static struct objects o;

static struct slice
compose(struct arena *arena, const struct cose *c)
{
	struct buf b = BUF_INIT(arena);

	cbor_put_tag(&b, 18);
	cbor_put_array(&b, 4);
	cbor_put_bytes(&b, c->protected_header);
	cbor_put_map(&b, c->certificate.p ? 1 : 0);
	if (c->certificate.p) {
		cbor_put_int(&b, -65537);
		cbor_put_bytes(&b, c->certificate);
	}
	cbor_put_bytes(&b, c->payload);
	cbor_put_bytes(&b, c->signature);
	FUZZ_CHECK(buf_ok(&b));
	return buf_slice(&b);
}

/* What a fixed key signed and has sound claims is a sample. */
static void
check_believed(struct arena *arena, const struct cose *c)
{
	bool sample = false;
	void *claims;

	if (trust_object(o.root.public_key, c, OBJECTS_NOW) != E_OK &&
	    trust_device(o.device.public_key, c) != E_OK)
		return;
	if (objects_get(arena, c->kind, c->payload, &claims) != E_OK)
		return;
	for (const struct objects_sample *s = objects_samples; s->name; s++)
		sample = sample || (s->kind == c->kind &&
				       slice_equal(c->payload, objects_payload(&o, s)));
	FUZZ_CHECK(sample);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size);
	enum object_kind kind;
	struct cose c;

	FUZZ_CHECK(o.arena || objects_open(&o));
	if (cose_parse(in, &c) == E_OK) {
		FUZZ_CHECK(slice_equal(compose(arena, &c), in));
		FUZZ_CHECK(object_kind_of(in, &kind) == E_OK && kind == c.kind);
		FUZZ_CHECK(object_by_typ(slice_str(object_info(kind)->typ)) == kind);
		FUZZ_CHECK(cbor_check(c.payload) == E_OK);
		check_believed(arena, &c);
	} else if (object_kind_of(in, &kind) == E_OK) {
		FUZZ_CHECK(kind == OBJECT_SEALED_REQUEST);
	}
	arena_free(arena);
	return 0;
}
