/*
 * Addresses and networks as an administrator and a proxy write them: first line an
 * address or network that is trusted, second line X-Forwarded-For.
 */
#include "tests/fuzz/target.h"

#include <string.h>

#include "server/http/peer.h"

static void
check_address(struct slice text)
{
	struct peer_address a, again;
	char shown[64];

	if (!peer_parse(text, &a))
		return;
	peer_text(&a, shown);
	FUZZ_CHECK(peer_parse(slice_str(shown), &again));
	FUZZ_CHECK(memcmp(&a, &again, sizeof(a)) == 0);
	FUZZ_CHECK(peer_key(&a).n == 16 || peer_key(&a).n == 8);
}

static bool
check_net(struct slice text, struct peer_net *net)
{
	struct peer_net all;

	if (!peer_net_parse(text, net))
		return false;
	FUZZ_CHECK(net->bits >= 0 && net->bits <= 128);
	FUZZ_CHECK(peer_is_in(&net->address, net, 1));
	FUZZ_CHECK(peer_net_parse(SLICE("::/0"), &all));
	FUZZ_CHECK(peer_is_in(&net->address, &all, 1));
	return true;
}

/* Who is not trusted cannot say that he is someone else. */
static void
check_client(struct slice hops, const struct peer_net *net)
{
	struct header header = { SLICE("X-Forwarded-For"), hops };
	struct request request = { .headers = &header, .n_headers = 1 };
	struct peer_address stranger, found;

	FUZZ_CHECK(peer_parse(SLICE("203.0.113.9"), &stranger));
	found = peer_client(&request, &stranger, net, 1);
	if (!peer_is_in(&stranger, net, 1))
		FUZZ_CHECK(memcmp(&found, &stranger, sizeof(found)) == 0);
	found = peer_client(&request, &net->address, net, 1);
	if (hops.n == 0)
		FUZZ_CHECK(memcmp(&found, &net->address, sizeof(found)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice hops = fuzz_slice(data, size), first = slice_cut(&hops, '\n');
	struct peer_net net;

	check_address(first);
	if (check_net(first, &net))
		check_client(slice_cut(&hops, '\n'), &net);
	return 0;
}
