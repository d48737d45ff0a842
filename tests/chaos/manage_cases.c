#include "tests/chaos/rig.h"

/* A call without a body, one with it, and one behind another call. */
#define PLAIN(name, at)                                                                  \
	{                                                                                \
		.route = name, .call = { at, NULL }                                      \
	}
#define CASE(name, at, json)                                                             \
	{                                                                                \
		.route = name, .call = { at, json }                                      \
	}
#define AFTER(name, at, json, first, first_json)                                         \
	{                                                                                \
		.route = name, .call = { at, json }, .before = { { first, first_json } } \
	}
#define REASON "{\"reason\":\"a test\"}"
#define U_USER "{\"email\":\"u@x.example\"}"
#define V_USER "{\"email\":\"v@x.example\"}"
#define BLOCK "{\"hardware_id\":\"hw-9\",\"scope\":\"vendor\",\"reason\":\"a test\"}"
#define POLICY "{\"product\":\"editor\",\"code\":\"p1\"}"

static const struct chaos_case cases[] = {
	/* accounts */
	PLAIN("GET accounts/", "GET accounts/"),
	{ .route = "GET accounts/me/",
	    .call = { "GET accounts/me/", NULL },
	    .with_token = true },
	PLAIN("GET accounts/{id}/", "GET accounts/1/"),
	PLAIN("GET tokens/", "GET tokens/"),
	CASE("POST tokens/", "POST tokens/",
	    "{\"name\":\"t\",\"account\":\"owner@acme.example\",\"permissions\":"
	    "[\"audit.read\"]}"),
	PLAIN("GET tokens/{id}/", "GET tokens/1/"),
	PLAIN("POST tokens/{id}/revoke/", "POST tokens/1/revoke/"),
	PLAIN("GET api-keys/", "GET api-keys/"),
	CASE("POST api-keys/", "POST api-keys/", "{\"name\":\"second\"}"),
	PLAIN("GET api-keys/{id}/", "GET api-keys/1/"),
	CASE("PATCH api-keys/{id}/", "PATCH api-keys/1/", "{\"name\":\"other\"}"),
	CASE("POST api-keys/{id}/revoke/", "POST api-keys/1/revoke/", REASON),
	PLAIN("GET vendor/", "GET vendor/"),
	CASE("PATCH vendor/", "PATCH vendor/", "{\"name\":\"Other\"}"),
	PLAIN("GET status/", "GET status/"),

/* keys; 1 is the issuing key, 2 the box key */
#define KEYS(name, at, json, more)                                                       \
	{                                                                                \
		.route = name, .call = { at, json }, .keys = true, more                  \
	}
#define ROTATED(which) .before = { { "POST keys/rotate/", "{\"use\":\"" which "\"}" } }
	KEYS("GET keys/", "GET keys/?state=active", NULL, ),
	KEYS("POST keys/rotate/", "POST keys/rotate/", "{\"use\":\"issuing\"}", ),
	KEYS(
	    "POST keys/rotate/", "POST keys/rotate/?dry_run=true", "{\"use\":\"box\"}", ),
	KEYS("GET keys/{kid}/", "GET keys/1_KID/", NULL, ),
	KEYS("GET keys/{kid}/certificate/", "GET keys/1_KID/certificate/", NULL, ),
	KEYS("PUT keys/{kid}/certificate/", "PUT keys/2_KID/certificate/", "2_CERT",
	    .headers = "Content-Type: text/plain\n"),
	KEYS(
	    "POST keys/{kid}/retire/", "POST keys/2_KID/retire/", REASON, ROTATED("box")),
	KEYS("POST keys/{kid}/revoke/", "POST keys/1_KID/revoke/", REASON,
	    ROTATED("issuing")),

	/* catalogue */
	{ .route = "GET products/",
	    .call = { "GET products/?product_name__in=Editor,Render&order_by=short_code",
		NULL },
	    .with_token = true },
	{ .route = "POST products/",
	    .call = { "POST products/",
		"{\"product_name\":\"P\",\"short_code\":\"pad\",\"odd\":1,\"policy\":"
		"{\"max_activations\":2}}" },
	    .headers = "Idempotency-Key: once\n" },
	PLAIN("GET products/{id}/", "GET products/1/"),
	CASE("PATCH products/{id}/", "PATCH products/1/", "{\"product_name\":\"F\"}"),
	CASE("PATCH products/{id}/", "PATCH products/1/?dry_run=true",
	    "{\"product_name\":\"F\"}"),
	AFTER("DELETE products/{id}/", "DELETE products/5/", NULL, "POST products/",
	    "{\"product_name\":\"P\",\"short_code\":\"pad\"}"),
	PLAIN("POST products/{id}/archive/", "POST products/1/archive/"),
	AFTER("POST products/{id}/unarchive/", "POST products/1/unarchive/", NULL,
	    "POST products/1/archive/", NULL),
	PLAIN("GET products/{id}/bundle/", "GET products/4/bundle/"),
	PLAIN("GET products/{id}/in_bundle/", "GET products/1/in_bundle/"),

#define POLICY_CASES(name)                                                               \
	PLAIN("GET " name "/", "GET " name "/?product=editor"),                          \
	    CASE("POST " name "/", "POST " name "/",                                     \
		"{\"product\":\"editor\",\"code\":\"p1\",\"is_default\":true,"           \
		"\"product_features\":[{\"code\":\"pages\"}]}"),                         \
	    PLAIN("GET " name "/{id}/", "GET " name "/1/"),                              \
	    CASE(                                                                        \
		"PATCH " name "/{id}/", "PATCH " name "/1/", "{\"max_activations\":5}"), \
	    AFTER("DELETE " name "/{id}/", "DELETE " name "/5/", NULL, "POST " name "/", \
		POLICY),                                                                 \
	    AFTER("POST " name "/{id}/archive/", "POST " name "/5/archive/", NULL,       \
		"POST " name "/", POLICY),                                               \
	{                                                                                \
		.route = "POST " name "/{id}/unarchive/",                                \
		.call = { "POST " name "/5/unarchive/", NULL }, .before = {              \
			{ "POST " name "/", POLICY },                                    \
			{ "POST " name "/5/archive/", NULL }                             \
		}                                                                        \
	}
	POLICY_CASES("policies"),
	POLICY_CASES("license-templates"),

	PLAIN("GET product-features/", "GET product-features/"),
	CASE("POST product-features/", "POST product-features/",
	    "{\"product\":\"render\",\"code\":\"pdf\",\"name\":\"PDF\"}"),
	PLAIN("GET product-features/{id}/", "GET product-features/1/"),
	CASE("PATCH product-features/{id}/", "PATCH product-features/1/",
	    "{\"name\":\"Pro 2\"}"),
	AFTER("DELETE product-features/{id}/", "DELETE product-features/3/", NULL,
	    "POST product-features/", "{\"product\":\"render\",\"code\":\"pdf\"}"),
	PLAIN("POST product-features/{id}/archive/", "POST product-features/1/archive/"),
	AFTER("POST product-features/{id}/unarchive/",
	    "POST product-features/1/unarchive/", NULL,
	    "POST product-features/1/archive/", NULL),

	/* customers and users */
	PLAIN("GET customers/", "GET customers/?email=lab@client.example"),
	CASE("POST customers/", "POST customers/",
	    "{\"email\":\"new@client.example\",\"customer_account\":\"cl\"}"),
	PLAIN("GET customers/{id}/", "GET customers/1/"),
	CASE("PATCH customers/{id}/", "PATCH customers/1/", "{\"city\":\"Graz\"}"),
	AFTER("DELETE customers/{id}/", "DELETE customers/2/", NULL, "POST customers/",
	    "{\"email\":\"new@client.example\"}"),
	AFTER("POST customers/{id}/merge/", "POST customers/1/merge/",
	    "{\"into\":\"new@client.example\"}", "POST customers/",
	    "{\"email\":\"new@client.example\"}"),
	PLAIN("GET customer-accounts/", "GET customer-accounts/"),
	CASE("POST customer-accounts/", "POST customer-accounts/",
	    "{\"name\":\"A\",\"code\":\"a\"}"),
	PLAIN("GET customer-accounts/{id}/", "GET customer-accounts/1/"),
	CASE("PATCH customer-accounts/{id}/", "PATCH customer-accounts/1/",
	    "{\"name\":\"B\"}"),
	PLAIN("DELETE customer-accounts/{id}/", "DELETE customer-accounts/1/"),
	PLAIN("GET license-users/", "GET license-users/"),
	{ .route = "POST license-users/",
	    .call = { "POST license-users/",
		"{\"email\":\"w@x.example\",\"password\":\"long enough\"}" },
	    .hashes = true },
	PLAIN("GET license-users/{id}/", "GET license-users/1/"),
	CASE("PATCH license-users/{id}/", "PATCH license-users/1/",
	    "{\"is_active\":false}"),
	PLAIN("DELETE license-users/{id}/", "DELETE license-users/2/"),
	{ .route = "POST license-users/{id}/set_password/",
	    .call = { "POST license-users/1/set_password/", NULL },
	    .hashes = true },
	{ .route = "POST license-users/set_password/",
	    .call = { "POST license-users/set_password/?email=u@x.example",
		"{\"password\":\"chosen one\",\"is_initial\":true}" },
	    .hashes = true },

	/* orders */
	PLAIN("GET orders/", "GET orders/?customer=lab@client.example"),
	PLAIN("GET orders/generate_license/",
	    "GET orders/generate_license/?product=editor&quantity=3"),
	CASE("POST orders/create_order/", "POST orders/create_order/",
	    "{\"id\":\"so-1\",\"customer\":{\"email\":\"new@client.example\"},"
	    "\"metadata\":{\"a\":1},\"items\":[{\"product_code\":\"editor\","
	    "\"licenses\":[{\"key\":\"MY-KEY\",\"product_features\":"
	    "[{\"code\":\"pages\"}]}]}]}"),
	CASE("POST orders/create_order/", "POST orders/create_order/",
	    "{\"is_bundle\":true,\"items\":[{\"product_code\":\"studio\"}]}"),
	PLAIN("GET orders/{id}/", "GET orders/1/"),
	CASE("PATCH orders/{id}/", "PATCH orders/1/", "{\"note\":\"n\"}"),
	PLAIN("DELETE orders/{id}/", "DELETE orders/5/"),

	/* licenses */
	PLAIN("GET licenses/", "GET licenses/?product=editor&order_by=-id"),
	CASE("POST licenses/", "POST licenses/", "{\"product\":\"studio\"}"),
	PLAIN("GET licenses/check_license/",
	    "GET licenses/check_license/?product=editor&license_key=1_KEY"
	    "&hardware_id=hw-1"),
	CASE("PATCH licenses/bulk_update/", "PATCH licenses/bulk_update/",
	    "[{\"id\":1,\"note\":\"a\"},{\"id\":2,\"note\":\"b\"}]"),
	CASE("POST licenses/disable_bulk/", "POST licenses/disable_bulk/",
	    "{\"ids\":[1,2]}"),
	PLAIN("GET licenses/{id}/", "GET licenses/1/"),
	CASE("PATCH licenses/{id}/", "PATCH licenses/1/",
	    "{\"note\":\"x\",\"max_activations\":9}"),
	PLAIN("DELETE licenses/{id}/", "DELETE licenses/2/"),
	PLAIN("GET licenses/{id}/devices/", "GET licenses/1/devices/"),
	PLAIN("GET licenses/{id}/history/", "GET licenses/1/history/"),
	PLAIN("GET licenses/{id}/explain/", "GET licenses/1/explain/?hardware_id=hw-2"),
	AFTER("GET licenses/{id}/explain/", "GET licenses/1/explain/?hardware_id=hw-2",
	    NULL, "POST licenses/1/disable/", NULL),
	AFTER("POST licenses/{id}/enable/", "POST licenses/4/enable/", "{\"set\":true}",
	    "POST licenses/4/disable/", "{\"set\":true}"),
	CASE("POST licenses/{id}/disable/", "POST licenses/4/disable/", "{\"set\":true}"),
	PLAIN("POST licenses/{id}/reset/", "POST licenses/1/reset/"),
	CASE("POST licenses/{id}/update_features/", "POST licenses/1/update_features/",
	    "{\"features\":[{\"code\":\"pro\",\"remove\":true},{\"code\":\"pages\","
	    "\"max_consumption\":20}]}"),
	CASE("POST licenses/{id}/assign_user/", "POST licenses/3/assign_user/", V_USER),
	CASE("POST licenses/{id}/assign_users/", "POST licenses/3/assign_users/",
	    "{\"users\":[{\"email\":\"v@x.example\",\"max_activations\":2}]}"),
	CASE("POST licenses/{id}/unassign_user/", "POST licenses/3/unassign_user/",
	    U_USER),
	CASE("POST licenses/{id}/set_users_activations/",
	    "POST licenses/3/set_users_activations/",
	    "{\"users\":[{\"email\":\"u@x.example\",\"max_activations\":7}]}"),
	CASE("POST licenses/{id}/transfer/", "POST licenses/1/transfer/",
	    "{\"from_device\":1,\"to_hardware_id\":\"hw-9\",\"reason\":\"a test\"}"),
	CASE("POST licenses/{id}/replace_key/", "POST licenses/4/replace_key/", REASON),
	PLAIN("POST licenses/{id}/reveal_key/", "POST licenses/1/reveal_key/"),

	/* devices */
	PLAIN("GET devices/", "GET devices/?hardware_id=hw-1"),
	PLAIN("GET devices/{id}/", "GET devices/1/"),
	AFTER("DELETE devices/{id}/", "DELETE devices/1/", NULL,
	    "POST devices/1/release/", REASON),
	PLAIN("POST devices/{id}/reset/", "POST devices/1/reset/"),
	CASE("POST devices/{id}/release/", "POST devices/1/release/", REASON),
	CASE("POST devices/{id}/revoke/", "POST devices/1/revoke/",
	    "{\"reason\":\"a test\",\"blacklist\":\"vendor\"}"),
	PLAIN("POST devices/{id}/blacklist/", "POST devices/1/blacklist/"),
	AFTER("POST devices/{id}/unblacklist/", "POST devices/1/unblacklist/", NULL,
	    "POST devices/1/blacklist/", NULL),
	PLAIN("GET blacklist/", "GET blacklist/"),
	CASE("POST blacklist/", "POST blacklist/",
	    "{\"hardware_id\":\"hw-1\",\"scope\":\"vendor\",\"release\":true,"
	    "\"reason\":\"a test\"}"),
	AFTER("GET blacklist/{id}/", "GET blacklist/1/", NULL, "POST blacklist/", BLOCK),
	AFTER("DELETE blacklist/{id}/", "DELETE blacklist/1/?reason=a+test", NULL,
	    "POST blacklist/", BLOCK),

/* offline */
#define ANSWER                                                                           \
	{                                                                                \
		"POST offline/answer/", CHAOS_REQUEST                                    \
	}
#define OFFLINE(name, at, json, ...)                                                     \
	{                                                                                \
		.route = name, .call = { at, json }, .keys = true, .before = {           \
			__VA_ARGS__                                                      \
		}                                                                        \
	}
	OFFLINE("GET offline/activations/", "GET offline/activations/?hardware_id=hw-9",
	    NULL, ANSWER),
	OFFLINE(
	    "GET offline/activations/{id}/", "GET offline/activations/2/", NULL, ANSWER),
	OFFLINE("GET offline/activations/{id}/file/", "GET offline/activations/2/file/",
	    NULL, ANSWER),
	OFFLINE("POST offline/activations/{id}/revoke/",
	    "POST offline/activations/2/revoke/", REASON, ANSWER),
	OFFLINE("POST offline/activations/{id}/force_release/",
	    "POST offline/activations/2/force_release/", REASON, ANSWER),
	OFFLINE("GET offline/revocations/", "GET offline/revocations/", NULL, ANSWER,
	    { "POST offline/activations/2/revoke/", REASON }),
	OFFLINE("POST offline/answer/", "POST offline/answer/", CHAOS_REQUEST, { NULL }),
	OFFLINE(
	    "POST offline/deactivate/", "POST offline/deactivate/", CHAOS_PROOF, ANSWER),

	/* reports */
	PLAIN("GET audit/", "GET audit/?object_type=license&order_by=-seq&limit=3"),
	PLAIN("GET audit/verify/", "GET audit/verify/"),
	OFFLINE("POST audit/verify/", "POST audit/verify/", CHAOS_CHECKPOINT,
	    { "POST audit/checkpoints/", NULL }),
	OFFLINE("GET audit/verify/", "GET audit/verify/", NULL,
	    { "POST audit/checkpoints/", NULL }),
	OFFLINE("GET audit/checkpoints/", "GET audit/checkpoints/", NULL,
	    { "POST audit/checkpoints/", NULL }),
	OFFLINE("POST audit/checkpoints/", "POST audit/checkpoints/", NULL, { NULL }),
	OFFLINE("GET audit/export/", "GET audit/export/", NULL, { NULL }),
	PLAIN("GET audit/{id}/", "GET audit/1/"),
	PLAIN("GET stats/", "GET stats/"),
	PLAIN("GET stats/series/", "GET stats/series/?metric=refusals&by=day"),
	PLAIN("GET stats/expiring/", "GET stats/expiring/"),
	PLAIN("GET stats/top/", "GET stats/top/?metric=refusals&limit=1"),
	PLAIN("GET check/", "GET check/"),
};

const struct chaos_cases chaos_manage_cases = { cases, ARRAY_LEN(cases) };
