#include "tests/compat/world.h"

#include <unistd.h>

#include "keys/generate.h"
#include "keys/password.h"
#include "keys/seal.h"
#include "server/model/account.h"
#include "server/model/audit.h"
#include "server/model/customer.h"
#include "server/model/device.h"
#include "server/model/license.h"
#include "server/model/product.h"
#include "server/store/record.h"

#define SHARED_KEY "kw4qSnpSwXzgiv5yxYpZZmFEd9QAeiKTQ6OuyMja"
#define LICENSE_KEY "AAAA-BBBB-CCCC-DDDD"
#define ISSUING_SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define OTHER_SECRET "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* Id of the product; its policy is 10 more, its license 1180 more. */
enum {
	SUITE = 21,
	EDIT,
	VIEW,
	TEAM,
	POOL,
	OLD,
	LATER,
	OFF,
	GONE,
	METAL,
	TIED,
	CREW,
	KIT
};

struct builder {
	struct txn *txn;
	struct world *w;
	enum err err; /* the first */
};

static void
add(struct builder *b, enum table table, const void *rec)
{
	if (!b->err)
		b->err = record_insert(b->txn, table, rec);
}

static struct object
object(int64_t id)
{
	return (struct object){ id, WORLD_NOW, WORLD_NOW, 1 };
}

/* The next id of the table will be `last` and one. */
static void
set_counter(struct builder *b, const struct field_table *table, int64_t last)
{
	struct meta meta = { .number = last };

	meta.key = slice_str(arena_printf(b->txn->arena, "id:%s", table->name));
	add(b, T_META, &meta);
}

static void
add_key(struct builder *b, int64_t id, const char *text, struct api_key key)
{
	key.o = object(id);
	key.name = key.api_key = slice_str(text);
	key.last_used_at = FIELD_NONE;
	if (!b->err)
		b->err = seal_close(b->w->seal, b->txn->arena, api_key_table.name, id,
		    SLICE(SHARED_KEY), &key.shared_key);
	add(b, T_API_KEY, &key);
}

static void
add_keys(struct builder *b)
{
	static int64_t only_edit[] = { EDIT };
	struct api_key plain = { .revoked_at = FIELD_NONE };
	struct api_key read_only = { .read_only = true, .revoked_at = FIELD_NONE };
	struct api_key revoked = { .revoked_at = WORLD_NOW };
	struct api_key narrow = { .product_ids = { only_edit, 1 },
		.revoked_at = FIELD_NONE };

	add_key(b, 1, "key-1", plain);
	add_key(b, 2, "key-read", read_only);
	add_key(b, 3, "key-gone", revoked);
	add_key(b, 4, "key-edit", narrow);
}

static void
add_policy(
    struct builder *b, int64_t product_id, const char *code, const struct terms *terms)
{
	struct policy policy;

	policy_default(&policy);
	policy.o = object(product_id + 10);
	policy.product_id = product_id;
	policy.bundle_id = FIELD_NONE;
	policy.code = slice_str(code);
	policy.terms = *terms;
	add(b, T_POLICY, &policy);
}

static void
add_product(struct builder *b, int64_t id, const char *name, const char *code,
    struct product extra)
{
	struct product product;
	struct terms terms;

	product_default(&product);
	product.o = object(id);
	product.product_name = slice_str(name);
	product.short_code = slice_str(code);
	product.default_policy_id = id + 10;
	product.authorization_method = extra.authorization_method;
	product.is_bundle = extra.is_bundle;
	product.members = extra.members;
	product.archived_at = extra.archived_at;
	add(b, T_PRODUCT, &product);
	terms_default(&terms);
	add_policy(b, id, code, &terms);
}

static void
add_products(struct builder *b)
{
	static int64_t members[] = { EDIT, VIEW }, kit_members[] = { VIEW, POOL };
	struct product plain = { .archived_at = FIELD_NONE };
	struct product suite = plain, team = plain, old = { .archived_at = WORLD_NOW };
	struct product kit;

	suite.is_bundle = true;
	suite.members = (struct list){ members, 2 };
	kit = suite;
	kit.members = (struct list){ kit_members, 2 };
	team.authorization_method = AM_USER;
	add_product(b, SUITE, "Suite", "suite", suite);
	add_product(b, EDIT, "Edit", "edit", plain);
	add_product(b, VIEW, "View", "view", plain);
	add_product(b, TEAM, "Team", "team", team);
	add_product(b, POOL, "Pool", "pool", plain);
	add_product(b, OLD, "Old", "old", old);
	add_product(b, LATER, "Later", "later", plain);
	add_product(b, OFF, "Off", "off", plain);
	add_product(b, GONE, "Gone", "gone", plain);
	add_product(b, METAL, "Metal", "metal", plain);
	add_product(b, TIED, "Tied", "tied", plain);
	add_product(b, CREW, "Crew", "crew", team);
	add_product(b, KIT, "Kit", "kit", kit);
}

