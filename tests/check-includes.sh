#!/bin/sh
# A folder includes only what the first line of its Makefile.inc lists, and itself. Data and
# calls run one way: architecture.md, the shape.
set -eu
cd "$(dirname "$0")/.."
wrong=$(for list in $(find base keys offline server cli -name Makefile.inc | sort); do
	folder=${list%/*}
	deps=$(sed -n '1s/^# deps: *//p' "$list")
	head -n 1 "$list" | grep -q '^# deps:' || echo "$list: begins without # deps:"
	for file in "$folder"/*.[ch] "$folder"/*.def; do
		[ -f "$file" ] || continue
		sed -n 's/^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*"\([^"]*\)".*/\1/p' "$file" |
			while read -r name; do
				case " config.h $folder $deps " in
				*" ${name%/*} "*) ;;
				*) echo "$file: includes $name, but $folder may not" ;;
				esac
			done
	done
done)
[ -z "$wrong" ] || { echo "$wrong" && exit 1; }
