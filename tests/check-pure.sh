#!/bin/sh
# server/policy decides and does nothing else: beside itself and server/model, its archive
# may refer to these names alone. BUILD is the build folder.
set -eu
cd "${BUILD:-$(dirname "$0")/../build}"
allowed='strlen|mem(chr|cmp|cpy|move|set)|__mem(cpy|move|set)_chk|slice_[a-z_]+|names_get'
allowed="$allowed|clock_add|clock_duration_valid|clock_period_start|fault_add"
# What the compiler itself puts in.
allowed="$allowed|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__(asan|ubsan|gcov)_[a-z0-9_]+"
known=$(mktemp) used=$(mktemp)
trap 'rm -f "$known" "$used"' EXIT
nm -g --defined-only libpolicy.a libmodel.a >"$used"
awk 'NF == 3 { print $3 }' "$used" | sort -u >"$known"
nm -u libpolicy.a >"$used"
grep -q trace_note "$known" || { echo "libpolicy.a has no rules" && exit 1; }
if awk '$1 == "U" { print $2 }' "$used" | sort -u | comm -23 - "$known" |
	grep -vxE "$allowed" | sed 's/^/policy is not pure: /' | grep .; then
	exit 1
fi
