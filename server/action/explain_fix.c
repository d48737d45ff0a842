#include "server/action/explain.h"

#include "server/policy/release.h"

#define RELEASES_MAX 3

struct fix {
	enum permission permission;
	const char *text, *call, *command;
	int64_t frees_at;
};

struct fixer {
	struct explain *ex;
	const struct explain_part *p;
	struct arena *arena;
	bool failed;
};

static void
add(struct fixer *f, struct fix fix)
{
	struct json_writer *w = &f->ex->res->w;

	if (!fix.text || !fix.call || !fix.command) {
		f->failed = true;
		return;
	}
	jw_object(w);
	jw_ktext(w, "text", slice_str(fix.text));
	jw_ktext(w, "permission", slice_str(permit_name(fix.permission)));
	jw_ktext(w, "call", slice_str(fix.call));
	jw_ktext(w, "command", slice_str(fix.command));
	if (fix.frees_at != FIELD_NONE)
		jw_kinstant(w, "frees_at", fix.frees_at);
	if (!permit_allows(&f->ex->ctx->actor->permits, fix.permission))
		jw_kbool(w, "allowed", false);
	jw_end(w);
}

/* A change of the license itself; option as the command line has it. */
static void
add_edit(struct fixer *f, const char *text, const char *option)
{
	long long id = f->p->part->license.o.id;

	add(f, (struct fix){ PERM_LICENSES_WRITE, text,
		   arena_printf(f->arena, "PATCH /api/v1/licenses/%lld/", id),
		   arena_printf(
		       f->arena, "licet license edit %lld %s", id, option ? option : ""),
		   FIELD_NONE });
}

static void
add_raise(struct fixer *f, const char *what, const char *option, int64_t to)
{
	add_edit(f, arena_printf(f->arena, "Raise the %s to %lld", what, (long long)to),
	    arena_printf(f->arena, "%s %lld", option, (long long)to));
}

static void
add_release(struct fixer *f, const struct activation *a, struct slice hardware_id)
{
	bool live = release_lease_live(a, f->ex->then.now);
	long long id = a->o.id;
	const char *force = live ? " --force" : "";

	add(f, (struct fix){ live ? PERM_DEVICES_FORCE : PERM_DEVICES_RELEASE,
		   arena_printf(f->arena, "Release %.*s%s", SLICE_ARG(hardware_id),
		       live ? " although it may still run offline" : ""),
		   arena_printf(f->arena, "POST /api/v1/devices/%lld/release/", id),
		   arena_printf(
		       f->arena, "licet device release %lld%s --reason TEXT", id, force),
		   live ? a->lease_until : FIELD_NONE });
}

/* Those that can be released without harm first. */
static void
add_releases(struct fixer *f, bool live)
{
	int n = 0;

	for (size_t i = 0; i < f->p->n_holders && n < RELEASES_MAX; i++) {
		const struct explain_holder *h = &f->p->holder[i];

		if (release_lease_live(&h->activation, f->ex->then.now) != live)
			continue;
		add_release(f, &h->activation, h->hardware_id);
		n++;
	}
}

static void
fix_seats(struct fixer *f)
{
	const struct license *license = &f->p->part->license;

	add_releases(f, false);
	if (license->terms.max_activations < MAX_ACTIVATIONS)
		add_raise(f, "limit", "--seats", license->terms.max_activations + 1);
	add_releases(f, true);
}

static void
fix_transfers(struct fixer *f)
{
	const struct license *license = &f->p->part->license;
	int64_t to = license->transfer_count + 1;

	if (to <= MAX_ACTIVATIONS)
		add_raise(f, "limit of transfers", "--transfers", to);
	if (license->terms.max_activations < MAX_ACTIVATIONS)
		add_raise(f, "limit", "--seats", license->terms.max_activations + 1);
}

static void
fix_enabled(struct fixer *f)
{
	long long id = f->p->part->license.o.id;

	add(f, (struct fix){ PERM_LICENSES_WRITE, "Enable the license",
		   arena_printf(f->arena, "POST /api/v1/licenses/%lld/enable/", id),
		   arena_printf(f->arena, "licet license enable %lld", id), FIELD_NONE });
}

/* Into a command line as it is, or else the name of what belongs there. */
static const char *
word(struct fixer *f, struct slice text, const char *name)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789.:@_+-";
	char *copy;

	if (!text.n || text.p[0] == '-' || !slice_only(text, plain))
		return name;
	copy = arena_str(f->arena, text);
	return copy ? copy : name;
}

static void
fix_product(struct fixer *f)
{
	const struct product *product = &f->p->part->product;

	add(f, (struct fix){ PERM_CATALOG_WRITE, "Bring the product back",
		   arena_printf(f->arena, "POST /api/v1/products/%lld/unarchive/",
		       (long long)product->o.id),
		   arena_printf(f->arena, "licet product unarchive %.*s",
		       SLICE_ARG(product->short_code)),
		   FIELD_NONE });
}

