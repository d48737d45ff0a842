#include "server/http/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool
is_mapped(const struct peer_address *a)
{
	return memcmp(a->byte, mapped, sizeof(mapped)) == 0;
}

static void
set_v4(struct peer_address *out, const void *v4)
{
	memcpy(out->byte, mapped, sizeof(mapped));
	memcpy(out->byte + sizeof(mapped), v4, 4);
}

bool
peer_from_socket(const struct sockaddr_storage *from, struct peer_address *out)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (from->ss_family == AF_INET) {
		memcpy(&v4, from, sizeof(v4));
		set_v4(out, &v4.sin_addr);
	} else if (from->ss_family == AF_INET6) {
		memcpy(&v6, from, sizeof(v6));
		memcpy(out->byte, &v6.sin6_addr, sizeof(out->byte));
	} else {
		return false;
	}
	return true;
}

bool
peer_parse(struct slice text, struct peer_address *out)
{
	char copy[INET6_ADDRSTRLEN];
	unsigned char v4[4];

	if (text.n == 0 || text.n >= sizeof(copy) || memchr(text.p, '\0', text.n))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(AF_INET, copy, v4) == 1) {
		set_v4(out, v4);
		return true;
	}
	return inet_pton(AF_INET6, copy, out->byte) == 1;
}

void
peer_text(const struct peer_address *a, char out[static 64])
{
	bool v4 = is_mapped(a);
	const void *from = v4 ? a->byte + sizeof(mapped) : a->byte;

	if (inet_ntop(v4 ? AF_INET : AF_INET6, from, out, 64) == NULL)
		out[0] = '\0';
}

bool
peer_net_parse(struct slice text, struct peer_net *out)
{
	int64_t bits;
	struct slice address = slice_cut(&text, '/');

	if (!peer_parse(address, &out->address))
		return false;
	int most = is_mapped(&out->address) && slice_find(address, ':') < 0 ? 32 : 128;
	if (text.p == NULL)
		bits = most;
	else if (!slice_to_int(text, &bits) || bits < 0 || bits > most)
		return false;
	out->bits = (int)bits + 128 - most;
	return true;
}

static bool
is_in_net(const struct peer_address *a, const struct peer_net *net)
{
	size_t whole = (size_t)net->bits / 8;
	int rest = net->bits % 8;

	if (memcmp(a->byte, net->address.byte, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	unsigned char mask = (unsigned char)(0xff << (8 - rest));
	return ((a->byte[whole] ^ net->address.byte[whole]) & mask) == 0;
}

bool
peer_is_in(const struct peer_address *a, const struct peer_net *net, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_in_net(a, &net[i]))
			return true;
	return false;
}

struct slice
peer_key(const struct peer_address *a)
{
	return slice_of(a->byte, is_mapped(a) ? sizeof(a->byte) : 8);
}

/* Proxies write "1.2.3.4", "1.2.3.4:99", "2001:db8::1" or "[2001:db8::1]:99". */
static bool
parse_hop(struct slice hop, struct peer_address *out)
{
	hop = slice_trim(hop);
	if (hop.n > 0 && hop.p[0] == '[') {
		hop = slice_from(hop, 1);
		return slice_find(hop, ']') > 0 && peer_parse(slice_cut(&hop, ']'), out);
	}
	ptrdiff_t colon = slice_find(hop, ':');
	if (colon > 0 && slice_find(slice_from(hop, (size_t)colon + 1), ':') < 0)
		hop = slice_head(hop, (size_t)colon);
	return peer_parse(hop, out);
}

static struct slice
cut_last(struct slice *list)
{
	size_t at = list->n;

	while (at > 0 && list->p[at - 1] != ',')
		at--;
	struct slice last = slice_from(*list, at);
	*list = at > 0 ? slice_head(*list, at - 1) : SLICE_NULL;
	return last;
}

/* False when the search is at its end. */
static bool
walk(struct slice list, struct peer_address *at, const struct peer_net *trusted, size_t n)
{
	while (list.p != NULL) {
		struct peer_address hop;
		if (!parse_hop(cut_last(&list), &hop))
			return false;
		*at = hop;
		if (!peer_is_in(&hop, trusted, n))
			return false;
	}
	return true;
}

struct peer_address
peer_client(const struct request *req, const struct peer_address *peer,
    const struct peer_net *trusted, size_t n)
{
	struct peer_address at = *peer;

	if (!peer_is_in(peer, trusted, n))
		return at;
	for (size_t i = req->n_headers; i-- > 0;) {
		const struct header *h = &req->headers[i];
		if (slice_equal_fold(h->name, SLICE("X-Forwarded-For")) &&
		    !walk(h->value, &at, trusted, n))
			break;
	}
	return at;
}

uid_t
peer_user(int fd)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		return (uid_t)-1;
	return who.uid;
}
