/* Calls on the keys in process: states, files, the ring, dry runs, repeats, refusals. */
#include "tests/support/manage_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keys/generate.h"
#include "keys/publish.h"
#include "offline/armor.h"
#include "server/action/signing.h"
#include "tests/support/fixture.h"

#define REASON "{\"reason\":\"a test\"}"

static struct manage_keys keys;

static int
set_up(void **state)
{
	if (manage_setup(state) != 0)
		return -1;
	manage_keys_open(&keys, *state, true);
	return 0;
}

static int
set_up_elsewhere(void **state)
{
	if (manage_setup(state) != 0)
		return -1;
	manage_keys_open(&keys, *state, false);
	return 0;
}

static int
tear_down(void **state)
{
	manage_keys_close(&keys);
	return manage_teardown(state);
}

static int
askk(struct manage_world *w, const char *method, const char *kid, const char *act,
    const char *body)
{
	return ask(
	    w, arena_printf(w->arena, "%s keys/%s/%s", method, kid, act), body, NULL);
}

static void
assert_signs(struct manage_world *w, const char *kid)
{
	struct keyring *ring = keyring_slot_take(w->keys);
	char text[KEY_KID_TEXT + 1];

	key_kid_text(keyring_issuing(ring), text);
	assert_string_equal(text, kid);
	assert_true(keyring_certificate(ring).n > 0);
	keyring_unref(ring);
}

static bool
opens(struct manage_world *w, const char *kid)
{
	struct keyring *ring = keyring_slot_take(w->keys);
	unsigned char bytes[KEY_KID];
	const struct keyring_part *part;
	bool can;

	assert_true(key_kid_parse(slice_str(kid), bytes));
	part = keyring_find(ring, bytes);
	can = part && part->material;
	keyring_unref(ring);
	return can;
}

static void
assert_state(struct manage_world *w, const char *kid, const char *state, bool on_server)
{
	assert_int_equal(askk(w, "GET", kid, "", NULL), 200);
	assert_text(w, "state", state);
	assert_int_equal(pick_bool(w, "on_server"), on_server);
}

static void
test_read(void **state)
{
	struct manage_world *w = *state;

	assert_int_equal(askf(w, "GET keys/"), 200);
	assert_int_equal(pick_int(w, "count"), 3);
	askf(w, "GET keys/?use=issuing&state=active");
	assert_int_equal(pick_int(w, "count"), 1);
	assert_text(w, "results.0.kid", keys.kid[MK_ISSUING]);
	assert_true(pick_bool(w, "results.0.certified"));
	assert_false(pick_bool(w, "results.0.sealed"));
	assert_int_equal(pick_int(w, "results.0.live_activations"), 0);
	askf(w, "GET keys/?kid=%s", keys.kid[MK_BOX]);
	assert_text(w, "results.0.use", "box");
	assert_true(pick_null(w, "results.0.live_activations"));
	assert_state(w, keys.kid[MK_ROOT], "active", true);
	assert_false(pick_bool(w, "certified"));
	assert_int_equal(strlen(pick_text(w, "fingerprint")), 64);
	assert_memory_equal(pick_text(w, "fingerprint"), keys.kid[MK_ROOT], 16);
	assert_int_equal(askf(w, "GET keys/0123456789abcdef/"), 404);
	assert_int_equal(askf(w, "GET keys/1/"), 404);
	assert_int_equal(askk(w, "GET", keys.kid[MK_ROOT], "certificate/", NULL), 404);
	assert_int_equal(askk(w, "GET", keys.kid[MK_BOX], "certificate/", NULL), 200);
	assert_true(
	    slice_starts(w->body, SLICE("-----BEGIN LICET KEY CERTIFICATE-----\n")));
	assert_non_null(strstr(answer_header(w, "Content-Type"), "text/plain"));
}

static void
test_rotate_issuing(void **state)
{
	struct manage_world *w = *state;
	const char *made;

	assert_int_equal(ask_both(w, "POST keys/rotate/", "{\"use\":\"issuing\"}"), 200);
	made = pick_text(w, "kid");
	assert_text(w, "state", "active");
	assert_true(pick_bool(w, "certified"));
	assert_true(pick_bool(w, "on_server"));
	assert_string_equal(last_audit(w), "key.activated");
	assert_signs(w, made);
	assert_true(manage_keys_has(&keys, KEY_ISSUING, made));
	assert_false(manage_keys_has(&keys, KEY_ISSUING, keys.kid[MK_ISSUING]));
	assert_int_equal(manage_keys_files(&keys), 4);
	assert_state(w, keys.kid[MK_ISSUING], "retired", false);
	askf(w, "GET audit/?object_type=key&object_id=%s", made);
	assert_int_equal(pick_int(w, "count"), 2);
}

