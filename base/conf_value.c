#include "base/conf_value.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"

struct unit {
	const char *name;
	int64_t size;
};

/* Largest first, as conf_show wants them. */
static const struct unit time_units[] = { { "d", CLOCK_DAY }, { "h", CLOCK_HOUR },
	{ "m", CLOCK_MINUTE }, { "s", CLOCK_SECOND }, { "ms", CLOCK_SECOND / 1000 } };
static const struct unit size_units[] = { { "G", INT64_C(1) << 30 },
	{ "M", INT64_C(1) << 20 }, { "K", INT64_C(1) << 10 }, { "", 1 } };

static bool
parse_digits(struct slice *s, int64_t *out)
{
	size_t n = 0;

	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	if (n == 0 || !slice_to_int(slice_head(*s, n), out))
		return false;
	*s = slice_from(*s, n);
	return true;
}

static bool
parse_with_unit(struct slice s, const struct unit *unit, size_t n, int64_t *out)
{
	int64_t count;

	if (!parse_digits(&s, &count))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (slice_is(s, unit[i].name))
			return !__builtin_mul_overflow(count, unit[i].size, out);
	}
	return false;
}

bool
conf_parse_duration(struct slice s, int64_t *us)
{
	if (slice_is(s, "0")) {
		*us = 0;
		return true;
	}
	return parse_with_unit(s, time_units, ARRAY_LEN(time_units), us);
}

bool
conf_parse_size(struct slice s, int64_t *out)
{
	return parse_with_unit(s, size_units, ARRAY_LEN(size_units), out);
}

static bool
parse_per(struct slice s, int64_t *per)
{
	if (slice_is(s, "s"))
		*per = CLOCK_SECOND;
	else if (slice_is(s, "m"))
		*per = CLOCK_MINUTE;
	else if (slice_is(s, "h"))
		*per = CLOCK_HOUR;
	else
		return conf_parse_duration(s, per) && *per > 0;
	return true;
}

bool
conf_parse_rate(struct slice s, struct conf_rate *out)
{
	struct slice rest = s, rate = slice_cut(&rest, ' ');

	*out = (struct conf_rate){ .per = CLOCK_SECOND };
	if (slice_is(s, "0"))
		return true;
	if (!parse_digits(&rate, &out->n) || out->n == 0 ||
	    !slice_starts(rate, SLICE("/")) || !parse_per(slice_from(rate, 1), &out->per))
		return false;
	out->burst = out->n;
	rest = slice_trim(rest);
	if (rest.n == 0)
		return true;
	if (!slice_starts(rest, SLICE("burst ")))
		return false;
	rest = slice_trim(slice_from(rest, 6));
	return parse_digits(&rest, &out->burst) && rest.n == 0 && out->burst > 0;
}

static bool
parse_bool(struct slice s, bool *out)
{
	*out = slice_is(s, "yes");
	return *out || slice_is(s, "no");
}

static bool
parse_choice(struct slice s, const char *choices, int *out)
{
	struct slice rest = slice_str(choices);

	for (*out = 0; rest.p != NULL; ++*out) {
		if (slice_equal(slice_cut(&rest, '|'), s))
			return true;
	}
	return false;
}

static enum err
parse_list(struct arena *arena, struct slice s, struct conf_list *out)
{
	struct conf_list list = { NULL, 0 };
	struct slice rest = s;
	size_t max = 1;

	if (s.n == 0) {
		*out = list;
		return E_OK;
	}
	for (size_t i = 0; i < s.n; i++)
		max += s.p[i] == ',';
	list.item = arena_array(arena, max, sizeof(list.item[0]));
	if (list.item == NULL)
		return E_NO_MEMORY;
	while (rest.p != NULL) {
		struct slice item = slice_trim(slice_cut(&rest, ','));

		if (item.n == 0)
			return E_CONFIG;
		list.item[list.n] = arena_str(arena, item);
		if (list.item[list.n++] == NULL)
			return E_NO_MEMORY;
	}
	*out = list;
	return E_OK;
}

