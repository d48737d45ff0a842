#include "server/command.h"

#include <stdio.h>
#include <string.h>

#include <config.h>
#include "base/json.h"

/* LICET_LIBRARIES and LICET_OPTIONS are "name=value name=value". */
static void
each_pair(struct slice list, void (*fn)(void *arg, struct slice name, struct slice value),
    void *arg)
{
	while (list.p) {
		struct slice value = slice_cut(&list, ' ');
		struct slice name = slice_cut(&value, '=');

		if (name.n)
			fn(arg, name, value);
	}
}

static void
print_line(void *arg, struct slice name, struct slice value)
{
	buf_printf(arg, "  %-12.*s %.*s\n", SLICE_ARG(name), SLICE_ARG(value));
}

static void
print_member(void *arg, struct slice name, struct slice value)
{
	struct json_writer *w = arg;

	jw_key_slice(w, name);
	jw_text(w, value);
}

static void
print_json(struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_ktext(&w, "version", SLICE(PACKAGE_VERSION));
	jw_ktext(&w, "commit", SLICE(LICET_COMMIT));
	jw_key(&w, "libraries");
	jw_object(&w);
	each_pair(SLICE(LICET_LIBRARIES), print_member, &w);
	jw_end(&w);
	jw_key(&w, "options");
	jw_object(&w);
	each_pair(SLICE(LICET_OPTIONS), print_member, &w);
	jw_end(&w);
	jw_end(&w);
	buf_char(out, '\n');
}

int
command_version(struct usage *u)
{
	struct buf out = BUF_INIT(u->arena);

	if (usage_has(u, "json")) {
		print_json(&out);
	} else {
		buf_printf(
		    &out, "licetd %s (%s)\nlibraries\n", PACKAGE_VERSION, LICET_COMMIT);
		each_pair(SLICE(LICET_LIBRARIES), print_line, &out);
		buf_str(&out, "built with\n");
		each_pair(SLICE(LICET_OPTIONS), print_line, &out);
	}
	fwrite(out.p, 1, out.n, stdout);
	return 0;
}
