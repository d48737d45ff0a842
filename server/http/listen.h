/* Listening sockets: addresses parsed, busy ports found out, sockets made for each loop.
 */
#ifndef LICET_SERVER_HTTP_LISTEN_H
#define LICET_SERVER_HTTP_LISTEN_H

#include "base/err.h"

struct listen_sockets {
	int *fd; /* n of them, -1 when not open */
	unsigned n;
	bool is_unix;
	char url[128];    /* as in listener_info */
	const char *path; /* of a Unix socket, borrowed */
	uint64_t device, inode;
};

/*
 * n sockets on "127.0.0.1:8080", "[::1]:0" or "localhost:80", sharing one port. A port
 * that another socket holds is E_ADDRESS with the cause in the log.
 */
must_check enum err
listen_tcp(struct listen_sockets *, const char *address, bool tls);
/*
 * One socket at the path, mode 0600; n is set to 1. A socket file nobody answers on is
 * replaced; anything else there is E_ADDRESS. Changes the umask for a moment.
 */
must_check enum err
listen_unix(struct listen_sockets *, const char *path);
/* Closes what is open and removes the Unix socket's file if it is still the same one. */
void
listen_close(struct listen_sockets *);

#endif
