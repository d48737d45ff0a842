#!/usr/bin/env python3
"""tools/size.py: the size budget. Functions: 80 lines at most, median 15 at most over the tree;
files: 500 lines at most. Prints what is over it and exits 1."""
import statistics
import subprocess
import sys
from pathlib import Path

FUNCTION_MAX, FUNCTION_MEDIAN, FILE_MAX = 80, 15, 500
TOP = Path(__file__).resolve().parent.parent
FOLDERS = ["base", "keys", "offline", "server", "cli", "tests", "tools"]


def functions(files):
    out = subprocess.run(
        ["ctags", "--fields=+ne", "--kinds-C=f", "--languages=C", "-o", "-", "-L", "-"],
        input="\n".join(map(str, files)), capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        name, path, *rest = line.split("\t")
        place = dict(x.split(":", 1) for x in rest if x.startswith(("line:", "end:")))
        if "end" in place:
            yield int(place["end"]) - int(place["line"]) + 1, name, path


def main():
    sources = [p for d in FOLDERS for p in sorted((TOP / d).rglob("*"))
               if p.suffix in (".c", ".h", ".py", ".sh", ".js")]
    bad = []
    for path in sources:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > FILE_MAX:
            bad.append(f"{path.relative_to(TOP)}: {lines} lines, at most {FILE_MAX}")
    lengths = []
    for length, name, path in functions([p for p in sources if p.suffix == ".c"]):
        lengths.append(length)
        if length > FUNCTION_MAX:
            bad.append(f"{path}: {name}: {length} lines, at most {FUNCTION_MAX}")
    median = statistics.median(lengths)
    if median > FUNCTION_MEDIAN:
        bad.append(f"median function has {median} lines, at most {FUNCTION_MEDIAN}")
    print("\n".join(bad) or f"{len(lengths)} functions, median {median:g} lines; "
          f"{len(sources)} files")
    return 1 if bad else 0


sys.exit(main())
