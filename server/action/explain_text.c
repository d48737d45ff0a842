#include "server/action/explain.h"

#include "base/clock.h"
#include "server/policy/lease.h"

#define NAMED_MAX 5

/* Rules whose words need no numbers. */
static const struct words {
	int n;
	const char *ok, *no;
} words[] = {
	{ EXPLAIN_STEP_PRODUCT, "Product is not archived", "Product is archived" },
	{ EXPLAIN_STEP_CREDENTIAL, "License is assigned to the user",
	    "License is not assigned to this user, or the user is not active" },
	{ STEP_ENABLED, "License is enabled", "License is disabled" },
	{ STEP_BLACKLIST, "Device is not blacklisted", "Device is blacklisted" },
	{ STEP_VM, "Machine is no virtual one, or those are allowed",
	    "License does not allow virtual machines" },
	{ STEP_OFFLINE, "Offline activation is allowed",
	    "License does not allow offline activation" },
	{ STEP_TYPE, "License is of type consumption",
	    "License is not of type consumption" },
	{ STEP_PROOF, "No proof of the device key is needed, or it is there",
	    "Machine may still run on its offline token: its device key is needed" },
	{ STEP_SIGN, "Amount is not negative, or that is allowed",
	    "License takes no negative consumption" },
};

static void
add_day(struct buf *b, int64_t t)
{
	char day[11];

	clock_date(t, day);
	buf_str(b, day);
}

static void
add_last_seen(struct buf *b, const struct explain *ex, const struct activation *a)
{
	int64_t days;

	if (a->last_seen_at == FIELD_NONE) {
		buf_str(b, a->state == AS_RESERVED ? ", reserved" : ", never seen");
		return;
	}
	days = (ex->then.now - a->last_seen_at) / CLOCK_DAY;
	if (days <= 0)
		buf_str(b, ", last seen today");
	else
		buf_printf(b, ", last seen %lld day%s ago", (long long)days,
		    days == 1 ? "" : "s");
}

static void
add_holders(struct buf *b, const struct explain *ex, const struct explain_part *p)
{
	size_t shown = p->n_holders < NAMED_MAX ? p->n_holders : NAMED_MAX;

	for (size_t i = 0; i < shown; i++) {
		const struct explain_holder *h = &p->holder[i];

		buf_str(b, i ? ", " : ": ");
		buf_slice_add(b, h->hardware_id);
		if (p->n_holders == 1)
			add_last_seen(b, ex, &h->activation);
	}
	if (p->part->license.seats_used > (int64_t)shown)
		buf_printf(b, " and %lld more",
		    (long long)(p->part->license.seats_used - (int64_t)shown));
}

static void
say_limits(struct buf *b, const struct explain *ex, const struct explain_part *p,
    const struct trace_step *s)
{
	long long value = s->value, limit = s->limit;

	switch ((int)s->n) {
	case STEP_TRANSFERS:
		if (limit == 0)
			buf_printf(b, "%lld transfers made, no limit", value);
		else if (limit < 0)
			buf_str(b, "License takes no transfers: a seat once used stays "
				   "with its device");
		else
			buf_printf(b, "%lld of %lld transfers made", value, limit);
		break;
	case STEP_MAX_ACTIVATIONS:
		buf_printf(b, "%lld of %lld activations in use", value, limit);
		add_holders(b, ex, p);
		break;
	case STEP_USER_MAX:
		if (s->limit == FIELD_NONE)
			buf_printf(
			    b, "%lld activations of the user, no own limit", value);
		else
			buf_printf(b, "%lld of %lld activations of the user in use",
			    value, limit);
		break;
	case STEP_FLOATING:
		buf_printf(b, "%lld of %lld floating seats in force", value, limit);
		break;
	default:
		if (s->limit == FIELD_NONE)
			buf_printf(b, "%lld consumed after this call, no limit", value);
		else
			buf_printf(
			    b, "%lld consumed after this call, limit %lld", value, limit);
	}
}

static void
say_dates(struct buf *b, const struct trace_step *s)
{
	if (s->limit == FIELD_NONE) {
		buf_str(b, s->n == STEP_EXPIRY ? "License does not expire"
					       : "License has no start date");
		return;
	}
	if (s->n == STEP_EXPIRY)
		buf_str(b, s->ok ? "License is valid until " : "License expired on ");
	else
		buf_str(b, s->ok ? "License started on " : "License starts on ");
	add_day(b, s->limit);
}

static void
say_existing(struct buf *b, const struct explain *ex, const struct explain_part *p,
    const struct trace_step *s)
{
	const struct activation *a = &p->part->activation;

	if (s->ok)
		buf_str(b, "Device is active already and may go on");
	else if (a->user_id != FIELD_NONE && ex->l.user.o.id &&
		 a->user_id != ex->l.user.o.id)
		buf_str(b, "Device is active for another user");
	else if (a->cloned)
		buf_str(b, "Device is active and marked as cloned: two machines use one "
			   "hardware_id");
	else if (a->device_key.n && !slice_equal(a->device_key, ex->call.device_key))
		buf_str(b, "Device is active with another device key: two machines may "
			   "use one hardware_id");
	else
		buf_str(b, "Device is active, and the license rejects reactivation");
}

static void
say_device(struct buf *b, const struct explain_part *p, const struct trace_step *s)
{
	const struct part *part = p->part;

	if (s->ok)
		buf_str(b, "License is active on this device");
	else if (part->license.times_activated == 0)
		buf_str(b, "License is active on no device");
	else if (!part->has_activation)
		buf_str(b, "License was never activated on this device");
	else if (s->code == E_DEVICE_NOT_FOUND)
		buf_str(b, "License is active on this device for another user");
	else if (part->activation.revoked_at != FIELD_NONE)
		buf_str(b, "Activation of this device was revoked");
	else
		buf_str(b, "License is not active on this device any more");
}

struct slice
explain_text(
    const struct explain *ex, const struct explain_part *p, const struct trace_step *s)
{
	struct buf b = BUF_INIT(ex->ctx->arena);

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].n == (int)s->n)
			return slice_str(s->ok ? words[i].ok : words[i].no);
	switch ((int)s->n) {
	case STEP_START_DATE:
	case STEP_EXPIRY:
		say_dates(&b, s);
		break;
	case STEP_EXISTING:
		say_existing(&b, ex, p, s);
		break;
	case STEP_DEVICE:
		say_device(&b, p, s);
		break;
	default:
		say_limits(&b, ex, p, s);
	}
	return buf_ok(&b) ? buf_slice(&b) : slice_of(NULL, 1);
}
