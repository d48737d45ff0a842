#include "base/conf.h"

#include <ini.h>
#include <string.h>

#include "base/conf_value.h"
#include "base/file.h"

#define LINE_MAX_BYTES 4096
#define FILE_MAX_BYTES (1024 * 1024)

struct loader {
	struct conf_load *load;
	void *conf;
	size_t fault_cap;
	enum err failed;
	bool *in_file; /* one for each option */
	struct slice rest;
	struct slice line;
	int line_no;
	bool line_used; /* libinih made a pair of it, or it is no pair */
};

/* A damaged file must not speak to the terminal: what is not printable is \xNN. */
static const char *
printable(struct arena *arena, const char *text)
{
	struct buf b = BUF_INIT(arena);
	const char *p = text;

	while (*p >= ' ' && *p <= '~')
		p++;
	if (*p == '\0')
		return text;
	for (p = text; *p; p++) {
		if (*p >= ' ' && *p <= '~')
			buf_char(&b, *p);
		else
			buf_printf(&b, "\\x%02X", (unsigned char)*p);
	}
	buf_char(&b, '\0');
	return buf_ok(&b) ? b.p : NULL;
}

static void
add_fault(struct loader *l, const char *origin, const char *key, const char *message)
{
	struct conf_load *c = l->load;

	if (key != NULL)
		key = printable(c->arena, key);
	if (message != NULL)
		message = printable(c->arena, message);
	if (origin == NULL || key == NULL || message == NULL) {
		l->failed = E_NO_MEMORY;
		return;
	}
	if (c->n_faults == l->fault_cap) {
		size_t cap = l->fault_cap > 0 ? l->fault_cap * 2 : 16;
		struct conf_fault *more = arena_array(c->arena, cap, sizeof(*more));

		if (more == NULL) {
			l->failed = E_NO_MEMORY;
			return;
		}
		if (c->n_faults > 0)
			memcpy(more, c->fault, c->n_faults * sizeof(*more));
		c->fault = more;
		l->fault_cap = cap;
	}
	c->fault[c->n_faults++] = (struct conf_fault){ origin, key, message };
}

static size_t
find_option(const struct conf_load *c, struct slice key)
{
	for (size_t i = 0; i < c->n; i++) {
		if (slice_is(key, c->option[i].key))
			return i;
	}
	return SIZE_MAX;
}

static void
set_value(struct loader *l, size_t i, struct slice text, enum conf_origin kind,
    const char *origin)
{
	struct conf_load *c = l->load;
	const char *message;
	enum err e;

	e = conf_value_set(c->arena, c->dir, &c->option[i], text, l->conf, &message);
	if (e == E_OK)
		c->origin[i] = kind;
	else if (e == E_CONFIG)
		add_fault(l, origin, c->option[i].key, message);
	else
		l->failed = e;
}

static void
load_defaults(struct loader *l)
{
	struct conf_load *c = l->load;

	for (size_t i = 0; i < c->n; i++) {
		const char *text = c->option[i].fallback;

		set_value(
		    l, i, slice_str(text != NULL ? text : ""), CONF_DEFAULT, "default");
	}
}

static const char *
line_origin(struct loader *l)
{
	return arena_printf(l->load->arena, "%s:%d", l->load->file, l->line_no);
}

static void
check_last_line(struct loader *l)
{
	struct slice line = slice_trim(l->line);
	bool is_blank = line.n == 0 || line.p[0] == ';' || line.p[0] == '#';
	bool is_section = line.n > 0 && line.p[0] == '[' && slice_find(line, ']') > 0;

	if (l->line_no > 0 && !l->line_used && !is_blank && !is_section)
		add_fault(l, line_origin(l), "-",
		    "must be a [section], a comment or key = value");
}

static const char *
line_trouble(struct slice line, int room)
{
	if (line.n > LINE_MAX_BYTES || line.n + 2 > (size_t)room)
		return "the line is longer than 4096 bytes";
	if (slice_find(line, '\0') >= 0)
		return "the line holds a NUL byte";
	return NULL;
}

static char *
next_line(char *out, int room, void *arg)
{
	struct loader *l = arg;
	const char *trouble;

	check_last_line(l);
	l->line = SLICE_NULL;
	l->line_used = false;
	if (l->rest.p == NULL || l->rest.n == 0)
		return NULL;
	l->line = slice_cut(&l->rest, '\n');
	l->line_no++;
	trouble = line_trouble(l->line, room);
	if (trouble != NULL) {
		add_fault(l, line_origin(l), "-", trouble);
		l->line = SLICE("");
	}
	memcpy(out, l->line.p, l->line.n);
	out[l->line.n] = '\n';
	out[l->line.n + 1] = '\0';
	return out;
}

