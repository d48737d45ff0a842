/*
 * The one list of errors (err.def) as an enum and a table. An error is a value; E_OK is
 * 0. Nothing else in the project defines an error, an HTTP status or an exit code.
 */
#ifndef LICET_BASE_ERR_H
#define LICET_BASE_ERR_H

#include "base/slice.h"

enum err {
	E_OK,
#define ERR(name, http, exit, kind, code, message, next) E_##name,
#include "base/err.def"
#undef ERR
	E_MAX
};

enum err_kind {
	ERR_CALL, /* the call itself is wrong: parameters, credential, rate */
	ERR_RULE, /* a refusal by a license rule: 409 on the management API */
	ERR_FAULT /* the server's own trouble; never signed, never acted on */
};

struct err_info {
	const char *name;    /* "LICENSE_EXPIRED" */
	const char *code;    /* stable wire code, "license_expired" */
	const char *message; /* what happened, for a person */
	const char *next;    /* what to do next; "" when there is nothing to say */
	int http;            /* status under /api/v4/ */
	int exit;            /* exit code of licet and licetd, cli.md 1 */
	enum err_kind kind;
};

/* Never NULL; an unknown value gives the entry of E_INTERNAL. E_OK gives code "ok", exit
 * 0. */
const struct err_info *err_info(enum err);
const char *err_code(enum err);
/* Status on the management API: 409 for ERR_RULE, else err_info()->http. */
int err_manage_status(enum err);
/* E_INTERNAL when no entry has that code. */
enum err
err_from_code(struct slice code);
/* E_OK for 0; ENOSPC, EACCES, ENOENT, EEXIST, ENOMEM and so on mapped, the rest E_IO. */
enum err
err_from_errno(int error_number);

#endif
