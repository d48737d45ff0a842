#!/bin/sh
# liblicet as installed below PREFIX: what it exports and depends on, and doc/examples/app.c built
# against it, shared and static, through the life of an activation. Called by install.sh.
set -eu
prefix=$1 root=$2 build=$3
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lib=$prefix/lib
fail() { echo "liblicet: $*" && exit 1; }

[ "$(readlink "$lib/liblicet.so")" = liblicet.so.0 ] || fail "no liblicet.so"
readelf -d "$lib/liblicet.so.0" | grep -q 'SONAME.*\[liblicet\.so\.0\]' || fail "no soname"
readelf -d "$lib/liblicet.so.0" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' |
	grep -vE '^(libsodium|libcbor|libc|ld-linux[a-z0-9_-]*|libasan|libubsan)\.so' && fail "needs more"
sed -n 's/^\(LICET_API .*[ *]\)\{0,1\}\(licet_[a-z_]*\)(.*/\2/p' "$prefix/include/licet.h" |
	sort >"$work/declared"
nm -D --defined-only "$lib/liblicet.so.0" | awk '{ print $3 }' | sort >"$work/shared"
nm -g --defined-only "$lib/liblicet.a" | awk 'NF == 3 { print $3 }' | sort >"$work/static"
grep -q licet_check "$work/declared" || fail "nothing is declared"
cmp "$work/declared" "$work/shared" || fail "the shared library exports other names"
cmp "$work/declared" "$work/static" || fail "the static library exports other names"

make -s -C "$build" tests/support/vendor
vendor=$(cd "$build" && pwd)/tests/support/vendor
export PKG_CONFIG_PATH="$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
for kind in shared static; do
	if [ $kind = static ]; then
		rm "$lib"/liblicet.so*
		flags=$(pkg-config --static --cflags --libs licet)
	else
		flags=$(pkg-config --cflags --libs licet)
		case $flags in *cbor*) fail "the shared library asks for its own libraries" ;; esac
	fi
	# shellcheck disable=SC2086
	${CC:-cc} -std=c11 -Wall -Wextra -Werror "$top/doc/examples/app.c" $flags -o "$work/$kind"
	dir=$work/dev-$kind
	app() { LD_LIBRARY_PATH=$lib "$work/$kind" "$dir" "$@"; }
	"$vendor" root | app keygen >/dev/null
	app check 2>"$work/why" && fail "runs without an activation"
	grep -q LICET_E_NOT_ACTIVATED "$work/why" || fail "$(cat "$work/why")"
	echo 7Q2MK-AB3DE-7JTP9 | app request >"$work/a.lreq"
	"$vendor" answer 1 90 <"$work/a.lreq" >"$work/a.lact"
	app install <"$work/a.lact" >/dev/null
	[ "$(app check)" = "editor, serial 1" ] || fail "does not run"
	app deactivate </dev/null >"$work/a.ldea"
	grep -q 'BEGIN LICET DEACTIVATION' "$work/a.ldea" || fail "no proof"
	app check 2>/dev/null && fail "runs after it was given up"
	"$vendor" receipt <"$work/a.ldea" | app install >/dev/null
done
# From C++, too.
printf '#include <licet.h>\nint main() { return licet_check(nullptr, nullptr) == LICET_OK; }\n' >"$work/a.cc"
# shellcheck disable=SC2046
${CXX:-c++} -fsyntax-only $(pkg-config --cflags licet) "$work/a.cc"
