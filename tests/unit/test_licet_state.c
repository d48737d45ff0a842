/* liblicet: a state that is missing, edited, from elsewhere or put back. */
#include "licet_rig.h"

#include "offline/client_state.h"

static struct licet *device;

static void
start(void)
{
	keygen();
	device = open_at(0);
	activate(device);
	assert_int_equal(licet_check(device, NULL), LICET_OK);
}

static void
refused(const char *evidence)
{
	struct licet_request r = { .size = sizeof(r), .license_key = "K" };
	char *text, why[LICET_EXPLAIN_MAX];

	assert_int_equal(licet_check(device, NULL), LICET_E_STATE);
	assert_non_null(strstr(licet_explain(device, why, sizeof(why)), evidence));
	assert_int_equal(licet_request_make(device, &r, &text), LICET_E_STATE);
	assert_int_equal(licet_deactivate(device, 0, &text), LICET_E_STATE);
}

static void
test_missing(void **state)
{
	struct slice kept;

	(void)state;
	start();
	kept = read_file("state");
	assert_int_equal(unlink(at("state")), 0);
	refused("File: state is missing");
	write_file("state", kept);
	assert_int_equal(licet_check(device, NULL), LICET_OK);
	kept = read_file("lock");
	assert_int_equal(unlink(at("lock")), 0);
	refused("File: lock is missing");
	write_file("lock", SLICE(""));
	refused("File: state does not fit the file lock");
	write_file("lock", kept);
	assert_int_equal(licet_check(device, NULL), LICET_OK);
	licet_close(device);
}

/* Without a state there is no fresh start, whatever else is thrown away. */
static void
test_missing_all(void **state)
{
	(void)state;
	start();
	assert_int_equal(unlink(at("state")), 0);
	assert_int_equal(unlink(at("lock")), 0);
	assert_int_equal(unlink(at("activation.lact")), 0);
	refused("File: lock is missing");
	assert_int_equal(
	    licet_keygen(dir, vendor.root.public_key, NULL, 0), LICET_E_EXISTS);
	licet_close(device);
}

static void
test_edited(void **state)
{
	struct slice kept;

	(void)state;
	start();
	kept = read_file("state");
	for (size_t i = 0; i < kept.n; i++) {
		((char *)(uintptr_t)kept.p)[i] ^= 1;
		write_file("state", kept);
		assert_int_equal(licet_check(device, NULL), LICET_E_STATE);
		((char *)(uintptr_t)kept.p)[i] ^= 1;
	}
	for (size_t n = 0; n < kept.n; n += 5) {
		write_file("state", slice_head(kept, n));
		assert_int_equal(licet_check(device, NULL), LICET_E_STATE);
	}
	write_file("state", kept);
	assert_int_equal(licet_check(device, NULL), LICET_OK);
	kept = read_file("lock");
	for (size_t i = 0; i < kept.n; i++) {
		((char *)(uintptr_t)kept.p)[i] ^= 1;
		write_file("lock", kept);
		assert_int_equal(licet_check(device, NULL), LICET_E_STATE);
		((char *)(uintptr_t)kept.p)[i] ^= 1;
	}
	licet_close(device);
}

/* An older state, alone and with the activation of then. */
static void
test_put_back(void **state)
{
	struct slice then, activation;
	char *proof;

	(void)state;
	start();
	then = read_file("state");
	/* To gain time. */
	assert_int_equal(check_at(T0 + 30 * DAY), LICET_OK);
	write_file("state", then);
	assert_int_equal(check_at(T0), LICET_E_STATE);
	licet_close(device);

	assert_int_equal(system(arena_printf(vendor.arena, "rm -rf '%s'/*", dir)), 0);
	start();
	then = read_file("state");
	activation = read_file("activation.lact");
	/* To get rid of a tombstone. */
	assert_int_equal(licet_deactivate(device, 0, &proof), LICET_OK);
	licet_free(proof);
	write_file("state", then);
	write_file("activation.lact", activation);
	refused("File: state is older than it was");
	licet_close(device);
}

/* The activation of before beside the present state. */
static void
test_old_activation(void **state)
{
	struct slice first, second;

	(void)state;
	start();
	first = read_file("activation.lact");
	second = vendor_answer(&vendor, request(device, true));
	assert_int_equal(licet_install(device, second.p, second.n, NULL), LICET_OK);
	write_file("activation.lact", first);
	assert_int_equal(licet_check(device, NULL), LICET_E_SEQUENCE);
	/* A later one that was not installed. */
	second = vendor_answer(&vendor, request(device, true));
	write_file("activation.lact", second);
	assert_int_equal(licet_check(device, NULL), LICET_E_STATE);
	licet_close(device);
}

/* The files of another machine, or one that has them all but its own key. */
static void
test_elsewhere(void **state)
{
	struct slice kept, key, lock;

	(void)state;
	start();
	kept = read_file("state");
	lock = read_file("lock");
	key = read_file("device.key");
	licet_close(device);
	assert_int_equal(system(arena_printf(vendor.arena, "rm -rf '%s'/*", dir)), 0);
	start();
	write_file("state", kept);
	assert_int_equal(licet_check(device, NULL), LICET_E_STATE);
	write_file("lock", lock);
	assert_int_equal(licet_check(device, NULL), LICET_E_STATE);
	licet_close(device);
	/* All of it copied to another machine: its hardware id is another one. */
	write_file("device.key", key);
	device = open_at(0);
	assert_int_equal(licet_check(device, NULL), LICET_E_DEVICE_KEY);
	licet_close(device);
}