static const char *
type_form(const struct conf_option *o)
{
	switch (o->type) {
	case CONF_TEXT:
	case CONF_FILE:
		return "must be UTF-8 text without control characters";
	case CONF_LIST:
		return "must be a list by comma without empty items";
	case CONF_INT:
		return "must be an integer";
	case CONF_BOOL:
		return "must be yes or no";
	case CONF_DURATION:
		return "must be a duration such as 500ms, 30s, 2m, 24h, 30d or 0";
	case CONF_SIZE:
		return "must be a size such as 64K, 8M or 4G";
	case CONF_RATE:
		return "must be a rate such as 50/s burst 100, 10/15m or 0";
	case CONF_CHOICE:
		return o->choices;
	}
	return "has an unknown type";
}

static enum err
parse_number(const struct conf_option *o, struct slice text, int64_t *out)
{
	bool good;

	*out = 0;
	if (o->fallback == NULL && text.n == 0)
		return E_OK;
	if (o->type == CONF_INT)
		good = slice_to_int(text, out);
	else if (o->type == CONF_SIZE)
		good = conf_parse_size(text, out);
	else
		good = conf_parse_duration(text, out);
	return good ? E_OK : E_CONFIG;
}

static enum err
parse_text(struct arena *arena, const char *dir, const struct conf_option *o,
    struct slice text, char **out)
{
	if (!slice_is_utf8(text) || !slice_is_plain(text))
		return E_CONFIG;
	*out = arena_str(arena, slice_of(text.p != NULL ? text.p : "", text.n));
	if (*out != NULL && o->type == CONF_FILE && text.n > 0)
		*out = file_path(arena, dir, *out);
	return *out != NULL ? E_OK : E_NO_MEMORY;
}

static bool
in_range(const struct conf_option *o, int64_t value)
{
	return value >= o->min && (o->max == 0 || value <= o->max);
}

static char *
show_units(struct arena *arena, int64_t value, const struct unit *unit, size_t n)
{
	size_t i = 0;

	if (value == 0)
		return arena_str(arena, SLICE("0"));
	while (i + 1 < n && value % unit[i].size != 0)
		i++;
	return arena_printf(
	    arena, "%lld%s", (long long)(value / unit[i].size), unit[i].name);
}

static char *
show_number(struct arena *arena, const struct conf_option *o, int64_t value)
{
	if (o->type == CONF_DURATION)
		return show_units(arena, value, time_units, ARRAY_LEN(time_units));
	if (o->type == CONF_SIZE)
		return show_units(arena, value, size_units, ARRAY_LEN(size_units));
	return arena_printf(arena, "%lld", (long long)value);
}

static char *
say_range(struct arena *arena, const struct conf_option *o)
{
	const char *min = show_number(arena, o, o->min);

	if (o->max == 0)
		return arena_printf(arena, "must be %s or more", min);
	return arena_printf(
	    arena, "must be from %s to %s", min, show_number(arena, o, o->max));
}

static enum err
set_number(struct arena *arena, const struct conf_option *o, struct slice text,
    int64_t *member, const char **message)
{
	int64_t value;

	if (parse_number(o, text, &value) != E_OK)
		return E_CONFIG;
	if (!in_range(o, value)) {
		*message = say_range(arena, o);
		return *message != NULL ? E_CONFIG : E_NO_MEMORY;
	}
	*member = value;
	return E_OK;
}

static enum err
set_list(struct arena *arena, const struct conf_option *o, struct slice text,
    struct conf_list *member, const char **message)
{
	struct conf_list list;
	enum err e = E_CONFIG;

	if (slice_is_utf8(text) && slice_is_plain(text))
		e = parse_list(arena, text, &list);
	if (e == E_OK && !in_range(o, (int64_t)list.n)) {
		*message = arena_printf(arena, "must have from %lld to %lld items",
		    (long long)o->min, (long long)o->max);
		return *message != NULL ? E_CONFIG : E_NO_MEMORY;
	}
	if (e == E_OK)
		*member = list;
	return e;
}

static enum err
set_simple(const struct conf_option *o, struct slice text, void *member)
{
	struct conf_rate rate = { .per = CLOCK_SECOND };
	bool yes = false, empty = text.n == 0 && o->fallback == NULL;
	int choice = 0;

	switch (o->type) {
	case CONF_BOOL:
		if (!empty && !parse_bool(text, &yes))
			return E_CONFIG;
		*(bool *)member = yes;
		return E_OK;
	case CONF_RATE:
		if (!empty && !conf_parse_rate(text, &rate))
			return E_CONFIG;
		*(struct conf_rate *)member = rate;
		return E_OK;
	case CONF_CHOICE:
		if (!empty && !parse_choice(text, o->choices, &choice))
			return E_CONFIG;
		*(int *)member = choice;
		return E_OK;
	default:
		return E_INTERNAL;
	}
}

