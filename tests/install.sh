#!/bin/sh
# make install into a DESTDIR: programs and manual are there, nothing lies outside the prefix, and the
# installed programs run.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
make -s -C "$build" install DESTDIR="$root"
prefix=$root/usr/local
for file in sbin/licetd bin/licet share/man/man8/licetd.8 share/man/man5/licetd.conf.5 \
	share/man/man1/licet.1 lib/systemd/system/licetd.service lib/sysusers.d/licet.conf \
	lib/tmpfiles.d/licet.conf include/licet.h lib/liblicet.a lib/liblicet.so.0 \
	lib/pkgconfig/licet.pc share/man/man3/licet.3 share/man/man1/licet-offline.1 \
	share/man/man1/licet-keys.1 share/man/man5/key-file.5 share/man/man5/audit-checkpoint.5 \
	share/man/man5/license-file.5 share/man/man5/offline-request.5; do
	[ -s "$prefix/$file" ] || { echo "missing: $file" && exit 1; }
done
outside=$(find "$root" -type f ! -path "$prefix/*")
[ -z "$outside" ] || { echo "outside the prefix: $outside" && exit 1; }
"$prefix/sbin/licetd" version >/dev/null
grep -qx 'ExecStart=/usr/local/sbin/licetd serve' "$prefix/lib/systemd/system/licetd.service" || {
	echo "the unit does not start the installed program" && exit 1
}
"$prefix/bin/licet" --help >/dev/null
tests/install_licet.sh "$prefix" "$root" "$build"
make -s -C "$build" uninstall DESTDIR="$root"
left=$(find "$root" ! -type d)
[ -z "$left" ] || { echo "left by uninstall: $left" && exit 1; }