static void
test_retired_box_opens_until_it_is_retired(void **state)
{
	struct manage_world *w = *state;
	const char *old = keys.kid[MK_BOX];

	assert_int_equal(ask_both(w, "POST keys/rotate/", "{\"use\":\"box\"}"), 200);
	assert_state(w, old, "retired", true);
	assert_true(opens(w, old));
	assert_true(manage_keys_has(&keys, KEY_BOX, old));
	assert_int_equal(askk(w, "POST", old, "retire/", NULL), 400);
	assert_refused(w, 400, "reason_required", "reason");
	assert_int_equal(
	    ask_both(w, arena_printf(w->arena, "POST keys/%s/retire/", old), REASON),
	    200);
	assert_string_equal(last_audit(w), "key.retired");
	assert_state(w, old, "retired", false);
	assert_false(opens(w, old));
	assert_false(manage_keys_has(&keys, KEY_BOX, old));
	askk(w, "POST", old, "retire/", REASON);
	assert_refused(w, 409, "wrong_state", NULL);
}

static void
test_revoke(void **state)
{
	struct manage_world *w = *state;
	const char *old = keys.kid[MK_ISSUING];
	struct buf jwks = BUF_INIT(w->arena);
	struct keyring *ring;

	askk(w, "POST", old, "revoke/", REASON);
	assert_refused(w, 409, "wrong_state", NULL);
	assert_text(w, "message", "The key is active; rotate it first");
	askk(w, "POST", old, "retire/", REASON);
	assert_refused(w, 409, "wrong_state", NULL);
	assert_int_equal(ask(w, "POST keys/rotate/", "{\"use\":\"issuing\"}", NULL), 200);
	assert_int_equal(
	    ask_both(w, arena_printf(w->arena, "POST keys/%s/revoke/", old), REASON),
	    200);
	assert_text(w, "state", "revoked");
	assert_int_equal(pick_int(w, "live_activations"), 0);
	assert_string_equal(last_audit(w), "key.revoked");
	ring = keyring_slot_take(w->keys);
	publish_jwks(&jwks, ring);
	keyring_unref(ring);
	assert_true(slice_search(buf_slice(&jwks), slice_str(old)) < 0);
	askk(w, "POST", old, "revoke/", REASON);
	assert_refused(w, 409, "wrong_state", NULL);
}

static void
test_faults(void **state)
{
	struct manage_world *w = *state;
	static const char *const bad[] = { "{\"use\":\"root\"}", "{\"use\":\"store\"}",
		"{\"use\":3}", "{\"use\":null}" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ask(w, "POST keys/rotate/", bad[i], NULL);
		assert_refused(w, 400, "validation_error", "use");
	}
	ask(w, "POST keys/rotate/", "{}", NULL);
	assert_refused(w, 400, "missing_parameters", "use");
	ask(w, "POST keys/rotate/?strict=true", "{\"use\":\"box\",\"odd\":1}", NULL);
	assert_refused(w, 400, "validation_error", "odd");
	askk(w, "POST", "0123456789abcdef", "retire/", REASON);
	assert_refused(w, 404, "not_found", NULL);
	askk(w, "POST", keys.kid[MK_ROOT], "revoke/", REASON);
	assert_refused(w, 409, "wrong_state", NULL);
	ask(w, "POST keys/rotate/", "{\"use\":\"box\"}", "If-Match: \"77\"\n");
	assert_int_equal(
	    w->status, 200); /* it makes an object, and changes none of that */
	assert_int_equal(manage_keys_files(&keys), 5);
}

static void
test_stale(void **state)
{
	struct manage_world *w = *state;
	const char *call;

	assert_int_equal(ask(w, "POST keys/rotate/", "{\"use\":\"box\"}", NULL), 200);
	call = arena_printf(w->arena, "POST keys/%s/revoke/", keys.kid[MK_BOX]);
	ask(w, call, REASON, "If-Match: \"1\"\n");
	assert_refused(w, 412, "stale_object", NULL);
	assert_true(opens(w, keys.kid[MK_BOX]));
	assert_int_equal(ask(w, call, REASON, "If-Match: \"2\"\n"), 200);
	assert_false(opens(w, keys.kid[MK_BOX]));
	assert_false(manage_keys_has(&keys, KEY_BOX, keys.kid[MK_BOX]));
}