static void
fix_credential(struct fixer *f)
{
	long long id = f->p->part->license.o.id;

	add(f, (struct fix){ PERM_LICENSES_WRITE, "Assign the license to the user",
		   arena_printf(f->arena, "POST /api/v1/licenses/%lld/assign_user/", id),
		   arena_printf(f->arena, "licet license assign %lld %s", id,
		       word(f, f->ex->l.user.email, "EMAIL")),
		   FIELD_NONE });
}

static void
fix_user(struct fixer *f)
{
	const struct part *part = f->p->part;
	long long id = part->license.o.id;

	add(f, (struct fix){ PERM_LICENSES_WRITE, "Raise the user's own limit",
		   arena_printf(
		       f->arena, "POST /api/v1/licenses/%lld/set_users_activations/", id),
		   arena_printf(f->arena, "licet license assign %lld %s --seats %lld", id,
		       word(f, f->ex->l.user.email, "EMAIL"),
		       (long long)(part->assignment.max_activations + 1)),
		   FIELD_NONE });
}

static bool
covers(const struct fixer *f, const struct blacklist_entry *entry)
{
	const struct part *part = f->p->part;

	return entry->scope == BS_VENDOR ||
	       (entry->scope == BS_CUSTOMER &&
		   entry->scope_id == part->order.customer_id) ||
	       (entry->scope == BS_LICENSE && entry->scope_id == part->license.o.id);
}

static enum err
fix_blacklist(struct fixer *f)
{
	struct txn *txn = f->ex->ctx->txn;
	struct blacklist_entry entry;
	struct record_scan scan;
	enum err e;

	e = record_scan(txn, T_BLACKLIST, IX_BLACKLIST_HARDWARE_ID,
	    record_key_text(txn, f->ex->call.hardware_id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &entry);
		if (e || !covers(f, &entry))
			continue;
		add(f,
		    (struct fix){ entry.scope == BS_VENDOR ? PERM_BLACKLIST_VENDOR
							   : PERM_BLACKLIST_WRITE,
			arena_printf(f->arena, "Take the device off the blacklist (%s)",
			    names_get(&blacklist_scope_names, entry.scope)),
			arena_printf(f->arena, "DELETE /api/v1/blacklist/%lld/",
			    (long long)entry.o.id),
			arena_printf(f->arena,
			    "licet device unblacklist %s --reason TEXT",
			    word(f, f->ex->call.hardware_id, "HW")),
			FIELD_NONE });
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static void
fix_own(struct fixer *f)
{
	if (f->p->part->has_activation)
		add_release(f, &f->p->part->activation, f->ex->call.hardware_id);
}

static enum err
fix_step(struct fixer *f, const struct trace_step *s)
{
	const struct terms *terms = &f->p->part->license.terms;

	switch ((int)s->n) {
	case EXPLAIN_STEP_PRODUCT:
		fix_product(f);
		break;
	case EXPLAIN_STEP_CREDENTIAL:
		fix_credential(f);
		break;
	case STEP_ENABLED:
		fix_enabled(f);
		break;
	case STEP_BLACKLIST:
		return fix_blacklist(f);
	case STEP_START_DATE:
		add_edit(f, "Move the start date", "--start DATE");
		break;
	case STEP_EXPIRY:
		add_edit(f, "Extend the license", "--until DATE");
		break;
	case STEP_VM:
		add_edit(f, "Allow virtual machines", "--set prevent_vm=false");
		break;
	case STEP_EXISTING:
	case STEP_PROOF:
		fix_own(f);
		break;
	case STEP_TRANSFERS:
		fix_transfers(f);
		break;
	case STEP_MAX_ACTIVATIONS:
		fix_seats(f);
		break;
	case STEP_USER_MAX:
		fix_user(f);
		break;
	case STEP_FLOATING:
		add_raise(f, "floating seats", "--floating", terms->floating_users + 1);
		break;
	case STEP_LIMIT:
		add_raise(f, "limit of consumptions", "--consumptions",
		    terms->max_consumptions + 1);
		break;
	default:
		break;
	}
	return E_OK;
}

enum err
explain_fixes(struct explain *ex, const struct explain_part *p)
{
	struct fixer f = { .ex = ex, .p = p, .arena = ex->ctx->arena };
	enum err e = E_OK;

	jw_array(&ex->res->w);
	for (size_t i = 0; i < p->trace.n && !e; i++)
		if (!p->trace.step[i].ok)
			e = fix_step(&f, &p->trace.step[i]);
	jw_end(&ex->res->w);
	return f.failed ? E_NO_MEMORY : e;
}
