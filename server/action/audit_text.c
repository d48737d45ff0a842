#include "server/action/audit_text.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/json.h"
#include "offline/cbor.h"

#define AUDIT_TAG "licet-audit-v1" /* hashed with its NUL */
#define AUDIT_ITEMS 12

static void
entry_put(struct buf *b, const struct audit *a)
{
	cbor_put_array(b, AUDIT_ITEMS);
	cbor_put_uint(b, (uint64_t)a->seq);
	cbor_put_uint(b, (uint64_t)a->time);
	cbor_put_text(b, slice_str(names_get(&actor_type_names, a->actor_type)));
	cbor_put_text(b, a->actor_id);
	cbor_put_text(b, a->credential);
	cbor_put_text(b, a->address);
	cbor_put_text(b, a->request_id);
	cbor_put_text(b, a->action);
	cbor_put_text(b, a->object_type);
	cbor_put_text(b, a->object_id);
	cbor_put_text(b, a->reason);
	cbor_put_bytes(b, a->detail_hash);
}

enum err
audit_hash(
    struct arena *arena, const struct audit *a, unsigned char out[static AUDIT_HASH_LEN])
{
	static const unsigned char zeros[AUDIT_HASH_LEN];
	struct buf text = BUF_INIT(arena);
	crypto_generichash_state state;
	enum err err;

	entry_put(&text, a);
	err = buf_finish(&text);
	if (err)
		return err;
	crypto_generichash_init(&state, NULL, 0, AUDIT_HASH_LEN);
	crypto_generichash_update(
	    &state, (const unsigned char *)AUDIT_TAG, sizeof(AUDIT_TAG));
	crypto_generichash_update(&state,
	    a->prev.n == AUDIT_HASH_LEN ? (const unsigned char *)a->prev.p : zeros,
	    AUDIT_HASH_LEN);
	crypto_generichash_update(&state, (const unsigned char *)text.p, text.n);
	crypto_generichash_final(&state, out, AUDIT_HASH_LEN);
	return E_OK;
}

static int
item_compare(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static void
json_put(struct arena *arena, struct buf *b, const struct json *j);

/* Pairs in the order of their encoded keys; no key is the start of another one. */
static void
object_put(struct arena *arena, struct buf *b, const struct json *j)
{
	struct slice *pair = arena_array(arena, j->n ? j->n : 1, sizeof(*pair));

	if (!pair) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < j->n; i++) {
		struct buf one = BUF_INIT(arena);

		cbor_put_text(&one, j->members[i].name);
		json_put(arena, &one, &j->members[i].value);
		b->failed = b->failed || !buf_ok(&one);
		pair[i] = buf_slice(&one);
	}
	qsort(pair, j->n, sizeof(*pair), item_compare);
	cbor_put_map(b, j->n);
	for (size_t i = 0; i < j->n; i++)
		buf_slice_add(b, pair[i]);
}

static void
json_put(struct arena *arena, struct buf *b, const struct json *j)
{
	switch (j->type) {
	case JSON_NULL:
		cbor_put_null(b);
		break;
	case JSON_BOOL:
		cbor_put_bool(b, j->boolean);
		break;
	case JSON_INT:
		cbor_put_int(b, j->integer);
		break;
	case JSON_REAL:
		cbor_put_real(b, j->real);
		break;
	case JSON_TEXT:
		cbor_put_text(b, j->text);
		break;
	case JSON_ARRAY:
		cbor_put_array(b, j->n);
		for (size_t i = 0; i < j->n; i++)
			json_put(arena, b, &j->items[i]);
		break;
	case JSON_OBJECT:
		object_put(arena, b, j);
		break;
	}
}

enum err
audit_detail_hash(struct arena *arena, const struct audit_detail *detail,
    unsigned char out[static AUDIT_HASH_LEN])
{
	struct buf text = BUF_INIT(arena);
	crypto_generichash_state state;
	struct json *fields;
	enum err err;

	err = json_parse(arena, detail->fields, &fields);
	if (err)
		return err;
	cbor_put_map(&text, 1);
	cbor_put_text(&text, SLICE("fields"));
	json_put(arena, &text, fields);
	err = buf_finish(&text);
	if (err)
		return err;
	crypto_generichash_init(&state, NULL, 0, AUDIT_HASH_LEN);
	crypto_generichash_update(
	    &state, (const unsigned char *)detail->salt.p, detail->salt.n);
	crypto_generichash_update(&state, (const unsigned char *)text.p, text.n);
	crypto_generichash_final(&state, out, AUDIT_HASH_LEN);
	return E_OK;
}
