#include "server/api/reply.h"

#include "base/clock.h"
#include "keys/sign.h"
#include "server/api/hmac.h"

/* What a signature is made of, as text. */
struct signing {
	bool dated;          /* the request has one Date, which is signed */
	struct slice digest; /* value of Content-Digest */
	struct slice input;  /* value of Signature-Input behind "licet=" */
	struct slice base;
};

static struct slice
make_digest(struct arena *a, struct slice body)
{
	struct buf out = BUF_INIT(a);
	unsigned char hash[SHA256_LEN];

	if (sha256(body, hash))
		return SLICE_NULL;
	buf_str(&out, "sha-256=:");
	buf_base64(&out, hash, sizeof(hash));
	buf_char(&out, ':');
	return buf_ok(&out) ? buf_slice(&out) : SLICE_NULL;
}

static struct slice
make_input(const struct request *r, const struct keyring *ring, int64_t now, bool dated)
{
	struct buf out = BUF_INIT(r->arena);
	char kid[KEY_KID_TEXT + 1];

	key_kid_text(keyring_issuing(ring), kid);
	buf_str(&out, "(\"@status\" \"content-digest\" \"@method\";req \"@path\";req "
		      "\"@query\";req");
	if (dated)
		buf_str(&out, " \"date\";req");
	buf_str(&out, ");created=");
	buf_int(&out, now / CLOCK_SECOND);
	buf_str(&out, ";keyid=\"");
	buf_str(&out, kid);
	buf_str(&out, "\";alg=\"ed25519\"");
	return buf_ok(&out) ? buf_slice(&out) : SLICE_NULL;
}

static struct slice
make_base(const struct request *r, int status, const struct signing *s)
{
	struct buf out = BUF_INIT(r->arena);

	buf_str(&out, "\"@status\": ");
	buf_int(&out, status);
	buf_str(&out, "\n\"content-digest\": ");
	buf_slice_add(&out, s->digest);
	buf_str(&out, "\n\"@method\";req: ");
	buf_slice_add(&out, r->method_text);
	buf_str(&out, "\n\"@path\";req: ");
	buf_slice_add(&out, r->path);
	buf_str(&out, "\n\"@query\";req: ?");
	buf_slice_add(&out, r->query);
	if (s->dated) {
		buf_str(&out, "\n\"date\";req: ");
		buf_slice_add(&out, request_header(r, "Date"));
	}
	buf_str(&out, "\n\"@signature-params\": ");
	buf_slice_add(&out, s->input);
	return buf_ok(&out) ? buf_slice(&out) : SLICE_NULL;
}

static bool
make_signing(const struct reply *reply, const struct request *r,
    const struct keyring *ring, int64_t now, struct signing *s)
{
	s->digest = make_digest(r->arena, buf_slice(&reply->body));
	if (!s->digest.p)
		return false;
	s->dated = request_header_count(r, "Date") == 1;
	s->input = make_input(r, ring, now, s->dated);
	if (!s->input.p)
		return false;
	s->base = make_base(r, reply->status, s);
	return s->base.p != NULL;
}

/* Base64, numbers and names of our own: no byte in it could end a header. */
static void
add_signature(struct reply *reply, const struct signing *s,
    const unsigned char signature[static SIGN_BYTES])
{
	struct buf *out = &reply->headers;

	buf_str(out, "Content-Digest: ");
	buf_slice_add(out, s->digest);
	buf_str(out, "\r\nSignature-Input: licet=");
	buf_slice_add(out, s->input);
	buf_str(out, "\r\nSignature: licet=:");
	buf_base64(out, signature, SIGN_BYTES);
	buf_str(out, ":\r\n");
}

void
reply_sign(
    struct reply *reply, const struct request *r, struct keyring *ring, int64_t now)
{
	struct signing s;
	unsigned char signature[SIGN_BYTES];

	if (!make_signing(reply, r, ring, now, &s)) {
		buf_clear(&reply->headers);
		reply_v4_error(reply, E_NO_MEMORY, NULL);
		return;
	}
	sign_text(ring, s.base, signature);
	add_signature(reply, &s, signature);
}
