#include "server/command.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

static const char *const origin_name[] = { "default", "file", "env", "option" };

static void
print_faults(struct buf *out, const struct conf_load *load, bool json)
{
	struct json_writer w;

	jw_init(&w, out);
	if (json)
		jw_array(&w);
	for (size_t i = 0; i < load->n_faults; i++) {
		const struct conf_fault *f = &load->fault[i];

		if (!json) {
			buf_printf(out, "%s: %s: %s\n", f->origin, f->key, f->message);
			continue;
		}
		jw_object(&w);
		jw_ktext(&w, "origin", slice_str(f->origin));
		jw_ktext(&w, "key", slice_str(f->key));
		jw_ktext(&w, "message", slice_str(f->message));
		jw_end(&w);
	}
	if (json) {
		jw_end(&w);
		buf_char(out, '\n');
	}
}

static void
print_origins(struct buf *out, struct config_result *r, bool json)
{
	struct json_writer w;

	jw_init(&w, out);
	if (json)
		jw_array(&w);
	for (size_t i = 0; i < config_n_options; i++) {
		const struct conf_option *o = &config_options[i];
		const char *value =
		    o->secret ? "hidden" : conf_show(r->load.arena, o, &r->config);
		const char *origin = origin_name[r->load.origin[i]];

		if (!json) {
			buf_printf(
			    out, "%-26s %-24s %s\n", o->key, value ? value : "", origin);
			continue;
		}
		jw_object(&w);
		jw_ktext(&w, "key", slice_str(o->key));
		jw_ktext(&w, "value", slice_str(value ? value : ""));
		jw_ktext(&w, "origin", slice_str(origin));
		jw_end(&w);
	}
	if (json) {
		jw_end(&w);
		buf_char(out, '\n');
	}
}

int
command_check_config(struct usage *u)
{
	struct config_result *r = arena_alloc(u->arena, sizeof(*r));
	struct config_source source;
	struct buf out = BUF_INIT(u->arena);
	bool json = usage_has(u, "json");
	enum err err;

	if (!r)
		return command_fail(u, E_NO_MEMORY, NULL);
	command_source(u, &source);
	err = config_load(u->arena, &source, r);
	if (err == E_CONFIG) {
		print_faults(&out, &r->load, json);
		fwrite(out.p, 1, out.n, json ? stderr : stdout);
		return err_info(err)->exit;
	}
	if (err != E_OK)
		return command_fail(u, err, source.file);
	if (usage_has(u, "show-origin"))
		print_origins(&out, r, json);
	else
		buf_str(&out, json ? "[]\n" : "ok\n");
	fwrite(out.p, 1, out.n, stdout);
	return 0;
}
