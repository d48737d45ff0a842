#include "tests/chaos/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "server/api/hmac.h"

const char *
chaos_file(
    struct arena *a, const char *api_key, const char *shared_key, const char *fields)
{
	unsigned char mac[SHA256_LEN];
	struct buf out = BUF_INIT(a);
	char date[CLOCK_ISO_LEN + 1], *request;

	clock_iso(clock_now(), date);
	request = arena_printf(a,
	    "{\"request_id\":\"r-1\",\"api_key\":\"%s\",\"date\":\"%s\",%s", api_key,
	    date, fields + 1);
	assert_non_null(request);
	assert_int_equal(
	    hmac_sha256(slice_str(shared_key), slice_str(request), mac), E_OK);
	buf_printf(&out, "{\"request\":%s,\"signature\":\"", request);
	buf_base64(&out, mac, sizeof(mac));
	buf_str(&out, "\"}");
	buf_char(&out, '\0');
	assert_int_equal(buf_finish(&out), E_OK);
	return out.p;
}