static enum err
explain(struct arena *arena, const struct conf_option *o, const char **message)
{
	if (o->type == CONF_CHOICE)
		*message = arena_printf(arena, "must be one of %s", o->choices);
	else
		*message = type_form(o);
	return *message != NULL ? E_CONFIG : E_NO_MEMORY;
}

enum err
conf_value_set(struct arena *arena, const char *dir, const struct conf_option *o,
    struct slice text, void *conf, const char **message)
{
	void *member = (char *)conf + o->offset;
	enum err e;

	*message = NULL;
	switch (o->type) {
	case CONF_TEXT:
	case CONF_FILE:
		e = parse_text(arena, dir, o, text, member);
		break;
	case CONF_LIST:
		e = set_list(arena, o, text, member, message);
		break;
	case CONF_INT:
	case CONF_DURATION:
	case CONF_SIZE:
		e = set_number(arena, o, text, member, message);
		break;
	default:
		e = set_simple(o, text, member);
		break;
	}
	if (e == E_CONFIG && *message == NULL)
		return explain(arena, o, message);
	return e;
}

static char *
show_list(struct arena *arena, const struct conf_list *list)
{
	struct buf b = BUF_INIT(arena);

	for (size_t i = 0; i < list->n; i++) {
		buf_str(&b, i > 0 ? ", " : "");
		buf_str(&b, list->item[i]);
	}
	return buf_ok(&b) ? arena_str(arena, slice_of(b.n > 0 ? b.p : "", b.n)) : NULL;
}

static char *
show_rate(struct arena *arena, const struct conf_rate *rate)
{
	const char *per;

	if (rate->n == 0)
		return arena_str(arena, SLICE("0"));
	if (rate->per == CLOCK_SECOND)
		per = "s";
	else if (rate->per == CLOCK_MINUTE)
		per = "m";
	else if (rate->per == CLOCK_HOUR)
		per = "h";
	else
		per = show_units(arena, rate->per, time_units, ARRAY_LEN(time_units));
	if (per == NULL || rate->burst == rate->n)
		return per == NULL
		           ? NULL
		           : arena_printf(arena, "%lld/%s", (long long)rate->n, per);
	return arena_printf(
	    arena, "%lld/%s burst %lld", (long long)rate->n, per, (long long)rate->burst);
}

static char *
show_choice(struct arena *arena, const char *choices, int value)
{
	struct slice rest = slice_str(choices);

	for (; rest.p != NULL; value--) {
		struct slice name = slice_cut(&rest, '|');

		if (value == 0)
			return arena_str(arena, name);
	}
	return arena_str(arena, SLICE(""));
}

char *
conf_show(struct arena *arena, const struct conf_option *o, const void *conf)
{
	const void *member = (const char *)conf + o->offset;

	switch (o->type) {
	case CONF_TEXT:
	case CONF_FILE:
		return *(char *const *)member != NULL
		           ? arena_str(arena, slice_str(*(char *const *)member))
		           : arena_str(arena, SLICE(""));
	case CONF_LIST:
		return show_list(arena, member);
	case CONF_BOOL:
		return arena_str(
		    arena, *(const bool *)member ? SLICE("yes") : SLICE("no"));
	case CONF_RATE:
		return show_rate(arena, member);
	case CONF_CHOICE:
		return show_choice(arena, o->choices, *(const int *)member);
	default:
		return show_number(arena, o, *(const int64_t *)member);
	}
}

static size_t
value_size(enum conf_type type)
{
	switch (type) {
	case CONF_TEXT:
	case CONF_FILE:
		return sizeof(char *);
	case CONF_LIST:
		return sizeof(struct conf_list);
	case CONF_BOOL:
		return sizeof(bool);
	case CONF_RATE:
		return sizeof(struct conf_rate);
	case CONF_CHOICE:
		return sizeof(int);
	case CONF_INT:
	case CONF_DURATION:
	case CONF_SIZE:
		return sizeof(int64_t);
	}
	return 0;
}

void
conf_copy_value(const struct conf_option *option, void *dst, const void *src)
{
	memcpy((char *)dst + option->offset, (const char *)src + option->offset,
	    value_size(option->type));
}
