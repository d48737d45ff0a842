#include "base/err.h"

#include <errno.h>

static const struct err_info err_table[E_MAX] = {
	[E_OK] = { "OK", "ok", "", "", 200, 0, ERR_CALL },
#define ERR(name, http, exit, kind, code, message, next)                                 \
	[E_##name] = { #name, code, message, next, http, exit, kind },
#include "base/err.def"
#undef ERR
};

const struct err_info *
err_info(enum err e)
{
	if ((unsigned)e >= E_MAX)
		e = E_INTERNAL;
	return &err_table[e];
}

const char *
err_code(enum err e)
{
	return err_info(e)->code;
}

int
err_manage_status(enum err e)
{
	const struct err_info *info = err_info(e);

	return info->kind == ERR_RULE ? 409 : info->http;
}

enum err
err_from_code(struct slice code)
{
	for (int e = E_OK; e < E_MAX; e++)
		if (slice_is(code, err_table[e].code))
			return (enum err)e;
	return E_INTERNAL;
}

enum err
err_from_errno(int error_number)
{
	switch (error_number) {
	case 0:
		return E_OK;
	case ENOMEM:
		return E_NO_MEMORY;
	case ENOENT:
	case ENOTDIR:
		return E_NOT_FOUND;
	case EEXIST:
		return E_EXISTS;
	case ENOTEMPTY:
		return E_NOT_EMPTY;
	case EACCES:
	case EPERM:
	case EROFS:
		return E_DENIED;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return E_STORE_FULL;
	case ETIMEDOUT:
		return E_TIMEOUT;
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return E_UNREACHABLE;
	case EADDRINUSE:
	case EADDRNOTAVAIL:
		return E_ADDRESS;
	default:
		return E_IO;
	}
}
