#!/bin/sh
# The archive of `make dist` has every file of the repository and nothing that a build left.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
git rev-parse --git-dir >/dev/null 2>&1 || { echo "no repository to compare with" && exit 0; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
make -s -C "$build" distdir distdir="$out/dist"
(cd "$out/dist" && find . -type f | sed 's,^\./,,' | sort) >"$out/shipped"
git ls-files | grep -vxE '\.gitignore|\.gitattributes' | sort >"$out/tracked"
missing=$(git ls-files --deleted | sort | comm -13 - "$out/tracked" | comm -13 "$out/shipped" -)
[ -z "$missing" ] || { echo "not in the archive:" "$missing" && exit 1; }
left=$(grep -E '(\.(o|a|Po|pyc)|/\.dirstamp)$|__pycache__/' "$out/shipped" || true)
[ -z "$left" ] || { echo "made by a build:" "$left" && exit 1; }