/* The same request once more makes no second key, and leaves no file. */
static void
test_repeat(void **state)
{
	struct manage_world *w = *state;
	static const char once[] = "Idempotency-Key: rotate-1\n";
	const char *made;

	ask(w, "POST keys/rotate/", "{\"use\":\"issuing\"}", once);
	assert_int_equal(w->status, 200);
	made = pick_text(w, "kid");
	ask(w, "POST keys/rotate/", "{\"use\":\"issuing\"}", once);
	assert_int_equal(w->status, 200);
	assert_text(w, "kid", made);
	assert_non_null(answer_header(w, "Idempotency-Replayed"));
	assert_int_equal(manage_keys_files(&keys), 4);
	assert_signs(w, made);
	assert_int_equal(manage_count(w, T_KEY), 4);
	ask(w, "POST keys/rotate/", "{\"use\":\"box\"}", once);
	assert_refused(w, 422, "idempotency_key_reused", NULL);
	assert_int_equal(manage_keys_files(&keys), 4);
}

/* A backup reads the folder, or another change of keys runs: later. */
static void
test_busy(void **state)
{
	struct manage_world *w = *state;
	struct keystore *reader = keystore_new(keys.folder, NULL);

	assert_int_equal(keystore_lock(reader, false, false), E_OK);
	ask(w, "POST keys/rotate/", "{\"use\":\"box\"}", NULL);
	assert_refused(w, 503, "service_unavailable", NULL);
	keystore_free(reader);
	assert_true(keystore_begin(w->keystore));
	ask(w, "POST keys/rotate/", "{\"use\":\"box\"}", NULL);
	assert_refused(w, 503, "service_unavailable", NULL);
	keystore_end(w->keystore);
	assert_int_equal(manage_keys_files(&keys), 4);
	assert_int_equal(ask(w, "POST keys/rotate/", "{\"use\":\"box\"}", NULL), 200);
}

static void
test_two_at_once(void **state)
{
	struct manage_world *w = *state;

	ask_begin(w, "POST keys/rotate/", "{\"use\":\"issuing\"}", NULL);
	ask_begin(w, "POST keys/rotate/", "{\"use\":\"issuing\"}", NULL);
	assert_int_equal(w->status, 503); /* at once, the first is still on its way */
	assert_int_equal(ask_end(w), 200);
	assert_int_equal(manage_keys_files(&keys), 4);
}

/* A root.key that is another one than the server knows certifies nothing. */
static void
test_wrong_root(void **state)
{
	struct manage_world *w = *state;
	const struct key root = { .use = KEY_ROOT };
	struct secret *material;
	struct key other;

	assert_int_equal(key_generate(KEY_ROOT, MANAGE_NOW, &other, &material), E_OK);
	assert_int_equal(keystore_remove(w->keystore, &root), E_OK);
	assert_int_equal(keystore_write(w->keystore, &other, material), E_OK);
	secret_free(material);
	ask(w, "POST keys/rotate/", "{\"use\":\"issuing\"}", NULL);
	assert_int_equal(w->status, 500);
	assert_signs(w, keys.kid[MK_ISSUING]);
	assert_int_equal(manage_keys_files(&keys), 4);
	assert_int_equal(manage_count(w, T_KEY), 3);
}

/* --- the root elsewhere ----------------------------------------------------------- */

static const char *
certificate_by(struct manage_world *w, const struct keyring_part *root, enum key_use use,
    const char *pem)
{
	struct slice certificate;
	struct buf text = BUF_INIT(w->arena);
	struct key key;

	assert_int_equal(publish_pem_read(w->arena, slice_str(pem), use, &key), E_OK);
	key.use = use;
	assert_int_equal(signing_certify(w->arena, &root->key, root->material, MANAGE_NOW,
			     &key, &certificate),
	    E_OK);
	armor_put(&text, OBJECT_KEY_CERTIFICATE, certificate);
	buf_char(&text, '\0');
	assert_int_equal(buf_finish(&text), E_OK);
	return text.p;
}

static int
put_certificate(struct manage_world *w, const char *kid, const char *text)
{
	return ask(w, arena_printf(w->arena, "PUT keys/%s/certificate/", kid), text,
	    "Content-Type: text/plain\n");
}

static void
test_pending(void **state)
{
	struct manage_world *w = *state;
	const char *made, *pem, *text;

	assert_int_equal(ask_both(w, "POST keys/rotate/", "{\"use\":\"issuing\"}"), 200);
	assert_text(w, "state", "pending");
	assert_false(pick_bool(w, "certified"));
	assert_string_equal(last_audit(w), "key.generated");
	made = pick_text(w, "kid");
	pem = pick_text(w, "pem");
	assert_signs(w, keys.kid[MK_ISSUING]);
	ask(w, "POST keys/rotate/", "{\"use\":\"issuing\"}", NULL);
	assert_refused(w, 409, "wrong_state", NULL);
	assert_int_equal(manage_keys_files(&keys), 4);
	text = certificate_by(w, &keys.part[MK_ROOT], KEY_ISSUING, pem);
	assert_int_equal(put_certificate(w, made, text), 200);
	assert_text(w, "state", "active");
	assert_string_equal(last_audit(w), "key.activated");
	assert_signs(w, made);
	assert_int_equal(manage_keys_files(&keys), 3);
	assert_state(w, keys.kid[MK_ISSUING], "retired", false);
	/* Once more: nothing but the certificate changes. */
	assert_int_equal(put_certificate(w, made, text), 200);
	assert_signs(w, made);
}

