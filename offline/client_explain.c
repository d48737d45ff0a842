#include <sodium.h>
#include <stdio.h>

#include "base/clock.h"
#include "keys/key.h"
#include "offline/client.h"

struct text {
	const char *name, *what, *next;
};

#define ROW(err, what, next) [LICET_##err] = { "LICET_" #err, what, next }

/* clang-format off */
static const struct text texts[] = {
	ROW(OK, "All is well", ""),
	ROW(E_ARGUMENT, "The program called the library wrongly", "Tell the maker of the program"),
	ROW(E_MEMORY, "Out of memory", "Close other programs and try again"),
	ROW(E_IO, "The directory of the license cannot be read or written",
		"Look at free disk space and the rights of the directory"),
	ROW(E_NOT_PRIVATE, "Others may read the directory of the license or its key",
		"chmod 0700 the directory and 0600 the files in it; both must belong to the user of the program"),
	ROW(E_EXISTS, "There is a device key already", "Use it, or name another directory"),
	ROW(E_NO_KEY, "This machine has no device key yet", "Make one: licet offline keygen"),
	ROW(E_NOT_ACTIVATED, "No activation is installed", "Make a request, have it answered, install the answer"),
	ROW(E_FORMAT, "This is no object of Licet, or it was damaged on the way", "Carry it over again, whole"),
	ROW(E_SIGNATURE, "It was changed, or signed by a key that the vendor's root has not certified for it",
		"Carry it over again; if it stays so, ask the vendor for a new one"),
	ROW(E_CERTIFICATE, "The certificate of the key is not valid at this time",
		"Set the clock of this machine; if it is right, ask the vendor for a new activation or certificate"),
	ROW(E_TYPE, "Another kind of object is wanted here", "Take the file that the vendor's server answered with"),
	ROW(E_PRODUCT, "It was made for another product", "Take the answer to the request for this product"),
	ROW(E_DEVICE, "It was made for another machine", "Take the answer to a request that was made on this machine"),
	ROW(E_DEVICE_KEY, "It was made for another device key",
		"Make a new request in this directory and have it answered"),
	ROW(E_REQUEST, "It answers no request that waits here",
		"Take the answer to the latest request, or make a new one"),
	ROW(E_REVOKED, "The vendor has revoked it", "Ask the vendor; a new request may get a new activation"),
	ROW(E_DEACTIVATED, "This machine has given it up", "Make a new request to activate again"),
	ROW(E_SEQUENCE, "It is older than what was accepted before", "Take the latest one from the vendor"),
	ROW(E_NOT_YET, "Its time has not begun", "Wait, or set the clock of this machine"),
	ROW(E_LEASE, "The offline lease has ended", "Make a refresh request and have it answered"),
	ROW(E_EXPIRED, "The license has expired", "Renew it, then make a refresh request and have it answered"),
	ROW(E_CLOCK, "The clock of this machine is more than 24 hours behind the highest time seen",
		"Set the clock; if it once ran far ahead, start anew in another directory and ask the vendor to release this seat"),
	ROW(E_STATE, "The state of the license is missing, damaged, of another machine or put back",
		"Put the directory in its last state again, or start anew in another one and ask the vendor to release this seat"),
	ROW(E_BUSY, "Another process holds the directory of the license", "Try again in a moment"),
};
/* clang-format on */

static const struct text unknown = { "LICET_E_UNKNOWN", "Unknown error", "" };

static const struct text *
text_of(enum licet_err err)
{
	size_t n = (size_t)err;

	return n < ARRAY_LEN(texts) && texts[n].name ? &texts[n] : &unknown;
}

const char *
licet_err_name(enum licet_err err)
{
	return text_of(err)->name;
}

const char *
licet_err_text(enum licet_err err)
{
	return text_of(err)->what;
}

static void
put_time(struct buf *b, const char *label, int64_t t)
{
	char text[21];

	if (t == FIELD_NONE)
		return;
	if (t > CLOCK_MAX / CLOCK_SECOND || t < 0) {
		buf_printf(b, ". %s: %lld s", label, (long long)t);
		return;
	}
	clock_human(t * CLOCK_SECOND, text);
	buf_printf(b, ". %s: %s", label, text);
}

static void
put_pair(struct buf *b, const char *found, const char *wanted, const struct client_why *w)
{
	if (*w->found)
		buf_printf(b, ". %s: %s", found, w->found);
	if (*w->wanted)
		buf_printf(b, ". %s: %s", wanted, w->wanted);
}

