/*
 * A program that asks liblicet whether it may run on a machine without a network.
 *
 *	cc app.c $(pkg-config --cflags --libs licet) -o app
 *	app DIR keygen <root.pem              app DIR install <a.lact
 *	app DIR request <license.key >a.lreq  app DIR check
 *	app DIR deactivate >a.ldea
 */
#include <licet.h>
#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	struct licet_options o = { .size = sizeof(o), .product = "editor" };
	struct licet_request r = { .size = sizeof(r) };
	struct licet_status s = { .size = sizeof(s) };
	struct licet *l = NULL;
	unsigned char root[LICET_KEY_LEN]; /* a program for sale has it built in */
	char in[65536], why[LICET_EXPLAIN_MAX], *out = NULL;
	const char *what = argc > 2 ? argv[2] : "";
	size_t n =
	    *what && strchr("kri", *what) ? fread(in, 1, sizeof(in) - 1, stdin) : 0;
	enum licet_err e;

	in[n] = '\0';
	o.dir = argc > 1 ? argv[1] : NULL;
	o.hardware_id = "pc-2"; /* what names this machine and does not change */
	if (strcmp(what, "keygen") == 0) {
		if ((e = licet_root_parse(in, n, root)) == LICET_OK)
			e = licet_keygen(o.dir, root, NULL, 0);
		return puts(licet_err_text(e)) < 0 || e != LICET_OK;
	}
	e = licet_open(&l, &o);
	if (e == LICET_OK && strcmp(what, "request") == 0) {
		in[strcspn(in, "\n")] = '\0';
		r.license_key = in;
		e = licet_request_make(l, &r, &out);
	} else if (e == LICET_OK && strcmp(what, "install") == 0) {
		e = licet_install(l, in, n, &s);
	} else if (e == LICET_OK && strcmp(what, "deactivate") == 0) {
		e = licet_deactivate(l, 0, &out);
	} else if (e == LICET_OK) {
		e = licet_check(l, &s);
	}
	if (e != LICET_OK)
		fprintf(stderr, "%s\n", licet_explain(l, why, sizeof(why)));
	else if (out)
		fputs(out, stdout);
	else
		printf("%s, serial %llu\n", s.product, (unsigned long long)s.serial);
	licet_free(out);
	licet_close(l);
	return e != LICET_OK;
}