static void
test_dropped(void **state)
{
	struct manage_world *w = *state;
	const char *made;

	assert_int_equal(ask(w, "POST keys/rotate/", "{\"use\":\"box\"}", NULL), 200);
	made = pick_text(w, "kid");
	assert_int_equal(
	    ask_both(w, arena_printf(w->arena, "POST keys/%s/retire/", made), REASON),
	    200);
	assert_int_equal(askk(w, "GET", made, "", NULL), 404);
	assert_false(manage_keys_has(&keys, KEY_BOX, made));
	assert_int_equal(manage_keys_files(&keys), 3);
}

static void
test_bad_certificates(void **state)
{
	struct manage_world *w = *state;
	struct keyring_part other = { 0 };
	const char *issuing, *box, *pem;

	askk(w, "GET", keys.kid[MK_BOX], "", NULL);
	box = pick_text(w, "pem");
	ask(w, "POST keys/rotate/", "{\"use\":\"issuing\"}", NULL);
	issuing = pick_text(w, "kid");
	pem = pick_text(w, "pem");
	assert_int_equal(
	    key_generate(KEY_ROOT, MANAGE_NOW, &other.key, &other.material), E_OK);
	/* another root; another key; another use; no certificate */
	put_certificate(w, issuing, certificate_by(w, &other, KEY_ISSUING, pem));
	assert_refused(w, 400, "validation_error", "file");
	put_certificate(w, issuing, certificate_by(w, &keys.part[MK_ROOT], KEY_BOX, box));
	assert_refused(w, 400, "validation_error", "file");
	put_certificate(w, keys.kid[MK_BOX],
	    certificate_by(w, &keys.part[MK_ROOT], KEY_ISSUING, pem));
	assert_refused(w, 400, "validation_error", "file");
	put_certificate(w, issuing, "no certificate");
	assert_refused(w, 400, "validation_error", "file");
	put_certificate(w, issuing, "");
	assert_refused(w, 400, "validation_error", "file");
	put_certificate(w, keys.kid[MK_ROOT], "");
	assert_refused(w, 409, "wrong_state", NULL);
	ask(w, arena_printf(w->arena, "PUT keys/%s/certificate/", issuing), "{}",
	    "Content-Type: application/json\n");
	assert_refused(w, 415, "unsupported_media_type", NULL);
	assert_signs(w, keys.kid[MK_ISSUING]);
	secret_free(other.material);
}

static void
test_forms(void **state)
{
	struct manage_world *w = *state;
	const char *text, *pem;
	static const char type[] =
	    "Content-Type: multipart/form-data; boundary=\"b-1\"\n";

	askk(w, "GET", keys.kid[MK_BOX], "", NULL);
	pem = pick_text(w, "pem");
	text = certificate_by(w, &keys.part[MK_ROOT], KEY_BOX, pem);
	for (int i = 0; i < 2; i++) {
		struct buf body = BUF_INIT(w->arena);

		buf_printf(&body,
		    "--b-1\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n"
		    "--b-1\r\nContent-Disposition: form-data; name=\"%s\"; "
		    "filename=\"c.lkey\"\r\nContent-Type: text/plain\r\n\r\n",
		    i ? "file" : "other");
		buf_str(&body, text);
		buf_str(&body, "\r\n--b-1--\r\n");
		buf_char(&body, '\0');
		ask(w,
		    arena_printf(w->arena, "PUT keys/%s/certificate/", keys.kid[MK_BOX]),
		    body.p, type);
		assert_int_equal(w->status, i ? 200 : 400);
	}
	assert_string_equal(last_audit(w), "key.certified");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define HERE(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
#define ELSEWHERE(t) cmocka_unit_test_setup_teardown(t, set_up_elsewhere, tear_down)
		HERE(test_read),
		HERE(test_rotate_issuing),
		HERE(test_retired_box_opens_until_it_is_retired),
		HERE(test_revoke),
		HERE(test_faults),
		HERE(test_stale),
		HERE(test_repeat),
		HERE(test_busy),
		HERE(test_two_at_once),
		HERE(test_wrong_root),
		ELSEWHERE(test_pending),
		ELSEWHERE(test_dropped),
		ELSEWHERE(test_bad_certificates),
		ELSEWHERE(test_forms),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
