#include "server/config.h"

#include <string.h>
#include <unistd.h>

#include "base/field.h"
#include "base/file.h"

const struct conf_option config_options[] = {
#define OPT(member, key, type, fallback, min, max, choices, reload, help)                \
	{ key, CONF_##type, offsetof(struct config, member), fallback, min, max,         \
		choices, reload, false, help },
#include "server/options.def"
#undef OPT
};
const size_t config_n_options = ARRAY_LEN(config_options);

/* Names under LICET_ that belong to the programs, not to the configuration. */
static const char *const other_names[] = { "LICET_DATA", "LICET_CONFIG",
	"LICET_PASSPHRASE", "LICET_SERVER", "LICET_SOCKET", "LICET_CONTEXT",
	"LICET_TOKEN_FILE", NULL };

static void
config_fault(struct config_result *r, const char *key, const char *message)
{
	struct conf_fault *grown =
	    arena_array(r->load.arena, r->load.n_faults + 1, sizeof(*grown));
	const char *origin = r->file ? r->file : "configuration";

	if (!grown)
		return;
	if (r->load.n_faults)
		memcpy(grown, r->load.fault, r->load.n_faults * sizeof(*grown));
	grown[r->load.n_faults] =
	    (struct conf_fault){ .origin = origin, .key = key, .message = message };
	r->load.fault = grown;
	r->load.n_faults++;
}

static bool
is_given(const char *text)
{
	return text && *text;
}

static bool
address_is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strncmp(address, "[::1]", 5) == 0 ||
	       strncmp(address, "localhost:", 10) == 0;
}

static void
config_check_listen(struct config_result *r, const struct config_source *source)
{
	const struct config *c = &r->config;
	bool tls = is_given(c->server_tls_cert);

	for (size_t i = 0; i < c->server_listen.n; i++) {
		if (address_is_loopback(c->server_listen.item[i]))
			continue;
		if (source->dev)
			config_fault(
			    r, "server.listen", "--dev listens on loopback only");
		else if (!tls && !c->server_behind_proxy)
			config_fault(r, "server.listen",
			    "plain HTTP outside loopback: set server.tls_cert and "
			    "server.tls_key, or "
			    "server.behind_proxy when a proxy in front ends TLS");
	}
	if (!is_given(c->admin_listen) || address_is_loopback(c->admin_listen))
		return;
	if (source->dev)
		config_fault(r, "admin.listen", "--dev listens on loopback only");
	else if (!is_given(c->admin_tls_cert))
		config_fault(r, "admin.listen",
		    "outside loopback the management API needs admin.tls_cert and "
		    "admin.tls_key");
}

static void
config_check(struct config_result *r, const struct config_source *source)
{
	const struct config *c = &r->config;

	if (is_given(c->server_tls_cert) != is_given(c->server_tls_key))
		config_fault(r, "server.tls_cert",
		    "server.tls_cert and server.tls_key go together");
	if (is_given(c->admin_tls_cert) != is_given(c->admin_tls_key))
		config_fault(
		    r, "admin.tls_cert", "admin.tls_cert and admin.tls_key go together");
	if (!c->v4_sign && !source->dev)
		config_fault(r, "v4.sign", "unsigned answers are for --dev only");
	config_check_listen(r, source);
}

/* An empty file name is no file. */
static void
config_drop_empty(struct config *c)
{
	for (size_t i = 0; i < config_n_options; i++) {
		char **value = (char **)(void *)((char *)c + config_options[i].offset);

		if (config_options[i].type == CONF_FILE && *value && !**value)
			*value = NULL;
	}
}

static const char *
config_find_file(struct arena *arena, const struct config_source *source)
{
	const char *path = source->file;

	if (path)
		return path;
	path = file_path(arena, source->data_dir, "licetd.conf");
	if (path && file_exists(path))
		return path;
	if (source->dev)
		return NULL;
	return file_exists(CONFIG_FILE) ? CONFIG_FILE : NULL;
}

enum err
config_load(
    struct arena *arena, const struct config_source *source, struct config_result *r)
{
	enum err err;

	memset(r, 0, sizeof(*r));
	r->file = config_find_file(arena, source);
	r->load = (struct conf_load){ .arena = arena,
		.option = config_options,
		.n = config_n_options,
		.dir = source->data_dir,
		.file = r->file,
		.environ = environ,
		.prefix = "LICET_",
		.ignore = other_names,
		.set = source->set };
	err = conf_load(&r->load, &r->config);
	if (err != E_OK && err != E_CONFIG)
		return err;
	config_drop_empty(&r->config);
	if (err == E_OK)
		config_check(r, source);
	return r->load.n_faults ? E_CONFIG : err;
}

static const char *
type_name(enum conf_type type)
{
	static const char *const name[] = { "text", "file", "list", "int", "yes|no",
		"duration", "size", "rate", "choice" };

	return name[type];
}

void
config_print_sample(struct buf *out)
{
	char section[32] = "";

	for (size_t i = 0; i < config_n_options; i++) {
		const struct conf_option *o = &config_options[i];
		size_t n = strcspn(o->key, ".");

		if (strncmp(section, o->key, n) != 0 || section[n]) {
			memcpy(section, o->key, n);
			section[n] = '\0';
			buf_printf(out, "%s[%s]\n", i ? "\n" : "", section);
		}
		buf_printf(out, "# %s\n", o->help);
		buf_printf(
		    out, ";%s = %s\n", o->key + n + 1, o->fallback ? o->fallback : "");
	}
}

/* In mdoc each sentence begins a line. */
static void
print_sentences(struct buf *out, const char *text)
{
	for (; *text; text++)
		if (text[0] == '.' && text[1] == ' ') {
			buf_str(out, ".\n");
			text++;
		} else {
			buf_char(out, *text);
		}
	buf_char(out, '\n');
}

void
config_print_manual(struct buf *out)
{
	buf_str(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < config_n_options; i++) {
		const struct conf_option *o = &config_options[i];

		buf_printf(out, ".It Cm %s Pq %s%s\n", o->key,
		    o->choices ? o->choices : type_name(o->type),
		    o->reloadable ? ", R" : "");
		print_sentences(out, o->help);
		if (o->fallback)
			buf_printf(out, "Default:\n.Ql %s .\n", o->fallback);
	}
	buf_str(out, ".El\n");
}
