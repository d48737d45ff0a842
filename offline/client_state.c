#include "offline/client_state.h"

#include <sodium.h>

#include "offline/cbor.h"

enum {
	VERSION = 1,
	GENERATION,
	HIGHEST,
	PENDING,
	ACTIVATION,
	REVOCATIONS,
	ACCEPTED,
	TOMBSTONES
};
enum { FORM = 1 };

static const char key_domain[] = "licet-state-key";
static const char witness_domain[] = "licet-state-generation";

void
state_key(struct slice seed, unsigned char key[static STATE_KEY])
{
	crypto_generichash(key, STATE_KEY, (const unsigned char *)key_domain,
	    sizeof(key_domain), (const unsigned char *)seed.p, seed.n);
}

void
state_digest(struct slice object, unsigned char digest[static STATE_DIGEST])
{
	crypto_generichash(
	    digest, STATE_DIGEST, (const unsigned char *)object.p, object.n, NULL, 0);
}

static void
mac_of(struct slice bytes, const unsigned char key[static STATE_KEY],
    unsigned char mac[static STATE_MAC])
{
	crypto_generichash(
	    mac, STATE_MAC, (const unsigned char *)bytes.p, bytes.n, key, STATE_KEY);
}

static void
put_file(struct buf *b, const struct state_file *f)
{
	cbor_put_int(b, f->sequence);
	cbor_put_bytes(b, slice_of(f->digest, STATE_DIGEST));
}

static void
put_objects(struct buf *b, const struct client_state *s)
{
	if (s->pending) {
		cbor_put_uint(b, PENDING);
		cbor_put_bytes(b, slice_of(s->request, CLAIMS_ID));
	}
	if (s->activation.held) {
		cbor_put_uint(b, ACTIVATION);
		cbor_put_array(b, 3);
		cbor_put_uint(b, s->serial);
		put_file(b, &s->activation);
	}
	if (s->revocations.held) {
		cbor_put_uint(b, REVOCATIONS);
		cbor_put_array(b, 2);
		put_file(b, &s->revocations);
	}
}

static void
put_lists(struct buf *b, const struct client_state *s)
{
	cbor_put_uint(b, ACCEPTED);
	cbor_put_array(b, s->n_accepted);
	for (size_t i = 0; i < s->n_accepted; i++) {
		cbor_put_array(b, 2);
		cbor_put_int(b, s->accepted[i].activation);
		cbor_put_int(b, s->accepted[i].sequence);
	}
	cbor_put_uint(b, TOMBSTONES);
	cbor_put_array(b, s->n_tombstones);
	for (size_t i = 0; i < s->n_tombstones; i++) {
		cbor_put_array(b, 3);
		cbor_put_uint(b, s->tombstone[i].serial);
		cbor_put_bool(b, s->tombstone[i].confirmed);
		cbor_put_bytes(b, s->tombstone[i].payload);
	}
}

void
state_put(struct buf *b, const struct client_state *s,
    const unsigned char key[static STATE_KEY])
{
	unsigned char mac[STATE_MAC];
	size_t start = b->n;

	cbor_put_map(b, 5 + (size_t)s->pending + (size_t)s->activation.held +
			    (size_t)s->revocations.held);
	cbor_put_uint(b, VERSION);
	cbor_put_uint(b, FORM);
	cbor_put_uint(b, GENERATION);
	cbor_put_uint(b, s->generation);
	cbor_put_uint(b, HIGHEST);
	cbor_put_int(b, s->highest);
	put_objects(b, s);
	put_lists(b, s);
	if (!buf_ok(b))
		return;
	mac_of(slice_from(buf_slice(b), start), key, mac);
	buf_add(b, mac, sizeof(mac));
}

static void
take_file(struct cbor_in *in, struct state_file *f)
{
	f->held = true;
	f->sequence = cbor_take_int(in);
	cbor_take_fixed(in, f->digest, STATE_DIGEST);
}

static void
take_count(struct cbor_in *in, size_t n)
{
	if (cbor_take_array(in) != n)
		in->failed = true;
}

static void
take_accepted(struct cbor_in *in, struct client_state *s)
{
	s->n_accepted = cbor_take_array(in);
	if (s->n_accepted > STATE_ACCEPTED_MAX)
		in->failed = true;
	for (size_t i = 0; !in->failed && i < s->n_accepted; i++) {
		take_count(in, 2);
		s->accepted[i].activation = cbor_take_int(in);
		s->accepted[i].sequence = cbor_take_int(in);
	}
}

static void
take_tombstones(struct cbor_in *in, struct client_state *s)
{
	s->n_tombstones = cbor_take_array(in);
	if (s->n_tombstones > STATE_TOMBSTONES_MAX)
		in->failed = true;
	for (size_t i = 0; !in->failed && i < s->n_tombstones; i++) {
		take_count(in, 3);
		s->tombstone[i].serial = cbor_take_uint(in);
		s->tombstone[i].confirmed = cbor_take_bool(in);
		s->tombstone[i].payload = cbor_take_bytes(in);
	}
}