static void
put_kid(struct buf *b, const struct client_why *w)
{
	char kid[KEY_KID_TEXT + 1];

	sodium_bin2hex(kid, sizeof(kid), w->kid, KEY_KID);
	buf_printf(b, ". Signing key: %s", kid);
}

static void
put_file(struct buf *b, const struct client_why *w)
{
	if (w->file)
		buf_printf(b, ". File: %s", w->file);
	if (w->file && w->what)
		buf_printf(b, " %s", w->what);
	else if (w->what)
		buf_printf(b, ": %s", w->what);
	if (w->cause && w->cause != E_KEY)
		buf_printf(b, " (%s)", err_info(w->cause)->message);
}

static void
put_serial(struct buf *b, const struct client_why *w)
{
	if (w->serial)
		buf_printf(b, ". Serial: %llu", (unsigned long long)w->serial);
}

static void
put_revoked(struct buf *b, const struct licet *l)
{
	char digest[2 * CLAIMS_DIGEST + 1];

	put_serial(b, &l->why);
	put_kid(b, &l->why);
	sodium_bin2hex(digest, sizeof(digest), l->device, CLAIMS_DIGEST);
	buf_printf(b, ". Device: %s. Revoked: the %s, by list %lld", digest, l->why.what,
	    (long long)l->why.held);
}

static void
put_times(struct buf *b, const struct client_why *w, const char *label)
{
	put_serial(b, w);
	put_time(b, label, w->instant);
	put_time(b, "Clock", w->clock);
	put_time(b, "Highest time seen", w->highest);
}

static void
put_evidence(struct buf *b, const struct licet *l)
{
	const struct client_why *w = &l->why;

	switch (w->err) {
	case LICET_E_CERTIFICATE:
		put_kid(b, w);
		put_file(b, w);
		put_time(b, "Time", w->instant);
		break;
	case LICET_E_SIGNATURE:
		put_kid(b, w);
		put_file(b, w);
		break;
	case LICET_E_TYPE:
		put_pair(b, "This is a", "Wanted", w);
		break;
	case LICET_E_PRODUCT:
		put_pair(b, "Its product", "This program", w);
		break;
	case LICET_E_DEVICE:
		put_pair(
		    b, "Its hardware id has the digest", "This machine's hardware id", w);
		break;
	case LICET_E_DEVICE_KEY:
		put_pair(b, "Its device key", "This machine's", w);
		break;
	case LICET_E_REQUEST:
		put_pair(b, "Request", "Waiting here", w);
		put_file(b, w);
		put_serial(b, w);
		break;
	case LICET_E_REVOKED:
		put_revoked(b, l);
		break;
	case LICET_E_DEACTIVATED:
		put_serial(b, w);
		buf_str(b, w->what ? ". The vendor has confirmed it"
				   : ". Hand the proof in: licet offline deactivate");
		break;
	case LICET_E_SEQUENCE:
		put_serial(b, w);
		buf_printf(b, ". Its sequence: %lld. Accepted before: %lld",
		    (long long)w->got, (long long)w->held);
		break;
	case LICET_E_NOT_YET:
		put_times(b, w, "Begins");
		break;
	case LICET_E_LEASE:
		put_times(b, w, "Lease until");
		break;
	case LICET_E_EXPIRED:
		put_times(b, w, "Valid until");
		break;
	case LICET_E_CLOCK:
		put_times(b, w, "Time");
		break;
	case LICET_E_NOT_ACTIVATED:
		if (w->file)
			buf_printf(b, ". %s of serial %llu is missing; install it again",
			    w->file, (unsigned long long)w->serial);
		break;
	case LICET_OK:
		break;
	default:
		put_file(b, w);
	}
}

const char *
licet_explain(const struct licet *l, char *text, size_t size)
{
	char room[LICET_EXPLAIN_MAX];
	struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
	enum licet_err err = l ? l->why.err : LICET_E_MEMORY;
	struct slice all;

	if (!text || size == 0)
		return "";
	buf_printf(&b, "%s: %s", licet_err_name(err), text_of(err)->what);
	if (l)
		put_evidence(&b, l);
	buf_printf(&b, ". %s", text_of(err)->next);
	all = slice_trim(slice_clip(buf_slice(&b), size - 1));
	memcpy(text, all.p, all.n);
	text[all.n] = '\0';
	return text;
}
