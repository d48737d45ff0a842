#!/bin/sh
# tools/format.sh check|fix: the pinned formatter over every C file.
set -eu
cd "$(dirname "$0")/.."
files=$(find base keys offline server cli tests -name '*.[ch]')
case ${1-} in
# shellcheck disable=SC2086
check) exec clang-format-14 --dry-run --Werror $files ;;
# shellcheck disable=SC2086
fix) exec clang-format-14 -i $files ;;
*) echo "usage: tools/format.sh check|fix" >&2 && exit 2 ;;
esac
