#include "server/command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"

static const struct usage_option common_options[] = {
	{ "data", 'D', "DIR", false,
	    "data directory (LICET_DATA, default /var/lib/licet)" },
	{ "config", 'c', "FILE", false,
	    "configuration (LICET_CONFIG, default DIR/licetd.conf)" },
	{ "set", 0, "KEY=VALUE", true,
	    "an option of the configuration; secrets are refused" },
	{ "json", 0, NULL, false, "output as JSON" },
	{ "help", 'h', NULL, false, "help with an example" },
	{ "version", 'V', NULL, false, "the same as the command version" },
	{ NULL, 0, NULL, false, NULL },
};

static const struct usage_option init_options[] = {
	{ "name", 0, "NAME", false, "name of the vendor (default Vendor)" },
	{ "owner", 0, "EMAIL", false, "account of the owner (default owner@localhost)" },
	{ "url", 0, "URL", false, "public origin, server.url of the configuration" },
	{ "passphrase-file", 0, "FILE", false,
	    "first line seals the keys, 12 bytes or more" },
	{ "unsealed", 0, NULL, false,
	    "keys without passphrase: whoever reads the disk has them" },
	{ "root-out", 0, "FILE", false,
	    "put the root key there, not into the data directory" },
	{ NULL, 0, NULL, false, NULL },
};

static const struct usage_option serve_options[] = {
	{ "dev", 0, NULL, false,
	    "a throw-away server with sample data, removed at exit" },
	{ NULL, 0, NULL, false, NULL },
};

static const struct usage_option check_config_options[] = {
	{ "show-origin", 0, NULL, false,
	    "each key with its value and where it comes from" },
	{ NULL, 0, NULL, false, NULL },
};

static const struct usage_option backup_options[] = {
	{ "to", 0, "FILE", false, "the backup; never over an existing file" },
	{ NULL, 0, NULL, false, NULL },
};

static const struct usage_option restore_options[] = {
	{ "from", 0, "FILE", false, "the backup" },
	{ "checkpoint", 0, "FILE", false,
	    "a checkpoint of the audit log that was kept elsewhere" },
	{ "accept-rollback", 0, NULL, false,
	    "restore also when the backup is older than it; the audit log tells" },
	{ NULL, 0, NULL, false, NULL },
};

/* clang-format off */
static const struct usage_command commands[] = {
	{ "init", "", 0, 0, 0, "make a data directory: keys, store, vendor, owner",
	    "licetd init --name \"Acme GmbH\" --passphrase-file /root/licet-pass",
	    init_options, command_init, NULL },
	{ "serve", "", 0, 0, 0, "run the server in the foreground",
	    "licetd serve --data /var/lib/licet", serve_options, command_serve, NULL },
	{ "check-config", "", 0, 0, 0, "show every fault of the configuration",
	    "licetd check-config --show-origin", check_config_options, command_check_config, NULL },
	{ "backup", "", 0, 0, 0, "write an encrypted copy of one instant; the server may run",
	    "licetd backup --to /mnt/backup/licet-2026-03-01.lbak", backup_options, command_backup, NULL },
	{ "restore", "", 0, 0, 0, "unpack a backup into an empty data directory",
	    "licetd restore --data /var/lib/licet --from /mnt/backup/licet-2026-03-01.lbak",
	    restore_options, command_restore, NULL },
	{ "verify", "", 0, 0, 0, "walk the whole store: checksums, indexes, seats, audit chain, keys",
	    "licetd verify --data /var/lib/licet", NULL, command_verify, NULL },
	{ "version", "", 0, 0, 0, "version, commit, libraries, build options",
	    "licetd version", NULL, command_version, NULL },
	{ "print", "WHAT", 1, 1, 0, "print a list of this build: routes, errors, options, sample, metrics, manual, completion",
	    "licetd print routes", NULL, command_print, NULL },
};
/* clang-format on */

const struct usage_program licetd_program = {
	.name = "licetd",
	.purpose = "license server",
	.command = commands,
	.n_commands = ARRAY_LEN(commands),
	.common = common_options,
};

static const char *
absolute_path(struct arena *arena, const char *path)
{
	char cwd[PATH_MAX];
	const char *joined;

	if (path[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		return path;
	joined = arena_printf(arena, "%s/%s", cwd, path);
	return joined ? joined : path;
}

void
command_source(const struct usage *u, struct config_source *source)
{
	const char *data = usage_get(u, "data");
	const char *file = usage_get(u, "config");

	if (!data)
		data = getenv("LICET_DATA");
	if (!file)
		file = getenv("LICET_CONFIG");
	*source = (struct config_source){
		.data_dir =
		    absolute_path(u->arena, data && *data ? data : CONFIG_DATA_DIR),
		.file = file && *file ? absolute_path(u->arena, file) : NULL,
		.set = usage_all(u, "set"),
	};
}

static void
print_json_error(struct buf *out, const struct err_info *info, const char *why)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_kint(&w, "status", info->http);
	jw_ktext(&w, "code", slice_str(info->code));
	jw_ktext(&w, "message", slice_str(info->message));
	jw_ktext(&w, "why", slice_str(why ? why : ""));
	jw_ktext(&w, "next", slice_str(info->next));
	jw_end(&w);
	buf_char(out, '\n');
}

int
command_fail(const struct usage *u, enum err err, const char *why)
{
	const struct err_info *info = err_info(err);
	struct buf out = BUF_INIT(u->arena);

	if (usage_has(u, "json")) {
		print_json_error(&out, info, why);
	} else {
		buf_printf(&out, "licetd: %s: %s\n", info->code, info->message);
		if (why && *why)
			buf_printf(&out, "  why   %s\n", why);
		if (*info->next)
			buf_printf(&out, "  next  %s\n", info->next);
	}
	fwrite(out.p, 1, out.n, stderr);
	return info->exit;
}
