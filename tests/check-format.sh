#!/bin/sh
# Every C file is as .clang-format says (tools/format.sh fix does it).
cd "$(dirname "$0")/.." && exec tools/format.sh check