static void
add_customer(struct builder *b)
{
	struct customer customer;
	struct order order;

	field_clear(&customer_table, &customer);
	customer.o = object(5);
	customer.email = SLICE("ops@example.com");
	customer.company_name = SLICE("Example d.o.o.");
	customer.first_name = SLICE("Ana");
	customer.last_name = SLICE("Čabraja");
	customer.city = SLICE("Čakovec");
	customer.postcode = SLICE("40000");
	customer.country = SLICE("HR");
	customer.metadata = SLICE("{}");
	add(b, T_CUSTOMER, &customer);
	field_clear(&order_table, &order);
	order.o = object(6);
	order.store_id = SLICE("so-77");
	order.customer_id = 5;
	order.metadata = SLICE("{}");
	add(b, T_ORDER, &order);
}

static struct license
make_license(int64_t product_id, enum license_type type, int64_t seats)
{
	struct license license;

	license_default(&license);
	license.o = object(product_id + 1180);
	license.product_id = product_id;
	license.order_id = 6;
	license.license_template_id = product_id + 10;
	license.license_key = SLICE(LICENSE_KEY);
	license.bundle_license_id = FIELD_NONE;
	license.terms.license_type = (int)type;
	license.terms.max_activations = seats;
	license.period_start = WORLD_NOW;
	return license;
}

static void
add_suite(struct builder *b)
{
	struct license suite = make_license(SUITE, LT_PERPETUAL, 2);
	struct license edit = make_license(EDIT, LT_TIME_LIMITED, 1);
	struct license view = make_license(VIEW, LT_CONSUMPTION, 2);

	edit.bundle_license_id = view.bundle_license_id = suite.o.id;
	edit.terms.valid_duration = SLICE("1y");
	edit.n_features = 1;
	view.terms.max_consumptions = 500;
	view.terms.reset_consumption = true;
	view.terms.consumption_period = PERIOD_MONTHLY;
	add(b, T_LICENSE, &suite);
	add(b, T_LICENSE, &edit);
	add(b, T_LICENSE, &view);
}

static void
add_edit_parts(struct builder *b)
{
	struct license_feature pdf;
	struct installation_file file;

	field_clear(&license_feature_table, &pdf);
	feature_terms_default(&pdf.terms);
	pdf.o = object(3301);
	pdf.license_id = EDIT + 1180;
	pdf.code = SLICE("pdf");
	pdf.name = SLICE("PDF export");
	add(b, T_LICENSE_FEATURE, &pdf);
	field_clear(&installation_file_table, &file);
	file.o = object(4401);
	file.product_id = EDIT;
	file.version = SLICE("2.5.0");
	file.environment = ENV_LINUX64;
	file.full_link = SLICE("https://dl.example.com/edit-2.5.0.tar.gz");
	file.filename = SLICE("edit-2.5.0.tar.gz");
	file.hash_md5 = SLICE("9e107d9d372bb6826bd81d3542a419d6");
	file.size = 18874368;
	file.release_date = INT64_C(1748736000000000);
	file.enabled = true;
	add(b, T_INSTALLATION_FILE, &file);
}

static void
add_others(struct builder *b)
{
	struct license pool = make_license(POOL, LT_PERPETUAL, 5);
	struct license later = make_license(LATER, LT_PERPETUAL, 1);
	struct license off = make_license(OFF, LT_PERPETUAL, 1);
	struct blacklist_entry entry;

	pool.terms.is_floating_cloud = true;
	pool.terms.floating_users = 1;
	later.start_date = INT64_C(1767225600000000);
	off.license_enabled = false;
	add(b, T_LICENSE, &pool);
	add(b, T_LICENSE, &later);
	add(b, T_LICENSE, &off);
	field_clear(&blacklist_table, &entry);
	entry.o = object(1);
	entry.hardware_id = SLICE("hw-bad");
	entry.scope = BS_VENDOR;
	entry.scope_id = FIELD_NONE;
	add(b, T_BLACKLIST, &entry);
}

/* Licenses that stop at one rule each, and a set without its members. */
static void
add_limited(struct builder *b)
{
	struct license gone = make_license(GONE, LT_TIME_LIMITED, 1);
	struct license metal = make_license(METAL, LT_PERPETUAL, 1);
	struct license tied = make_license(TIED, LT_PERPETUAL, 1);
	struct license kit = make_license(KIT, LT_PERPETUAL, 1);

	gone.validity_period = WORLD_NOW;
	metal.terms.prevent_vm = true;
	tied.terms.max_transfers = -1;
	add(b, T_LICENSE, &gone);
	add(b, T_LICENSE, &metal);
	add(b, T_LICENSE, &tied);
	add(b, T_LICENSE, &kit);
}

