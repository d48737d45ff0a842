#include "cli/offline_output.h"

#include <string.h>

#include "base/field.h"
#include "cli/offline.h"
#include "cli/offline_code.h"
#include "cli/outfile.h"
#include "offline/armor.h"
#include "offline/typed.h"

static const char *const form_texts[] = { "armor", "png", "svg", "typed", "cbor" };
static const struct names form_names = { form_texts, (int)ARRAY_LEN(form_texts) };

static bool
is_picture(const struct offline_output *out)
{
	return out->form == OFFLINE_PNG || out->form == OFFLINE_SVG;
}

enum err
offline_output_read(struct cli *cli, struct offline_output *out)
{
	const char *form = cli_option(cli, "form"), *path = cli_option(cli, "out");
	int found = form ? names_find(&form_names, slice_str(form)) : OFFLINE_ARMOR;
	const char *suffix = found == OFFLINE_PNG ? ".png" : ".svg";

	if (found < 0)
		return problem_set(cli, E_USAGE,
		    "--form is armor, png, svg, typed or cbor, not: %s", form);
	*out = (struct offline_output){ .form = (enum offline_form)found,
		.path = path ? path : "-" };
	if (is_picture(out) &&
	    !slice_ends(slice_str(out->path), slice_of(suffix, strlen(suffix))))
		return problem_set(
		    cli, E_USAGE, "--form %s wants --out FILE%s", form, suffix);
	return outfile_check(cli, out->path);
}

enum err
offline_output_count(struct cli *cli, const struct offline_output *out, size_t n)
{
	return out->form < OFFLINE_TYPED || n <= 1
	           ? E_OK
	           : problem_set(cli, E_USAGE,
			 "--form %s is for one object, these are %zu",
			 form_texts[out->form], n);
}

static enum err
write_pictures(
    struct cli *cli, const struct offline_output *out, const struct carrier_list *list)
{
	struct offline_codes codes = { .level = QR_LEVEL_M };
	enum err e = E_OK;

	for (size_t i = 0; !e && i < list->n; i++)
		e = offline_codes_add(cli, &codes, &list->item[i], CARRIER_PART_BYTES);
	return e ? e : offline_codes_write(cli, &codes, out->path, "picture");
}

enum err
offline_output_write(
    struct cli *cli, const struct offline_output *out, const struct carrier_list *list)
{
	struct buf text = BUF_INIT(cli->arena);

	if (is_picture(out))
		return write_pictures(cli, out, list);
	if (out->form == OFFLINE_TYPED && list->n > 1)
		return problem_set(cli, E_USAGE,
		    "--form typed is for one object, these are %zu", list->n);
	for (size_t i = 0; i < list->n; i++) {
		if (out->form == OFFLINE_TYPED)
			typed_put(&text, list->item[i].bytes);
		else if (out->form == OFFLINE_CBOR)
			buf_slice_add(&text, list->item[i].bytes);
		else
			armor_put(&text, list->item[i].kind, list->item[i].bytes);
	}
	return buf_ok(&text) ? outfile_write(cli, out->path, buf_slice(&text))
	                     : cli_no_memory(cli);
}

enum err
offline_output_parse(struct cli *cli, struct slice text, struct carrier_list *list)
{
	struct carrier_fault fault = { .what = NULL };
	enum err e = carrier_read(cli->arena, text, OFFLINE_OBJECTS_MAX, list, &fault);

	for (size_t i = 0; !e && i < list->n; i++)
		e = list->item[i].err;
	return e ? problem_set(cli, e, "the server's answer cannot be read") : E_OK;
}
