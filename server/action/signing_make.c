/* What a change of keys does outside of transactions: files, certificates, the ring. */
#include "server/action/signing_admin.h"

#include <string.h>

#include "base/log.h"
#include "keys/generate.h"

static bool
makes_key(const struct signing_job *job)
{
	return job->step.what == ROTATION_MAKE_ACTIVE ||
	       job->step.what == ROTATION_MAKE_PENDING;
}

/* The root certifies only when it is the one that is known. */
static enum err
certify(struct signing_job *job, struct key *key, struct slice *certificate)
{
	const struct signing_key *row = signing_root(&job->rows);
	const struct key want = { .use = KEY_ROOT };
	struct secret *material = NULL;
	struct key root;
	bool sealed;
	enum err e = keystore_open(job->keystore, &want, &root, &material, &sealed);

	if (!e && (!row || memcmp(row->public_key.p, root.public_key, KEY_PUBLIC) != 0))
		e = E_KEY;
	if (!e)
		e = signing_certify(
		    job->arena, &root, material, job->now, key, certificate);
	secret_free(material);
	if (e == E_KEY || e == E_NOT_FOUND)
		log_error("root_key_not_used", "code=%s hint=%s", err_code(e),
		    "root.key must open with the passphrase of the server, and be the "
		    "root that it knows");
	return e == E_NOT_FOUND ? E_KEY : e;
}

static enum err
make_key(struct signing_job *job, struct secret **material)
{
	struct slice certificate = SLICE_NULL;
	struct key key;
	enum err e = key_generate(job->ask.use, job->now, &key, material);

	if (!e && job->step.what == ROTATION_MAKE_PENDING)
		key.state = KEY_PENDING;
	else if (!e)
		e = certify(job, &key, &certificate);
	if (!e)
		e = signing_new_row(job->arena, &key, certificate, job->now, &job->made);
	if (e)
		return e;
	job->made.sealed = keystore_seals(job->keystore);
	if (job->dry_run)
		return E_OK;
	job->is_written = true; /* though perhaps not whole */
	return keystore_write(job->keystore, &key, *material);
}

/* A part as it will be behind the step; its material still is that of the former ring. */
static struct keyring_part
next_part(const struct signing_job *job, size_t i, const struct keyring *former)
{
	const struct signing_key *row = &job->rows.item[i];
	const struct rotation_step *s = &job->step;
	struct keyring_part part = { .key = signing_key_of(row),
		.certificate = row->certificate };
	const struct keyring_part *had = keyring_find(former, part.key.kid);

	if (had && s->gone != i)
		part.material = had->material;
	if (i == s->former)
		part.key.state = KEY_RETIRED;
	if (i != s->row)
		return part;
	if (s->what == ROTATION_BAN)
		part.key.state = KEY_REVOKED;
	if (s->what == ROTATION_ACTIVATE)
		part.key.state = KEY_ACTIVE;
	if (job->certificate.n) {
		part.certificate = job->certificate;
		part.key.not_before = job->bounds.not_before;
		part.key.not_after = job->bounds.not_after;
	}
	return part;
}

static const struct keyring_part *
store_part(const struct keyring *ring)
{
	size_t n;
	const struct keyring_part *part = keyring_parts(ring, &n);

	while (n > 0 && part[n - 1].key.use != KEY_STORE)
		n--;
	return &part[n - 1];
}

static enum err
make_ring(struct signing_job *job, struct secret *material)
{
	struct keyring_part *part =
	    arena_array(job->arena, job->rows.n + 3, sizeof(*part));
	struct keyring *former;
	size_t n = 0;
	enum err e;

	if (!part)
		return E_NO_MEMORY;
	former = keyring_slot_take(job->slot);
	for (size_t i = 0; i < job->rows.n; i++)
		if (i != job->step.row || job->step.what != ROTATION_DROP)
			part[n++] = next_part(job, i, former);
	if (makes_key(job))
		part[n++] = (struct keyring_part){ signing_key_of(&job->made),
			job->made.certificate, material };
	if (job->root.kid.p)
		part[n++] = (struct keyring_part){ .key = signing_key_of(&job->root) };
	part[n++] = *store_part(former);
	e = keyring_new(part, n, &job->next);
	keyring_unref(former);
	return e;
}

static enum err
prepare(struct signing_job *job)
{
	struct secret *material = NULL;
	enum err e = E_OK;

	if (!job->dry_run) {
		e = keystore_lock(job->keystore, true, false);
		job->is_locked = !e;
	}
	if (!e && makes_key(job)) {
		e = keystore_unseal(job->keystore);
		if (!e)
			e = make_key(job, &material);
		keystore_tidy(job->keystore);
	}
	if (!e && !job->dry_run)
		e = make_ring(job, material);
	secret_free(material);
	return e;
}

void
signing_prepare(struct signing_job *job)
{
	job->err = prepare(job);
	job->is_ready = !job->err;
	if (job->err)
		signing_settle(job, false);
}

static void
remove_file(struct signing_job *job, const struct signing_key *row)
{
	const struct key key = signing_key_of(row);
	enum err e = keystore_remove(job->keystore, &key);

	if (e)
		log_error("key_file_not_removed", "kid=%.*s code=%s hint=%s",
		    SLICE_ARG(row->kid), err_code(e), "the next start removes it");
}

void
signing_settle(struct signing_job *job, bool is_done)
{
	if (is_done && job->next) {
		keyring_slot_set(job->slot, job->next);
		job->next = NULL;
	}
	keyring_unref(job->next);
	job->next = NULL;
	if (is_done && job->step.gone != ROTATION_NO_ROW)
		remove_file(job, &job->rows.item[job->step.gone]);
	if (!is_done && job->is_written && store_health(job->store) == E_OK)
		remove_file(job, &job->made);
	job->is_written = false;
	if (job->is_locked)
		keystore_unlock(job->keystore);
	job->is_locked = false;
}