static void
take_member(struct cbor_in *in, struct client_state *s)
{
	switch (cbor_take_uint(in)) {
	case VERSION:
		in->failed = cbor_take_uint(in) != FORM || in->failed;
		break;
	case GENERATION:
		s->generation = cbor_take_uint(in);
		break;
	case HIGHEST:
		s->highest = cbor_take_int(in);
		break;
	case PENDING:
		s->pending = true;
		cbor_take_fixed(in, s->request, CLAIMS_ID);
		break;
	case ACTIVATION:
		take_count(in, 3);
		s->serial = cbor_take_uint(in);
		take_file(in, &s->activation);
		break;
	case REVOCATIONS:
		take_count(in, 2);
		take_file(in, &s->revocations);
		break;
	case ACCEPTED:
		take_accepted(in, s);
		break;
	case TOMBSTONES:
		take_tombstones(in, s);
		break;
	default:
		in->failed = true;
	}
}

enum err
state_get(
    struct slice bytes, const unsigned char key[static STATE_KEY], struct client_state *s)
{
	struct cbor_in in;
	unsigned char mac[STATE_MAC];
	size_t n;

	memset(s, 0, sizeof(*s));
	if (bytes.n < STATE_MAC)
		return E_DAMAGED;
	in = (struct cbor_in){ .rest = slice_head(bytes, bytes.n - STATE_MAC) };
	mac_of(in.rest, key, mac);
	if (sodium_memcmp(mac, in.rest.p + in.rest.n, STATE_MAC) != 0 ||
	    cbor_check(in.rest) != E_OK)
		return E_DAMAGED;
	n = cbor_take_map(&in);
	for (size_t i = 0; !in.failed && i < n; i++)
		take_member(&in, s);
	return in.failed ? E_DAMAGED : E_OK;
}

static void
witness_mac(uint64_t generation, const unsigned char key[static STATE_KEY],
    unsigned char mac[static STATE_MAC])
{
	unsigned char text[sizeof(witness_domain) + 8];

	memcpy(text, witness_domain, sizeof(witness_domain));
	for (int i = 0; i < 8; i++)
		text[sizeof(witness_domain) + (size_t)i] =
		    (unsigned char)(generation >> (56 - 8 * i));
	mac_of(slice_of(text, sizeof(text)), key, mac);
}

void
state_witness_put(unsigned char out[static STATE_WITNESS], uint64_t generation,
    const unsigned char key[static STATE_KEY])
{
	for (int i = 0; i < 8; i++)
		out[i] = (unsigned char)(generation >> (56 - 8 * i));
	witness_mac(generation, key, out + 8);
}

bool
state_witness_get(
    struct slice bytes, const unsigned char key[static STATE_KEY], uint64_t *generation)
{
	unsigned char mac[STATE_MAC];

	if (bytes.n != STATE_WITNESS)
		return false;
	*generation = 0;
	for (int i = 0; i < 8; i++)
		*generation = *generation << 8 | (unsigned char)bytes.p[i];
	witness_mac(*generation, key, mac);
	return sodium_memcmp(mac, bytes.p + 8, STATE_MAC) == 0;
}

int64_t
state_accepted(const struct client_state *s, int64_t activation)
{
	for (size_t i = 0; i < s->n_accepted; i++)
		if (s->accepted[i].activation == activation)
			return s->accepted[i].sequence;
	return FIELD_NONE;
}

/* The latest stands last. */
void
state_accept(struct client_state *s, int64_t activation, int64_t sequence)
{
	size_t i = 0;

	while (i < s->n_accepted && s->accepted[i].activation != activation)
		i++;
	if (i == s->n_accepted && i == STATE_ACCEPTED_MAX)
		i = 0;
	if (i < s->n_accepted) {
		s->n_accepted--;
		memmove(&s->accepted[i], &s->accepted[i + 1],
		    (s->n_accepted - i) * sizeof(s->accepted[0]));
	}
	s->accepted[s->n_accepted++] =
	    (struct state_accepted){ .activation = activation, .sequence = sequence };
}

struct state_tombstone *
state_tombstone(struct client_state *s, uint64_t serial)
{
	for (size_t i = 0; i < s->n_tombstones; i++)
		if (s->tombstone[i].serial == serial)
			return &s->tombstone[i];
	return NULL;
}

void
state_bury(struct client_state *s, const struct state_tombstone *t)
{
	if (s->n_tombstones == STATE_TOMBSTONES_MAX) {
		s->n_tombstones--;
		memmove(&s->tombstone[0], &s->tombstone[1],
		    s->n_tombstones * sizeof(s->tombstone[0]));
	}
	s->tombstone[s->n_tombstones++] = *t;
}