static int
take_pair(void *arg, const char *section, const char *name, const char *value)
{
	struct loader *l = arg;
	struct conf_load *c = l->load;
	const char *key = arena_printf(
	    c->arena, "%s%s%s", section, section[0] != '\0' ? "." : "", name);
	size_t i = key != NULL ? find_option(c, slice_str(key)) : SIZE_MAX;

	l->line_used = true;
	if (i == SIZE_MAX) {
		add_fault(l, line_origin(l), key, "is no option");
	} else if (l->in_file[i]) {
		add_fault(l, line_origin(l), key, "is given twice");
	} else {
		l->in_file[i] = true;
		set_value(l, i, slice_str(value), CONF_FROM_FILE, line_origin(l));
	}
	return 1;
}

/* libinih reads its settings from globals; these make it take whole lines as they are. */
static void
set_up_parser(void)
{
	ini_use_stack = false;
	ini_max_line = LINE_MAX_BYTES + 3;
	ini_initial_alloc = LINE_MAX_BYTES + 3;
	ini_allow_realloc = false;
	ini_allow_multiline = false;
	ini_allow_inline_comments = false;
	ini_allow_no_value = false;
	ini_allow_bom = false;
	ini_stop_on_first_error = false;
}

static enum err
load_file(struct loader *l)
{
	struct conf_load *c = l->load;
	enum err e;

	if (c->file == NULL)
		return E_OK;
	e = file_read(c->arena, c->file, FILE_MAX_BYTES, &l->rest);
	if (e != E_OK)
		return e == E_PAYLOAD_TOO_LARGE ? E_CONFIG : e;
	if (slice_starts(l->rest, SLICE("\xef\xbb\xbf")))
		l->rest = slice_from(l->rest, 3);
	set_up_parser();
	if (ini_parse_stream(next_line, l, take_pair, l) == -2)
		return E_NO_MEMORY;
	return E_OK;
}

static bool
is_env_name(struct slice name, const char *key)
{
	if (name.n != strlen(key))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = key[i];

		if (c == '.')
			c = '_';
		else if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (name.p[i] != c)
			return false;
	}
	return true;
}

static bool
is_ignored(const struct conf_load *c, struct slice name)
{
	for (size_t i = 0; c->ignore != NULL && c->ignore[i] != NULL; i++) {
		if (slice_is(name, c->ignore[i]))
			return true;
	}
	return false;
}

static void
take_variable(struct loader *l, struct slice name, struct slice value)
{
	struct conf_load *c = l->load;
	struct slice rest = slice_from(name, strlen(c->prefix));
	const char *origin;

	if (is_ignored(c, name))
		return;
	origin = arena_str(c->arena, name);
	for (size_t i = 0; i < c->n; i++) {
		if (is_env_name(rest, c->option[i].key)) {
			set_value(l, i, value, CONF_FROM_ENV, origin);
			return;
		}
	}
	add_fault(l, origin, "-", "is no option");
}

static void
load_environment(struct loader *l)
{
	struct conf_load *c = l->load;

	for (size_t i = 0; c->environ != NULL && c->environ[i] != NULL; i++) {
		struct slice value = slice_str(c->environ[i]);
		struct slice name = slice_cut(&value, '=');

		if (slice_starts(name, slice_str(c->prefix)))
			take_variable(l, name, value);
	}
}

static void
take_setting(struct loader *l, struct slice setting)
{
	struct conf_load *c = l->load;
	struct slice value = setting, key = slice_trim(slice_cut(&value, '='));
	const char *name = arena_str(c->arena, key);
	size_t i = find_option(c, key);

	if (value.p == NULL)
		add_fault(l, "--set", name, "must be KEY=VALUE");
	else if (i == SIZE_MAX)
		add_fault(l, "--set", name, "is no option");
	else if (c->option[i].secret)
		add_fault(l, "--set", name, "is a secret: use the file or environment");
	else if (c->origin[i] == CONF_FROM_LINE)
		add_fault(l, "--set", name, "is given twice");
	else
		set_value(l, i, slice_trim(value), CONF_FROM_LINE, "--set");
}

enum err
conf_load(struct conf_load *c, void *conf)
{
	struct loader l = { .load = c, .conf = conf };
	enum err e;

	c->fault = NULL;
	c->n_faults = 0;
	c->origin = arena_array(c->arena, c->n + 1, sizeof(c->origin[0]));
	l.in_file = arena_array(c->arena, c->n + 1, sizeof(l.in_file[0]));
	if (c->origin == NULL || l.in_file == NULL)
		return E_NO_MEMORY;
	load_defaults(&l);
	e = load_file(&l);
	if (e == E_CONFIG)
		add_fault(&l, c->file, "-", "the file is larger than 1 MiB");
	else if (e != E_OK)
		return e;
	load_environment(&l);
	for (size_t i = 0; c->set != NULL && c->set[i] != NULL; i++)
		take_setting(&l, slice_str(c->set[i]));
	if (l.failed != E_OK)
		return l.failed;
	return c->n_faults > 0 ? E_CONFIG : E_OK;
}
