/* QR codes of objects: what they hold, on the terminal or as pictures. */
#ifndef LICET_CLI_OFFLINE_CODE_H
#define LICET_CLI_OFFLINE_CODE_H

#include "cli/cli.h"
#include "offline/carrier.h"
#include "offline/qr.h"

struct offline_codes {
	struct slice *text; /* in the arena */
	size_t n;
	enum qr_level level;
};

must_check enum err
offline_codes_put(struct cli *, struct offline_codes *, const struct slice *, size_t n);
/* In parts of at most so many bytes. */
must_check enum err
offline_codes_add(
    struct cli *, struct offline_codes *, const struct carrier_object *, size_t bytes);
must_check enum err
offline_codes_print(struct cli *, const struct offline_codes *);
/* path ends with .png or .svg. Of several FILE-1.png and so on; none when one of them
 * is there. Their names are printed, behind the label when it is not NULL. */
must_check enum err
offline_codes_write(
    struct cli *, const struct offline_codes *, const char *path, const char *label);

#endif