static void
add_account(struct builder *b, int64_t id, const char *code, struct slice sso)
{
	struct customer_account account;

	field_clear(&customer_account_table, &account);
	account.o = object(id);
	account.name = SLICE("Example");
	account.code = slice_str(code);
	account.sso = sso;
	add(b, T_CUSTOMER_ACCOUNT, &account);
}

static void
add_user(struct builder *b, int64_t id, const char *email, int64_t account_id)
{
	static char hash[PASSWORD_HASH]; /* made once: it is costly */
	struct license_user user;

	field_clear(&license_user_table, &user);
	if (!b->err && !hash[0])
		b->err = password_hash(SLICE("correct horse"), hash);
	user.o = object(id);
	user.email = slice_str(email);
	user.first_name = SLICE("Ana");
	user.is_active = true;
	user.is_initial_password = true;
	user.customer_account_id = account_id;
	user.password_hash = slice_str(hash);
	user.n_licenses = 2;
	add(b, T_LICENSE_USER, &user);
}

static void
add_user_based(struct builder *b)
{
	struct license team = make_license(TEAM, LT_PERPETUAL, 3);
	struct license crew = make_license(CREW, LT_PERPETUAL, 3);
	struct assignment assignments[] = { { team.o.id, 7, 0, true, 0 },
		{ crew.o.id, 7, 1, false, 0 } };

	team.license_key = crew.license_key = SLICE_NULL;
	team.n_users = crew.n_users = 1;
	add(b, T_LICENSE, &team);
	add(b, T_LICENSE, &crew);
	add(b, T_ASSIGNMENT, &assignments[0]);
	add(b, T_ASSIGNMENT, &assignments[1]);
	add_account(b, 8, "EX1", SLICE_NULL);
	add_account(b, 9, "EX3", SLICE("{}"));
	add_user(b, 7, "ana@example.com", FIELD_NONE);
	add_user(b, 10, "sso@example.com", 9);
}

static enum err
fill(struct txn *txn, void *arg)
{
	struct builder b = { .txn = txn, .w = arg };
	struct vendor vendor = {
		.o = object(11), .name = SLICE("Example"), .password_change = true
	};

	add(&b, T_VENDOR, &vendor);
	add_keys(&b);
	add_products(&b);
	add_customer(&b);
	add_suite(&b);
	add_edit_parts(&b);
	add_others(&b);
	add_limited(&b);
	add_user_based(&b);
	set_counter(&b, &activation_table, 5500);
	return b.err;
}

static enum err
make_part(struct arena *a, enum key_use use, const char *hex, struct keyring_part *part)
{
	struct slice secret;
	enum err err = hex_decode(a, slice_str(hex), &secret);

	if (!err)
		err = key_from_secret(use, secret, WORLD_NOW, &part->key);
	if (err)
		return err;
	part->material = secret_copy(secret);
	return part->material ? E_OK : E_NO_MEMORY;
}

static enum err
make_keys(struct world *w)
{
	struct keyring_part parts[3] = { 0 };
	struct keyring *ring;
	enum err err = make_part(w->arena, KEY_ISSUING, ISSUING_SEED, &parts[0]);

	if (!err)
		err = make_part(w->arena, KEY_BOX, OTHER_SECRET, &parts[1]);
	if (!err)
		err = make_part(w->arena, KEY_STORE, OTHER_SECRET, &parts[2]);
	if (!err)
		err = keyring_new(parts, 3, &ring);
	for (int i = 0; i < 3; i++)
		secret_free(parts[i].material);
	if (err)
		return err;
	w->seal = seal_new(keyring_store_key(ring));
	w->keys = keyring_slot_new(ring);
	return w->seal && w->keys ? E_OK : E_NO_MEMORY;
}

static enum err
make_store(struct world *w)
{
	struct store_options options = { .ops = &store_lmdb_ops,
		.schema = &model_schema,
		.dir = w->dir,
		.map_max = INT64_C(1) << 30,
		.batch_max = 16,
		.create = true };
	enum err err;

	seal_checksum_key(w->seal, options.checksum_key);
	err = store_open(&w->store, &options);
	if (!err)
		err = store_write_now(w->store, w->arena, fill, w);
	return err ? err : store_start(w->store);
}

bool
world_new(struct world *w)
{
	enum err err;

	*w = (struct world){ .arena = arena_new(0), .dir = "/tmp/licet-replay-XXXXXX" };
	if (!w->arena || !mkdtemp(w->dir)) {
		fprintf(stderr, "no temporary directory\n");
		return false;
	}
	err = make_keys(w);
	if (!err)
		err = make_store(w);
	if (err)
		fprintf(stderr, "the world cannot be made: %s\n", err_code(err));
	return !err;
}

static void
remove_file(const struct world *w, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	unlink(path);
}

void
world_free(struct world *w)
{
	store_close(w->store);
	seal_free(w->seal);
	keyring_slot_free(w->keys);
	arena_free(w->arena);
	remove_file(w, "data.mdb");
	remove_file(w, "lock.mdb");
	rmdir(w->dir);
}
