/* Objects that came from the server, as --form and --out say. */
#ifndef LICET_CLI_OFFLINE_OUTPUT_H
#define LICET_CLI_OFFLINE_OUTPUT_H

#include "cli/cli.h"
#include "offline/carrier.h"

enum offline_form {
	OFFLINE_ARMOR,
	OFFLINE_PNG,
	OFFLINE_SVG,
	OFFLINE_TYPED, /* this and the next: one object */
	OFFLINE_CBOR
};

struct offline_output {
	enum offline_form form;
	const char *path; /* "-": standard output */
};

/* Before the server is asked: a form that is known, a file that could be written. */
must_check enum err
offline_output_read(struct cli *, struct offline_output *);
/* Can so many objects be written in this form? */
must_check enum err
offline_output_count(struct cli *, const struct offline_output *, size_t n);
/* Names of pictures are printed for people. */
must_check enum err
offline_output_write(
    struct cli *, const struct offline_output *, const struct carrier_list *);
/* Every object of a text of the server. */
must_check enum err
offline_output_parse(struct cli *, struct slice text, struct carrier_list *);

#endif
