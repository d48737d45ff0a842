#include "server/command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/prompt.h"
#include "server/action/system.h"
#include "server/init.h"

static bool
settings_add(struct arena *arena, struct init_options *o, const char *setting)
{
	const char **grown;
	size_t n = 0;

	while (o->set && o->set[n])
		n++;
	grown = arena_array(arena, n + 2, sizeof(*grown));
	if (!grown)
		return false;
	if (n)
		memcpy(grown, o->set, n * sizeof(*grown));
	grown[n] = setting;
	o->set = grown;
	return true;
}

/* What stands on the line goes into licetd.conf, so it is checked as that would be. */
static enum err
check_settings(struct usage *u, const struct config_source *source,
    const struct init_options *o, const char **what)
{
	struct config_result *r = arena_alloc(u->arena, sizeof(*r));
	struct config_source with = *source;
	enum err err;

	if (!r)
		return E_NO_MEMORY;
	with.set = o->set;
	err = config_load(u->arena, &with, r);
	if (err == E_CONFIG && r->load.n_faults)
		*what = arena_printf(
		    u->arena, "%s: %s", r->load.fault[0].key, r->load.fault[0].message);
	return err;
}

static enum err
new_passphrase(struct usage *u, struct init_options *o, const char **what)
{
	const char *file = usage_get(u, "passphrase-file"), *setting;
	char *full;
	enum err err;

	if (usage_has(u, "unsealed")) {
		*what = "--unsealed and --passphrase-file exclude each other";
		return file ? E_USAGE : E_OK;
	}
	*what = "give --passphrase-file FILE or --unsealed";
	if (!file)
		return prompt_new_secret(
		    "Passphrase of the keys (12 bytes or more): ", &o->passphrase);
	*what = file;
	if ((err = file_read_secret(file, &o->passphrase)) != E_OK)
		return err;
	*what = "the passphrase must have 12 bytes or more";
	if (secret_slice(o->passphrase).n < PASSPHRASE_MIN)
		return E_VALIDATION;
	if (strcmp(file, "-") == 0)
		return E_OK;
	full = realpath(file, NULL);
	setting = full ? arena_printf(u->arena, "keys.passphrase_file=%s", full) : NULL;
	free(full);
	return setting && settings_add(u->arena, o, setting) ? E_OK : E_NO_MEMORY;
}

static void
keys_summary(struct keyring_slot *slot, struct init_summary *s)
{
	struct keyring *ring = keyring_slot_take(slot);
	const struct key *box = keyring_box(ring), *root = keyring_root(ring);

	key_kid_text(keyring_issuing(ring), s->issuing);
	key_kid_text(box, s->box);
	s->certified = keyring_certificate(ring).n > 0 &&
	               keyring_find(ring, box->kid)->certificate.n > 0;
	if (root) {
		key_kid_text(root, s->root);
		key_fingerprint(root, s->root_fingerprint);
	}
	keyring_unref(ring);
}

/* A finished store is opened to sum it up: its names stand in it, not on the line. */
static enum err
existing_summary(struct usage *u, const struct config_source *source,
    struct init_summary *s, const char **what)
{
	struct app app;
	enum err err;

	*what = "configuration";
	if ((err = app_init(&app, u->arena, source)) != E_OK)
		return err;
	app.store_read_only = true;
	if ((err = app_start(&app, APP_STORE, what)) != E_OK)
		return err;
	err = system_names(app.store, u->arena, &s->vendor, &s->owner);
	keys_summary(app.keys, s);
	app_stop(&app);
	return err;
}

static void
print_text(struct buf *out, const char *dir, const struct init_summary *s)
{
	buf_printf(out, "data     %s\nvendor   %s\n", dir, s->vendor);
	if (*s->root)
		buf_printf(
		    out, "root     %s fingerprint %s\n", s->root, s->root_fingerprint);
	else
		buf_str(out, "root     kept elsewhere\n");
	buf_printf(out, "issuing  %s%s\nbox      %s%s\n", s->issuing,
	    s->certified ? " certified" : "", s->box, s->certified ? " certified" : "");
	buf_printf(
	    out, "owner    %s, no password yet\nnext     licetd serve\n", s->owner);
}

static void
print_json(struct buf *out, const char *dir, const struct init_summary *s)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_ktext(&w, "data", slice_str(dir));
	jw_ktext(&w, "vendor", slice_str(s->vendor));
	jw_ktext(&w, "root", *s->root ? slice_str(s->root) : SLICE_NULL);
	jw_ktext(&w, "root_fingerprint",
	    *s->root ? slice_str(s->root_fingerprint) : SLICE_NULL);
	jw_ktext(&w, "issuing", slice_str(s->issuing));
	jw_ktext(&w, "box", slice_str(s->box));
	jw_ktext(&w, "owner", slice_str(s->owner));
	jw_kbool(&w, "certified", s->certified);
	jw_kbool(&w, "existed", s->existed);
	jw_end(&w);
	buf_char(out, '\n');
}

static enum err
init(struct usage *u, struct config_source *source, struct init_summary *s,
    const char **what)
{
	struct init_options o = { .data_dir = source->data_dir,
		.vendor = usage_get(u, "name"),
		.owner = usage_get(u, "owner"),
		.set = usage_all(u, "set"),
		.root_out = usage_get(u, "root-out") };
	const char *url = usage_get(u, "url");
	enum err err = new_passphrase(u, &o, what);

	if (err == E_OK && url) {
		url = arena_printf(u->arena, "server.url=%s", url);
		err = url && settings_add(u->arena, &o, url) ? E_OK : E_NO_MEMORY;
	}
	if (err == E_OK)
		err = check_settings(u, source, &o, what);
	if (err == E_OK && o.owner && !email_valid(slice_str(o.owner))) {
		*what = "--owner wants an e-mail address";
		err = E_VALIDATION;
	}
	if (err == E_OK)
		err = init_run(u->arena, &o, s, what);
	secret_free(o.passphrase);
	if (err == E_OK && s->existed)
		err = existing_summary(u, source, s, what);
	return err;
}

int
command_init(struct usage *u)
{
	struct config_source source;
	struct init_summary summary;
	struct buf out = BUF_INIT(u->arena);
	const char *what = NULL;
	enum err err;

	command_source(u, &source);
	if ((err = init(u, &source, &summary, &what)) != E_OK)
		return command_fail(u, err, what);
	if (usage_has(u, "unsealed"))
		fprintf(stderr,
		    "licetd: warning: the keys in %s/keys are not sealed; whoever reads "
		    "this disk can sign licenses\n",
		    source.data_dir);
	if (usage_has(u, "json"))
		print_json(&out, source.data_dir, &summary);
	else
		print_text(&out, source.data_dir, &summary);
	fwrite(out.p, 1, out.n, stdout);
	return 0;
}