static void
test_copied(void **state)
{
	struct licet_options o = { .size = sizeof(o), .dir = dir, .hardware_id = "pc-3" };

	(void)state;
	start();
	licet_close(device);
	assert_int_equal(licet_open(&device, &o), LICET_OK);
	assert_int_equal(licet_check(device, NULL), LICET_E_DEVICE);
	licet_close(device);
}

static void
test_damaged_key(void **state)
{
	struct licet_options o = { .size = sizeof(o), .dir = dir, .hardware_id = "pc-2" };
	struct slice key;

	(void)state;
	start();
	licet_close(device);
	key = read_file("device.key");
	write_file("device.key", slice_head(key, key.n - 1));
	assert_int_equal(licet_open(&device, &o), LICET_E_STATE);
	licet_close(device);
}

/* The time is written when an hour has passed, not before. */
static void
test_hourly(void **state)
{
	struct slice before;

	(void)state;
	start();
	before = read_file("state");
	assert_int_equal(check_at(T0 + HOUR - 1), LICET_OK);
	assert_true(slice_equal(before, read_file("state")));
	assert_int_equal(check_at(T0 + HOUR), LICET_OK);
	assert_false(slice_equal(before, read_file("state")));
	licet_close(device);
}

/* What was given up long ago stays given up; the file stays readable. */
static void
test_many(void **state)
{
	struct slice first = SLICE_NULL, a;
	char *proof;

	(void)state;
	keygen();
	device = open_at(0);
	for (int i = 0; i < 200; i++) {
		vendor.license.activation_id = 1000 + i;
		a = activate(device);
		if (i == 0)
			first = a;
		assert_int_equal(licet_deactivate(device, 0, &proof), LICET_OK);
		licet_free(proof);
	}
	assert_int_equal(licet_verify(device, first.p, first.n, NULL), LICET_E_REQUEST);
	assert_int_equal(licet_verify(device, a.p, a.n, NULL), LICET_E_DEACTIVATED);
	activate(device);
	assert_int_equal(licet_check(device, NULL), LICET_OK);
	licet_close(device);
}

/* The directory of a machine as version 0.1 has left it, in tests/golden: serial 1 given
 * up and revoked by list 3, serial 2 installed, a refresh waiting. */
#define GOLDEN_NOW INT64_C(1796050000)

static char *
golden(const char *name)
{
	const char *top = getenv("srcdir");
	struct slice text;

	assert_int_equal(file_read(vendor.arena,
			     arena_printf(vendor.arena, "%s/tests/golden/device-0.1/%s",
				 top ? top : ".", name),
			     1 << 20, &text),
	    E_OK);
	write_file(name, text);
	return arena_str(vendor.arena, text);
}

static void
test_golden(void **state)
{
	static const char *const names[] = { "device.key", "root.pem", "box.lkey", "lock",
		"state", "activation.lact", "revocations.lrev" };
	struct licet_status s = { .size = sizeof(s) };
	char *old = golden("1.lact"), *request = golden("3.lreq"), *proof;
	struct slice answer;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		golden(names[i]);
	device = open_at(GOLDEN_NOW);
	assert_int_equal(licet_check(device, &s), LICET_OK);
	assert_int_equal(s.serial, 2);
	assert_int_equal(licet_verify(device, old, strlen(old), NULL), LICET_E_REVOKED);
	vendor.serial = 2;
	vendor.sequence = 2;
	answer = vendor_answer(&vendor, request);
	assert_int_equal(licet_install(device, answer.p, answer.n, NULL), LICET_OK);
	assert_int_equal(licet_deactivate(device, 0, &proof), LICET_OK);
	licet_free(proof);
	licet_close(device);
}

static void
test_full(void **state)
{
	static struct client_state s, t;
	unsigned char key[STATE_KEY] = { 1 };
	struct buf b = BUF_INIT(vendor.arena);
	struct state_tombstone grave = { .payload = SLICE("payload") };

	(void)state;
	s.generation = 7;
	s.highest = T0;
	s.pending = s.activation.held = s.revocations.held = true;
	for (int i = 0; i < 2 * STATE_TOMBSTONES_MAX; i++) {
		grave.serial = (uint64_t)i;
		grave.confirmed = i % 2;
		state_bury(&s, &grave);
		state_accept(&s, i, 2 * i);
	}
	state_accept(&s, 500, 1001);
	state_put(&b, &s, key);
	assert_true(buf_ok(&b) && b.n <= STATE_BYTES_MAX);
	assert_int_equal(state_get(buf_slice(&b), key, &t), E_OK);
	assert_int_equal(t.n_tombstones, STATE_TOMBSTONES_MAX);
	assert_null(state_tombstone(&t, STATE_TOMBSTONES_MAX - 1));
	assert_true(state_tombstone(&t, STATE_TOMBSTONES_MAX + 1)->confirmed);
	assert_int_equal(t.n_accepted, STATE_ACCEPTED_MAX);
	assert_int_equal(state_accepted(&t, 500), 1001);
	assert_int_equal(t.accepted[STATE_ACCEPTED_MAX - 1].activation, 500);
	assert_true(state_accepted(&t, 1) == FIELD_NONE);
	key[0] = 2;
	assert_int_equal(state_get(buf_slice(&b), key, &t), E_DAMAGED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { ALL(test_missing), ALL(test_missing_all),
		ALL(test_edited), ALL(test_put_back), ALL(test_old_activation),
		ALL(test_elsewhere), ALL(test_copied), ALL(test_damaged_key),
		ALL(test_golden), ALL(test_hourly), ALL(test_many), ALL(test_full) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
